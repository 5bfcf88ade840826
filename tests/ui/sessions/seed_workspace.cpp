// seed_workspace DIR [REQUESTS [SEED [DAYS]]]: fills a workspace's store with believable history up to now,
// to look at screens.
#include "core/foundation/workspace.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

using namespace tierdeck;

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "seed_workspace DIR [REQUESTS [SEED [DAYS]]]\n";
        return 2;
    }
    const Workspace workspace{std::filesystem::path(argv[1])};
    sessions::StoreOptions options;
    options.file = workspace.storeFile();
    options.unsavedFile = workspace.unsavedFile();
    auto store = sessions::SessionStore::open(options);
    if (!store) {
        std::cerr << store.error().message << '\n';
        return 1;
    }
    testing::GeneratorOptions wanted;
    wanted.requests = argc > 2 ? std::atoll(argv[2]) : 2000;
    wanted.seed = argc > 3 ? static_cast<std::uint64_t>(std::atoll(argv[3])) : 1;
    wanted.end = SystemClock().now();
    wanted.days = argc > 4 ? std::atoi(argv[4]) : 12;
    testing::RecordGenerator generator(wanted);
    int failed = 0;
    constexpr std::int64_t mostWaiting = 1000; // a store that cannot keep up refuses what comes on top
    for (std::int64_t count = 1; auto record = generator.next(); ++count) {
        (*store)->record(std::move(*record), [&failed](const Result<void>& done) { failed += done ? 0 : 1; });
        if (count % mostWaiting == 0)
            (*store)->flush();
    }
    (*store)->flush();
    if (failed > 0)
        std::cerr << failed << " records could not be kept.\n";
    return failed > 0 ? 1 : 0;
}
