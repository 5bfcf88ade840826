#include "core/gateway/gateway_lease.h"
