#include "core/sessions/store_reader.h"

#include "core/routing/packed_decision.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/schema.h"
#include "core/sessions/spend_counter.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/time_zone.h"
#include "core/sessions/turn_facts.h"
#include "core/sessions/turn_traces.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

namespace tierdeck::sessions {

namespace {

using routing::AttemptRecord;
using routing::RequestRecord;
using sqlite::Query;
using sqlite::Statement;
using sqlite::Transaction;

/// Readers hardly ever wait in WAL: only while a store is being opened after a crash.
constexpr int busyTimeoutMs = 2000;

UtcTime timeAt(std::int64_t ms) {
    return UtcTime(std::chrono::milliseconds(ms));
}

// A cursor is the letter of its list and the numbers of the last row's key: "r.1763703000000.4711".

std::string cursorOf(char list, std::initializer_list<std::int64_t> key) {
    std::string cursor(1, list);
    for (const std::int64_t number : key)
        cursor += '.' + std::to_string(number);
    return cursor;
}

template <std::size_t Size>
Result<std::optional<std::array<std::int64_t, Size>>> keyFrom(char list, std::string_view cursor) {
    using Key = std::optional<std::array<std::int64_t, Size>>;
    if (cursor.empty())
        return Key();
    const auto wrong = [] {
        return failure(ErrorCode::InvalidInput, "This is no cursor of this list; begin without one.");
    };
    if (cursor.front() != list)
        return wrong();
    cursor.remove_prefix(1);
    std::array<std::int64_t, Size> key{};
    for (std::int64_t& number : key) {
        if (cursor.empty() || cursor.front() != '.')
            return wrong();
        const auto read = std::from_chars(cursor.data() + 1, cursor.data() + cursor.size(), number);
        if (read.ec != std::errc())
            return wrong();
        cursor.remove_prefix(static_cast<std::size_t>(read.ptr - cursor.data()));
    }
    if (!cursor.empty())
        return wrong();
    return Key(key);
}

Result<void> checkLimit(int limit) {
    if (limit < 1)
        return failure(ErrorCode::InvalidInput, "A page needs room for at least one row.");
    return {};
}

void sortShares(std::vector<TierShare>& shares) {
    std::sort(shares.begin(), shares.end(), [](const TierShare& a, const TierShare& b) {
        return std::tie(b.cost, b.requests, a.tier) < std::tie(a.cost, a.requests, b.tier);
    });
}

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

constexpr std::string_view requestColumns =
    "r.id, r.session, r.turn, r.time_ms, r.source, r.tier, r.model, r.provider, r.project, r.client, "
    "r.task_type, "
    "r.simulated, r.latency_ms, r.input, r.cached_input, r.cache_write_5m, r.cache_write_1h, r.output, "
    "r.reasoning, "
    "r.web_searches, r.cost, r.status, r.http_status, r.usage_estimated, r.first_byte_ms, r.session_source, "
    "r.parent_session, r.agent, r.title, r.tier_source, r.starting_tier, r.model_returned, r.price_version, "
    "r.reason, "
    "r.message_id, r.agent_source, r.client_source, r.project_source, r.parent_agent, r.evidence, "
    "r.input_estimate, r.messages, r.score, r.code_score, e.facts, r.features, e.features, x.decision, "
    "x.notes";
constexpr std::string_view requestTables =
    " LEFT JOIN request_text AS x ON x.request=r.id LEFT JOIN evidence AS e ON e.id=r.evidence";

constexpr int evidenceColumns = 8;

/// From eight columns: evidence, input_estimate, messages, score, code_score, facts, its own features, those
/// that it shares.
template <typename Request>
void readEvidence(Request& request, const Statement& row, int column) {
    request.features = row.text(column + 6);
    request.features += row.text(column + 7);
    if (row.number(column) == 0)
        return;
    // What only a later version can read is no reason to show nothing of the request.
    auto& facts =
        request.facts.emplace(routing::unpackFacts(row.text(column + 5)).value_or(routing::RequestFacts()));
    facts.inputTokens = row.number(column + 1);
    facts.messages = static_cast<int>(row.number(column + 2));
    facts.score = static_cast<int>(row.number(column + 3));
    facts.codeScore = static_cast<int>(row.number(column + 4));
}

/// Of a session's requests at any time, those with the values that were asked for.
struct PassingParts {
    std::int64_t requests = 0;
    NanoUsd cost;
};

} // namespace

struct StoreReader::Impl {
    Impl(sqlite::Connection storeConnection, TimeZone storeZone)
        : connection(std::move(storeConnection))
        , names(connection)
        , zone(std::move(storeZone)) {}

    /// Sets `to` to the name of `number`; remembers the first failure in `failed`.
    void name(std::string& to, std::int64_t number) {
        auto found = names.nameOf(number);
        if (found)
            to = std::move(*found);
        else if (!failed)
            failed = std::move(found.error());
    }

    [[nodiscard]] Result<void> takeFailure() {
        if (!failed)
            return {};
        return tl::unexpected<Error>(*std::exchange(failed, std::nullopt));
    }

    /// Runs `read` on a snapshot that no commit changes.
    template <typename Read>
    auto inSnapshot(Read read) -> decltype(read()) {
        auto transaction = Transaction::begin(connection, Transaction::Kind::Read);
        if (!transaction)
            return tl::unexpected<Error>(std::move(transaction.error()));
        return read();
    }

    Result<Page<SessionRow>> sessions(const Criteria& criteria, SessionOrder order, int limit,
                                      std::string_view after);
    Result<void> addParts(std::int64_t session, SessionRow& row);
    Result<std::vector<SessionRow>> dearestSessions(const Criteria& criteria, std::size_t limit);
    Result<std::string> indexFor(const Criteria& criteria, std::string_view orderIndex);
    Result<PassingParts> passingParts(const Criteria& criteria, std::int64_t session);
    Result<void> countPassing(const Criteria& criteria, SessionRow& row);
    Result<UnsetPromotions> unsetPromotions(const Criteria& criteria, int mostLooked);
    Result<Page<TurnRow>> turns(const Criteria& criteria, int limit, std::string_view after);
    Result<Page<RequestRecord>> requests(const Criteria& criteria, int limit, std::string_view after);
    RequestRecord requestFrom(const Statement& row);
    Result<void> addAttempts(RequestRecord& record);
    Result<std::string> sessionName(std::int64_t session);

    sqlite::Connection connection;
    NameBook names;
    TimeZone zone;
    std::optional<Error> failed;
    std::unordered_map<std::int64_t, std::string> sessionNames;
    std::int64_t seenVersion = 0; ///< SQLite's own, which only differs
    std::int64_t version = 0;     ///< ours, which grows
};

// ------------------------------------------------------------------------------------------------------
// sessions

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

// ---------------------------------------------------------------------------------------------------------
// turns

Result<Page<TurnRow>> StoreReader::Impl::turns(const Criteria& criteria, int limit, std::string_view after) {
    const auto key = keyFrom<3>('t', after);
    if (!key)
        return tl::unexpected<Error>(key.error());
    Page<TurnRow> page;
    if (criteria.nothing)
        return page;

    Where where;
    if (*key) {
        const auto [firstMs, session, turn] = **key;
        where.add("t.first_ms>=? AND (t.first_ms, t.session, t.turn)>(?, ?, ?)",
                  {firstMs, firstMs, session, turn});
    }
    if (criteria.session)
        where.add("t.session=?", {*criteria.session});
    if (criteria.turn)
        where.add("t.turn=?", {*criteria.turn});
    if (criteria.sinceMs)
        where.add("t.first_ms>=?", {*criteria.sinceMs});
    if (criteria.untilMs)
        where.add("t.first_ms<?", {*criteria.untilMs});
    criteria.addLeastCost(where, "t");
    criteria.addSearch(where, "s");
    if (criteria.namesValues()) {
        Where one;
        criteria.addValues(one, "r", Criteria::Table::Requests);
        where.add(
            "EXISTS(SELECT 1 FROM request AS r INDEXED BY request_by_session", one,
            " AND r.session=t.session AND r.turn=t.turn AND r.time_ms BETWEEN t.first_ms AND t.last_ms)");
    }

    std::string sums;
    for (std::string_view rest = schema::sums; !rest.empty();) {
        const auto comma = std::min(rest.find(", "), rest.size());
        sums += ", t." + std::string(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 2, rest.size()));
    }
    auto query = connection.query(
        "SELECT t.session, t.turn, t.first_ms, t.tiers, t.models, t.tier_sources, t.fallbacks, s.name, "
        "o.source, "
        "o.client, o.project, o.agent, o.reason" +
        sums + " FROM turn AS t INDEXED BY " + (criteria.session ? "turn_by_session" : "turn_by_time") +
        " CROSS JOIN session AS s ON s.id=t.session CROSS JOIN request AS o ON o.id=t.opener" + where.text() +
        " ORDER BY t.first_ms, t.session, t.turn LIMIT ?");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), std::int64_t{limit} + 1);
    std::int64_t lastSession = 0;
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            break;
        if (page.rows.size() == static_cast<std::size_t>(limit)) {
            const TurnRow& last = page.rows.back();
            page.next = cursorOf('t', {last.time.time_since_epoch().count(), lastSession, last.turn});
            break;
        }
        const Statement& statement = **query;
        lastSession = statement.number(0);
        TurnRow& row = page.rows.emplace_back();
        row.turn = static_cast<int>(statement.number(1));
        row.time = timeAt(statement.number(2));
        for (const PackedShare& share : sharesIn(statement.text(3))) {
            row.tiers.push_back(TierShare{{}, share.requests, NanoUsd(share.cost)});
            name(row.tiers.back().tier, share.tier);
        }
        sortShares(row.tiers);
        for (auto [column, list] : {std::pair{4, &row.models}, {5, &row.tierSources}}) {
            for (const std::int64_t number : numbersIn(statement.text(column)))
                name(list->emplace_back(), number);
            std::sort(list->begin(), list->end());
        }
        row.fallbacks = statement.number(6);
        row.session = statement.text(7);
        name(row.source, statement.number(8));
        name(row.client, statement.number(9));
        name(row.project, statement.number(10));
        name(row.agent, statement.number(11));
        row.reason = statement.text(12);
        row.totals = totalsFrom(statement, 13);
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return page;
}

// ------------------------------------------------------------------------------------------------------
// requests

Result<std::string> StoreReader::Impl::sessionName(std::int64_t session) {
    if (const auto known = sessionNames.find(session); known != sessionNames.end())
        return known->second;
    auto query = connection.query("SELECT name FROM session WHERE id=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, session);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    constexpr std::size_t mostSessionNames = 10'000;
    if (sessionNames.size() >= mostSessionNames)
        sessionNames.clear();
    return sessionNames.emplace(session, *row ? (*query)->text(0) : std::string_view()).first->second;
}

RequestRecord StoreReader::Impl::requestFrom(const Statement& row) {
    RequestRecord record;
    int column = 0;
    const auto number = [&] { return row.number(column++); };
    const auto optionalNumber = [&] { return row.optionalNumber(column++); };
    const auto named = [&](std::string& to) { name(to, row.number(column++)); };
    const auto optionallyNamed = [&](std::optional<std::string>& to) {
        if (const auto found = optionalNumber())
            name(to.emplace(), *found);
    };
    record.request = RequestId(number());
    if (auto session = sessionName(number()))
        record.session = std::move(*session);
    else if (!failed)
        failed = std::move(session.error());
    record.turn = static_cast<int>(number());
    record.time = timeAt(number());
    named(record.source);
    optionallyNamed(record.tier);
    optionallyNamed(record.model);
    named(record.provider);
    named(record.project);
    named(record.client);
    named(record.taskType);
    record.simulated = number() != 0;
    record.latencyMs = number();
    record.usage.input = number();
    record.usage.cachedInput = number();
    record.usage.cacheWrite5m = number();
    record.usage.cacheWrite1h = number();
    record.usage.output = number();
    record.usage.reasoning = number();
    record.usage.webSearches = number();
    if (const auto cost = optionalNumber())
        record.cost = NanoUsd(*cost);
    named(record.status);
    record.httpStatus = static_cast<int>(number());
    record.usageEstimated = number() != 0;
    record.firstByteMs = optionalNumber();
    named(record.sessionSource);
    named(record.parentSession);
    named(record.agent);
    named(record.title);
    named(record.tierSource);
    named(record.startingTier);
    named(record.modelReturned);
    named(record.priceVersion);
    record.reason = row.text(column++);
    record.messageId = row.text(column++);
    named(record.agentSource);
    named(record.clientSource);
    named(record.projectSource);
    named(record.parentAgent);
    readEvidence(record, row, column);
    column += evidenceColumns;
    record.decision = row.text(column++);
    record.notes = row.text(column);
    return record;
}

Result<void> StoreReader::Impl::addAttempts(RequestRecord& record) {
    auto query = connection.query("SELECT provider, model, outcome, http_status, latency_ms, reason FROM "
                                  "attempt WHERE request=?1 ORDER BY place");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, record.request.value);
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            return {};
        const Statement& row = **query;
        AttemptRecord& attempt = record.attempts.emplace_back();
        name(attempt.provider, row.number(0));
        name(attempt.model, row.number(1));
        name(attempt.outcome, row.number(2));
        attempt.httpStatus = static_cast<int>(row.number(3));
        attempt.latencyMs = row.number(4);
        attempt.reason = row.text(5);
    }
}

Result<Page<RequestRecord>> StoreReader::Impl::requests(const Criteria& criteria, int limit,
                                                        std::string_view after) {
    const auto key = keyFrom<2>('r', after);
    if (!key)
        return tl::unexpected<Error>(key.error());
    Page<RequestRecord> page;
    if (criteria.nothing)
        return page;
    Where where;
    if (*key) {
        const auto [timeMs, id] = **key;
        where.add("r.time_ms>=? AND (r.time_ms>? OR r.id>?)", {timeMs, timeMs, id});
    }
    criteria.addToRequests(where, "r");
    criteria.addLeastCost(where, "r");
    auto query =
        connection.query("SELECT " + std::string(requestColumns) + " FROM request AS r INDEXED BY " +
                         (criteria.session ? "request_by_session" : "request_by_time") +
                         std::string(requestTables) + where.text() + " ORDER BY r.time_ms, r.id LIMIT ?");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), std::int64_t{limit} + 1);
    for (;;) {
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            break;
        if (page.rows.size() == static_cast<std::size_t>(limit)) {
            const RequestRecord& last = page.rows.back();
            page.next = cursorOf('r', {last.time.time_since_epoch().count(), last.request.value});
            break;
        }
        page.rows.push_back(requestFrom(**query));
    }
    for (RequestRecord& record : page.rows) {
        if (auto added = addAttempts(record); !added)
            return tl::unexpected<Error>(std::move(added.error()));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return page;
}

Result<UnsetPromotions> StoreReader::Impl::unsetPromotions(const Criteria& criteria, int mostLooked) {
    UnsetPromotions found;
    if (criteria.nothing)
        return found;
    Where where;
    where.add(schema::wantedUnset);
    criteria.addToRequests(where, "r");
    auto query = connection.query("SELECT r.id, x.decision FROM request_text AS x INDEXED BY "
                                  "request_text_unset CROSS JOIN request AS r ON r.id=x.request" +
                                  where.text() + " ORDER BY x.request DESC LIMIT ?");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), std::int64_t{mostLooked} + 1);
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return found;
        if (found.looked == mostLooked) {
            found.all = false;
            return found;
        }
        ++found.looked;
        const auto decision = routing::unpack((*query)->text(1));
        if (!decision || decision->unsetWanted.empty())
            continue;
        ++found.wanted[decision->unsetWanted];
        found.requests.push_back(RequestId((*query)->number(0)));
    }
}

// ---------------------------------------------------------------------------------------------------
// StoreReader

Result<std::unique_ptr<StoreReader>> StoreReader::open(const std::filesystem::path& file) {
    auto connection = schema::openForReading(file, busyTimeoutMs);
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    auto zone = schema::timeZoneOf(*connection);
    if (!zone)
        return tl::unexpected<Error>(std::move(zone.error()));
    auto impl = std::make_unique<Impl>(std::move(*connection), std::move(*zone));
    return std::unique_ptr<StoreReader>(new StoreReader(std::move(impl)));
}

StoreReader::StoreReader(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

StoreReader::~StoreReader() = default;

Result<Page<SessionRow>> StoreReader::sessions(const Filter& filter, SessionOrder order, int limit,
                                               std::string_view after) {
    if (auto fine = checkLimit(limit); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<Page<SessionRow>> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->sessions(*criteria, order, limit, after);
    });
}

Result<std::optional<SessionRow>> StoreReader::session(std::string_view session) {
    Filter filter;
    filter.session = session;
    if (filter.session.empty())
        return std::optional<SessionRow>();
    auto page = sessions(filter, SessionOrder::LastTime, 1);
    if (!page)
        return tl::unexpected<Error>(std::move(page.error()));
    if (page->rows.empty())
        return std::optional<SessionRow>();
    return std::optional<SessionRow>(std::move(page->rows.front()));
}

Result<Page<TurnRow>> StoreReader::turns(const Filter& filter, int limit, std::string_view after) {
    if (auto fine = checkLimit(limit); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<Page<TurnRow>> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->turns(*criteria, limit, after);
    });
}

Result<std::vector<TurnTrace>> StoreReader::traces(std::string_view session, std::optional<UtcTime> since) {
    return m_impl->inSnapshot([&]() -> Result<std::vector<TurnTrace>> {
        Filter filter;
        filter.session = session;
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        if (!criteria->session)
            return std::vector<TurnTrace>();
        return readTurnTraces(m_impl->connection, m_impl->names, *criteria->session, since);
    });
}

Result<Page<RequestRecord>> StoreReader::requests(const Filter& filter, int limit, std::string_view after) {
    if (auto fine = checkLimit(limit); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<Page<RequestRecord>> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->requests(*criteria, limit, after);
    });
}

Result<std::optional<RequestRecord>> StoreReader::request(RequestId id) {
    return m_impl->inSnapshot([&]() -> Result<std::optional<RequestRecord>> {
        auto query = m_impl->connection.query("SELECT " + std::string(requestColumns) + " FROM request AS r" +
                                              std::string(requestTables) + " WHERE r.id=?1");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        (*query)->bind(1, id.value);
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            return std::optional<RequestRecord>();
        RequestRecord record = m_impl->requestFrom(**query);
        if (auto added = m_impl->addAttempts(record); !added)
            return tl::unexpected<Error>(std::move(added.error()));
        if (auto fine = m_impl->takeFailure(); !fine)
            return tl::unexpected<Error>(std::move(fine.error()));
        return std::optional<RequestRecord>(std::move(record));
    });
}

Result<std::vector<LabelledRequest>> StoreReader::labels() {
    return m_impl->inSnapshot([&]() -> Result<std::vector<LabelledRequest>> {
        auto query = m_impl->connection.query(
            "SELECT l.request, l.tier, l.time_ms, r.evidence, r.input_estimate, r.messages, r.score, "
            "r.code_score, e.facts, r.features, e.features "
            "FROM label AS l CROSS JOIN request AS r ON r.id=l.request LEFT JOIN evidence AS e ON "
            "e.id=r.evidence ORDER BY l.request");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        std::vector<LabelledRequest> labels;
        for (;;) {
            const auto found = (*query)->step();
            if (!found)
                return tl::unexpected<Error>(found.error());
            if (!*found)
                break;
            const Statement& row = **query;
            LabelledRequest& label = labels.emplace_back();
            label.request = RequestId(row.number(0));
            m_impl->name(label.tier, row.number(1));
            label.time = timeAt(row.number(2));
            readEvidence(label, row, 3);
        }
        if (auto fine = m_impl->takeFailure(); !fine)
            return tl::unexpected<Error>(std::move(fine.error()));
        return labels;
    });
}

Result<std::optional<std::string>> StoreReader::labelOf(RequestId request) {
    return m_impl->inSnapshot([&]() -> Result<std::optional<std::string>> {
        auto query = m_impl->connection.query(
            "SELECT t.value FROM label AS l CROSS JOIN text AS t ON t.id=l.tier WHERE l.request=?1");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        (*query)->bind(1, request.value);
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        return *found ? std::optional(std::string((*query)->text(0))) : std::nullopt;
    });
}

Result<SpendResult> StoreReader::spend(const SpendQuery& query) {
    auto results = spend({Grouping{query.period, query.by}}, query.filter, query.timeZone);
    if (!results)
        return tl::unexpected<Error>(std::move(results.error()));
    return std::move(results->front());
}

Result<std::vector<SpendResult>> StoreReader::spend(const std::vector<Grouping>& groupings,
                                                    const Filter& filter, const std::string& timeZone) {
    return m_impl->inSnapshot([&]() -> Result<std::vector<SpendResult>> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return SpendCounter(m_impl->connection, m_impl->names, m_impl->zone)
            .count(groupings, *criteria, timeZone);
    });
}

Result<std::vector<SessionRow>> StoreReader::dearestSessions(const Filter& filter, int limit) {
    if (auto fine = checkLimit(limit); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<std::vector<SessionRow>> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->dearestSessions(*criteria, static_cast<std::size_t>(limit));
    });
}

Result<UnsetPromotions> StoreReader::unsetPromotions(const Filter& filter, int mostLooked) {
    if (auto fine = checkLimit(mostLooked); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<UnsetPromotions> {
        const auto criteria = Criteria::from(filter, m_impl->connection, m_impl->names);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->unsetPromotions(*criteria, mostLooked);
    });
}

Result<std::optional<std::pair<UtcTime, UtcTime>>> StoreReader::extent() {
    using Extent = std::optional<std::pair<UtcTime, UtcTime>>;
    return m_impl->inSnapshot([&]() -> Result<Extent> {
        const auto stretch =
            SpendCounter(m_impl->connection, m_impl->names, m_impl->zone).stretchOf(Criteria());
        if (!stretch)
            return tl::unexpected<Error>(stretch.error());
        if (!*stretch)
            return Extent();
        return Extent(std::pair(timeAt((*stretch)->first), timeAt((*stretch)->second - 1)));
    });
}

Result<Totals> StoreReader::totals(const Filter& filter) {
    SpendQuery query;
    query.period = Period::None;
    query.filter = filter;
    auto result = spend(query);
    if (!result)
        return tl::unexpected<Error>(std::move(result.error()));
    return result->totals;
}

Result<std::int64_t> StoreReader::dataVersion() {
    const auto seen = m_impl->connection.number("PRAGMA data_version");
    if (!seen)
        return tl::unexpected<Error>(seen.error());
    if (seen->value_or(0) != std::exchange(m_impl->seenVersion, seen->value_or(0)))
        ++m_impl->version;
    return m_impl->version;
}

const std::string& StoreReader::timeZone() const {
    return m_impl->zone.name();
}

Result<std::string> StoreReader::integrity() {
    auto query = m_impl->connection.query("PRAGMA integrity_check");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    std::string said;
    for (;;) {
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (!*row)
            return said;
        if (!said.empty())
            said += '\n';
        said += (*query)->text(0);
    }
}

} // namespace tierdeck::sessions
