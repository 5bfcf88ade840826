#include "core/gateway/tier_log_writer.h"
