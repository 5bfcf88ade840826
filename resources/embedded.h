// The files of resources/ that are built into the programs, so that nothing has to be found on the disk.
// Constant; any thread. A new file needs a line in resources/CMakeLists.txt.
#pragma once

#include <span>
#include <string_view>

namespace tierdeck::resources {

struct EmbeddedFile {
    std::string_view name; ///< relative to resources/: "prices.json", "schemas/route.json"
    const char* begin = nullptr;
    const char* end = nullptr;
};

[[nodiscard]] std::span<const EmbeddedFile> all();
/// The file's bytes; a view without data for a name that is not there.
[[nodiscard]] std::string_view find(std::string_view name);

} // namespace tierdeck::resources
