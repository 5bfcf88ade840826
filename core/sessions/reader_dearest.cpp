#include "core/sessions/schema.h"
#include "core/sessions/spend_counter.h"
#include "core/sessions/store_reader_impl.h"
#include "core/sessions/turn_facts.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

// The reader's dearest sessions, and what of a session passes a filter.
namespace tierdeck::sessions {

namespace {

using sqlite::Statement;

constexpr int mostLooked = 200;

/// The same of one session, which has been found.
Criteria insideOf(Criteria criteria, std::int64_t session) {
    criteria.session = session;
    criteria.searchPattern.clear();
    return criteria;
}

/// What dearestOf() is told of each session, after its number and the bound of its cost.
constexpr std::string_view columns = ", s.requests, s.first_ms, s.last_ms, s.name FROM ";

} // namespace

Result<std::vector<SessionRow>> StoreReader::Impl::dearestSessions(const Criteria& criteria,
                                                                   std::size_t limit) {
    if (criteria.nothing)
        return std::vector<SessionRow>();
    const auto best = rankSessions(criteria, limit);
    if (!best)
        return tl::unexpected<Error>(best.error());
    std::vector<SessionRow> dearest;
    for (const Dearest& one : *best) {
        SessionRow& row = dearest.emplace_back();
        auto read = readSession(one.id, row);
        if (read)
            read = addParts(one.id, row);
        if (read && !one.whole)
            read = countPassing(insideOf(criteria, one.id), row);
        if (!read)
            return tl::unexpected<Error>(std::move(read.error()));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return dearest;
}

/// What a session has cost in all is the most that it can have cost in a part, and so is what it has cost
/// with one of the values that were asked for: the dearest are looked at first, and the rest not at all once
/// none of them can be among the dearest. Where that says too little, they come by what the part has cost at
/// any time.
Result<std::vector<StoreReader::Impl::Dearest>> StoreReader::Impl::rankSessions(const Criteria& criteria,
                                                                                std::size_t limit) {
    Where where;
    if (criteria.session)
        where.add("s.id=?", {*criteria.session});
    if (criteria.sinceMs)
        where.add("s.last_ms>=?", {*criteria.sinceMs});
    if (criteria.untilMs)
        where.add("s.first_ms<?", {*criteria.untilMs});
    criteria.addSearch(where, "s");
    constexpr std::string_view indexByCost = " INDEXED BY session_by_cost";
    const auto index = indexFor(criteria, indexByCost);
    if (!index)
        return tl::unexpected<Error>(index.error());
    const bool few = *index != indexByCost;
    std::vector<Dearest> best;
    Result<bool> settled = false;
    if (criteria.namesParts() && !few)
        settled = rankByValues(criteria, where, limit, best);
    if (settled && !*settled)
        settled = dearestOf({"s.cost", "session AS s" + *index, where, ""}, criteria, limit,
                            criteria.namesParts() ? std::optional(mostLooked) : std::nullopt, best);
    if (settled && !*settled) {
        Where parts;
        criteria.addValues(parts, "p", Criteria::Table::Parts);
        parts.add(where);
        const std::string tables = few ? "session AS s INDEXED BY session_by_time CROSS JOIN session_part "
                                         "AS p ON p.session=s.id"
                                       : "session_part AS p CROSS JOIN session AS s ON s.id=p.session";
        settled = dearestOf({"sum(p.cost)", tables, parts, " GROUP BY p.session"}, criteria, limit,
                            std::nullopt, best);
    }
    if (!settled)
        return tl::unexpected<Error>(settled.error());
    return best;
}

/// By what sessions that are over have cost with each of the values that were asked for, until one of them
/// settles it; the others are few.
Result<bool> StoreReader::Impl::rankByValues(const Criteria& criteria, const Where& where, std::size_t limit,
                                             std::vector<Dearest>& best) {
    const auto overMs = summedUntilMs();
    if (!overMs)
        return tl::unexpected<Error>(overMs.error());
    if (*overMs == std::numeric_limits<std::int64_t>::min())
        return false;
    for (const auto& [index, value] : criteria.values()) {
        const auto place = static_cast<std::int64_t>(index) + 1;
        if (std::none_of(schema::partDimensions.begin(), schema::partDimensions.end(),
                         [place](const auto& dimension) { return dimension.first == place; }))
            continue;
        Where recent;
        recent.add("s.last_ms>=?", {*overMs});
        recent.add(where);
        Where over;
        over.add("k.dimension=? AND k.value=? AND s.last_ms<?", {place, value, *overMs});
        over.add(where);
        best.clear();
        auto settled = dearestOf({"s.cost", "session AS s INDEXED BY session_by_time", recent, ""}, criteria,
                                 limit, std::nullopt, best);
        if (settled)
            settled = dearestOf({"k.cost",
                                 "past_part AS k INDEXED BY past_part_by_cost CROSS JOIN session AS s ON "
                                 "s.id=k.session",
                                 over, ""},
                                criteria, limit, mostLooked, best);
        if (!settled || *settled)
            return settled;
    }
    return false;
}

/// Adds to the best, which are none or from other sessions. False, and they are none again, when so many have
/// not settled it.
Result<bool> StoreReader::Impl::dearestOf(const Falling& falling, const Criteria& criteria, std::size_t limit,
                                          std::optional<int> most, std::vector<Dearest>& best) {
    const auto dearer = [](const Dearest& a, const Dearest& b) {
        return std::tie(b.passing.cost, b.passing.requests, a.name) <
               std::tie(a.passing.cost, a.passing.requests, b.name);
    };
    auto query = connection.query("SELECT s.id, " + falling.bound + std::string(columns) + falling.tables +
                                  falling.where.text() + falling.grouped + " ORDER BY 2 DESC");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    falling.where.bind(**query);
    for (int looked = 0;; ++looked) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        const NanoUsd bound(*found ? (*query)->number(1) : 0);
        if (!*found || (best.size() == limit && bound < best.back().passing.cost))
            return true;
        if (looked == most) {
            best.clear();
            return false;
        }
        Dearest next;
        next.id = (*query)->number(0);
        const std::int64_t requests = (*query)->number(2);
        next.passing = {requests, bound};
        if (criteria.namesParts()) {
            const auto passing = passingParts(criteria, next.id);
            if (!passing)
                return tl::unexpected<Error>(passing.error());
            next.passing = *passing;
        }
        const bool inTime = (!criteria.sinceMs || (*query)->number(3) >= *criteria.sinceMs) &&
                            (!criteria.untilMs || (*query)->number(4) < *criteria.untilMs);
        const bool partsTell = inTime && !criteria.namesMoreThanParts() && !criteria.turn;
        next.whole = partsTell && next.passing.requests == requests;
        next.name = (*query)->text(5);
        if (next.passing.requests == 0 || (best.size() == limit && !dearer(next, best.back())))
            continue; // at any time, and less still in the time that was asked for
        if (!partsTell) {
            SessionRow row;
            if (auto counted = countPassing(insideOf(criteria, next.id), row); !counted)
                return tl::unexpected<Error>(std::move(counted.error()));
            next.passing = {row.totals.requests, row.totals.cost};
            if (next.passing.requests == 0 || (best.size() == limit && !dearer(next, best.back())))
                continue;
        }
        best.insert(std::upper_bound(best.begin(), best.end(), next, dearer), std::move(next));
        if (best.size() > limit)
            best.pop_back();
    }
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
        const auto counted = (*query)->each([&](const Statement& turn) -> Result<void> {
            if ((criteria.sinceMs && turn.number(1) < *criteria.sinceMs) ||
                (criteria.untilMs && turn.number(2) >= *criteria.untilMs)) {
                Criteria part = criteria;
                part.turn = turn.number(0);
                return countRequests(part);
            }
            row.totals += totalsFrom(turn, 4);
            for (const PackedShare& share : sharesIn(turn.text(3))) {
                std::string tier;
                name(tier, share.tier);
                shares[tier].requests += share.requests;
                shares[tier].cost += NanoUsd(share.cost);
            }
            return {};
        });
        if (!counted)
            return counted;
    }
    for (auto& [tier, share] : shares) {
        share.tier = tier;
        row.tiers.push_back(std::move(share));
    }
    sortShares(row.tiers);
    return {};
}

} // namespace tierdeck::sessions
