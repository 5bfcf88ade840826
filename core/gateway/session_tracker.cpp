#include "core/gateway/session_tracker.h"

#include <algorithm>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t rememberedHashes = 16;

bool shareOne(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    return std::any_of(a.begin(), a.end(),
                       [&](auto hash) { return std::find(b.begin(), b.end(), hash) != b.end(); });
}

} // namespace

bool SessionTracker::beginsTurn(LiveSession& session, const wire::ScannedRequest& scanned) {
    const bool first = session.lastPosition < 0;
    // A title, a summary, a probe: no tools where the main history has them, and none of its messages.
    if (!first && session.offeredTools && scanned.tools == 0 &&
        !shareOne(scanned.userHashes, session.recentHashes))
        return false;
    const bool begins =
        first || scanned.userHash != session.lastHash || scanned.userPosition > session.lastPosition;
    session.lastPosition = scanned.userPosition;
    session.lastHash = scanned.userHash;
    session.offeredTools = session.offeredTools || scanned.tools > 0;
    const auto& hashes = scanned.userHashes;
    const auto kept = std::min(hashes.size(), rememberedHashes);
    session.recentHashes.assign(hashes.end() - static_cast<std::ptrdiff_t>(kept), hashes.end());
    return begins;
}

SessionTracker::Entered SessionTracker::enter(const wire::Identity& identity,
                                              const wire::ScannedRequest& scanned, SteadyTime now) {
    auto found = m_sessions.find(identity.session);
    if (found == m_sessions.end()) {
        if (m_sessions.size() >= maxSessions)
            forgetOld();
        auto session = std::make_shared<LiveSession>();
        if (const auto known = m_sink.findSession(identity.session)) {
            session->turns = known->turns;
            session->cost = known->cost.value_or(NanoUsd());
            session->unpricedRequests = known->unpricedRequests;
        }
        found = m_sessions.emplace(identity.session, std::move(session)).first;
    }
    auto& session = *found->second;
    session.lastUsed = now;
    if (scanned.commandAlone)
        return {found->second, std::max(session.turns, 1), false};

    bool begins = false;
    if (identity.isSubagent()) {
        // A sub-agent works for the turn that is open; only its own state starts anew with its own prompts.
        auto& place = session.agentPlaces[identity.agent];
        const std::pair here(scanned.userPosition, scanned.userHash);
        begins = place != here;
        place = here;
        session.turns = std::max(session.turns, 1);
    } else {
        begins = beginsTurn(session, scanned);
        if (begins)
            ++session.turns;
    }
    auto& state = session.states[identity.agent];
    if (begins) {
        const auto sticky = state.stickyHost;
        state = {};
        state.stickyHost = sticky;
        if (!identity.isSubagent())
            state.turnOverride = std::exchange(session.nextTurn, {});
    }
    state.turn = session.turns;
    state.firstOfTurn = begins;
    return {found->second, session.turns, begins};
}

void SessionTracker::forgetOld() {
    std::vector<SteadyTime> times;
    times.reserve(m_sessions.size());
    for (const auto& [key, session] : m_sessions)
        times.push_back(session->lastUsed);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    std::erase_if(m_sessions,
                  [limit = *middle](const auto& entry) { return entry.second->lastUsed <= limit; });
}

} // namespace tierdeck::gateway
