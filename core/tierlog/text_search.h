// Finds plain text in bytes, case ignored for Latin, Greek and Cyrillic letters, at the speed of reading
// memory. Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::tierlog {

class TextSearch {
public:
    /// `wanted` is UTF-8; bytes that are not are looked for as they are.
    explicit TextSearch(std::string_view wanted);

    [[nodiscard]] std::size_t size() const { return m_first.size(); }

    [[nodiscard]] bool empty() const { return m_first.empty(); }

    /// The offset of the first occurrence that begins at `from` or later; npos when there is none.
    [[nodiscard]] std::size_t find(std::string_view bytes, std::size_t from = 0) const;
    /// The same without vector instructions: for processors that have none of those find() knows.
    [[nodiscard]] std::size_t findPortably(std::string_view bytes, std::size_t from = 0) const;

    static constexpr std::size_t npos = std::string_view::npos;

private:
    [[nodiscard]] bool matchesAt(const char* bytes) const;

    // Both spellings of the text, byte by byte; both cases of a letter take the same number of bytes.
    std::string m_first;
    std::string m_second;
    std::vector<std::size_t> m_characterEnds; ///< empty where comparing byte by byte is exact
    std::size_t m_probeA = 0;                 ///< the two places whose bytes are rarest in logs
    std::size_t m_probeB = 0;
};

} // namespace tierdeck::tierlog
