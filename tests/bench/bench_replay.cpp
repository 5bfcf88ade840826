// Replays a made-up history under another policy and prints how long that took, in seconds, beside the number
// of requests. `bench_replay STORE [REQUESTS]`: the store is made when it is not there and left where it is.
#include "core/sessions/replay_store.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace tierdeck;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void give(const Error& error) {
    std::fprintf(stderr, "%s %s\n", error.message.c_str(), error.detail.c_str());
    std::exit(1);
}

void make(const fs::path& file, std::int64_t requests) {
    sessions::StoreOptions options;
    options.file = file;
    options.unsavedFile = file.parent_path() / "unsaved.jsonl";
    options.timeZone = "UTC";
    auto store = sessions::SessionStore::open(options);
    if (!store)
        give(store.error());
    testing::GeneratorOptions history;
    history.requests = requests;
    history.days = 365;
    testing::RecordGenerator generator(history);
    std::int64_t queued = 0;
    while (auto record = generator.next()) {
        (*store)->record(std::move(*record), {});
        if (++queued % 5000 == 0)
            (*store)->flush();
    }
    (*store)->flush();
}

/// Other models for every tier, rules, and promotion where there was none.
routing::Policy anotherPolicy() {
    routing::Policy policy = routing::Policy::withDefaults();
    for (const char* name : {"openai", "anthropic"}) {
        policy.providers[name].name = name;
        policy.providerOrder.emplace_back(name);
    }
    policy.tiers["balanced"].model = routing::ModelId::parse("openai/gpt-5.1");
    policy.tiers["smart"].model = routing::ModelId::parse("anthropic/claude-sonnet-4-20250514");
    policy.tiers["coding"].model = routing::ModelId::parse("openai/gpt-5.2");
    policy.tiers["deep"].model = routing::ModelId::parse("anthropic/claude-opus-4-20250514");
    policy.dynamicTierEnabled = true;
    policy.classifier.smartThreshold = 0.4;
    routing::Rule large;
    large.name = "Large";
    large.when.minInputTokens = 60'000;
    large.tier = "smart";
    policy.rules = {large};
    if (auto prices = pricing::PriceTable::parse(pricing::shippedCatalogue()))
        policy.prices = std::move(*prices);
    policy.fingerprint = "0000000000000000";
    return policy;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "bench_replay STORE [REQUESTS]\n");
        return 2;
    }
    const fs::path file = argv[1];
    if (!fs::exists(file))
        make(file, argc > 2 ? std::atoll(argv[2]) : 1'000'000);
    const routing::Policy policy = anotherPolicy();
    sessions::ReplayOptions options;
    options.mostChanges = 20;
    const auto start = std::chrono::steady_clock::now();
    const auto replayed = sessions::replayStore(file, policy, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!replayed)
        give(replayed.error());
    std::printf("%.4f %lld\n", seconds, static_cast<long long>(replayed->result.requests));
    return 0;
}
