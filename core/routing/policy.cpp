#include "core/routing/policy.h"
