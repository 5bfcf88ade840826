#include "core/gateway/gateway.h"
