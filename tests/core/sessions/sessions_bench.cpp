// Prints what the store costs on this machine: one name, value and unit a line.
#include "core/sessions/session_store.h"
#include "core/sessions/store_reader.h"
#include "tests/support/record_generator.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tierdeck;
using namespace tierdeck::sessions;
using Steady = std::chrono::steady_clock;

void print(const char* name, double value, const char* unit) {
    std::printf("%-52s %12.3f %s\n", name, value, unit);
    std::fflush(stdout);
}

double msSince(Steady::time_point start) {
    return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

/// Processor time of all threads: steadier than the clock on a busy machine.
double processorMs() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// The median of five runs, in ms.
double medianMs(const std::function<void()>& what) {
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
        const auto start = Steady::now();
        what();
        times.push_back(msSince(start));
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

[[noreturn]] void give(const Error& error) {
    std::fprintf(stderr, "%s %s\n", error.message.c_str(), error.detail.c_str());
    std::exit(1);
}

template <typename T>
T must(Result<T> result) {
    if (!result)
        give(result.error());
    return std::move(*result);
}

std::unique_ptr<SessionStore> openIn(const fs::path& folder) {
    StoreOptions options;
    options.file = folder / "tierdeck.db";
    options.unsavedFile = folder / "unsaved.jsonl";
    options.timeZone = "Europe/Berlin";
    return must(SessionStore::open(options));
}

/// µs a request when `group` of them are recorded at once and waited for.
double recordIn(SessionStore& store, std::vector<routing::RequestRecord>& records, std::size_t group) {
    const auto start = Steady::now();
    for (std::size_t i = 0; i < records.size(); i += group) {
        for (std::size_t j = i; j < std::min(records.size(), i + group); ++j)
            store.record(std::move(records[j]), {});
        store.flush();
    }
    return msSince(start) * 1000 / static_cast<double>(records.size());
}

} // namespace

int main(int argc, char** argv) {
    const std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    const fs::path folder =
        fs::temp_directory_path() / ("tierdeck-sessions-bench-" + std::to_string(::getpid()));
    fs::create_directories(folder);

    {
        testing::GeneratorOptions options;
        options.requests = count + 30'000;
        options.days = 365;
        testing::RecordGenerator generator(options);
        auto store = openIn(folder);
        std::vector<routing::RequestRecord> records;
        double generating = 0;
        double writing = 0;
        for (std::int64_t done = 0; done < count; done += static_cast<std::int64_t>(records.size())) {
            records.clear();
            auto start = Steady::now();
            while (records.size() < 5000 && done + static_cast<std::int64_t>(records.size()) < count)
                records.push_back(*generator.next());
            generating += msSince(start);
            start = Steady::now();
            const std::size_t written = records.size();
            recordIn(*store, records, 5000);
            records.resize(written);
            writing += msSince(start);
        }
        print("generate", generating * 1000 / static_cast<double>(count), "us/request");
        print("record, in groups of 5000", writing * 1000 / static_cast<double>(count), "us/request");
        for (const std::size_t group : {std::size_t{1}, std::size_t{16}, std::size_t{64}}) {
            records.clear();
            for (int i = 0; i < 10'000; ++i)
                records.push_back(*generator.next());
            const std::string name =
                group == 1 ? "record, alone" : "record, in groups of " + std::to_string(group);
            const double before = processorMs();
            print(name.c_str(), recordIn(*store, records, group), "us/request");
            print((name + ", processor").c_str(), (processorMs() - before) / 10, "us/request");
        }
        print("reserve ids (waits for the disk)", medianMs([&] { (void)must(store->reserveIds(1000)); }),
              "ms");
        print("find a session", medianMs([&] { (void)store->findSession("none"); }), "ms");
        const auto start = Steady::now();
        store.reset();
        print("close", msSince(start), "ms");
    }
    print("size", static_cast<double>(fs::file_size(folder / "tierdeck.db")) / 1e6, "MB");
    print("open for writing", medianMs([&] { openIn(folder); }), "ms");
    print("open for reading", medianMs([&] { (void)must(StoreReader::open(folder / "tierdeck.db")); }), "ms");

    auto reader = must(StoreReader::open(folder / "tierdeck.db"));
    const UtcTime end = testing::GeneratorOptions().end;
    const auto spend = [&](const char* name, int days, Period period, std::vector<Dimension> by,
                           bool wholeDays) {
        SpendQuery query;
        query.period = period;
        query.by = std::move(by);
        query.filter.since =
            end - std::chrono::hours(24 * days + (wholeDays ? 13 : 0)); // midnight in Berlin: 23:00
        std::size_t rows = 0;
        const double ms = medianMs([&] { rows = must(reader->spend(query)).rows.size(); });
        print((std::string(name) + " (" + std::to_string(rows) + " rows)").c_str(), ms, "ms");
    };
    spend("spend, 7 days, by day and tier", 7, Period::Day, {Dimension::Tier}, true);
    spend("spend, the last 168 hours, by day and tier", 7, Period::Day, {Dimension::Tier}, false);
    spend("spend, 90 days, by day and model", 90, Period::Day, {Dimension::Model}, true);
    spend("spend, a year, by month and project", 365, Period::Month, {Dimension::Project}, true);
    spend("spend, a year, by day and every dimension", 365, Period::Day,
          {Dimension::Source, Dimension::Tier, Dimension::Model, Dimension::Provider, Dimension::Project,
           Dimension::Client, Dimension::TaskType},
          true);
    SpendQuery tokyo;
    tokyo.timeZone = "Asia/Tokyo";
    for (const int days : {7, 90}) {
        tokyo.filter.since = end - std::chrono::hours(24 * days);
        print(("spend, " + std::to_string(days) + " days in another zone").c_str(),
              medianMs([&] { (void)must(reader->spend(tokyo)); }), "ms");
    }
    print("totals of everything", medianMs([&] { (void)must(reader->totals({})); }), "ms");

    const auto page = [&](const char* name, const auto& ask) {
        print(name, medianMs([&] { (void)must(ask()); }), "ms");
    };
    page("50 sessions by time", [&] { return reader->sessions({}, SessionOrder::LastTime, 50); });
    page("50 sessions by cost", [&] { return reader->sessions({}, SessionOrder::Cost, 50); });
    Filter filter;
    filter.project = "infra";
    filter.tier = "deep";
    page("50 sessions of a project and tier",
         [&] { return reader->sessions(filter, SessionOrder::Cost, 50); });
    filter.since = end - std::chrono::hours(24 * 30);
    page("50 sessions of it in 30 days", [&] { return reader->sessions(filter, SessionOrder::Cost, 50); });
    Filter search;
    search.search = "flaky";
    page("50 sessions by search", [&] { return reader->sessions(search, SessionOrder::LastTime, 50); });
    page("50 turns", [&] { return reader->turns({}, 50); });
    page("50 requests", [&] { return reader->requests({}, 50); });
    auto dearest = must(reader->sessions({}, SessionOrder::Cost, 1));
    Filter one;
    one.session = dearest.rows.front().session;
    print("turns of the dearest session", static_cast<double>(dearest.rows.front().totals.turns), "turns");
    page("all its turns", [&] { return reader->turns(one, 5000); });
    one.turn = 1;
    page("requests of its first turn", [&] { return reader->requests(one, 500); });
    page("data version", [&] { return reader->dataVersion(); });
    fs::remove_all(folder);
    return 0;
}
