#include "core/routing/route_decision.h"
