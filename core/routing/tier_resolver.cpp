#include "core/routing/tier_resolver.h"
