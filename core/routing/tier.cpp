#include "core/routing/tier.h"
