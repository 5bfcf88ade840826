#include "core/preferences/first_setup.h"
