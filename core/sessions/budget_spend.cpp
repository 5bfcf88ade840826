#include "core/sessions/budget_spend.h"

#include "core/routing/request_facts.h"

#include <array>
#include <utility>

namespace tierdeck::sessions {

namespace {

std::string tokenIn(std::string_view facts) {
    const auto read = routing::unpackFacts(facts);
    return read ? read->token : std::string();
}

} // namespace

/// Columns: tier, model, project, client, at, cost, facts.
Result<void> BudgetSpend::takeAll(sqlite::Statement& statement, const Take& take) {
    return statement.each([&](const sqlite::Statement& row) -> Result<void> {
        std::array<std::string, 4> names;
        for (std::size_t i = 0; i < names.size(); ++i) {
            auto name = m_names.nameOf(row.number(static_cast<int>(i)));
            if (!name)
                return tl::unexpected<Error>(std::move(name.error()));
            names[i] = std::move(*name);
        }
        const std::string token = tokenIn(row.text(6));
        take({names[1], names[0], names[2], names[3], token}, row.number(4), NanoUsd(row.number(5)));
        return {};
    });
}

Result<void> BudgetSpend::days(LocalDay first, LocalDay end, const Take& take) {
    auto query =
        m_connection.query("SELECT tier, model, project, client, day, sum(cost), '' FROM daily WHERE "
                           "day>=?1 AND day<?2 GROUP BY day, tier, model, project, client");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(std::int64_t{first.time_since_epoch().count()},
                      std::int64_t{end.time_since_epoch().count()});
    return takeAll(**query, take);
}

Result<void> BudgetSpend::requests(UtcTime from, const Take& take) {
    auto query = m_connection.query(
        "SELECT ifnull(r.tier, 0), ifnull(r.model, 0), r.project, r.client, r.time_ms, r.cost, e.facts FROM "
        "request AS r INDEXED BY request_by_time LEFT JOIN evidence AS e ON e.id=r.evidence WHERE "
        "r.time_ms>=?1 "
        "AND r.cost>0 ORDER BY r.time_ms");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, std::int64_t{from.time_since_epoch().count()});
    return takeAll(**query, take);
}

Result<void> BudgetSpend::session(std::string_view name, const Take& take) {
    auto query = m_connection.query(
        "SELECT ifnull(r.tier, 0), ifnull(r.model, 0), r.project, r.client, 0, sum(r.cost), e.facts FROM "
        "request AS "
        "r INDEXED BY request_by_session LEFT JOIN evidence AS e ON e.id=r.evidence WHERE r.session=(SELECT "
        "id "
        "FROM session WHERE name=?1) AND r.cost>0 GROUP BY r.tier, r.model, r.project, r.client, r.evidence");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, name);
    return takeAll(**query, take);
}

Result<std::string> BudgetSpend::latestSession() {
    auto query = m_connection.query("SELECT name FROM session ORDER BY last_ms DESC, id DESC LIMIT 1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    const auto found = (*query)->step();
    if (!found)
        return tl::unexpected<Error>(found.error());
    return *found ? std::string((*query)->text(0)) : std::string();
}

Result<bool> BudgetSpend::isStored(std::int64_t request) {
    auto query = m_connection.query("SELECT 1 FROM request WHERE id=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, request);
    return (*query)->step();
}

} // namespace tierdeck::sessions
