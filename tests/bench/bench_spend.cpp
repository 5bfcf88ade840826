// bench_spend FEW MANY [FOLDER [PART]]: how long every question of the Spend and the Sessions page takes (or
// those with PART in their name) with so many requests in a year, and how many rows the answer has. The
// stores are made in a temporary folder, or kept in FOLDER for another run. A line for each question: its
// name, ms with few, ms with many, rows with few, rows with many.
#include "core/foundation/clock.h"
#include "core/pricing/price_table.h"
#include "core/routing/policy.h"
#include "core/sessions/past_days.h"
#include "core/sessions/schema.h"
#include "core/sessions/session_store.h"
#include "core/sessions/sqlite.h"
#include "tests/support/record_generator.h"
#include "ui/backend/spend_snapshot.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tierdeck;
using Steady = std::chrono::steady_clock;
using sessions::Dimension;
using sessions::Filter;
using sessions::RangeKind;
using sessions::SessionOrder;
using sessions::StoreReader;

constexpr int listPage = 100;
constexpr int requestPage = 200;

/// The moment at which the generated year ends.
class YearsEnd final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return testing::GeneratorOptions().end; }

    [[nodiscard]] SteadyTime steadyNow() const override { return Steady::now(); }
};

template <typename T>
T must(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s %s\n", result.error().message.c_str(), result.error().detail.c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

std::unique_ptr<sessions::SessionStore> openStore(const fs::path& file) {
    sessions::StoreOptions options;
    options.file = file;
    options.unsavedFile = file.string() + "-unsaved.jsonl";
    options.timeZone = "Europe/Berlin";
    return must(sessions::SessionStore::open(options));
}

fs::path fill(const fs::path& folder, std::int64_t requests) {
    fs::path file = folder / (std::to_string(requests) + ".db");
    if (fs::exists(file))
        return file;
    auto store = openStore(file);
    testing::GeneratorOptions wanted;
    wanted.requests = requests;
    wanted.days = 365;
    wanted.longestSession = 50; // a hundred times the requests are a hundred times the sessions
    testing::RecordGenerator generator(wanted);
    std::int64_t written = 0;
    while (auto record = generator.next()) {
        store->record(std::move(*record), {});
        if (++written % 5000 == 0)
            store->flush();
    }
    store->flush();
    return file;
}

/// As the app does it a little at a time while its window is open.
void sumUpPastDays(const fs::path& file) {
    auto past = must(sessions::PastDays::open(file));
    const auto zone = must(sessions::TimeZone::find("Europe/Berlin"));
    const auto today = sessions::LocalDays(zone).dayOf(YearsEnd().now());
    const auto start = Steady::now();
    int steps = 0;
    while (!must(past.sumUp(today, std::chrono::milliseconds(40))))
        ++steps;
    std::fprintf(stderr, "%s: past days summed up in %.0f ms and %d steps\n", file.filename().c_str(),
                 std::chrono::duration<double, std::milli>(Steady::now() - start).count(), steps + 1);
}

struct Question {
    std::string name;
    std::function<std::size_t(StoreReader&)> ask; ///< the rows of the answer
};

std::size_t rowsOf(const std::vector<sessions::SpendResult>& tables) {
    std::size_t rows = 0;
    for (const auto& table : tables)
        rows += table.rows.size();
    return rows;
}

/// The session whose turns are closest to so many: opening one costs what it is long, whatever else there is.
std::string sessionOf(StoreReader& reader, std::int64_t turns) {
    std::string closest;
    std::int64_t distance = 0;
    for (const sessions::SessionRow& row : must(reader.sessions({}, SessionOrder::Turns, 1000)).rows) {
        const std::int64_t off = std::abs(row.totals.turns - turns);
        if (closest.empty() || off < distance) {
            closest = row.session;
            distance = off;
        }
    }
    return closest;
}

Filter lastDays(int days) {
    Filter filter;
    filter.since = YearsEnd().now() - std::chrono::hours(24 * days);
    return filter;
}

std::vector<Question> spendQuestions(const std::shared_ptr<const routing::Policy>& policy) {
    std::vector<Question> questions;
    const auto add = [&](const std::string& name, RangeKind range, auto change) {
        ui::SpendQuestion question;
        question.range.kind = range;
        question.policy = [policy] { return policy; };
        change(question);
        questions.push_back(
            {"spend, " + name, [question](StoreReader& reader) {
                 return must(ui::readSpend(reader, question, YearsEnd(), [] { return true; })).rowsRead;
             }});
    };
    const auto asItIs = [](ui::SpendQuestion&) {};
    add("today", RangeKind::Today, asItIs);
    add("7 days", RangeKind::Last7Days, asItIs);
    add("30 days", RangeKind::Last30Days, asItIs);
    add("90 days", RangeKind::Last90Days, asItIs);
    add("last month", RangeKind::LastMonth, asItIs);
    add("all", RangeKind::All, asItIs);
    add("all by the day, stacked by project", RangeKind::All, [](ui::SpendQuestion& question) {
        question.period = sessions::Period::Day;
        question.stackedBy = Dimension::Project;
        question.breakdowns = {Dimension::Client, Dimension::TaskType};
    });
    add("7 days by the hour", RangeKind::Last7Days,
        [](ui::SpendQuestion& question) { question.period = sessions::Period::Hour; });
    add("30 days in another zone", RangeKind::Last30Days,
        [](ui::SpendQuestion& question) { question.timeZone = "America/New_York"; });
    add("last month, one project", RangeKind::LastMonth, [](ui::SpendQuestion& question) {
        question.filter.exactly = {{Dimension::Project, "shop"}};
    });
    add("all, one project", RangeKind::All, [](ui::SpendQuestion& question) {
        question.filter.exactly = {{Dimension::Project, "shop"}};
    });
    add("all, one project and tier", RangeKind::All, [](ui::SpendQuestion& question) {
        question.filter.exactly = {{Dimension::Project, "shop"}, {Dimension::Tier, "coding"}};
    });
    const auto requests = [&](const std::string& name, const Filter& filter) {
        questions.push_back({"spend, the requests behind " + name, [filter](StoreReader& reader) {
                                 const auto page = must(reader.requests(
                                     filter, requestPage, {}, sessions::RequestOrder::DearestFirst));
                                 (void)must(reader.totals(filter));
                                 return page.rows.size();
                             }});
    };
    requests("all", {});
    requests("30 days", lastDays(30));
    Filter filter = lastDays(30);
    filter.exactly = {{Dimension::Tier, "deep"}};
    requests("a tier's 30 days", filter);
    filter.exactly.clear();
    filter.unpriced = true;
    requests("the unpriced of 30 days", filter);
    return questions;
}

std::vector<Question> sessionsQuestions() {
    std::vector<Question> questions;
    const auto list = [&](const std::string& name, const Filter& filter, SessionOrder order) {
        questions.push_back({"sessions, " + name, [filter, order](StoreReader& reader) {
                                 return must(reader.sessions(filter, order, listPage)).rows.size();
                             }});
    };
    list("the latest", {}, SessionOrder::LastTime);
    list("the dearest", {}, SessionOrder::Cost);
    list("by turns", {}, SessionOrder::Turns);
    list("by tokens", {}, SessionOrder::Tokens);
    list("the dearest of 30 days", lastDays(30), SessionOrder::Cost);
    Filter filter;
    filter.project = "shop";
    list("the latest of a project", filter, SessionOrder::LastTime);
    list("the dearest of a project", filter, SessionOrder::Cost);
    filter = lastDays(30);
    filter.project = "shop";
    filter.tier = "deep";
    list("the dearest of a project, a tier and 30 days", filter, SessionOrder::Cost);
    filter = {};
    filter.search = "invoice";
    list("found by a word", filter, SessionOrder::LastTime);
    filter.search = "no such word";
    list("found by no word", filter, SessionOrder::LastTime);
    filter = {};
    filter.leastCost = NanoUsd(1'000'000'000);
    list("that cost a dollar", filter, SessionOrder::LastTime);
    questions.push_back({"sessions, the next page", [](StoreReader& reader) {
                             const auto first = must(reader.sessions({}, SessionOrder::LastTime, 20));
                             const auto next =
                                 must(reader.sessions({}, SessionOrder::LastTime, 20, first.next));
                             return first.rows.size() + next.rows.size();
                         }});
    questions.push_back({"sessions, what there is to filter by", [](StoreReader& reader) {
                             return rowsOf(must(reader.spend({{sessions::Period::None, {Dimension::Source}},
                                                              {sessions::Period::None, {Dimension::Project}},
                                                              {sessions::Period::None, {Dimension::Client}},
                                                              {sessions::Period::None, {Dimension::Model}},
                                                              {sessions::Period::None, {Dimension::Tier}}},
                                                             {})));
                         }});
    questions.push_back(
        {"sessions, the day at a glance", [](StoreReader& reader) {
             return rowsOf(must(reader.spend({{sessions::Period::Day, {Dimension::Tier}}}, lastDays(7))));
         }});
    return questions;
}

/// About a session of forty turns, which both stores have.
std::vector<Question> turnQuestions(StoreReader& reader) {
    Filter filter;
    filter.session = sessionOf(reader, 40);
    const auto turns = must(reader.turns(filter, 500));
    Filter ofTurn = filter;
    ofTurn.turn = turns.rows.back().turn;
    const auto requests = must(reader.requests(ofTurn, 500));
    const RequestId request = requests.rows.front().request;
    return {{"sessions, the turns of one",
             [filter](StoreReader& one) { return must(one.turns(filter, 500)).rows.size(); }},
            {"sessions, the traces of one",
             [filter](StoreReader& one) { return must(one.traces(filter.session)).size(); }},
            {"sessions, the requests of a turn",
             [ofTurn](StoreReader& one) { return must(one.requests(ofTurn, 500)).rows.size(); }},
            {"sessions, a request and its label", [request](StoreReader& one) {
                 (void)must(one.request(request));
                 (void)must(one.labelOf(request));
                 return std::size_t{1};
             }}};
}

struct Measured {
    double ms = 0; ///< the median of fifteen, after one that warms the caches of file and statements
    std::size_t rows = 0;
};

Measured measure(StoreReader& reader, const Question& question) {
    std::vector<double> times;
    const std::size_t rows = question.ask(reader);
    for (int i = 0; i < 15; ++i) {
        const auto start = Steady::now();
        (void)question.ask(reader);
        times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], rows};
}

/// Processor time of all threads: steadier than the clock on a busy machine.
double processorMs() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// What recording costs in a store whose days are summed up, and in one that nobody has looked at: in turn,
/// so that what slows the machine slows both.
void printWriter(const fs::path& folder, const fs::path& summed) {
    constexpr int rounds = 30;
    constexpr int requestsOfRound = 1000;
    constexpr int requestsOfGroup = 50;
    std::array<fs::path, 2> files{folder / "unsummed.db", folder / "summed.db"};
    for (const fs::path& file : files) {
        fs::remove(file);
        fs::copy_file(summed, file);
    }
    {
        auto file = must(
            sessions::sqlite::Connection::open(files[0], sessions::sqlite::Connection::Access::ReadWrite));
        must(file.run("DELETE FROM past_sum; DELETE FROM past_month; DELETE FROM past_quarter; DELETE FROM "
                      "past_dearest; DELETE FROM past_session; UPDATE meta SET value=" +
                      std::to_string(sessions::schema::neverSummed) + " WHERE name='summed_until'"));
    }
    testing::GeneratorOptions wanted;
    wanted.requests = rounds * requestsOfRound;
    wanted.seed += 1;
    wanted.end += std::chrono::hours(24);
    wanted.days = 1;
    wanted.firstRequest = 10'000'000; // beyond those that are there
    std::array<std::vector<double>, 2> times;
    std::array generators{testing::RecordGenerator(wanted), testing::RecordGenerator(wanted)};
    std::array stores{openStore(files[0]), openStore(files[1])};
    std::vector<double> ratios;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t turn = 0; turn < stores.size(); ++turn) {
            const std::size_t i = (turn + static_cast<std::size_t>(round)) % stores.size();
            std::vector<routing::RequestRecord> records;
            while (records.size() < requestsOfRound)
                records.push_back(*generators[i].next());
            const double start = processorMs();
            for (std::size_t written = 0; written < records.size();) {
                stores[i]->record(std::move(records[written]), {});
                if (++written % requestsOfGroup == 0)
                    stores[i]->flush();
            }
            times[i].push_back((processorMs() - start) * 1000 / requestsOfRound);
        }
        ratios.push_back(times[1].back() / times[0].back());
    }
    std::sort(ratios.begin(), ratios.end());
    std::sort(times[1].begin(), times[1].end());
    std::printf("=recording a request where days are summed up;%.2f;us;\n", times[1][rounds / 2]);
    std::printf("=recording with such sums / without;%.3f;;1.05\n", ratios[rounds / 2]);
    for (auto& store : stores)
        store.reset();
    for (const fs::path& file : files)
        fs::remove(file);
}

void printSize(const fs::path& file) {
    auto connection =
        must(sessions::sqlite::Connection::open(file, sessions::sqlite::Connection::Access::ReadOnly));
    const auto bytes = [&connection](const std::string& which) {
        return static_cast<double>(
            must(connection.number("SELECT sum(pgsize) FROM dbstat" + which)).value_or(0));
    };
    const double past = bytes(" WHERE name GLOB 'past_*'");
    const double all = bytes("");
    std::printf("=the store;%.1f;MB;\n", all / 1e6);
    std::printf("=the store with sums of days gone by / without;%.3f;;1.10\n", all / (all - past));
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 5) {
        std::fprintf(stderr, "bench_spend FEW MANY [FOLDER [PART]]\n");
        return 2;
    }
    const bool kept = argc > 3;
    const std::string part = argc > 4 ? argv[4] : "";
    const fs::path folder =
        kept ? fs::path(argv[3])
             : fs::temp_directory_path() / ("tierdeck-bench-spend-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    const auto open = [&folder](const char* requests) {
        const fs::path file = fill(folder, std::atoll(requests));
        sumUpPastDays(file);
        return must(StoreReader::open(file));
    };
    auto few = open(argv[1]);
    auto many = open(argv[2]);
    auto policy = std::make_shared<routing::Policy>(routing::Policy::withDefaults());
    policy->prices = must(pricing::PriceTable::parse(pricing::shippedCatalogue()));
    policy->tiers.at("deep").model = routing::ModelId::parse("anthropic/claude-opus-4-20250514");
    const auto print = [&](const Question& askFew, const Question& askMany) {
        if (askFew.name.find(part) == std::string::npos)
            return;
        const Measured ofFew = measure(*few, askFew);
        const Measured ofMany = measure(*many, askMany);
        std::printf("%s;%.3f;%.3f;%zu;%zu\n", askFew.name.c_str(), ofFew.ms, ofMany.ms, ofFew.rows,
                    ofMany.rows);
        std::fflush(stdout);
    };
    for (const auto& questions : {spendQuestions(policy), sessionsQuestions()}) {
        for (const Question& question : questions)
            print(question, question);
    }
    const auto ofFew = turnQuestions(*few);
    const auto ofMany = turnQuestions(*many);
    for (std::size_t i = 0; i < ofFew.size(); ++i)
        print(ofFew[i], ofMany[i]);
    few.reset();
    many.reset();
    if (part.empty()) {
        printWriter(folder, fill(folder, std::atoll(argv[1])));
        printSize(fill(folder, std::atoll(argv[2])));
    }
    std::error_code none;
    if (!kept)
        fs::remove_all(folder, none);
    return 0;
}
