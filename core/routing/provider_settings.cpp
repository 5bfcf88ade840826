#include "core/routing/provider_settings.h"
