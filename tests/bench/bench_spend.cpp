// bench_spend FEW MANY: how long the Spend page's question takes with so many requests in a year, in stores
// that it makes in a temporary folder. A line for each range: its name, ms with few, ms with many.
#include "core/foundation/clock.h"
#include "core/pricing/price_table.h"
#include "core/routing/policy.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/backend/spend_snapshot.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace tierdeck;
using Steady = std::chrono::steady_clock;

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
    auto store = must(sessions::SessionStore::open(options));
    testing::GeneratorOptions wanted;
    wanted.requests = requests;
    wanted.days = 365;
    // A session that is half of all requests would leave most days of the small store empty.
    wanted.longestSession = static_cast<int>(std::clamp<std::int64_t>(requests / 200, 1, 5000));
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

double medianMs(sessions::StoreReader& reader, const ui::SpendQuestion& question) {
    std::vector<double> times;
    for (int i = 0; i < 7; ++i) {
        const auto start = Steady::now();
        (void)must(ui::readSpend(reader, question, YearsEnd(), [] { return true; }));
        times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "bench_spend FEW MANY\n");
        return 2;
    }
    const fs::path folder =
        fs::temp_directory_path() / ("tierdeck-bench-spend-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    auto few = must(sessions::StoreReader::open(fill(folder, std::atoll(argv[1]))));
    auto many = must(sessions::StoreReader::open(fill(folder, std::atoll(argv[2]))));
    auto policy = std::make_shared<routing::Policy>(routing::Policy::withDefaults());
    policy->prices = must(pricing::PriceTable::parse(pricing::shippedCatalogue()));
    policy->tiers.at("deep").model = routing::ModelId::parse("anthropic/claude-opus-4-20250514");
    using sessions::RangeKind;
    const std::array ranges{
        std::pair{"today", RangeKind::Today},          std::pair{"7 days", RangeKind::Last7Days},
        std::pair{"30 days", RangeKind::Last30Days},   std::pair{"90 days", RangeKind::Last90Days},
        std::pair{"last month", RangeKind::LastMonth}, std::pair{"all", RangeKind::All}};
    for (const auto& [name, range] : ranges) {
        ui::SpendQuestion question;
        question.range.kind = range;
        question.policy = [policy] { return policy; };
        std::printf("%s;%.2f;%.2f\n", name, medianMs(*few, question), medianMs(*many, question));
        std::fflush(stdout);
    }
    few.reset();
    many.reset();
    std::error_code none;
    fs::remove_all(folder, none);
    return 0;
}
