#include "core/sessions/store_reader.h"
