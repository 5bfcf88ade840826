#include "core/sessions/search_book.h"

#include <algorithm>
#include <utility>

namespace tierdeck::sessions {

namespace {

/// Beyond these the store searches itself: a common word fills a page at once, and memory is dear.
constexpr std::size_t mostFound = 1000;
constexpr std::size_t mostBytes = 64 << 20;

constexpr std::size_t lettersOfBit = 3;

char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t bitOf(const char* letters, std::size_t bits) {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < lettersOfBit; ++i)
        hash = (hash ^ static_cast<unsigned char>(letters[i])) * 0x01000193u;
    return (hash ^ (hash >> 15)) % bits;
}

} // namespace

Result<std::optional<SearchBook::Found>> SearchBook::find(std::string_view words) {
    using Answer = std::optional<Found>;
    auto filled = fill(m_texts, "SELECT id, value FROM text WHERE id>?1 ORDER BY id");
    if (filled)
        filled = fill(m_sessions, "SELECT id, name FROM session WHERE id>?1 ORDER BY id");
    if (!filled)
        return tl::unexpected<Error>(std::move(filled.error()));
    std::string searched(words);
    std::transform(searched.begin(), searched.end(), searched.begin(), lowered);
    Found found;
    if (std::max(m_texts.bytes(), m_sessions.bytes()) > mostBytes ||
        searched.find('\0') != std::string::npos || // which ends a name
        !m_texts.find(searched, mostFound, found.texts) ||
        !m_sessions.find(searched, mostFound, found.sessions))
        return Answer();
    return Answer(std::move(found));
}

Result<void> SearchBook::fill(Shelf& shelf, const char* sql) {
    auto query = m_connection.query(sql);
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, shelf.lastNumber());
    while (shelf.bytes() <= mostBytes) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            break;
        shelf.add((*query)->number(0), (*query)->text(1));
    }
    return {};
}

void SearchBook::Shelf::add(std::int64_t number, std::string_view name) {
    if (m_numbers.size() % namesOfBox == 0)
        m_boxes.emplace_back();
    m_begins.push_back(m_letters.size());
    m_numbers.push_back(number);
    for (const char c : name)
        m_letters += c == '\0' ? ' ' : lowered(c);
    for (std::size_t at = m_begins.back(); at + lettersOfBit <= m_letters.size(); ++at)
        m_boxes.back().set(bitOf(m_letters.data() + at, bitsOfBox));
    m_letters += '\0';
}

bool SearchBook::Shelf::find(std::string_view lowered, std::size_t most,
                             std::vector<std::int64_t>& numbers) const {
    std::vector<std::size_t> bits;
    for (std::size_t at = 0; at + lettersOfBit <= lowered.size(); ++at)
        bits.push_back(bitOf(lowered.data() + at, bitsOfBox));
    for (std::size_t box = 0; box < m_boxes.size(); ++box) {
        if (!std::all_of(bits.begin(), bits.end(), [&](std::size_t bit) { return m_boxes[box].test(bit); }))
            continue;
        const std::size_t first = box * namesOfBox;
        const std::size_t end = std::min(first + namesOfBox, m_begins.size());
        const auto endOf = [this](std::size_t name) {
            return name + 1 < m_begins.size() ? m_begins[name + 1] : m_letters.size();
        };
        const auto letters = std::string_view(m_letters).substr(0, endOf(end - 1));
        std::size_t name = first;
        for (std::size_t at = m_begins[first]; name < end;) {
            at = letters.find(lowered, at);
            if (at == std::string_view::npos)
                break;
            while (at >= endOf(name))
                ++name;
            if (numbers.size() == most)
                return false;
            numbers.push_back(m_numbers[name]);
            at = endOf(name++);
        }
    }
    return true;
}

} // namespace tierdeck::sessions
