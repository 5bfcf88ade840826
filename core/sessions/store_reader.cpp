#include "core/sessions/store_reader.h"

#include "core/sessions/schema.h"
#include "core/sessions/spend_counter.h"
#include "core/sessions/store_reader_impl.h"
#include "core/sessions/turn_traces.h"

#include <utility>

namespace tierdeck::sessions {

using routing::RequestRecord;
using sqlite::Statement;

namespace {

/// Readers hardly ever wait in WAL: only while a store is being opened after a crash.
constexpr int busyTimeoutMs = 2000;

Result<void> checkLimit(int limit) {
    if (limit < 1)
        return failure(ErrorCode::InvalidInput, "A page needs room for at least one row.");
    return {};
}

} // namespace

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
        const auto criteria = m_impl->criteriaFor(filter);
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
        const auto criteria = m_impl->criteriaFor(filter);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->turns(*criteria, limit, after);
    });
}

Result<std::vector<TurnTrace>> StoreReader::traces(std::string_view session, std::optional<UtcTime> since) {
    return m_impl->inSnapshot([&]() -> Result<std::vector<TurnTrace>> {
        Filter filter;
        filter.session = session;
        const auto criteria = m_impl->criteriaFor(filter);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        if (!criteria->session)
            return std::vector<TurnTrace>();
        return readTurnTraces(m_impl->connection, m_impl->names, *criteria->session, since);
    });
}

Result<Page<RequestRecord>> StoreReader::requests(const Filter& filter, int limit, std::string_view after,
                                                  RequestOrder order) {
    if (auto fine = checkLimit(limit); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<Page<RequestRecord>> {
        const auto criteria = m_impl->criteriaFor(filter);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->requests(*criteria, limit, after, order);
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
        const auto read = (*query)->each([&](const Statement& row) {
            LabelledRequest& label = labels.emplace_back();
            label.request = RequestId(row.number(0));
            m_impl->name(label.tier, row.number(1));
            label.time = timeAt(row.number(2));
            readEvidence(label, row, 3);
        });
        if (!read)
            return tl::unexpected<Error>(read.error());
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
        const auto criteria = m_impl->criteriaFor(filter);
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
        const auto criteria = m_impl->criteriaFor(filter);
        if (!criteria)
            return tl::unexpected<Error>(criteria.error());
        return m_impl->dearestSessions(*criteria, static_cast<std::size_t>(limit));
    });
}

Result<UnsetPromotions> StoreReader::unsetPromotions(const Filter& filter, int mostLooked) {
    if (auto fine = checkLimit(mostLooked); !fine)
        return tl::unexpected<Error>(std::move(fine.error()));
    return m_impl->inSnapshot([&]() -> Result<UnsetPromotions> {
        const auto criteria = m_impl->criteriaFor(filter);
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
    const auto read = (*query)->each([&said](const Statement& row) {
        if (!said.empty())
            said += '\n';
        said += row.text(0);
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    return said;
}

} // namespace tierdeck::sessions
