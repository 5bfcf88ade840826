#include "resources/embedded.h"

namespace tierdeck::resources {

std::string_view find(std::string_view name) {
    for (const EmbeddedFile& file : all()) {
        if (file.name == name)
            return {file.begin, static_cast<std::size_t>(file.end - file.begin)};
    }
    return {};
}

} // namespace tierdeck::resources
