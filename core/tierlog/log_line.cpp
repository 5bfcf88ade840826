#include "core/tierlog/log_line.h"
