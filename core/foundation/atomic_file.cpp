#include "core/foundation/atomic_file.h"
