#include "core/sessions/report.h"

#include <algorithm>
#include <utility>

namespace tierdeck::sessions {

using routing::RequestRecord;

namespace {

constexpr int pageRows = 1000;

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

Cell textOrNull(const std::string& text) {
    return text.empty() ? Cell(Null{}) : Cell(text);
}

/// The tier of an explicit model has no name; `-` stands for it, as in the reply's headers.
Counts countsOf(const std::vector<TierShare>& shares) {
    Counts counts;
    for (const TierShare& share : shares) {
        counts.emplace_back(share.tier.empty() ? "-" : share.tier, share.requests);
    }
    return counts;
}

template <typename Row, typename Usage>
void addTokenColumns(std::vector<ReportColumn<Row>>& columns, Usage usage) {
    const auto add = [&](const char* key, const char* header, std::int64_t pricing::TokenUsage::*count) {
        columns.push_back(
            {key, header, [usage, count](const Row& row) { return Cell(usage(row).*count); }, true});
    };
    add("inputTokens", "input", &pricing::TokenUsage::input);
    add("cachedInputTokens", "cached", &pricing::TokenUsage::cachedInput);
    add("cacheWrite5mTokens", "", &pricing::TokenUsage::cacheWrite5m);
    add("cacheWrite1hTokens", "", &pricing::TokenUsage::cacheWrite1h);
    add("outputTokens", "output", &pricing::TokenUsage::output);
    add("reasoningTokens", "", &pricing::TokenUsage::reasoning);
}

template <typename Row>
void addSumColumns(std::vector<ReportColumn<Row>>& columns) {
    addTokenColumns(columns, [](const Row& row) { return row.totals.usage; });
    columns.push_back({"costUsd", "cost USD", [](const Row& row) { return Cell(costOf(row.totals)); }, true});
    columns.push_back({"unpricedRequests", "unpriced",
                       [](const Row& row) { return Cell(row.totals.unpricedRequests); }, true});
}

template <typename Row, typename Page>
Result<std::string> writeRows(std::ostream& out, const ListReport& list, const char* name,
                              const std::vector<ReportColumn<Row>>& columns, const Page& page,
                              const std::function<bool()>& wanted) {
    JsonWriter json(out);
    bool begun = false; // nothing is written where the first page fails
    std::string after = list.after;
    int left = list.limit;
    for (;;) {
        if (wanted && !wanted())
            return failure(ErrorCode::Cancelled, "Cancelled.");
        auto rows = page(list.limit == 0 ? pageRows : std::min(pageRows, left), after);
        if (!rows)
            return tl::unexpected<Error>(std::move(rows.error()));
        if (!std::exchange(begun, true)) {
            if (list.format == ListFormat::Json) {
                json.beginObject();
                json.key(name), json.beginArray();
            } else {
                writeCsvHeader(out, columns);
            }
        }
        for (const Row& row : rows->rows) {
            if (list.format == ListFormat::Json)
                writeJsonRow(json, columns, row);
            else
                writeCsvRow(out, columns, row);
        }
        left -= static_cast<int>(rows->rows.size());
        after = rows->next;
        if (after.empty() || (list.limit > 0 && left <= 0))
            break;
    }
    if (list.format == ListFormat::Json) {
        json.endArray();
        json.memberOrNull("next", after);
        json.endObject();
        out << '\n';
    }
    return after;
}

} // namespace

std::string joined(const Counts& counts) {
    std::string text;
    for (const auto& [name, count] : counts) {
        text += (text.empty() ? "" : " ") + name + ":" + std::to_string(count);
    }
    return text;
}

std::string joined(const Texts& texts, const char* between) {
    std::string text;
    for (const std::string& part : texts) {
        text += (text.empty() ? "" : between) + part;
    }
    return text;
}

void writeJson(JsonWriter& json, const Cell& cell) {
    std::visit(Overloaded{
                   [&](Null) { json.null(); },
                   [&](const std::string& value) { json.text(value); },
                   [&](std::int64_t value) { json.integer(value); },
                   [&](bool value) { json.boolean(value); },
                   [&](UtcTime value) { json.text(toRfc3339(value)); },
                   [&](const Money& value) { json.usd(value.cost); },
                   [&](const Counts& value) {
                       json.beginObject();
                       for (const auto& [name, count] : value) {
                           json.key(name), json.integer(count);
                       }
                       json.endObject();
                   },
                   [&](const Texts& value) { json.texts(value); },
               },
               cell);
}

std::string csvText(const Cell& cell) {
    return std::visit(
        Overloaded{
            [](Null) { return std::string(); },
            [](const std::string& value) { return value; },
            [](std::int64_t value) { return std::to_string(value); },
            [](bool value) { return std::string(value ? "true" : "false"); },
            [](UtcTime value) { return toRfc3339(value); },
            [](const Money& value) { return value.cost ? decimalText(value.cost->value, 9) : std::string(); },
            [](const Counts& value) { return joined(value); },
            [](const Texts& value) { return joined(value, " "); },
        },
        cell);
}

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char letter : text) {
        quoted += letter;
        if (letter == '"') {
            quoted += letter;
        }
    }
    return quoted + '"';
}

Money costOf(const Totals& totals) {
    const bool nonePriced = totals.requests > 0 && totals.unpricedRequests == totals.requests;
    const bool onlySimulated = totals.simulatedRequests > 0 && totals.cost == NanoUsd();
    return {nonePriced ? std::nullopt : std::optional(totals.cost), onlySimulated};
}

std::vector<ReportColumn<RequestRecord>> requestColumns() {
    using Row = RequestRecord;
    std::vector<ReportColumn<Row>> columns{
        {"request", "request", [](const Row& row) { return Cell(row.request.value); }, true},
        {"turn", "turn", [](const Row& row) { return Cell(std::int64_t{row.turn}); }, true},
        {"session", "session", [](const Row& row) { return Cell(row.session); }},
        {"time", "time", [](const Row& row) { return Cell(row.time); }},
        {"source", "", [](const Row& row) { return Cell(row.source); }},
        {"client", "", [](const Row& row) { return textOrNull(row.client); }},
        {"project", "", [](const Row& row) { return textOrNull(row.project); }},
        {"agent", "", [](const Row& row) { return textOrNull(row.agent); }},
        {"taskType", "", [](const Row& row) { return textOrNull(row.taskType); }},
        {"tier", "tier", [](const Row& row) { return row.tier ? textOrNull(*row.tier) : Cell(Null{}); }},
        {"tierSource", "decided by", [](const Row& row) { return textOrNull(row.tierSource); }},
        {"provider", "", [](const Row& row) { return textOrNull(row.provider); }},
        {"model", "model", [](const Row& row) { return row.model ? textOrNull(*row.model) : Cell(Null{}); }},
        {"modelReturned", "", [](const Row& row) { return textOrNull(row.modelReturned); }},
        {"status", "status", [](const Row& row) { return Cell(row.status); }},
        {"attempts", "tries",
         [](const Row& row) { return Cell(static_cast<std::int64_t>(row.attempts.size())); }, true},
    };
    addTokenColumns(columns, [](const Row& row) { return row.usage; });
    columns.push_back({"costUsd", "cost USD",
                       [](const Row& row) {
                           return Cell(Money{row.cost, row.simulated});
                       },
                       true});
    columns.push_back({"simulated", "", [](const Row& row) { return Cell(row.simulated); }});
    columns.push_back({"latencyMs", "latency ms", [](const Row& row) { return Cell(row.latencyMs); }, true});
    columns.push_back({"firstByteMs", "",
                       [](const Row& row) { return row.firstByteMs ? Cell(*row.firstByteMs) : Cell(Null{}); },
                       true});
    columns.push_back({"reason", "reason", [](const Row& row) { return Cell(row.reason); }});
    const auto addText = [&columns](const char* key, std::string Row::*text) {
        columns.push_back({key, "", [text](const Row& row) { return textOrNull(row.*text); }});
    };
    addText("messageId", &Row::messageId);
    addText("sessionSource", &Row::sessionSource);
    addText("parentSession", &Row::parentSession);
    addText("agentSource", &Row::agentSource);
    addText("parentAgent", &Row::parentAgent);
    addText("clientSource", &Row::clientSource);
    addText("projectSource", &Row::projectSource);
    return columns;
}

std::vector<ReportColumn<TurnRow>> turnColumns() {
    using Row = TurnRow;
    std::vector<ReportColumn<Row>> columns{
        {"turn", "turn", [](const Row& row) { return Cell(std::int64_t{row.turn}); }, true},
        {"session", "session", [](const Row& row) { return Cell(row.session); }},
        {"agent", "", [](const Row& row) { return textOrNull(row.agent); }},
        {"time", "time", [](const Row& row) { return Cell(row.time); }},
        {"source", "", [](const Row& row) { return Cell(row.source); }},
        {"client", "", [](const Row& row) { return textOrNull(row.client); }},
        {"project", "", [](const Row& row) { return textOrNull(row.project); }},
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, true},
        {"tiers", "tier", [](const Row& row) { return Cell(countsOf(row.tiers)); }},
        {"tierSources", "decided by", [](const Row& row) { return Cell(row.tierSources); }},
        {"models", "model", [](const Row& row) { return Cell(row.models); }},
    };
    addSumColumns(columns);
    columns.push_back(
        {"latencyMs", "latency ms", [](const Row& row) { return Cell(row.totals.latencyMs); }, true});
    columns.push_back({"reason", "reason", [](const Row& row) { return Cell(row.reason); }});
    return columns;
}

std::vector<ReportColumn<SessionRow>> sessionColumns() {
    using Row = SessionRow;
    std::vector<ReportColumn<Row>> columns{
        {"session", "session", [](const Row& row) { return Cell(row.session); }},
        {"parentSession", "", [](const Row& row) { return textOrNull(row.parentSession); }},
        {"title", "title", [](const Row& row) { return textOrNull(row.title); }},
        {"time", "first", [](const Row& row) { return Cell(row.firstTime); }},
        {"lastTime", "last", [](const Row& row) { return Cell(row.lastTime); }},
        {"source", "source", [](const Row& row) { return Cell(row.source); }},
        {"client", "client", [](const Row& row) { return textOrNull(row.client); }},
        {"project", "project", [](const Row& row) { return textOrNull(row.project); }},
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, true},
        {"turns", "turns", [](const Row& row) { return Cell(row.totals.turns); }, true},
        {"tiers", "tiers", [](const Row& row) { return Cell(countsOf(row.tiers)); }},
    };
    addSumColumns(columns);
    columns.push_back(
        {"latencyMs", "latency ms", [](const Row& row) { return Cell(row.totals.latencyMs); }, true});
    return columns;
}

std::vector<ReportColumn<SpendRow>> spendColumns(bool byPeriod, const std::vector<std::string>& by) {
    using Row = SpendRow;
    std::vector<ReportColumn<Row>> columns{
        {"period", byPeriod ? "period" : "", [](const Row& row) { return textOrNull(row.period); }}};
    for (std::size_t index = 0; index < by.size(); ++index) {
        columns.push_back(
            {by[index], by[index], [index](const Row& row) { return textOrNull(row.keys[index]); }});
    }
    columns.push_back(
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, true});
    columns.push_back({"turns", "turns", [](const Row& row) { return Cell(row.totals.turns); }, true});
    addSumColumns(columns);
    return columns;
}

Result<std::string> writeList(std::ostream& out, StoreReader* store, const ListReport& list,
                              const std::function<bool()>& wanted) {
    switch (list.kind) {
    case ListKind::Requests:
        return writeRows(
            out, list, "requests", requestColumns(),
            [&](int limit, std::string_view after) {
                return store != nullptr ? store->requests(list.filter, limit, after)
                                        : Result<Page<RequestRecord>>({});
            },
            wanted);
    case ListKind::Turns:
        return writeRows(
            out, list, "turns", turnColumns(),
            [&](int limit, std::string_view after) {
                return store != nullptr ? store->turns(list.filter, limit, after) : Result<Page<TurnRow>>({});
            },
            wanted);
    case ListKind::Sessions:
        break;
    }
    return writeRows(
        out, list, "sessions", sessionColumns(),
        [&](int limit, std::string_view after) {
            return store != nullptr ? store->sessions(list.filter, list.order, limit, after)
                                    : Result<Page<SessionRow>>({});
        },
        wanted);
}

} // namespace tierdeck::sessions
