// What the requests of the store would have become under another policy: tier, model and cost of each,
// without their text. Equal requests are decided once, by the resolver itself, so that a million of them take
// a second. Pure; one thread; owned by who asks. sessions feeds it (replayStore).
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"
#include "core/pricing/token_usage.h"
#include "core/routing/policy.h"
#include "core/routing/request_facts.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

/// A request as the store has it. Names are the store's numbers; 0 is none.
struct ReplayRow {
    std::int64_t request = 0;
    std::int64_t session = 0;
    std::int64_t agent = 0;
    std::int64_t turn = 0;
    UtcTime time{};
    std::int64_t tier = 0;         ///< 0: an explicit model
    std::int64_t model = 0;        ///< that served
    std::int64_t decidedModel = 0; ///< that was tried first
    std::int64_t project = 0;
    std::int64_t client = 0;
    std::int64_t taskType = 0;
    std::size_t facts = 0; ///< as addFacts() numbered them
    std::int64_t inputTokens = 0;
    int score = 0;
    int codeScore = 0;
    pricing::TokenUsage usage;
    std::optional<NanoUsd> cost;
};

struct ReplaySums {
    std::int64_t requests = 0;
    std::int64_t unpricedRequests = 0;
    NanoUsd cost; ///< of the priced ones
};

struct ReplayChange {
    std::int64_t request = 0;
    std::string fromTier; ///< "-": an explicit model
    std::string fromModel;
    std::string toTier; ///< "" where nothing could have served it
    std::string toModel;
    std::string reason; ///< one sentence
};

struct ReplayResult {
    std::int64_t requests = 0;
    std::int64_t changed = 0;
    std::int64_t failed = 0; ///< of the changed: nothing could have served them
    ReplaySums before;
    ReplaySums after;
    /// Paid in `after` because a changed model finds no warm cache; what is saved where the model no longer
    /// changes is taken off, so it may be negative.
    NanoUsd coldCache;
    std::map<std::string, ReplaySums> beforeByTier;
    std::map<std::string, ReplaySums> afterByTier;
    std::map<std::string, std::map<std::string, std::int64_t>> matrix; ///< requests, from → to
    std::vector<std::string> assumptions;
};

class Replay {
public:
    using NameOf = std::function<std::string(std::int64_t)>;

    /// `policy` must outlive it. `mostChanges`: only so many are kept to be told.
    Replay(const Policy& policy, NameOf nameOf, std::size_t mostChanges);
    ~Replay();

    /// As pack() writes them. Equal ones get the same number.
    [[nodiscard]] std::size_t addFacts(std::string_view packed);
    /// In the order in which they came, within each session and agent.
    void add(const ReplayRow& row);
    /// Requests that were never decided here (imported), or before facts were kept.
    void leaveOut(std::int64_t imported, std::int64_t withoutFacts);

    [[nodiscard]] ReplayResult result() const;
    /// In the order in which they came.
    void eachChange(const std::function<void(const ReplayChange&)>& tell) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::routing
