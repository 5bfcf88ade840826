#include "app/tierctl/command.h"

namespace tierdeck::app {
void addModels(CLI::App&, Command&) {}
} // namespace tierdeck::app
