// The rules of the house, read from the sources themselves: which folder may include what, which library
// stays behind which folder, how a header begins. Pure reading; used by tst_architecture on the repository
// and on fixtures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tierdeck::testing {

struct Violation {
    std::string file; ///< from the root
    int line = 0;     ///< 0: the file as a whole
    std::string sentence;
    [[nodiscard]] std::string text() const;
};

/// Every source under `root`. `qtHeaders` holds a folder a Qt module, by which `<QLabel>` is known to be
/// QtWidgets.
[[nodiscard]] std::vector<Violation> checkSources(const std::filesystem::path& root,
                                                  const std::filesystem::path& qtHeaders);
/// What stands at the top of the repository.
[[nodiscard]] std::vector<Violation> checkTopLevel(const std::filesystem::path& root);

} // namespace tierdeck::testing
