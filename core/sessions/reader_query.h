// What the reader's questions are made of: names that stand for numbers in the store, and WHERE clauses with
// their values. One thread at a time; owned by StoreReader.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/roll_ups.h"
#include "core/sessions/search_book.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/store_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tierdeck::sessions {

/// The store keeps every name once and numbers elsewhere. Names never change, so they are read once.
class NameBook {
public:
    explicit NameBook(sqlite::Connection& connection)
        : m_connection(&connection) {}

    [[nodiscard]] Result<std::string> nameOf(std::int64_t number);
    /// nullopt for a name that stands nowhere.
    [[nodiscard]] Result<std::optional<std::int64_t>> numberOf(std::string_view name);

private:
    sqlite::Connection* m_connection;
    std::unordered_map<std::int64_t, std::string> m_names;
};

/// Conditions joined by AND, with their values in order.
class Where {
public:
    using Value = std::variant<std::int64_t, std::string>;

    void add(std::string_view condition, std::vector<Value> values = {});
    void add(const Where& others);
    /// One condition that holds others: `before` + their text() + `after`.
    void add(std::string_view before, const Where& inner, std::string_view after);

    [[nodiscard]] const std::string& text() const { return m_text; } ///< " WHERE …", or ""

    /// Binds all values from place 1 on and returns the next free place.
    int bind(sqlite::Statement& statement) const;

private:
    std::string m_text;
    std::vector<Value> m_values;
};

/// A filter in the store's own numbers.
struct Criteria {
    std::optional<std::int64_t> sinceMs;
    std::optional<std::int64_t> untilMs;
    std::optional<std::int64_t> session;
    std::optional<std::int64_t> turn;
    std::optional<std::int64_t> source;
    std::optional<std::int64_t> project;
    std::optional<std::int64_t> client;
    std::optional<std::int64_t> model;
    std::optional<std::int64_t> tier; ///< 0: of an explicit model
    std::optional<std::int64_t> leastCost;
    std::optional<std::int64_t> provider;
    std::optional<std::int64_t> taskType;
    bool unpriced = false;
    std::string searchPattern;                 ///< for LIKE; "" for none
    std::optional<SearchBook::Found> searched; ///< what it finds, where that is known beforehand
    bool nothing = false;                      ///< it names what stands nowhere

    [[nodiscard]] static Result<Criteria> from(const Filter& filter, sqlite::Connection& connection,
                                               NameBook& names, SearchBook& search);

    [[nodiscard]] std::optional<std::int64_t>& numberOf(Dimension dimension);

    /// Something that session_part says.
    [[nodiscard]] bool namesParts() const { return source || project || client || model || tier; }

    /// Something that session_part does not say.
    [[nodiscard]] bool namesMoreThanParts() const { return provider || taskType || unpriced; }

    [[nodiscard]] bool namesValues() const { return namesParts() || namesMoreThanParts(); }

    /// Something that only single requests say, not the sums of days.
    [[nodiscard]] bool needsRequests() const { return session || turn || !searchPattern.empty(); }

    /// Those that are named, with their dimensions' places in the roll-up from 0.
    [[nodiscard]] std::vector<std::pair<std::size_t, std::int64_t>> values() const;
    /// The only value that is named, with its dimension's place in the roll-up from 1; twice 0 where none is,
    /// nullopt where several are.
    [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> onlyValue() const;

    enum class Table { Parts, Daily, Requests };
    /// Conditions on the values of the table `alias`, as far as it has them.
    void addValues(Where& where, const std::string& alias, Table table) const;
    /// A condition on the session that is called `alias`.
    void addSearch(Where& where, const std::string& alias) const;
    /// A condition on the cost of the row that is listed.
    void addLeastCost(Where& where, const std::string& alias) const;
    /// All of them, but for the cost, on the requests of table `alias`.
    void addToRequests(Where& where, const std::string& alias) const;
};

/// The sums that stand in the 14 columns from `firstColumn` on, in the order of schema::sums.
[[nodiscard]] Totals totalsFrom(const sqlite::Statement& statement, int firstColumn);
[[nodiscard]] Totals totalsOf(const Sums& sums);

/// What the reader says of a file in which something is missing or cannot be.
[[nodiscard]] tl::unexpected<Error> damagedStore(std::string_view what, std::string detail);

} // namespace tierdeck::sessions
