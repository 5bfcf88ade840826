#include "core/preferences/preferences_file.h"
