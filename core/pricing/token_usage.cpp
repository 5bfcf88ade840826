#include "core/pricing/token_usage.h"
