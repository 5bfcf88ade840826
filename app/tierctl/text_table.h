// Rows of text as aligned columns for people. One thread; a plain helper of tierctl's commands.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace tierdeck::app {

class TextTable {
public:
    enum class Align { Left, Right };
    void column(std::string header, Align align = Align::Left);
    /// As many cells as there are columns.
    void row(std::vector<std::string> cells);

    [[nodiscard]] bool empty() const { return m_rows.empty(); }

    void print(std::ostream& out) const;

private:
    struct Column {
        std::string header;
        Align align;
    };

    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

/// 1234567 → "1,234,567".
[[nodiscard]] std::string groupedText(std::int64_t number);

} // namespace tierdeck::app
