#include "core/foundation/workspace.h"
