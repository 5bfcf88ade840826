#include "core/preferences/problem.h"
