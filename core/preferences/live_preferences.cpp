#include "core/preferences/live_preferences.h"
