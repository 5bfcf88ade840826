#include "core/sessions/schema.h"
#include "core/sessions/spend_counter.h"
#include "core/sessions/store_reader_impl.h"
#include "core/sessions/turn_facts.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

// The reader's sessions: the pages of their list, the dearest, and what of a session passes a filter.
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
    std::string_view index;
    std::int64_t (*value)(const SessionRow&);
};

const OrderFacts& factsOf(SessionOrder order) {
    static constexpr std::array<OrderFacts, 4> facts{{
        {'s', "s.last_ms", " INDEXED BY session_by_time",
         [](const SessionRow& row) { return std::int64_t{row.lastTime.time_since_epoch().count()}; }},
        {'c', "s.cost", " INDEXED BY session_by_cost",
         [](const SessionRow& row) { return row.totals.cost.value; }},
        {'n', "s.turns", "", [](const SessionRow& row) { return row.totals.turns; }},
        {'k', "(s.input+s.cached_input+s.cache_write_5m+s.cache_write_1h+s.output)", "",
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
    const char list = by.list;
    const auto key = keyFrom<2>(list, after);
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

    const auto index = indexFor(criteria, by.index);
    if (!index)
        return tl::unexpected<Error>(index.error());
    auto query = connection.query("SELECT s.id, s.name, s.first_ms, s.last_ms, s.title, s.parent, " +
                                  std::string(schema::sums) + " FROM session AS s" + *index + where.text() +
                                  " ORDER BY " + column + " DESC, s.id DESC LIMIT ?");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), std::int64_t{limit} + 1);
    std::vector<std::int64_t> ids;
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            break;
        if (page.rows.size() == static_cast<std::size_t>(limit)) {
            const SessionRow& last = page.rows.back();
            page.next = cursorOf(list, {by.value(last), ids.back()});
            break;
        }
        const Statement& statement = **query;
        ids.push_back(statement.number(0));
        SessionRow& row = page.rows.emplace_back();
        row.session = statement.text(1);
        row.firstTime = timeAt(statement.number(2));
        row.lastTime = timeAt(statement.number(3));
        name(row.title, statement.number(4));
        name(row.parentSession, statement.number(5));
        row.totals = totalsFrom(statement, 6);
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (auto added = addParts(ids[i], page.rows[i]); !added)
            return tl::unexpected<Error>(std::move(added.error()));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return page;
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
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            break;
        const Statement& part = **query;
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
    }
    row.source = commonest(sources);
    row.project = commonest(projects);
    row.client = commonest(clients);
    for (auto& [tier, share] : shares)
        row.tiers.push_back(std::move(share));
    sortShares(row.tiers);
    return {};
}

/// What a session has cost in all is the most that it can have cost in a part: so the dearest are looked at
/// first, and the rest not at all once none of them can be among the dearest.
Result<std::vector<SessionRow>> StoreReader::Impl::dearestSessions(const Criteria& criteria,
                                                                   std::size_t limit) {
    std::vector<SessionRow> dearest;
    if (criteria.nothing)
        return dearest;
    Where where;
    if (criteria.session)
        where.add("s.id=?", {*criteria.session});
    if (criteria.sinceMs)
        where.add("s.last_ms>=?", {*criteria.sinceMs});
    if (criteria.untilMs)
        where.add("s.first_ms<?", {*criteria.untilMs});
    criteria.addSearch(where, "s");
    if (criteria.namesParts()) {
        Where one;
        criteria.addValues(one, "p", Criteria::Table::Parts);
        where.add("EXISTS(SELECT 1 FROM session_part AS p", one, " AND p.session=s.id)");
    }
    const auto index = indexFor(criteria, " INDEXED BY session_by_cost");
    if (!index)
        return tl::unexpected<Error>(index.error());
    auto query = connection.query("SELECT s.id, s.name, s.first_ms, s.last_ms, s.title, s.parent, " +
                                  std::string(schema::sums) + " FROM session AS s" + *index + where.text() +
                                  " ORDER BY s.cost DESC, s.id DESC");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    where.bind(**query);

    struct Candidate {
        SessionRow row;
        std::int64_t id = 0;
        bool whole = false; ///< every one of its requests passes
    };

    const auto dearer = [](const Candidate& a, const Candidate& b) {
        return std::tie(b.row.totals.cost, b.row.totals.requests, a.row.session) <
               std::tie(a.row.totals.cost, a.row.totals.requests, b.row.session);
    };
    std::vector<Candidate> best;
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            break;
        const Statement& statement = **query;
        Candidate next;
        next.row.totals = totalsFrom(statement, 6);
        if (best.size() == limit && next.row.totals.cost < best.back().row.totals.cost)
            break;
        next.id = statement.number(0);
        const std::int64_t firstMs = statement.number(2);
        const std::int64_t lastMs = statement.number(3);
        next.whole = !criteria.namesMoreThanParts() && !criteria.turn &&
                     (!criteria.sinceMs || firstMs >= *criteria.sinceMs) &&
                     (!criteria.untilMs || lastMs < *criteria.untilMs);
        if (criteria.namesParts()) {
            const auto parts = passingParts(criteria, next.id);
            if (!parts)
                return tl::unexpected<Error>(parts.error());
            if (best.size() == limit && parts->cost < best.back().row.totals.cost)
                continue; // at any time, and less still in the time that was asked for
            next.whole = next.whole && parts->requests == next.row.totals.requests;
        }
        next.row.session = statement.text(1);
        next.row.firstTime = timeAt(firstMs);
        next.row.lastTime = timeAt(lastMs);
        name(next.row.title, statement.number(4));
        name(next.row.parentSession, statement.number(5));
        if (!next.whole) {
            Criteria inside = criteria;
            inside.session = next.id;
            inside.searchPattern.clear();
            if (auto counted = countPassing(inside, next.row); !counted)
                return tl::unexpected<Error>(std::move(counted.error()));
            if (next.row.totals.requests == 0)
                continue;
        }
        if (best.size() == limit && !dearer(next, best.back()))
            continue;
        best.insert(std::upper_bound(best.begin(), best.end(), next, dearer), std::move(next));
        if (best.size() > limit)
            best.pop_back();
    }
    for (Candidate& one : best) {
        std::vector<TierShare> passing = std::move(one.row.tiers);
        if (auto added = addParts(one.id, one.row); !added)
            return tl::unexpected<Error>(std::move(added.error()));
        if (!one.whole)
            one.row.tiers = std::move(passing);
        dearest.push_back(std::move(one.row));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return dearest;
}

Result<PassingParts> StoreReader::Impl::passingParts(const Criteria& criteria, std::int64_t session) {
    Where where;
    where.add("p.session=?", {session});
    criteria.addValues(where, "p", Criteria::Table::Parts);
    auto query = connection.query(
        "SELECT ifnull(sum(p.requests), 0), ifnull(sum(p.cost), 0) FROM session_part AS p" + where.text());
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    where.bind(**query);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return PassingParts{(*query)->number(0), NanoUsd((*query)->number(1))};
}

/// Sets totals and tiers to those of the session's requests that pass. What lies wholly in the time that was
/// asked for is taken from its turns, of which there are far fewer.
Result<void> StoreReader::Impl::countPassing(const Criteria& criteria, SessionRow& row) {
    row.totals = {};
    row.tiers.clear();
    std::map<std::string, TierShare> shares;
    const auto countRequests = [&](const Criteria& part) -> Result<void> {
        SpendCounter counter(connection, names, zone);
        auto counted = counter.count({Grouping{Period::None, {Dimension::Tier}}}, part, {});
        if (!counted)
            return tl::unexpected<Error>(std::move(counted.error()));
        row.totals += counted->front().totals;
        for (const SpendRow& tier : counted->front().rows) {
            shares[tier.keys.front()].requests += tier.totals.requests;
            shares[tier.keys.front()].cost += tier.totals.cost;
        }
        return {};
    };
    if (criteria.namesValues() || criteria.turn) {
        if (auto done = countRequests(criteria); !done)
            return done;
    } else {
        Where where;
        where.add("session=?", {*criteria.session});
        if (criteria.untilMs)
            where.add("first_ms<?", {*criteria.untilMs});
        if (criteria.sinceMs)
            where.add("last_ms>=?", {*criteria.sinceMs});
        auto query = connection.query("SELECT turn, first_ms, last_ms, tiers, " + std::string(schema::sums) +
                                      " FROM turn INDEXED BY turn_by_session" + where.text());
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        where.bind(**query);
        for (;;) {
            const auto found = (*query)->step();
            if (!found)
                return tl::unexpected<Error>(found.error());
            if (!*found)
                break;
            const Statement& turn = **query;
            if ((criteria.sinceMs && turn.number(1) < *criteria.sinceMs) ||
                (criteria.untilMs && turn.number(2) >= *criteria.untilMs)) {
                Criteria part = criteria;
                part.turn = turn.number(0);
                if (auto done = countRequests(part); !done)
                    return done;
                continue;
            }
            row.totals += totalsFrom(turn, 4);
            for (const PackedShare& share : sharesIn(turn.text(3))) {
                std::string tier;
                name(tier, share.tier);
                shares[tier].requests += share.requests;
                shares[tier].cost += NanoUsd(share.cost);
            }
        }
    }
    for (auto& [tier, share] : shares) {
        share.tier = tier;
        row.tiers.push_back(std::move(share));
    }
    sortShares(row.tiers);
    return {};
}

} // namespace tierdeck::sessions
