#include "core/routing/user_commands.h"
