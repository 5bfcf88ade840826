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
/// The requests of a turn come close together, beside those of as many other turns as there are agents.
constexpr std::size_t mostCachedEvidence = 2'000;

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

bool neededMoreThanOneModel(const RequestRecord& record) {
    return std::any_of(record.attempts.begin(), record.attempts.end(), [&record](const auto& attempt) {
        return attempt.model != record.attempts.front().model;
    });
}

/// What is of the request alone, and what it shares with its turn.
std::pair<std::string_view, std::string_view> partsOf(std::string_view features) {
    const auto slash = features.find('/');
    const std::size_t own = slash == std::string_view::npos ? features.size() : slash + 1;
    return {features.substr(0, own), features.substr(own)};
}

/// What one request adds.
Sums sumsOf(const RequestRecord& record, bool opensTurn) {
    return {1,
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
            record.cost ? record.cost->value : 0};
}

} // namespace

// --------------------------------------------------------------------------------------------------
// NumberCache

const std::int64_t* NumberCache::find(std::string_view name) {
    // The same names come again and again, and to compare one costs less than to hash it.
    const std::size_t place = name.empty() ? 0
                                           : name.size() + 3 * static_cast<unsigned char>(name.front()) +
                                                 5 * static_cast<unsigned char>(name.back());
    auto& latest = m_latest[place % m_latest.size()];
    if (!latest || latest->first != name) {
        const auto found = m_numbers.find(name);
        if (found == m_numbers.end())
            return nullptr;
        latest = &*found;
    }
    return &latest->second;
}

void NumberCache::add(std::string_view name, std::int64_t number) {
    m_uncommitted.emplace_back(name);
    m_numbers.emplace(name, number);
}

void NumberCache::committed() {
    m_uncommitted.clear();
    if (m_numbers.size() <= m_mostKept)
        return;
    m_latest.fill(nullptr);
    m_numbers.clear();
}

void NumberCache::rolledBack() {
    m_latest.fill(nullptr);
    for (const auto& name : m_uncommitted)
        m_numbers.erase(name);
    m_uncommitted.clear();
}

// -------------------------------------------------------------------------------------------------
// RecordWriter

RecordWriter::RecordWriter(sqlite::Connection& connection, LocalDays days)
    : m_connection(&connection)
    , m_days(std::move(days))
    , m_texts(mostCachedNumbers)
    , m_sessions(mostCachedNumbers)
    , m_evidence(mostCachedEvidence)
    , m_addRequests(
          connection,
          "request(id, session, turn, opens_turn, time_ms, source, tier, model, provider, project, client, "
          "task_type, failed, simulated, latency_ms, input, cached_input, cache_write_5m, cache_write_1h, "
          "output, reasoning, web_searches, cost, status, http_status, usage_estimated, first_byte_ms, "
          "session_source, parent_session, agent, title, tier_source, starting_tier, model_returned, "
          "price_version, reason, message_id, agent_source, client_source, project_source, parent_agent, "
          "evidence, input_estimate, messages, score, code_score, features)",
          "ON CONFLICT(id) DO NOTHING")
    , m_addTexts(connection, "request_text(request, decision, notes)")
    , m_addAttempts(connection,
                    "attempt(request, place, provider, model, outcome, http_status, latency_ms, reason)") {}

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
    std::string zeros;
    for (int i = 0; i < schema::sumCount; ++i)
        zeros += ", 0";
    auto done = sqlite::prepareAll(
        *m_connection,
        {{&m_findText, "SELECT id FROM text WHERE value=?1"},
         {&m_addText, "INSERT INTO text(value) VALUES(?1) RETURNING id"},
         {&m_findSession, "SELECT id FROM session WHERE name=?1"},
         {&m_addSession, "INSERT INTO session(name, first_ms, last_ms, title, title_ms, parent, parent_ms, " +
                             sums + ") VALUES(?1, ?2, ?2, 0, 0, 0, 0" + zeros + ") RETURNING id"},
         {&m_addEvidence, "INSERT INTO evidence(facts, features) VALUES(?1, ?2) RETURNING id"},
         {&m_findRequest, "SELECT 1 FROM request WHERE id=?1"},
         {&m_closeOpening,
          "UPDATE request SET opens_turn=0 WHERE id=?1 RETURNING time_ms, source, ifnull(tier, 0), "
          "ifnull(model, 0), provider, project, client, task_type"},
         {&m_moveNext, "UPDATE meta SET value=max(value, ?1) WHERE name='next_request'"}});
    return done ? m_rollUps.prepare(*m_connection) : done;
}

void RecordWriter::committed() {
    m_texts.committed();
    m_sessions.committed();
    m_evidence.committed();
    m_nextRequestCommitted = m_nextRequest;
}

void RecordWriter::rolledBack() {
    m_texts.rolledBack();
    m_sessions.rolledBack();
    m_evidence.rolledBack();
    m_rollUps.clear();
    forgetRows();
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
        {record.agentSource, &numbers.agentSource},
        {record.clientSource, &numbers.clientSource},
        {record.projectSource, &numbers.projectSource},
        {record.parentAgent, &numbers.parentAgent},
        {record.title, &numbers.title},
        {record.tierSource, &numbers.tierSource},
        {record.startingTier, &numbers.startingTier},
        {record.modelReturned, &numbers.modelReturned},
        {record.priceVersion, &numbers.priceVersion},
    };
    for (const auto& [text, number] : plain) {
        if (text.empty()) // the most of them
            continue;
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

/// The row that this request shares with others of its turn; 0 for none.
Result<std::int64_t> RecordWriter::evidenceOf(const RequestRecord& record, std::string_view sharedFeatures) {
    if (!record.facts)
        return 0;
    std::string key = pack(*record.facts);
    const std::size_t factsSize = key.size();
    key += '\0';
    key += sharedFeatures;
    if (const auto* known = m_evidence.find(key))
        return *known;
    m_addEvidence.bindAll(std::string_view(key).substr(0, factsSize), sharedFeatures);
    const auto number = onlyNumber(m_addEvidence);
    if (!number)
        return tl::unexpected<Error>(number.error());
    m_evidence.add(key, number->value_or(0));
    return number->value_or(0);
}

Result<std::int64_t> RecordWriter::sessionOf(const RequestRecord& record) {
    if (const auto* known = m_sessions.find(record.session))
        return *known;
    m_findSession.bind(1, record.session);
    auto number = onlyNumber(m_findSession);
    if (number && !*number) {
        m_addSession.bindAll(std::string_view(record.session), msOf(record.time));
        number = onlyNumber(m_addSession);
    }
    if (!number)
        return tl::unexpected<Error>(std::move(number.error()));
    m_sessions.add(record.session, number->value_or(0));
    return number->value_or(0);
}

Result<bool> RecordWriter::stands(RequestId request) {
    if (auto written = writeRows(); !written) // it may be among them
        return tl::unexpected<Error>(std::move(written.error()));
    m_findRequest.bind(1, request.value);
    const auto found = onlyNumber(m_findRequest);
    if (!found)
        return tl::unexpected<Error>(found.error());
    return found->has_value();
}

Result<RecordWriter::Outcome> RecordWriter::write(const RequestRecord& record, Number number) {
    if (number == Number::Unknown) {
        const auto there = stands(record.request);
        if (!there)
            return tl::unexpected<Error>(there.error());
        if (*there)
            return Outcome::AlreadyThere;
    }
    auto numbers = numbersOf(record);
    if (!numbers)
        return tl::unexpected<Error>(std::move(numbers.error()));
    const auto session = sessionOf(record);
    if (!session)
        return tl::unexpected<Error>(session.error());
    numbers->session = *session;

    const auto found = m_rollUps.turn(*session, record.turn);
    if (!found)
        return tl::unexpected<Error>(found.error());
    RollUps::Turn& turn = **found;
    const bool earliest = !turn.exists() || std::pair(msOf(record.time), record.request.value) <
                                                std::pair(turn.firstMs, turn.opener);
    if (earliest && turn.exists()) {
        if (auto moved = moveOpening(turn.opener); !moved)
            return tl::unexpected<Error>(std::move(moved.error()));
    }

    const auto [ownFeatures, sharedFeatures] =
        record.facts ? partsOf(record.features)
                     : std::pair(std::string_view(record.features), std::string_view());
    const auto evidence = evidenceOf(record, sharedFeatures);
    if (!evidence)
        return tl::unexpected<Error>(evidence.error());
    if (auto added = addAttempts(record); !added)
        return tl::unexpected<Error>(std::move(added.error()));
    m_requestRows.push_back({&record, *numbers, earliest, *evidence, ownFeatures});
    if (!record.decision.empty() || !record.notes.empty())
        m_textRows.push_back(&record);
    addUp(record, *numbers, turn, earliest);
    m_nextRequest = std::max(m_nextRequest, record.request.value + 1);

    if (m_requestRows.size() >= RowInserter::mostAtOnce) {
        if (auto written = writeRows(); !written)
            return tl::unexpected<Error>(std::move(written.error()));
    }
    return Outcome::Written;
}

Result<void> RecordWriter::finish() {
    if (auto done = writeRows(); !done)
        return done;
    if (auto done = m_rollUps.write(); !done)
        return done;
    return m_nextRequest == m_nextRequestCommitted ? Result<void>() : m_moveNext.runWith(m_nextRequest);
}

Result<void> RecordWriter::addAttempts(const RequestRecord& record) {
    std::int64_t place = 0;
    for (const auto& attempt : record.attempts) {
        AttemptRow row{&attempt, record.request.value, place++};
        for (const auto& [text, number] : {std::pair{&attempt.provider, &row.provider},
                                           {&attempt.model, &row.model},
                                           {&attempt.outcome, &row.outcome}}) {
            const auto found = numberOf(*text);
            if (!found)
                return tl::unexpected<Error>(found.error());
            *number = *found;
        }
        m_attemptRows.push_back(row);
    }
    return {};
}

Result<void> RecordWriter::writeRows() {
    const auto requests = m_addRequests.add(m_requestRows.size(),
                                            [this](sqlite::Statement& statement, int place, std::size_t i) {
                                                bindRequest(statement, place, m_requestRows[i]);
                                            });
    if (!requests)
        return tl::unexpected<Error>(requests.error());
    if (*requests != static_cast<std::int64_t>(m_requestRows.size()))
        return failure(ErrorCode::Conflict,
                       "A request with one of these numbers stands in the store already.");
    const auto texts =
        m_addTexts.add(m_textRows.size(), [this](sqlite::Statement& statement, int place, std::size_t i) {
            const RequestRecord& record = *m_textRows[i];
            statement.bindFrom(place, record.request.value, std::string_view(record.decision),
                               std::string_view(record.notes));
        });
    if (!texts)
        return tl::unexpected<Error>(texts.error());
    const auto attempts = m_addAttempts.add(
        m_attemptRows.size(), [this](sqlite::Statement& statement, int place, std::size_t i) {
            const AttemptRow& row = m_attemptRows[i];
            statement.bindFrom(place, row.request, row.place, row.provider, row.model, row.outcome,
                               std::int64_t{row.attempt->httpStatus}, row.attempt->latencyMs,
                               std::string_view(row.attempt->reason));
        });
    if (!attempts)
        return tl::unexpected<Error>(attempts.error());
    forgetRows();
    return {};
}

void RecordWriter::forgetRows() {
    m_requestRows.clear();
    m_textRows.clear();
    m_attemptRows.clear();
}

void RecordWriter::bindRequest(sqlite::Statement& statement, int place, const RequestRow& row) {
    static const routing::RequestFacts noFacts;
    const RequestRecord& record = *row.record;
    const Numbers& numbers = row.numbers;
    const routing::RequestFacts& facts = record.facts ? *record.facts : noFacts;
    statement.bindFrom(
        place, record.request.value, numbers.session, std::int64_t{record.turn}, std::int64_t{row.opensTurn},
        msOf(record.time), numbers.source, numbers.tier, numbers.model, numbers.provider, numbers.project,
        numbers.client, numbers.taskType, std::int64_t{record.status != "ok"}, std::int64_t{record.simulated},
        record.latencyMs, record.usage.input, record.usage.cachedInput, record.usage.cacheWrite5m,
        record.usage.cacheWrite1h, record.usage.output, record.usage.reasoning, record.usage.webSearches,
        record.cost ? std::optional(record.cost->value) : std::nullopt, numbers.status,
        std::int64_t{record.httpStatus}, std::int64_t{record.usageEstimated}, record.firstByteMs,
        numbers.sessionSource, numbers.parentSession, numbers.agent, numbers.title, numbers.tierSource,
        numbers.startingTier, numbers.modelReturned, numbers.priceVersion, std::string_view(record.reason),
        std::string_view(record.messageId), numbers.agentSource, numbers.clientSource, numbers.projectSource,
        numbers.parentAgent, row.evidence, facts.inputTokens, std::int64_t{facts.messages},
        std::int64_t{facts.score}, std::int64_t{facts.codeScore}, row.ownFeatures);
}

/// Requests of a turn finish in any order; the turn is counted at its earliest, so an earlier one takes that
/// over.
Result<void> RecordWriter::moveOpening(std::int64_t fromRequest) {
    RollUps::DayKey day{};
    const auto waiting = std::ranges::find_if(
        m_requestRows, [=](const RequestRow& row) { return row.record->request.value == fromRequest; });
    if (waiting != m_requestRows.end()) {
        waiting->opensTurn = false;
        day = dayOf(*waiting->record, waiting->numbers);
    } else {
        m_closeOpening.bind(1, fromRequest);
        const auto row = m_closeOpening.step();
        if (!row || !*row) {
            m_closeOpening.reset();
            if (!row)
                return tl::unexpected<Error>(row.error());
            return {};
        }
        day[0] = dayNumber(UtcTime(std::chrono::milliseconds(m_closeOpening.number(0))));
        for (int column = 1; column <= 7; ++column)
            day[static_cast<std::size_t>(column)] = m_closeOpening.number(column);
        m_closeOpening.reset();
    }
    Sums oneTurnLess{};
    oneTurnLess[turnsSum] = -1;
    m_rollUps.addToDay(day, oneTurnLess);
    return {};
}

RollUps::DayKey RecordWriter::dayOf(const RequestRecord& record, const Numbers& numbers) {
    return {dayNumber(record.time), numbers.source,  numbers.tier.value_or(0), numbers.model.value_or(0),
            numbers.provider,       numbers.project, numbers.client,           numbers.taskType};
}

std::int64_t RecordWriter::dayNumber(UtcTime time) {
    return m_days.dayOf(time).time_since_epoch().count();
}

void RecordWriter::addUp(const RequestRecord& record, const Numbers& numbers, RollUps::Turn& turn,
                         bool earliest) {
    const std::int64_t time = msOf(record.time);
    const std::int64_t cost = record.cost ? record.cost->value : 0;
    const std::int64_t tier = numbers.tier.value_or(0);
    const std::int64_t model = numbers.model.value_or(0);

    // The turn counts on the day of its earliest request, in the session and for itself once.
    m_rollUps.addToDay(dayOf(record, numbers), sumsOf(record, earliest));
    const Sums sums = sumsOf(record, !turn.exists());
    m_rollUps.addToSession(numbers.session, time, numbers.title, numbers.parentSession, sums);
    m_rollUps.addToPart({numbers.session, numbers.source, tier, model, numbers.project, numbers.client},
                        cost);

    turn.lastMs = turn.exists() ? std::max(turn.lastMs, time) : time;
    if (earliest) {
        turn.openerMoved = turn.inStore;
        turn.opener = record.request.value;
        turn.firstMs = time;
    }
    addRequest(turn.tiers, tier, cost);
    if (numbers.model)
        addNumber(turn.models, model);
    if (numbers.tierSource != 0)
        addNumber(turn.tierSources, numbers.tierSource);
    turn.newFallbacks += neededMoreThanOneModel(record) ? 1 : 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
        turn.newSums[i] += sums[i];
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
