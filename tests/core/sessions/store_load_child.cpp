// A program that records as fast as it can, and sums up days meanwhile, until somebody kills it. Every line
// on stdout is a fact that must outlive it: "ids 1001 1000" numbers that it was given, "kept 1005" a request
// that the store said it had, "summed" that days with requests have been summed up.
#include "core/sessions/past_days.h"
#include "core/sessions/session_store.h"
#include "tests/core/sessions/recount.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <utility>

using namespace tierdeck;

namespace {

void say(const std::string& line) {
    // One write each: a pipe keeps what was written before the kill.
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0)
        ::_exit(3);
}

/// As the app does it beside the gateway: days on which requests still come are summed up again and again.
void keepSummingUp(const std::string& file, const std::atomic<bool>& hasRequests) {
    auto past = sessions::PastDays::open(file);
    if (!past) {
        std::fprintf(stderr, "%s\n", past.error().message.c_str());
        ::_exit(4);
    }
    for (bool said = false;;) {
        const bool any = hasRequests;
        const auto done =
            past->sumUp(sessions::LocalDay(std::chrono::days(30'000)), std::chrono::milliseconds(1));
        if (done && any && !std::exchange(said, true))
            say("summed\n");
        std::this_thread::yield();
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5)
        return 2;
    sessions::StoreOptions options;
    options.file = argv[1];
    options.unsavedFile = argv[2];
    options.journalFile = argv[3]; // "" for none
    options.timeZone = "Europe/Berlin";
    auto store = sessions::SessionStore::open(options);
    if (!store) {
        std::fprintf(stderr, "%s %s\n", store.error().message.c_str(), store.error().detail.c_str());
        return 1;
    }
    std::atomic<bool> hasRequests = false;
    // Until the end, which is a kill.
    std::thread(keepSummingUp, std::string(argv[1]), std::cref(hasRequests)).detach();
    const auto records = testing::wildRecords(static_cast<std::uint64_t>(std::stoll(argv[4])), 500);
    for (;;) {
        const auto block = (*store)->reserveIds(static_cast<int>(records.size()));
        if (!block)
            return 1;
        say("ids " + std::to_string(block->first.value) + ' ' + std::to_string(block->count) + '\n');
        std::int64_t id = block->first.value;
        for (auto record : records) {
            record.request = RequestId(id++);
            const auto saysKept = [id = record.request.value](const Result<void>& result) {
                if (result)
                    say("kept " + std::to_string(id) + '\n');
            };
            if ((*store)->keepAtOnce(std::array{&record}) == 1)
                saysKept({});
            else
                (*store)->record(record, saysKept);
        }
        (*store)->flush();
        hasRequests = true;
    }
}
