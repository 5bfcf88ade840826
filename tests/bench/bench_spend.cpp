// bench_spend FEW MANY [FOLDER]: how long every question of the Spend and the Sessions page takes with so
// many requests in a year. The stores are made in a temporary folder, or kept in FOLDER for another run. A
// line for each question: its name, ms with few, ms with many.
#include "core/foundation/clock.h"
#include "core/pricing/price_table.h"
#include "core/routing/policy.h"
#include "core/sessions/past_days.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/backend/spend_snapshot.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
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
    return std::move(*result);
}

fs::path fill(const fs::path& folder, std::int64_t requests) {
    sessions::StoreOptions options;
    options.file = folder / (std::to_string(requests) + ".db");
    options.unsavedFile = folder / "unsaved.jsonl";
    options.timeZone = "Europe/Berlin";
    if (fs::exists(options.file))
        return options.file;
    auto store = must(sessions::SessionStore::open(options));
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
    return options.file;
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

/// What a page asks, and what it needs to know of the store beforehand.
struct Question {
    std::string name;
    std::function<void(StoreReader&)> ask;
};

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
        questions.push_back({"spend, " + name, [question](StoreReader& reader) {
                                 (void)must(ui::readSpend(reader, question, YearsEnd(), [] { return true; }));
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
        questions.push_back(
            {"spend, the requests behind " + name, [filter](StoreReader& reader) {
                 (void)must(reader.requests(filter, requestPage, {}, sessions::RequestOrder::DearestFirst));
                 (void)must(reader.totals(filter));
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
                                 (void)must(reader.sessions(filter, order, listPage));
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
                             (void)must(reader.sessions({}, SessionOrder::LastTime, 20, first.next));
                         }});
    questions.push_back({"sessions, what there is to filter by", [](StoreReader& reader) {
                             (void)must(reader.spend({{sessions::Period::None, {Dimension::Source}},
                                                      {sessions::Period::None, {Dimension::Project}},
                                                      {sessions::Period::None, {Dimension::Client}},
                                                      {sessions::Period::None, {Dimension::Model}},
                                                      {sessions::Period::None, {Dimension::Tier}}},
                                                     {}));
                         }});
    questions.push_back(
        {"sessions, the day at a glance", [](StoreReader& reader) {
             (void)must(reader.spend({{sessions::Period::Day, {Dimension::Tier}}}, lastDays(7)));
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
    return {
        {"sessions, the turns of one", [filter](StoreReader& one) { (void)must(one.turns(filter, 500)); }},
        {"sessions, the traces of one",
         [filter](StoreReader& one) { (void)must(one.traces(filter.session)); }},
        {"sessions, the requests of a turn",
         [ofTurn](StoreReader& one) { (void)must(one.requests(ofTurn, 500)); }},
        {"sessions, a request and its label", [request](StoreReader& one) {
             (void)must(one.request(request));
             (void)must(one.labelOf(request));
         }}};
}

/// Of fifteen, after one that warms the caches of file and statements.
double medianMs(StoreReader& reader, const Question& question) {
    std::vector<double> times;
    question.ask(reader);
    for (int i = 0; i < 15; ++i) {
        const auto start = Steady::now();
        question.ask(reader);
        times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
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
        std::printf("%s;%.3f;%.3f\n", askFew.name.c_str(), medianMs(*few, askFew), medianMs(*many, askMany));
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
    std::error_code none;
    if (!kept)
        fs::remove_all(folder, none);
    return 0;
}
