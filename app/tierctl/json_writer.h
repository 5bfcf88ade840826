// The JSON that commands print, under the name by which they know it.
#pragma once

#include "core/foundation/json_writer.h"
