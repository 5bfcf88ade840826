#include "core/tierlog/growing_file.h"
