#include "core/routing/model_id.h"
