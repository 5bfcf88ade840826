#include "core/sessions/turn_traces.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace tierdeck::sessions {

namespace {

/// Shorter prompts are cached by no provider that we know.
constexpr std::int64_t leastCachedPrompt = 1024;

/// Whether a request lost what the cache held of the prompt before it. A prompt that is much shorter than
/// the one before is another one (compacted, cleared), not a lost cache.
bool isCold(std::int64_t promptBefore, std::int64_t prompt, std::int64_t cachedInput) {
    return promptBefore >= leastCachedPrompt && prompt * 2 >= promptBefore && cachedInput * 10 < promptBefore;
}

constexpr const char* promptSum = "input+cached_input+cache_write_5m+cache_write_1h";

} // namespace

Result<std::vector<TurnTrace>> readTurnTraces(sqlite::Connection& connection, NameBook& names,
                                              std::int64_t session, std::optional<UtcTime> since) {
    const std::int64_t sinceMs =
        since ? since->time_since_epoch().count() : std::numeric_limits<std::int64_t>::min();
    std::int64_t promptBefore = 0; // of the session's own agent
    if (since) {
        auto before = connection.query("SELECT " + std::string(promptSum) +
                                       " FROM request INDEXED BY request_by_session WHERE session=?1 AND "
                                       "time_ms<?2 AND agent=0 ORDER BY time_ms DESC, id DESC LIMIT 1");
        if (!before)
            return tl::unexpected<Error>(std::move(before.error()));
        (*before)->bindAll(session, sinceMs);
        const auto found = (*before)->step();
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (*found)
            promptBefore = (*before)->number(0);
    }
    auto query = connection.query(
        "SELECT turn, agent, " + std::string(promptSum) +
        ", cached_input, ifnull(cost, 0), cost IS NULL, ifnull(tier, 0) FROM request INDEXED BY "
        "request_by_session WHERE session=?1 AND time_ms>=?2 ORDER BY time_ms, id");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bindAll(session, sinceMs);
    std::map<int, TurnTrace> traces;
    const auto read = (*query)->each([&](const sqlite::Statement& row) -> Result<void> {
        TurnTrace& trace = traces[static_cast<int>(row.number(0))];
        const std::int64_t agent = row.number(1);
        const NanoUsd cost(row.number(4));
        const bool unpriced = row.number(5) != 0;
        if (unpriced) {
            auto tier = names.nameOf(row.number(6));
            if (!tier)
                return tl::unexpected<Error>(std::move(tier.error()));
            ++trace.unpriced[*tier];
        }
        if (agent == 0) {
            const std::int64_t prompt = row.number(2);
            if (cost.value > 0 && isCold(promptBefore, prompt, row.number(3)))
                ++trace.coldCaches;
            promptBefore = prompt;
            return {};
        }
        auto name = names.nameOf(agent);
        if (!name)
            return tl::unexpected<Error>(std::move(name.error()));
        auto share = std::ranges::find(trace.agents, *name, &AgentShare::agent);
        if (share == trace.agents.end())
            share = trace.agents.insert(share, AgentShare{std::move(*name), 0, 0, {}});
        ++share->requests;
        share->unpriced += unpriced ? 1 : 0;
        share->cost += cost;
        return {};
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    std::vector<TurnTrace> list;
    list.reserve(traces.size());
    for (auto& [turn, trace] : traces) {
        trace.turn = turn;
        list.push_back(std::move(trace));
    }
    return list;
}

} // namespace tierdeck::sessions
