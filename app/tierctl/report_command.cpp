#include "app/tierctl/command.h"
#include "app/tierctl/report_table.h"
#include "app/tierctl/time_zone.h"
#include "core/sessions/store_reader.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>

namespace tierdeck::app {
namespace {

using routing::RequestRecord;
using sessions::Dimension;
using sessions::Period;
using sessions::SessionRow;
using sessions::SpendRow;
using sessions::StoreReader;
using sessions::Totals;
using sessions::TurnRow;

constexpr int defaultTextLimit = 50;
constexpr int pageRows = 1000;
constexpr auto right = TextTable::Align::Right;

enum class Format { Table, Json, Csv };

struct ReportOptions {
    std::string what;
    std::vector<std::string> by;
    std::string since;
    std::string until;
    std::string timeZone;
    std::optional<int> limit;
    std::string after;
    std::string format = "table";
};

/// The options, understood.
struct Report {
    const Invocation& invocation;
    sessions::Filter filter;
    TimeZone zone;
    Format format = Format::Table;
    int limit = 0; ///< 0: all
    std::string after;
};

struct NamedDimension {
    std::string_view name;
    Dimension dimension;
};

constexpr std::array<NamedDimension, 7> dimensions{{{"source", Dimension::Source},
                                                    {"model", Dimension::Model},
                                                    {"tier", Dimension::Tier},
                                                    {"task", Dimension::TaskType},
                                                    {"project", Dimension::Project},
                                                    {"client", Dimension::Client},
                                                    {"provider", Dimension::Provider}}};

std::optional<Dimension> dimensionFrom(std::string_view name) {
    const auto found = std::ranges::find(dimensions, name, &NamedDimension::name);
    return found == dimensions.end() ? std::nullopt : std::optional(found->dimension);
}

Cell textOrNull(const std::string& text) {
    return text.empty() ? Cell(Null{}) : Cell(text);
}

/// What all requests cost together; null where none of them has a price.
Money costOf(const Totals& totals) {
    const bool nonePriced = totals.requests > 0 && totals.unpricedRequests == totals.requests;
    const bool onlySimulated = totals.simulatedRequests > 0 && totals.cost == NanoUsd();
    return {nonePriced ? std::nullopt : std::optional(totals.cost), onlySimulated};
}

/// The tier of an explicit model has no name; `-` stands for it, as in the reply's headers.
Counts countsOf(const std::vector<sessions::TierShare>& shares) {
    Counts counts;
    for (const sessions::TierShare& share : shares) {
        counts.emplace_back(share.tier.empty() ? "-" : share.tier, share.requests);
    }
    return counts;
}

template <typename Row, typename Usage>
void addTokenColumns(std::vector<ReportColumn<Row>>& columns, Usage usage) {
    const auto add = [&](const char* key, const char* header, std::int64_t pricing::TokenUsage::*count) {
        columns.push_back(
            {key, header, [usage, count](const Row& row) { return Cell(usage(row).*count); }, right});
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
    columns.push_back(
        {"costUsd", "cost USD", [](const Row& row) { return Cell(costOf(row.totals)); }, right});
    columns.push_back({"unpricedRequests", "unpriced",
                       [](const Row& row) { return Cell(row.totals.unpricedRequests); }, right});
}

std::vector<ReportColumn<RequestRecord>> requestColumns() {
    using Row = RequestRecord;
    std::vector<ReportColumn<Row>> columns{
        {"request", "request", [](const Row& row) { return Cell(row.request.value); }, right},
        {"turn", "turn", [](const Row& row) { return Cell(std::int64_t{row.turn}); }, right},
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
         [](const Row& row) { return Cell(static_cast<std::int64_t>(row.attempts.size())); }, right},
    };
    addTokenColumns(columns, [](const Row& row) { return row.usage; });
    columns.push_back({"costUsd", "cost USD",
                       [](const Row& row) {
                           return Cell(Money{row.cost, row.simulated});
                       },
                       right});
    columns.push_back({"simulated", "", [](const Row& row) { return Cell(row.simulated); }});
    columns.push_back({"latencyMs", "latency ms", [](const Row& row) { return Cell(row.latencyMs); }, right});
    columns.push_back({"firstByteMs", "",
                       [](const Row& row) { return row.firstByteMs ? Cell(*row.firstByteMs) : Cell(Null{}); },
                       right});
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
        {"turn", "turn", [](const Row& row) { return Cell(std::int64_t{row.turn}); }, right},
        {"session", "session", [](const Row& row) { return Cell(row.session); }},
        {"agent", "", [](const Row& row) { return textOrNull(row.agent); }},
        {"time", "time", [](const Row& row) { return Cell(row.time); }},
        {"source", "", [](const Row& row) { return Cell(row.source); }},
        {"client", "", [](const Row& row) { return textOrNull(row.client); }},
        {"project", "", [](const Row& row) { return textOrNull(row.project); }},
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, right},
        {"tiers", "tier", [](const Row& row) { return Cell(countsOf(row.tiers)); }},
        {"tierSources", "decided by", [](const Row& row) { return Cell(row.tierSources); }},
        {"models", "model", [](const Row& row) { return Cell(row.models); }},
    };
    addSumColumns(columns);
    columns.push_back(
        {"latencyMs", "latency ms", [](const Row& row) { return Cell(row.totals.latencyMs); }, right});
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
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, right},
        {"turns", "turns", [](const Row& row) { return Cell(row.totals.turns); }, right},
        {"tiers", "tiers", [](const Row& row) { return Cell(countsOf(row.tiers)); }},
    };
    addSumColumns(columns);
    columns.push_back(
        {"latencyMs", "latency ms", [](const Row& row) { return Cell(row.totals.latencyMs); }, right});
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
        {"requests", "requests", [](const Row& row) { return Cell(row.totals.requests); }, right});
    columns.push_back({"turns", "turns", [](const Row& row) { return Cell(row.totals.turns); }, right});
    addSumColumns(columns);
    return columns;
}

template <typename Row>
void writeRow(JsonWriter& json, const std::vector<ReportColumn<Row>>& columns, const Row& row) {
    json.beginObject();
    for (const auto& column : columns) {
        json.key(column.key), writeJson(json, column.cell(row));
    }
    json.endObject();
}

template <typename Row>
void writeCsvHeader(std::ostream& out, const std::vector<ReportColumn<Row>>& columns) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
        out << (index > 0 ? "," : "") << columns[index].key;
    }
    out << "\r\n";
}

template <typename Row>
void writeCsvRow(std::ostream& out, const std::vector<ReportColumn<Row>>& columns, const Row& row) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
        out << (index > 0 ? "," : "") << csvField(csvText(columns[index].cell(row)));
    }
    out << "\r\n";
}

template <typename Row>
TextTable tableFor(const Report& report, const std::vector<ReportColumn<Row>>& columns) {
    TextTable table;
    for (const auto& column : columns) {
        if (!column.header.empty()) {
            table.column(column.header == "time" ? "time (" + report.zone.name() + ")" : column.header,
                         column.align);
        }
    }
    return table;
}

template <typename Row>
void addTextRow(TextTable& table, const Report& report, const std::vector<ReportColumn<Row>>& columns,
                const Row& row) {
    std::vector<std::string> cells;
    for (const auto& column : columns) {
        if (!column.header.empty()) {
            cells.push_back(
                peopleText(column.cell(row), [&](UtcTime time) { return report.zone.text(time); }));
        }
    }
    table.row(std::move(cells));
}

/// A cursor or a zone that the store does not take is the caller's; all else is the store's.
Exit exitFor(const Error& error) {
    return error.code == ErrorCode::InvalidInput ? Exit::WrongUsage : Exit::CheckFailed;
}

/// Pages through a list; `page(limit, after)` asks the store, `each` takes a row. Returns the cursor where it
/// stopped.
template <typename Row, typename Page, typename Each>
Result<std::string> forEachRow(const Report& report, const Page& page, const Each& each) {
    std::string after = report.after;
    int left = report.limit;
    for (;;) {
        const int count = report.limit == 0 ? pageRows : std::min(pageRows, left);
        Result<sessions::Page<Row>> rows = page(count, after);
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        for (const Row& row : rows->rows) {
            each(row);
        }
        left -= static_cast<int>(rows->rows.size());
        after = rows->next;
        if (after.empty() || (report.limit > 0 && left <= 0)) {
            return after;
        }
    }
}

template <typename Row, typename Page>
Exit printList(const Report& report, const char* name, const std::vector<ReportColumn<Row>>& columns,
               const Page& page) {
    const Invocation& invocation = report.invocation;
    Result<std::string> next;
    if (report.format == Format::Json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key(name), json.beginArray();
        next = forEachRow<Row>(report, page, [&](const Row& row) { writeRow(json, columns, row); });
        if (next) {
            json.endArray();
            json.memberOrNull("next", *next);
            json.endObject();
            invocation.out << '\n';
        }
    } else if (report.format == Format::Csv) {
        writeCsvHeader(invocation.out, columns);
        next =
            forEachRow<Row>(report, page, [&](const Row& row) { writeCsvRow(invocation.out, columns, row); });
    } else {
        TextTable table = tableFor(report, columns);
        next =
            forEachRow<Row>(report, page, [&](const Row& row) { addTextRow(table, report, columns, row); });
        if (next && table.empty()) {
            invocation.out << "There are no " << name << " yet.\n";
        } else {
            table.print(invocation.out);
        }
    }
    if (!next) {
        return fail(invocation, exitFor(next.error()), next.error());
    }
    if (!next->empty() && report.format != Format::Json) {
        invocation.err << "There are more " << name << ": go on with --after '" << *next
                       << "', or give a greater --limit (0 for all).\n";
    }
    return Exit::Done;
}

std::string counted(std::int64_t count, const char* thing) {
    return groupedText(count) + ' ' + thing + (count == 1 ? "" : "s");
}

void sayInAll(const Report& report, const Totals& totals) {
    const Money cost = costOf(totals);
    const std::string amount = peopleText(Cell(cost), {});
    report.invocation.out << "In all: " << counted(totals.requests, "request") << " in "
                          << counted(totals.turns, "turn") << ", " << counted(totals.usage.total(), "token")
                          << ", " << amount << (cost.cost && !cost.simulated ? " USD" : "");
    if (cost.cost && totals.unpricedRequests > 0) {
        report.invocation.out << " and " << counted(totals.unpricedRequests, "unpriced request");
    }
    report.invocation.out << " (days in " << report.zone.name() << ").\n";
}

Exit printSums(const Report& report, const std::vector<ReportColumn<SpendRow>>& columns,
               sessions::SpendResult result) {
    const Invocation& invocation = report.invocation;
    const std::size_t all = result.rows.size();
    if (report.limit > 0 && all > static_cast<std::size_t>(report.limit)) {
        result.rows.resize(static_cast<std::size_t>(report.limit));
    }
    if (report.format == Format::Json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("rows"), json.beginArray();
        for (const SpendRow& row : result.rows) {
            writeRow(json, columns, row);
        }
        json.endArray();
        json.key("totals");
        const SpendRow totals{{}, {}, result.totals};
        writeRow(json, spendColumns(false, {}), totals);
        json.endObject();
        invocation.out << '\n';
    } else if (report.format == Format::Csv) {
        writeCsvHeader(invocation.out, columns);
        for (const SpendRow& row : result.rows) {
            writeCsvRow(invocation.out, columns, row);
        }
    } else if (result.rows.empty()) {
        invocation.out << "There are no requests yet.\n";
    } else {
        TextTable table = tableFor(report, columns);
        for (const SpendRow& row : result.rows) {
            addTextRow(table, report, columns, row);
        }
        table.print(invocation.out);
        sayInAll(report, result.totals);
    }
    if (result.rows.size() < all) {
        invocation.err << all - result.rows.size() << " more rows: give a greater --limit (0 for all).\n";
    }
    return Exit::Done;
}

struct SumReport {
    std::string_view name;
    Period period;
    std::string_view dimension; ///< the one that the report is about; "" for a report by time
};

constexpr std::array<SumReport, 6> sumReports{{{"daily", Period::Day, ""},
                                               {"weekly", Period::Week, ""},
                                               {"monthly", Period::Month, ""},
                                               {"models", Period::None, "model"},
                                               {"tiers", Period::None, "tier"},
                                               {"projects", Period::None, "project"}}};

/// A store that is not there yet is one without requests.
Exit printEmpty(const Report& report, const ReportOptions& options, const std::vector<std::string>& by) {
    if (std::ranges::find(sumReports, options.what, &SumReport::name) != sumReports.end()) {
        return printSums(report, spendColumns(true, by), {});
    }
    if (options.what == "requests") {
        return printList(report, "requests", requestColumns(),
                         [](int, std::string_view) { return Result<sessions::Page<RequestRecord>>({}); });
    }
    if (options.what == "turns") {
        return printList(report, "turns", turnColumns(),
                         [](int, std::string_view) { return Result<sessions::Page<TurnRow>>({}); });
    }
    return printList(report, "sessions", sessionColumns(),
                     [](int, std::string_view) { return Result<sessions::Page<SessionRow>>({}); });
}

Exit printFrom(StoreReader& store, const Report& report, const ReportOptions& options,
               const std::vector<std::string>& by) {
    const sessions::Filter& filter = report.filter;
    if (options.what == "requests") {
        return printList(report, "requests", requestColumns(), [&](int limit, std::string_view after) {
            return store.requests(filter, limit, after);
        });
    }
    if (options.what == "turns") {
        return printList(report, "turns", turnColumns(), [&](int limit, std::string_view after) {
            return store.turns(filter, limit, after);
        });
    }
    if (options.what == "sessions") {
        return printList(report, "sessions", sessionColumns(), [&](int limit, std::string_view after) {
            return store.sessions(filter, sessions::SessionOrder::LastTime, limit, after);
        });
    }
    const auto* sums = std::ranges::find(sumReports, options.what, &SumReport::name);
    sessions::SpendQuery query;
    query.period = sums->period;
    query.filter = filter;
    query.timeZone = options.timeZone;
    for (const std::string& name : by) {
        query.by.push_back(*dimensionFrom(name));
    }
    auto result = store.spend(query);
    if (!result) {
        return fail(report.invocation, exitFor(result.error()), result.error());
    }
    return printSums(report, spendColumns(sums->period != Period::None, by), std::move(*result));
}

/// What --by says, with the report's own dimension first.
std::vector<std::string> dimensionNames(const ReportOptions& options) {
    std::vector<std::string> names;
    const auto* sums = std::ranges::find(sumReports, options.what, &SumReport::name);
    if (sums != sumReports.end() && !sums->dimension.empty()) {
        names.emplace_back(sums->dimension);
    }
    for (const std::string& name : options.by) {
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

Format formatOf(const Invocation& invocation, const ReportOptions& options) {
    if (invocation.json || options.format == "json") {
        return Format::Json;
    }
    return options.format == "csv" ? Format::Csv : Format::Table;
}

Exit run(const Invocation& invocation, const ReportOptions& options) {
    auto store = StoreReader::open(invocation.workspace.storeFile());
    if (!store && store.error().code != ErrorCode::NotFound) {
        return fail(invocation, Exit::CheckFailed, store.error());
    }
    auto zone = TimeZone::find(options.timeZone.empty() && store ? (*store)->timeZone() : options.timeZone);
    if (!zone) {
        return fail(invocation, Exit::WrongUsage, zone.error());
    }
    const Format format = formatOf(invocation, options);
    Report report{invocation,
                  {},
                  *zone,
                  format,
                  options.limit.value_or(format == Format::Table ? defaultTextLimit : 0),
                  options.after};
    const auto readMoment = [&](const std::string& text,
                                std::optional<UtcTime>& moment) -> std::optional<Error> {
        if (text.empty()) {
            return std::nullopt;
        }
        const auto parsed = zone->parseMoment(text, invocation.clock.now());
        if (!parsed) {
            return parsed.error();
        }
        moment = *parsed;
        return std::nullopt;
    };
    for (const auto& problem :
         {readMoment(options.since, report.filter.since), readMoment(options.until, report.filter.until)}) {
        if (problem) {
            return fail(invocation, Exit::WrongUsage, *problem);
        }
    }
    const std::vector<std::string> by = dimensionNames(options);
    return store ? printFrom(**store, report, options, by) : printEmpty(report, options, by);
}

} // namespace

void addReport(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand("report", "What was routed and what it cost");
    const auto options = std::make_shared<ReportOptions>();
    command
        ->add_option("WHAT", options->what,
                     "requests, turns, sessions, daily, weekly, monthly, models, tiers or projects")
        ->required()
        ->check(CLI::IsMember(
            {"requests", "turns", "sessions", "daily", "weekly", "monthly", "models", "tiers", "projects"}));
    command->add_option("--by", options->by, "Part the sums: source,model,tier,task,project,client,provider")
        ->delimiter(',')
        ->check(CLI::IsMember({"source", "model", "tier", "task", "project", "client", "provider"}));
    command->add_option("--since", options->since,
                        "From this time on: a date, RFC 3339, or a span before now (3h, 7d)");
    command->add_option("--until", options->until, "Up to this time, without it");
    command->add_option("--timezone", options->timeZone, "Whose days are meant (default: the store's)");
    command
        ->add_option("--limit", options->limit,
                     "At most so many rows, 0 for all (default: 50 as a table, else all)")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--after", options->after, "Go on behind the cursor that the last page gave");
    command->add_option("--format", options->format, "table, json or csv")
        ->check(CLI::IsMember({"table", "json", "csv"}))
        ->capture_default_str();
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
