#include "core/foundation/glob.h"
