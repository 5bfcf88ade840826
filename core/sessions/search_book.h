// The names that a search looks through, kept in memory from one search to the next: a word that stands
// nowhere, or in few of them, is found without reading the store. One thread at a time; owned by a
// StoreReader, whose connection it uses.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/sqlite.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::sessions {

class SearchBook {
public:
    explicit SearchBook(sqlite::Connection& connection)
        : m_connection(connection) {}

    struct Found {
        std::vector<std::int64_t> texts;    ///< numbers of `text`: titles, projects, clients among them
        std::vector<std::int64_t> sessions; ///< by their own names
    };

    /// What has `words` in its name, the case of ASCII ignored; nullopt where that is too much to be listed.
    /// Inside a read transaction of the caller.
    [[nodiscard]] Result<std::optional<Found>> find(std::string_view words);

private:
    /// Names never change and only come, each with a greater number.
    class Shelf {
    public:
        void add(std::int64_t number, std::string_view name);
        /// False where there are more than `most`.
        [[nodiscard]] bool find(std::string_view lowered, std::size_t most,
                                std::vector<std::int64_t>& numbers) const;

        [[nodiscard]] std::int64_t lastNumber() const { return m_numbers.empty() ? 0 : m_numbers.back(); }

        [[nodiscard]] std::size_t bytes() const { return m_letters.size(); }

    private:
        static constexpr std::size_t namesOfBox = 64;
        static constexpr std::size_t bitsOfBox = 4096;

        std::string m_letters; ///< lower-case; each name ends with a NUL
        std::vector<std::size_t> m_begins;
        std::vector<std::int64_t> m_numbers;
        /// Of so many names each: which three letters occur in a row. A box without those of a word is passed
        /// over.
        std::vector<std::bitset<bitsOfBox>> m_boxes;
    };

    [[nodiscard]] Result<void> fill(Shelf& shelf, const char* sql);

    sqlite::Connection& m_connection;
    Shelf m_texts;
    Shelf m_sessions;
};

} // namespace tierdeck::sessions
