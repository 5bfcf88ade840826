#include "core/sessions/record_writer.h"

#include "core/sessions/schema.h"
#include "core/sessions/turn_facts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tierdeck::sessions {

namespace {

using routing::RequestRecord;

/// Names of clients, models and so on are few; titles and agents of a year of importing need not stay in
/// memory.
constexpr std::size_t mostCachedNumbers = 50'000;

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

std::string placeholders(int first, int count) {
    std::string text;
    for (int place = first; place < first + count; ++place)
        text += (place == first ? "?" : ", ?") + std::to_string(place);
    return text;
}

/// "requests=requests+?5, turns=turns+?6, …" for the sums from `first` on, or from the row that was refused
/// for "".
std::string addingSums(int first, std::string_view table = {}) {
    std::string text;
    std::string_view rest = schema::sums;
    for (int place = first; !rest.empty(); ++place) {
        const auto comma = std::min(rest.find(", "), rest.size());
        const std::string name(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 2, rest.size()));
        if (!text.empty())
            text += ", ";
        if (table.empty())
            text += name + '=' + name + "+?" + std::to_string(place);
        else
            text += name + '=' + std::string(table) + '.' + name + "+excluded." + name;
    }
    return text;
}

bool neededMoreThanOneModel(const RequestRecord& record) {
    return std::any_of(record.attempts.begin(), record.attempts.end(), [&record](const auto& attempt) {
        return attempt.model != record.attempts.front().model;
    });
}

} // namespace

// --------------------------------------------------------------------------------------------------
// NumberCache

const std::int64_t* NumberCache::find(std::string_view name) const {
    const auto found = m_numbers.find(name);
    return found == m_numbers.end() ? nullptr : &found->second;
}

void NumberCache::add(std::string_view name, std::int64_t number) {
    m_uncommitted.emplace_back(name);
    m_numbers.emplace(name, number);
}

void NumberCache::committed() {
    m_uncommitted.clear();
    if (m_numbers.size() > mostCachedNumbers)
        m_numbers.clear();
}

void NumberCache::rolledBack() {
    for (const auto& name : m_uncommitted)
        m_numbers.erase(name);
    m_uncommitted.clear();
}

// -------------------------------------------------------------------------------------------------
// RecordWriter

struct RecordWriter::Numbers {
    std::int64_t session = 0;
    std::int64_t source = 0;
    std::optional<std::int64_t> tier;
    std::optional<std::int64_t> model;
    std::int64_t provider = 0;
    std::int64_t project = 0;
    std::int64_t client = 0;
    std::int64_t taskType = 0;
    std::int64_t status = 0;
    std::int64_t sessionSource = 0;
    std::int64_t parentSession = 0;
    std::int64_t agent = 0;
    std::int64_t title = 0;
    std::int64_t tierSource = 0;
    std::int64_t startingTier = 0;
    std::int64_t modelReturned = 0;
    std::int64_t priceVersion = 0;
};

/// What one request adds, in the order of schema::sums.
struct RecordWriter::Sums {
    std::array<std::int64_t, schema::sumCount> values;

    Sums(const RequestRecord& record, bool opensTurn)
        : values{1,
                 opensTurn ? 1 : 0,
                 record.cost ? 0 : 1,
                 record.simulated ? 1 : 0,
                 record.status == "ok" ? 0 : 1,
                 record.latencyMs,
                 record.usage.input,
                 record.usage.cachedInput,
                 record.usage.cacheWrite5m,
                 record.usage.cacheWrite1h,
                 record.usage.output,
                 record.usage.reasoning,
                 record.usage.webSearches,
                 record.cost ? record.cost->value : 0} {}

    void bind(sqlite::Statement& statement, int first) const {
        for (const std::int64_t value : values)
            statement.bind(first++, value);
    }
};

struct RecordWriter::TurnState {
    bool known = false;
    std::int64_t opener = 0;
    std::int64_t firstMs = 0;
    std::string tiers;
    std::string models;
    std::string tierSources;
};

RecordWriter::RecordWriter(sqlite::Connection& connection, LocalDays days)
    : m_connection(&connection)
    , m_days(std::move(days)) {}

Result<RecordWriter> RecordWriter::make(sqlite::Connection& connection) {
    auto zone = schema::timeZoneOf(connection);
    if (!zone)
        return tl::unexpected<Error>(std::move(zone.error()));
    RecordWriter writer(connection, LocalDays(std::move(*zone)));
    if (auto prepared = writer.prepare(); !prepared)
        return tl::unexpected<Error>(std::move(prepared.error()));
    const auto next = connection.number("SELECT value FROM meta WHERE name='next_request'");
    if (!next)
        return tl::unexpected<Error>(next.error());
    writer.m_nextRequest = writer.m_nextRequestCommitted = next->value_or(1);
    return writer;
}

Result<void> RecordWriter::prepare() {
    const std::string sums(schema::sums);
    const std::pair<sqlite::Statement*, std::string> statements[] = {
        {&m_findText, "SELECT id FROM text WHERE value=?1"},
        {&m_addText, "INSERT INTO text(value) VALUES(?1) RETURNING id"},
        {&m_findSession, "SELECT id FROM session WHERE name=?1"},
        {&m_addSession, "INSERT INTO session(name, first_ms, last_ms, title, title_ms, parent, parent_ms, " +
                            sums + ") VALUES(?1, ?2, ?2, 0, 0, 0, 0" +
                            [] {
                                std::string zeros;
                                for (int i = 0; i < schema::sumCount; ++i)
                                    zeros += ", 0";
                                return zeros;
                            }() +
                            ") RETURNING id"},
        {&m_findRequest, "SELECT 1 FROM request WHERE id=?1"},
        {&m_addRequest,
         "INSERT INTO request(id, session, turn, opens_turn, time_ms, source, tier, model, provider, "
         "project, client, "
         "task_type, failed, simulated, latency_ms, input, cached_input, cache_write_5m, cache_write_1h, "
         "output, "
         "reasoning, web_searches, cost, status, http_status, usage_estimated, first_byte_ms, "
         "session_source, "
         "parent_session, agent, title, tier_source, starting_tier, model_returned, price_version, reason, "
         "message_id) VALUES(" +
             placeholders(1, 37) + ") ON CONFLICT(id) DO NOTHING"},
        {&m_addTexts, "INSERT INTO request_text(request, decision, notes) VALUES(?1, ?2, ?3)"},
        {&m_addAttempt,
         "INSERT INTO attempt(request, place, provider, model, outcome, http_status, latency_ms, reason) "
         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
        {&m_findTurn,
         "SELECT opener, first_ms, tiers, models, tier_sources FROM turn WHERE session=?1 AND turn=?2"},
        {&m_addTurn,
         "INSERT INTO turn(session, turn, opener, first_ms, last_ms, tiers, models, tier_sources, "
         "fallbacks, " +
             sums + ") VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, " + placeholders(9, schema::sumCount) +
             ")"},
        {&m_updateTurn, "UPDATE turn SET last_ms=max(last_ms, ?3), tiers=?4, models=?5, tier_sources=?6, "
                        "fallbacks=fallbacks+?7, " +
                            addingSums(8) + " WHERE session=?1 AND turn=?2"},
        {&m_closeOpening,
         "UPDATE request SET opens_turn=0 WHERE id=?1 RETURNING time_ms, source, ifnull(tier, 0), "
         "ifnull(model, 0), provider, project, client, task_type"},
        {&m_updateSession,
         "UPDATE session SET first_ms=min(first_ms, ?2), last_ms=max(last_ms, ?2), "
         "title=iif(?3<>0 AND ?2>=title_ms, ?3, title), title_ms=iif(?3<>0, max(?2, title_ms), title_ms), "
         "parent=iif(?4<>0 AND ?2>=parent_ms, ?4, parent), parent_ms=iif(?4<>0, max(?2, parent_ms), "
         "parent_ms), " +
             addingSums(5) + " WHERE id=?1"},
        {&m_addPart,
         "INSERT INTO session_part(session, source, tier, model, project, client, requests, cost) "
         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, 1, ?7) ON CONFLICT DO UPDATE SET requests=requests+1, cost=cost+?7"},
        {&m_addDay, "INSERT INTO daily(day, source, tier, model, provider, project, client, task_type, " +
                        sums + ") VALUES(" + placeholders(1, 8 + schema::sumCount) +
                        ") ON CONFLICT DO UPDATE SET " + addingSums(0, "daily")},
        {&m_moveNext, "UPDATE meta SET value=max(value, ?1) WHERE name='next_request'"},
    };
    for (const auto& [statement, sql] : statements) {
        auto prepared = m_connection->prepare(sql);
        if (!prepared)
            return tl::unexpected<Error>(std::move(prepared.error()));
        *statement = std::move(*prepared);
    }
    return {};
}

void RecordWriter::committed() {
    m_texts.committed();
    m_sessions.committed();
    m_nextRequestCommitted = m_nextRequest;
}

void RecordWriter::rolledBack() {
    m_texts.rolledBack();
    m_sessions.rolledBack();
    m_nextRequest = m_nextRequestCommitted;
}

namespace {

/// The number in the first column of the only row; nullopt for no row.
Result<std::optional<std::int64_t>> onlyNumber(sqlite::Statement& statement) {
    const auto row = statement.step();
    std::optional<std::int64_t> number;
    if (row && *row)
        number = statement.number(0);
    statement.reset();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return number;
}

} // namespace

Result<std::int64_t> RecordWriter::numberOf(std::string_view text) {
    if (text.empty())
        return 0;
    if (const auto* known = m_texts.find(text))
        return *known;
    m_findText.bind(1, text);
    auto number = onlyNumber(m_findText);
    if (number && !*number) {
        m_addText.bind(1, text);
        number = onlyNumber(m_addText);
    }
    if (!number)
        return tl::unexpected<Error>(std::move(number.error()));
    m_texts.add(text, number->value_or(0));
    return number->value_or(0);
}

Result<RecordWriter::Numbers> RecordWriter::numbersOf(const RequestRecord& record) {
    Numbers numbers;
    const std::pair<std::string_view, std::int64_t*> plain[] = {
        {record.source, &numbers.source},
        {record.provider, &numbers.provider},
        {record.project, &numbers.project},
        {record.client, &numbers.client},
        {record.taskType, &numbers.taskType},
        {record.status, &numbers.status},
        {record.sessionSource, &numbers.sessionSource},
        {record.parentSession, &numbers.parentSession},
        {record.agent, &numbers.agent},
        {record.title, &numbers.title},
        {record.tierSource, &numbers.tierSource},
        {record.startingTier, &numbers.startingTier},
        {record.modelReturned, &numbers.modelReturned},
        {record.priceVersion, &numbers.priceVersion},
    };
    for (const auto& [text, number] : plain) {
        const auto found = numberOf(text);
        if (!found)
            return tl::unexpected<Error>(found.error());
        *number = *found;
    }
    for (const auto& [text, number] :
         {std::pair{&record.tier, &numbers.tier}, {&record.model, &numbers.model}}) {
        if (!*text)
            continue;
        const auto found = numberOf(**text);
        if (!found)
            return tl::unexpected<Error>(found.error());
        *number = *found;
    }
    return numbers;
}

Result<std::int64_t> RecordWriter::sessionOf(const RequestRecord& record, bool& isNew) {
    isNew = false;
    if (const auto* known = m_sessions.find(record.session))
        return *known;
    m_findSession.bind(1, record.session);
    const auto found = onlyNumber(m_findSession);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found) {
        isNew = true;
        return 0;
    }
    m_sessions.add(record.session, **found);
    return **found;
}

Result<RecordWriter::TurnState> RecordWriter::turnOf(std::int64_t session, int turn) {
    m_findTurn.bindAll(session, std::int64_t{turn});
    TurnState state;
    const auto row = m_findTurn.step();
    if (row && *row) {
        state.known = true;
        state.opener = m_findTurn.number(0);
        state.firstMs = m_findTurn.number(1);
        state.tiers = m_findTurn.text(2);
        state.models = m_findTurn.text(3);
        state.tierSources = m_findTurn.text(4);
    }
    m_findTurn.reset();
    if (!row)
        return tl::unexpected<Error>(row.error());
    return state;
}

Result<RecordWriter::Outcome> RecordWriter::write(const RequestRecord& record) {
    auto numbers = numbersOf(record);
    if (!numbers)
        return tl::unexpected<Error>(std::move(numbers.error()));

    bool newSession = false;
    auto session = sessionOf(record, newSession);
    if (session && newSession) {
        // Only here must the number be looked up beforehand: a session without requests must not come to
        // stand.
        m_findRequest.bind(1, record.request.value);
        const auto there = onlyNumber(m_findRequest);
        if (!there)
            return tl::unexpected<Error>(there.error());
        if (*there)
            return Outcome::AlreadyThere;
        m_addSession.bindAll(std::string_view(record.session), msOf(record.time));
        const auto added = onlyNumber(m_addSession);
        if (!added)
            return tl::unexpected<Error>(added.error());
        session = added->value_or(0);
        m_sessions.add(record.session, *session);
    }
    if (!session)
        return tl::unexpected<Error>(std::move(session.error()));
    numbers->session = *session;

    const auto turn = turnOf(*session, record.turn);
    if (!turn)
        return tl::unexpected<Error>(turn.error());
    const bool earliest = !turn->known || std::pair(msOf(record.time), record.request.value) <
                                              std::pair(turn->firstMs, turn->opener);

    m_addRequest.bindAll(
        record.request.value, numbers->session, std::int64_t{record.turn}, std::int64_t{earliest},
        msOf(record.time), numbers->source, numbers->tier, numbers->model, numbers->provider,
        numbers->project, numbers->client, numbers->taskType, std::int64_t{record.status != "ok"},
        std::int64_t{record.simulated}, record.latencyMs, record.usage.input, record.usage.cachedInput,
        record.usage.cacheWrite5m, record.usage.cacheWrite1h, record.usage.output, record.usage.reasoning,
        record.usage.webSearches, record.cost ? std::optional(record.cost->value) : std::nullopt,
        numbers->status, std::int64_t{record.httpStatus}, std::int64_t{record.usageEstimated},
        record.firstByteMs, numbers->sessionSource, numbers->parentSession, numbers->agent, numbers->title,
        numbers->tierSource, numbers->startingTier, numbers->modelReturned, numbers->priceVersion,
        std::string_view(record.reason), std::string_view(record.messageId));
    if (auto added = m_addRequest.run(); !added)
        return tl::unexpected<Error>(std::move(added.error()));
    // Not asked of the statement by RETURNING, which would cost a third more.
    if (m_connection->rowsChanged() == 0)
        return Outcome::AlreadyThere;

    if (earliest && turn->known) {
        if (auto moved = moveOpening(turn->opener); !moved)
            return tl::unexpected<Error>(std::move(moved.error()));
    }
    const Sums sums(record, earliest);
    Result<void> done = writeTexts(record);
    if (done)
        done = writeAttempts(record);
    if (done)
        done = addToTurn(record, *numbers, sums, *turn);
    if (done)
        done = addToSession(record, *numbers, Sums(record, !turn->known));
    if (done)
        done = addToDay(record, *numbers, sums);
    if (done && record.request.value >= m_nextRequest) {
        m_nextRequest = record.request.value + 1;
        done = m_moveNext.runWith(m_nextRequest);
    }
    if (!done)
        return tl::unexpected<Error>(std::move(done.error()));
    return Outcome::Written;
}

/// Requests of a turn finish in any order; the turn is counted at its earliest, so an earlier one takes that
/// over.
Result<void> RecordWriter::moveOpening(std::int64_t fromRequest) {
    m_closeOpening.bind(1, fromRequest);
    const auto row = m_closeOpening.step();
    if (!row || !*row) {
        m_closeOpening.reset();
        if (!row)
            return tl::unexpected<Error>(row.error());
        return {};
    }
    const LocalDay day = m_days.dayOf(UtcTime(std::chrono::milliseconds(m_closeOpening.number(0))));
    m_addDay.bind(1, std::int64_t{day.time_since_epoch().count()});
    for (int column = 1; column <= 7; ++column)
        m_addDay.bind(column + 1, m_closeOpening.number(column));
    for (int sum = 0; sum < schema::sumCount; ++sum)
        m_addDay.bind(9 + sum, std::int64_t{sum == 1 ? -1 : 0});
    m_closeOpening.reset();
    return m_addDay.run();
}

Result<void> RecordWriter::writeTexts(const RequestRecord& record) {
    if (record.decision.empty() && record.notes.empty())
        return {};
    return m_addTexts.runWith(record.request.value, std::string_view(record.decision),
                              std::string_view(record.notes));
}

Result<void> RecordWriter::writeAttempts(const RequestRecord& record) {
    std::int64_t place = 0;
    for (const auto& attempt : record.attempts) {
        const auto provider = numberOf(attempt.provider);
        if (!provider)
            return tl::unexpected<Error>(provider.error());
        const auto model = numberOf(attempt.model);
        if (!model)
            return tl::unexpected<Error>(model.error());
        const auto outcome = numberOf(attempt.outcome);
        if (!outcome)
            return tl::unexpected<Error>(outcome.error());
        auto added = m_addAttempt.runWith(record.request.value, place++, *provider, *model, *outcome,
                                          std::int64_t{attempt.httpStatus}, attempt.latencyMs,
                                          std::string_view(attempt.reason));
        if (!added)
            return added;
    }
    return {};
}

Result<void> RecordWriter::addToTurn(const RequestRecord& record, const Numbers& numbers, const Sums& sums,
                                     const TurnState& turn) {
    const std::int64_t cost = record.cost ? record.cost->value : 0;
    const std::string tiers = withRequest(turn.tiers, numbers.tier.value_or(0), cost);
    const std::string models = numbers.model ? withNumber(turn.models, *numbers.model) : turn.models;
    const std::string tierSources =
        numbers.tierSource != 0 ? withNumber(turn.tierSources, numbers.tierSource) : turn.tierSources;
    const std::int64_t fallbacks = neededMoreThanOneModel(record) ? 1 : 0;
    Sums ofTurn = sums;
    ofTurn.values[1] = turn.known ? 0 : 1;
    if (!turn.known) {
        m_addTurn.bindAll(numbers.session, std::int64_t{record.turn}, record.request.value, msOf(record.time),
                          std::string_view(tiers), std::string_view(models), std::string_view(tierSources),
                          fallbacks);
        ofTurn.bind(m_addTurn, 9);
        return m_addTurn.run();
    }
    if (sums.values[1] != 0) {
        // The rare case, in which an index must move too.
        auto query =
            m_connection->query("UPDATE turn SET opener=?3, first_ms=?4 WHERE session=?1 AND turn=?2");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        auto opened = (*query)->runWith(numbers.session, std::int64_t{record.turn}, record.request.value,
                                        msOf(record.time));
        if (!opened)
            return opened;
    }
    m_updateTurn.bindAll(numbers.session, std::int64_t{record.turn}, msOf(record.time),
                         std::string_view(tiers), std::string_view(models), std::string_view(tierSources),
                         fallbacks);
    ofTurn.bind(m_updateTurn, 8);
    return m_updateTurn.run();
}

Result<void> RecordWriter::addToSession(const RequestRecord& record, const Numbers& numbers,
                                        const Sums& sums) {
    m_updateSession.bindAll(numbers.session, msOf(record.time), numbers.title, numbers.parentSession);
    sums.bind(m_updateSession, 5);
    if (auto updated = m_updateSession.run(); !updated)
        return updated;
    return m_addPart.runWith(numbers.session, numbers.source, numbers.tier.value_or(0),
                             numbers.model.value_or(0), numbers.project, numbers.client,
                             record.cost ? record.cost->value : std::int64_t{0});
}

Result<void> RecordWriter::addToDay(const RequestRecord& record, const Numbers& numbers, const Sums& sums) {
    m_addDay.bindAll(std::int64_t{m_days.dayOf(record.time).time_since_epoch().count()}, numbers.source,
                     numbers.tier.value_or(0), numbers.model.value_or(0), numbers.provider, numbers.project,
                     numbers.client, numbers.taskType);
    sums.bind(m_addDay, 9);
    return m_addDay.run();
}

Result<std::int64_t> RecordWriter::reserve(int count) {
    // The only commit that waits for the disk: after a power failure a number may not come again, since a
    // client has seen it. One for each block of numbers.
    if (auto done = m_connection->run("PRAGMA synchronous=FULL"); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    const auto reserved = [this, count]() -> Result<std::int64_t> {
        auto transaction = sqlite::Transaction::begin(*m_connection, sqlite::Transaction::Kind::Write);
        if (!transaction)
            return tl::unexpected<Error>(std::move(transaction.error()));
        // Above every number that stands, too, should the counter ever have been put back by hand.
        const auto first = m_connection->number("SELECT max(value, (SELECT ifnull(max(id), 0) + 1 FROM "
                                                "request)) FROM meta WHERE name='next_request'");
        if (!first)
            return tl::unexpected<Error>(first.error());
        const std::int64_t next = first->value_or(1) + count;
        if (auto moved = m_moveNext.runWith(next); !moved)
            return tl::unexpected<Error>(std::move(moved.error()));
        if (auto done = transaction->commit(); !done)
            return tl::unexpected<Error>(std::move(done.error()));
        m_nextRequest = m_nextRequestCommitted = next;
        return next - count;
    }();
    if (auto done = m_connection->run("PRAGMA synchronous=NORMAL"); !done)
        return tl::unexpected<Error>(std::move(done.error()));
    return reserved;
}

} // namespace tierdeck::sessions
