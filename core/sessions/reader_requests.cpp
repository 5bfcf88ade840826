#include "core/sessions/dearest_requests.h"
#include "core/sessions/past_sums.h"
#include "core/sessions/schema.h"
#include "core/sessions/store_reader_impl.h"
#include "core/sessions/turn_facts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

// The reader's turns and requests.
namespace tierdeck::sessions {

using routing::AttemptRecord;
using routing::RequestRecord;
using sqlite::Statement;

namespace {

// The letters of cursors keep those of the two orders apart.

Result<void> addOldestCursor(Where& where, std::string_view after) {
    const auto key = keyFrom<2>('r', after);
    if (!key)
        return tl::unexpected<Error>(key.error());
    if (*key) {
        const auto [timeMs, id] = **key;
        where.add("r.time_ms>=? AND (r.time_ms>? OR r.id>?)", {timeMs, timeMs, id});
    }
    return {};
}

Result<std::optional<RankedRequest>> dearestCursor(std::string_view after) {
    const auto key = keyFrom<4>('d', after);
    if (!key)
        return tl::unexpected<Error>(key.error());
    if (!*key)
        return std::optional<RankedRequest>();
    const auto [priced, cost, timeMs, id] = **key;
    return std::optional(RankedRequest{priced != 0 ? std::optional(cost) : std::nullopt, timeMs, id});
}

std::string cursorAt(const RequestRecord& last, RequestOrder order) {
    const std::int64_t timeMs = last.time.time_since_epoch().count();
    if (order == RequestOrder::OldestFirst)
        return cursorOf('r', {timeMs, last.request.value});
    return cursorOf('d',
                    {last.cost ? 1 : 0, last.cost.value_or(NanoUsd()).value, timeMs, last.request.value});
}

} // namespace

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
    return (*query)->each([&](const Statement& row) {
        AttemptRecord& attempt = record.attempts.emplace_back();
        name(attempt.provider, row.number(0));
        name(attempt.model, row.number(1));
        name(attempt.outcome, row.number(2));
        attempt.httpStatus = static_cast<int>(row.number(3));
        attempt.latencyMs = row.number(4);
        attempt.reason = row.text(5);
    });
}

Result<Page<RequestRecord>> StoreReader::Impl::requests(const Criteria& criteria, int limit,
                                                        std::string_view after, RequestOrder order) {
    auto page = order == RequestOrder::OldestFirst ? oldestRequests(criteria, limit, after)
                                                   : dearestRequests(criteria, limit, after);
    if (!page)
        return page;
    for (RequestRecord& record : page->rows) {
        if (auto added = addAttempts(record); !added)
            return tl::unexpected<Error>(std::move(added.error()));
    }
    if (auto fine = takeFailure(); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return page;
}

Result<Page<RequestRecord>> StoreReader::Impl::oldestRequests(const Criteria& criteria, int limit,
                                                              std::string_view after) {
    Where where;
    if (auto fine = addOldestCursor(where, after); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    Page<RequestRecord> page;
    if (criteria.nothing)
        return page;
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
            return page;
        if (page.rows.size() == static_cast<std::size_t>(limit)) {
            page.next = cursorAt(page.rows.back(), RequestOrder::OldestFirst);
            return page;
        }
        page.rows.push_back(requestFrom(**query));
    }
}

Result<Page<RequestRecord>> StoreReader::Impl::dearestRequests(const Criteria& criteria, int limit,
                                                               std::string_view after) {
    const auto cursor = dearestCursor(after);
    if (!cursor)
        return tl::unexpected<Error>(cursor.error());
    Page<RequestRecord> page;
    if (criteria.nothing)
        return page;
    const auto ranked = rankedRequests(criteria, static_cast<std::size_t>(limit) + 1, *cursor);
    if (!ranked)
        return tl::unexpected<Error>(ranked.error());
    auto query = connection.query("SELECT " + std::string(requestColumns) + " FROM request AS r" +
                                  std::string(requestTables) + " WHERE r.id=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    for (const RankedRequest& request : *ranked) {
        if (page.rows.size() == static_cast<std::size_t>(limit)) {
            page.next = cursorAt(page.rows.back(), RequestOrder::DearestFirst);
            break;
        }
        (*query)->bind(1, request.id);
        const auto found = (*query)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            return damagedStore("a request is missing", std::to_string(request.id));
        page.rows.push_back(requestFrom(**query));
        (*query)->reset();
    }
    return page;
}

/// Of days that are summed up from the order that is kept of them; the requests of others are sorted.
Result<std::vector<RankedRequest>>
StoreReader::Impl::rankedRequests(const Criteria& criteria, std::size_t limit,
                                  const std::optional<RankedRequest>& after) {
    const auto until = PastSums(connection).until();
    if (!until)
        return tl::unexpected<Error>(until.error());
    if (!*until || criteria.needsRequests())
        return sortedRequests(criteria, limit, after);
    auto past = DearestRequests(connection, zone, criteria).list(**until, limit, after);
    if (!past)
        return past.error().code == ErrorCode::ParseFailed ? sortedRequests(criteria, limit, after)
                                                           : std::move(past);
    Criteria since = criteria;
    const LocalDay border{std::chrono::days(static_cast<int>(**until))};
    const std::int64_t borderMs = zone.startOf(border).time_since_epoch().count();
    since.sinceMs = std::max(borderMs, criteria.sinceMs.value_or(borderMs));
    const auto recent = sortedRequests(since, limit, after);
    if (!recent)
        return recent;
    std::vector<RankedRequest> all;
    std::merge(past->begin(), past->end(), recent->begin(), recent->end(), std::back_inserter(all),
               std::greater());
    all.resize(std::min(all.size(), limit));
    return all;
}

Result<std::vector<RankedRequest>>
StoreReader::Impl::sortedRequests(const Criteria& criteria, std::size_t limit,
                                  const std::optional<RankedRequest>& after) {
    Where where;
    if (after && after->cost)
        where.add("(r.cost IS NULL OR r.cost<? OR r.cost=? AND (r.time_ms, r.id)<(?, ?))",
                  {*after->cost, *after->cost, after->timeMs, after->id});
    else if (after)
        where.add("r.cost IS NULL AND (r.time_ms, r.id)<(?, ?)", {after->timeMs, after->id});
    criteria.addToRequests(where, "r");
    criteria.addLeastCost(where, "r");
    const std::string_view index = criteria.session                       ? "INDEXED BY request_by_session"
                                   : criteria.sinceMs || criteria.untilMs ? "INDEXED BY request_by_time"
                                                                          : "NOT INDEXED";
    auto query = connection.query("SELECT r.cost, r.time_ms, r.id FROM request AS r " + std::string(index) +
                                  where.text() + " ORDER BY r.cost DESC, r.time_ms DESC, r.id DESC LIMIT ?");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(where.bind(**query), static_cast<std::int64_t>(limit));
    std::vector<RankedRequest> sorted;
    const auto read = (*query)->each([&sorted](const Statement& row) {
        sorted.push_back({row.optionalNumber(0), row.number(1), row.number(2)});
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    return sorted;
}

Result<std::int64_t> StoreReader::Impl::leastRequestSince(std::int64_t sinceMs) {
    constexpr std::int64_t mostLooked = 5000;
    const auto summedMs = summedUntilMs();
    if (!summedMs)
        return summedMs;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    auto recent = connection.query("SELECT min(id), count(*) FROM (SELECT id FROM request INDEXED BY "
                                   "request_by_time WHERE time_ms>=?1 LIMIT ?2)");
    if (!recent)
        return tl::unexpected<Error>(std::move(recent.error()));
    (*recent)->bindAll(std::max(sinceMs, *summedMs), mostLooked);
    if (const auto row = (*recent)->step(); !row)
        return tl::unexpected<Error>(row.error());
    if ((*recent)->number(1) == mostLooked)
        return 0;
    if ((*recent)->number(1) > 0)
        least = (*recent)->number(0);
    if (sinceMs >= *summedMs)
        return least;
    LocalDays days(zone);
    const auto dayAt = [&days](std::int64_t ms) {
        return std::int64_t{days.dayOf(timeAt(ms)).time_since_epoch().count()};
    };
    auto past = connection.query("SELECT min(first_request) FROM past_quarter WHERE day>=?1 AND day<?2");
    if (!past)
        return tl::unexpected<Error>(std::move(past.error()));
    (*past)->bindAll(dayAt(sinceMs), dayAt(*summedMs));
    if (const auto row = (*past)->step(); !row)
        return tl::unexpected<Error>(row.error());
    return std::min(least, (*past)->optionalNumber(0).value_or(least));
}

Result<UnsetPromotions> StoreReader::Impl::unsetPromotions(const Criteria& criteria, int mostLooked) {
    UnsetPromotions found;
    if (criteria.nothing)
        return found;
    Where where;
    where.add(schema::wantedUnset);
    if (criteria.sinceMs) {
        const auto least = leastRequestSince(*criteria.sinceMs);
        if (!least)
            return tl::unexpected<Error>(least.error());
        where.add("x.request>=?", {*least});
    }
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

} // namespace tierdeck::sessions
