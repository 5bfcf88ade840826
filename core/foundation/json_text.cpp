#include "core/foundation/json_text.h"
