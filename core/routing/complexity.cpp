#include "core/routing/complexity.h"
