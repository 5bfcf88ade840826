#include "core/preferences/policy_reader.h"
