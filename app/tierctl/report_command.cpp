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

template <typename Row>
TextTable tableFor(const Report& report, const std::vector<ReportColumn<Row>>& columns) {
    TextTable table;
    for (const auto& column : columns) {
        if (!column.header.empty()) {
            table.column(column.header == "time" ? "time (" + report.zone.name() + ")" : column.header,
                         column.isNumber ? TextTable::Align::Right : TextTable::Align::Left);
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

void sayThatThereAreMore(const Report& report, const std::string& name, const std::string& next) {
    if (!next.empty()) {
        report.invocation.err << "There are more " << name << ": go on with --after '" << next
                              << "', or give a greater --limit (0 for all).\n";
    }
}

template <typename Row, typename Page>
Exit printTable(const Report& report, const char* name, const std::vector<ReportColumn<Row>>& columns,
                const Page& page) {
    const Invocation& invocation = report.invocation;
    TextTable table = tableFor(report, columns);
    const Result<std::string> next =
        forEachRow<Row>(report, page, [&](const Row& row) { addTextRow(table, report, columns, row); });
    if (!next) {
        table.print(invocation.out);
        return fail(invocation, exitFor(next.error()), next.error());
    }
    if (table.empty()) {
        invocation.out << "There are no " << name << (report.after.empty() ? " yet.\n" : " behind that.\n");
    } else {
        table.print(invocation.out);
    }
    sayThatThereAreMore(report, name, *next);
    return Exit::Done;
}

Exit printForPrograms(const Report& report, const std::string& name, StoreReader* store,
                      sessions::ListKind kind) {
    sessions::ListReport list;
    list.kind = kind;
    list.format = report.format == Format::Csv ? sessions::ListFormat::Csv : sessions::ListFormat::Json;
    list.filter = report.filter;
    list.limit = report.limit;
    list.after = report.after;
    const Result<std::string> next = sessions::writeList(report.invocation.out, store, list);
    if (!next) {
        return fail(report.invocation, exitFor(next.error()), next.error());
    }
    if (report.format == Format::Csv) {
        sayThatThereAreMore(report, name, *next);
    }
    return Exit::Done;
}

std::string counted(std::int64_t count, const char* thing) {
    return groupedText(count) + ' ' + thing + (count == 1 ? "" : "s");
}

void sayInAll(const Report& report, const Totals& totals) {
    const Money cost = sessions::costOf(totals);
    const std::string amount = peopleText(Cell(cost), {});
    report.invocation.out << "In all: " << counted(totals.requests, "request") << " in "
                          << counted(totals.turns, "turn") << ", " << counted(totals.usage.total(), "token")
                          << ", " << amount << (cost.cost && !cost.simulated ? " USD" : "");
    if (cost.cost && totals.unpricedRequests > 0) {
        report.invocation.out << " and " << counted(totals.unpricedRequests, "unpriced request");
    }
    report.invocation.out << " (days in " << report.zone.name() << ").\n";
}

/// A row of sums by its name: period and keys, each length-prefixed so that no name can look like two.
std::string cursorOf(const SpendRow& row) {
    std::string cursor = "p" + std::to_string(row.period.size()) + ":" + row.period;
    for (const std::string& key : row.keys) {
        cursor += "," + std::to_string(key.size()) + ":" + key;
    }
    return cursor;
}

struct Cut {
    std::string next;         ///< "" at the end
    std::size_t rowsLeft = 0; ///< behind the page
};

/// Leaves the rows that are asked for.
Result<Cut> cutPage(const Report& report, std::vector<SpendRow>& rows) {
    if (!report.after.empty()) {
        const auto last =
            std::ranges::find_if(rows, [&](const SpendRow& row) { return cursorOf(row) == report.after; });
        if (last == rows.end()) {
            return failure(ErrorCode::InvalidInput, "This is no cursor of this report; begin without one.");
        }
        rows.erase(rows.begin(), last + 1);
    }
    if (report.limit == 0 || rows.size() <= static_cast<std::size_t>(report.limit)) {
        return Cut();
    }
    const std::size_t rowsLeft = rows.size() - static_cast<std::size_t>(report.limit);
    rows.resize(static_cast<std::size_t>(report.limit));
    return Cut{cursorOf(rows.back()), rowsLeft};
}

Exit printSums(const Report& report, bool byPeriod, const std::vector<std::string>& by,
               sessions::SpendResult result) {
    const Invocation& invocation = report.invocation;
    const auto columns = sessions::spendColumns(byPeriod, by);
    const bool none = result.rows.empty();
    const Result<Cut> cut = cutPage(report, result.rows);
    if (!cut) {
        return fail(invocation, exitFor(cut.error()), cut.error());
    }
    if (report.format == Format::Json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("rows"), json.beginArray();
        for (const SpendRow& row : result.rows) {
            writeJsonRow(json, columns, row);
        }
        json.endArray();
        json.key("totals");
        const SpendRow totals{{}, {}, result.totals};
        writeJsonRow(json, sessions::spendColumns(false, {}), totals);
        json.memberOrNull("next", cut->next);
        json.endObject();
        invocation.out << '\n';
    } else if (report.format == Format::Csv) {
        writeCsvHeader(invocation.out, columns);
        for (const SpendRow& row : result.rows) {
            writeCsvRow(invocation.out, columns, row);
        }
    } else if (none) {
        invocation.out << "There are no requests yet.\n";
    } else {
        TextTable table = tableFor(report, columns);
        for (const SpendRow& row : result.rows) {
            addTextRow(table, report, columns, row);
        }
        table.print(invocation.out);
        sayInAll(report, result.totals);
    }
    if (cut->rowsLeft > 0) {
        invocation.err << cut->rowsLeft << " more rows: go on with --after '" << cut->next
                       << "', or give a greater --limit (0 for all).\n";
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

bool isList(std::string_view what) {
    return std::ranges::find(sumReports, what, &SumReport::name) == sumReports.end();
}

/// `store` is null where there is none yet: it is one without requests.
Exit printReport(StoreReader* store, const Report& report, const ReportOptions& options,
                 const std::vector<std::string>& by) {
    const sessions::Filter& filter = report.filter;
    const bool table = report.format == Format::Table;
    if (options.what == "requests") {
        if (!table) {
            return printForPrograms(report, options.what, store, sessions::ListKind::Requests);
        }
        return printTable(report, "requests", sessions::requestColumns(),
                          [&](int limit, std::string_view after) {
                              return store != nullptr ? store->requests(filter, limit, after)
                                                      : Result<sessions::Page<RequestRecord>>({});
                          });
    }
    if (options.what == "turns") {
        if (!table) {
            return printForPrograms(report, options.what, store, sessions::ListKind::Turns);
        }
        return printTable(report, "turns", sessions::turnColumns(), [&](int limit, std::string_view after) {
            return store != nullptr ? store->turns(filter, limit, after)
                                    : Result<sessions::Page<TurnRow>>({});
        });
    }
    if (options.what == "sessions") {
        if (!table) {
            return printForPrograms(report, options.what, store, sessions::ListKind::Sessions);
        }
        return printTable(
            report, "sessions", sessions::sessionColumns(), [&](int limit, std::string_view after) {
                return store != nullptr
                           ? store->sessions(filter, sessions::SessionOrder::LastTime, limit, after)
                           : Result<sessions::Page<SessionRow>>({});
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
    auto result = store != nullptr ? store->spend(query) : Result<sessions::SpendResult>({});
    if (!result) {
        return fail(report.invocation, exitFor(result.error()), result.error());
    }
    return printSums(report, sums->period != Period::None, by, std::move(*result));
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
    if (!options.by.empty() && isList(options.what)) {
        invocation.err << "--by parts sums; " << options.what << " are listed one by one.\n";
    }
    return printReport(store ? store->get() : nullptr, report, options, by);
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
