#include "core/sessions/past_sums.h"
#include "core/sessions/schema.h"
#include "core/sessions/store_reader_impl.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

// The reader's sessions: the pages of their list.
namespace tierdeck::sessions {

namespace {

using sqlite::Statement;

/// A name before none, then the one with most requests, then the first by its letters.
std::string commonest(const std::map<std::string, std::int64_t>& requestsOfName) {
    const auto found =
        std::max_element(requestsOfName.begin(), requestsOfName.end(), [](const auto& a, const auto& b) {
            return std::tuple(!a.first.empty(), a.second) < std::tuple(!b.first.empty(), b.second);
        });
    return found == requestsOfName.end() ? std::string() : found->first;
}

struct OrderFacts {
    char list; ///< in cursors
    std::string_view column;
    std::string_view index;  ///< of session; "" where `ranked` stands in
    std::string_view ranked; ///< its column in past_session, with an index of that name
    std::int64_t (*value)(const SessionRow&);
};

const OrderFacts& factsOf(SessionOrder order) {
    static constexpr std::array<OrderFacts, 4> facts{{
        {'s', "s.last_ms", " INDEXED BY session_by_time", "",
         [](const SessionRow& row) { return std::int64_t{row.lastTime.time_since_epoch().count()}; }},
        {'c', "s.cost", " INDEXED BY session_by_cost", "",
         [](const SessionRow& row) { return row.totals.cost.value; }},
        {'n', "s.turns", "", "turns", [](const SessionRow& row) { return row.totals.turns; }},
        {'k', schema::sessionTokens, "", "tokens",
         [](const SessionRow& row) { return row.totals.usage.total(); }},
    }};
    return facts.at(static_cast<std::size_t>(order));
}

} // namespace

void sortShares(std::vector<TierShare>& shares) {
    std::sort(shares.begin(), shares.end(), [](const TierShare& a, const TierShare& b) {
        return std::tie(b.cost, b.requests, a.tier) < std::tie(a.cost, a.requests, b.tier);
    });
}

Result<Page<SessionRow>> StoreReader::Impl::sessions(const Criteria& criteria, SessionOrder order, int limit,
                                                     std::string_view after) {
    const OrderFacts& by = factsOf(order);
    const auto key = keyFrom<2>(by.list, after);
    if (!key)
        return tl::unexpected<Error>(key.error());
    Page<SessionRow> page;
    if (criteria.nothing)
        return page;

    const std::string column(by.column);
    Where where;
    if (*key) {
        const auto [value, id] = **key;
        where.add(column + "<=? AND (" + column + "<? OR s.id<?)", {value, value, id});
    }
    if (criteria.session)
        where.add("s.id=?", {*criteria.session});
    if (criteria.sinceMs)
        where.add("s.last_ms>=?", {*criteria.sinceMs});
    if (criteria.untilMs)
        where.add("s.first_ms<?", {*criteria.untilMs});
    criteria.addSearch(where, "s");
    criteria.addLeastCost(where, "s");
    // Its parts say whether a session has requests of some kind, its first and last time whether it has any
    // before or after a moment. Only where several of these are asked for at once must a single request be
    // looked for.
    if (criteria.namesParts()) {
        Where one;
        criteria.addValues(one, "p", Criteria::Table::Parts);
        where.add("EXISTS(SELECT 1 FROM session_part AS p", one, " AND p.session=s.id)");
    }
    const bool times = criteria.sinceMs || criteria.untilMs;
    if ((criteria.sinceMs && criteria.untilMs) || criteria.turn || criteria.namesMoreThanParts() ||
        (times && criteria.namesValues())) {
        Where one;
        Criteria ofRequest = criteria;
        ofRequest.session.reset();
        ofRequest.searchPattern.clear();
        ofRequest.addToRequests(one, "r");
        where.add("EXISTS(SELECT 1 FROM request AS r INDEXED BY request_by_session", one,
                  " AND r.session=s.id)");
    }

    std::vector<Listed> rows;
    const auto list = [&](const std::string& from, const Where& which, std::string_view orderBy) {
        return listSessions(from + which.text() + " ORDER BY " + std::string(orderBy) +
                                " DESC, s.id DESC LIMIT ?",
                            which, limit + 1, rows);
    };
    const auto index = indexFor(criteria, by.index);
    if (!index)
        return tl::unexpected<Error>(index.error());
    if (!index->empty() || criteria.session || by.ranked.empty()) {
        if (auto listed = list("session AS s" + *index, where, column); !listed)
            return tl::unexpected<Error>(std::move(listed.error()));
    } else {
        // The order of sessions that are over is known; the others are few.
        const auto overMs = summedUntilMs();
        if (!overMs)
            return tl::unexpected<Error>(overMs.error());
        const std::string ranked = "k." + std::string(by.ranked);
        Where over;
        if (*key)
            over.add(ranked + "<=?", {(**key)[0]});
        over.add("s.last_ms<?", {*overMs});
        over.add(where);
        Where recent;
        recent.add("s.last_ms>=?", {*overMs});
        recent.add(where);
        auto listed = list("past_session AS k INDEXED BY past_session_by_" + std::string(by.ranked) +
                               " CROSS JOIN session AS s ON s.id=k.session",
                           over, ranked);
        if (listed)
            listed = list("session AS s INDEXED BY session_by_time", recent, column);
        if (!listed)
            return tl::unexpected<Error>(std::move(listed.error()));
        std::sort(rows.begin(), rows.end(), [&by](const Listed& a, const Listed& b) {
            return std::pair(by.value(b.row), b.id) < std::pair(by.value(a.row), a.id);
        });
    }
    if (rows.size() > static_cast<std::size_t>(limit)) {
        rows.resize(static_cast<std::size_t>(limit));
        page.next = cursorOf(by.list, {by.value(rows.back().row), rows.back().id});
    }
    for (Listed& one : rows) {
        if (auto added = addParts(one.id, one.row); !added)
            return tl::unexpected<Error>(std::move(added.error()));
        page.rows.push_back(std::move(one.row));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return page;
}

/// At most `limit` sessions of "table … WHERE … ORDER BY … LIMIT ?". They are sorted by their numbers alone:
/// there may be many more than are listed.
Result<void> StoreReader::Impl::listSessions(const std::string& which, const Where& where, std::int64_t limit,
                                             std::vector<Listed>& rows) {
    auto query = connection.query("SELECT s.id FROM " + which);
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), limit);
    return (*query)->each([&](const Statement& found) {
        Listed& one = rows.emplace_back();
        one.id = found.number(0);
        return readSession(one.id, one.row);
    });
}

Result<void> StoreReader::Impl::readSession(std::int64_t session, SessionRow& row) {
    auto query = connection.query("SELECT name, first_ms, last_ms, title, parent, " +
                                  std::string(schema::sums) + " FROM session WHERE id=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, session);
    if (const auto found = (*query)->step(); !found)
        return tl::unexpected<Error>(found.error());
    row.session = (*query)->text(0);
    row.firstTime = timeAt((*query)->number(1));
    row.lastTime = timeAt((*query)->number(2));
    name(row.title, (*query)->number(3));
    name(row.parentSession, (*query)->number(4));
    row.totals = totalsFrom(**query, 5);
    return {};
}

Result<std::int64_t> StoreReader::Impl::summedUntilMs() {
    const auto until = PastSums(connection).until();
    if (!until)
        return tl::unexpected<Error>(until.error());
    if (!*until)
        return std::numeric_limits<std::int64_t>::min();
    const LocalDay day(std::chrono::days(static_cast<int>(**until)));
    return std::int64_t{zone.startOf(day).time_since_epoch().count()};
}

/// " INDEXED BY …": the order's own, unless so few sessions are in the time that was asked for that sorting
/// them is less work than passing over all the others.
Result<std::string> StoreReader::Impl::indexFor(const Criteria& criteria, std::string_view orderIndex) {
    constexpr std::int64_t few = 2000;
    if (criteria.session)
        return std::string();
    if (!criteria.sinceMs)
        return std::string(orderIndex);
    auto query =
        connection.query("SELECT count(*) FROM (SELECT 1 FROM session INDEXED BY session_by_time WHERE "
                         "last_ms>=?1 LIMIT ?2)");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(*criteria.sinceMs, few);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return std::string(*row && (*query)->number(0) < few ? " INDEXED BY session_by_time" : orderIndex);
}

Result<void> StoreReader::Impl::addParts(std::int64_t session, SessionRow& row) {
    auto query = connection.query(
        "SELECT source, tier, project, client, requests, cost FROM session_part WHERE session=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, session);
    std::map<std::string, TierShare> shares;
    std::map<std::string, std::int64_t> sources;
    std::map<std::string, std::int64_t> projects;
    std::map<std::string, std::int64_t> clients;
    const auto read = (*query)->each([&](const Statement& part) {
        std::array<std::string, 4> partNames;
        for (std::size_t i = 0; i < partNames.size(); ++i)
            name(partNames[i], part.number(static_cast<int>(i)));
        const std::int64_t requests = part.number(4);
        sources[partNames[0]] += requests;
        projects[partNames[2]] += requests;
        clients[partNames[3]] += requests;
        TierShare& share = shares[partNames[1]];
        share.tier = partNames[1];
        share.requests += requests;
        share.cost += NanoUsd(part.number(5));
    });
    if (!read)
        return read;
    row.source = commonest(sources);
    row.project = commonest(projects);
    row.client = commonest(clients);
    for (auto& [tier, share] : shares)
        row.tiers.push_back(std::move(share));
    sortShares(row.tiers);
    return {};
}

} // namespace tierdeck::sessions
