#include "core/foundation/clock.h"
