#include "app/tierctl/text_table.h"

#include <algorithm>
#include <cstdint>

namespace tierdeck::app {
namespace {

/// Code points; close enough to columns for names and numbers.
std::size_t widthOf(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u; }));
}

} // namespace

void TextTable::column(std::string header, Align align) {
    m_columns.push_back({std::move(header), align});
}

void TextTable::row(std::vector<std::string> cells) {
    cells.resize(m_columns.size());
    m_rows.push_back(std::move(cells));
}

void TextTable::print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (std::size_t index = 0; index < m_columns.size(); ++index) {
        std::size_t width = widthOf(m_columns[index].header);
        for (const auto& cells : m_rows) {
            width = std::max(width, widthOf(cells[index]));
        }
        widths.push_back(width);
    }
    const auto printLine = [&](const auto& cellAt) {
        std::string line;
        for (std::size_t index = 0; index < m_columns.size(); ++index) {
            const std::string& cell = cellAt(index);
            const std::string padding(widths[index] - widthOf(cell), ' ');
            line += m_columns[index].align == Align::Right ? padding + cell : cell + padding;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    };
    printLine([this](std::size_t index) -> const std::string& { return m_columns[index].header; });
    for (const auto& cells : m_rows) {
        printLine([&cells](std::size_t index) -> const std::string& { return cells[index]; });
    }
}

std::string groupedText(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t first = digits.front() == '-' ? 1 : 0;
    for (std::size_t place = digits.size(); place > first + 3;) {
        place -= 3;
        digits.insert(place, 1, ',');
    }
    return digits;
}

} // namespace tierdeck::app
