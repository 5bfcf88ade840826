#include "core/sessions/session_store.h"
