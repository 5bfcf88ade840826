#include "core/routing/decision_json.h"
