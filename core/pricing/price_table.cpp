#include "core/pricing/price_table.h"
