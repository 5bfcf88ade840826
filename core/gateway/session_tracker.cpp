#include "core/gateway/session_tracker.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tierdeck::gateway {

namespace {

bool shareOne(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    return std::any_of(a.begin(), a.end(),
                       [&](auto hash) { return std::find(b.begin(), b.end(), hash) != b.end(); });
}

/// The average of the turns that ended, the one that was open now among them.
routing::UsualTurn usualTurnAfter(LiveSession::Answers& answers, routing::UsualTurn before) {
    if (answers.openRequests == 0)
        return before;
    ++answers.turns;
    answers.requests += std::exchange(answers.openRequests, 0);
    answers.outputTokens += static_cast<double>(std::exchange(answers.openOutputTokens, 0));
    return {answers.requests / answers.turns, answers.outputTokens / answers.turns};
}

} // namespace

void LiveSession::answered(const std::string& agent, const pricing::TokenUsage& usage, SteadyTime now) {
    auto& own = answers[agent];
    own.last = now;
    ++own.openRequests;
    own.openOutputTokens += usage.output;
}

SessionTracker::Place SessionTracker::placeOf(LiveSession& session, const wire::ScannedRequest& scanned) {
    const bool first = !std::exchange(session.hasHistory, true);
    const bool continues = first || shareOne(scanned.userHashes, session.recentHashes);
    // A title, a summary, a probe: no tools where the main history has them, and none of its messages.
    if (!continues && session.offeredTools && scanned.tools == 0)
        return Place::Aside;
    // Such a one may also come before the main history shows itself, and has opened the turn.
    const bool sideCameFirst =
        !continues && !session.offeredTools && scanned.tools > 0 && session.recentHashes.size() == 1;
    const bool begins =
        first || scanned.userHash != session.lastHash || scanned.userPosition > session.lastPosition;
    session.lastPosition = scanned.userPosition;
    session.lastHash = scanned.userHash;
    session.offeredTools = session.offeredTools || scanned.tools > 0;
    session.recentHashes = scanned.userHashes;
    return !begins ? Place::InTurn : sideCameFirst ? Place::LeadsTurn : Place::OpensTurn;
}

SessionTracker::Entered SessionTracker::enter(const wire::Identity& identity,
                                              const wire::ScannedRequest& scanned, SteadyTime now) {
    auto held = sessionOf(identity.session, now);
    auto& session = *held;
    const std::lock_guard lock(session.mutex);
    if (scanned.commandAlone) {
        const int turn = std::max(session.turns, 1);
        return {std::move(held), turn, false, true, nullptr};
    }

    bool begins = false;
    bool leads = false;
    bool isAside = false;
    if (identity.isSubagent()) {
        // A sub-agent works for the turn that is open; only its own state starts anew with its own prompts.
        auto& place = session.agentPlaces[identity.agent];
        const std::pair here(scanned.userPosition, scanned.userHash);
        begins = place != here;
        place = here;
    } else {
        const auto where = placeOf(session, scanned);
        leads = where == Place::LeadsTurn;
        begins = leads || where == Place::OpensTurn;
        isAside = where == Place::Aside;
        if (where == Place::OpensTurn)
            ++session.turns;
    }
    auto& state = session.states[identity.agent];
    auto& answers = session.answers[identity.agent];
    if (!state)
        state = std::make_shared<routing::SessionState>();
    if (begins) {
        auto next = std::make_shared<routing::SessionState>();
        next->warm = state->warm;
        next->usualTurn = usualTurnAfter(answers, state->usualTurn);
        if (!identity.isSubagent())
            next->turnOverride = leads ? state->turnOverride : std::exchange(session.nextTurn, {});
        state = std::move(next);
    }
    const int turn = std::max(session.turns, 1); // a sub-agent may come before the turn that it works for
    state->turn = turn;
    if (state->warm)
        state->warm->idleSeconds =
            std::chrono::duration_cast<std::chrono::seconds>(now - answers.last).count();
    return {std::move(held), turn, begins, isAside, state};
}

SessionTracker::Entered SessionTracker::look(const wire::Identity& identity) const {
    auto session = find(identity.session);
    if (!session)
        session = std::make_shared<LiveSession>();
    const std::lock_guard lock(session->mutex);
    const int turn = std::max(session->turns, 1);
    const auto known = session->states.find(identity.agent);
    auto state = known == session->states.end() ? std::make_shared<routing::SessionState>() : known->second;
    const bool isFirst = state->firstOfTurn;
    return {session, turn, isFirst, true, std::move(state)};
}

std::size_t SessionTracker::size() const {
    const std::lock_guard lock(m_mutex);
    return m_sessions.size();
}

std::shared_ptr<LiveSession> SessionTracker::find(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_sessions.find(name);
    return found == m_sessions.end() ? nullptr : found->second.session;
}

std::shared_ptr<LiveSession> SessionTracker::sessionOf(const std::string& name, SteadyTime now) {
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_sessions.find(name); found != m_sessions.end()) {
            found->second.lastUsed = now;
            return found->second.session;
        }
    }
    auto session = std::make_shared<LiveSession>();
    if (const auto known = m_sink.findSession(name)) { // which may take a while
        session->turns = known->turns;
        session->cost = known->cost.value_or(NanoUsd());
        session->unpricedRequests = known->unpricedRequests;
    }
    const std::lock_guard lock(m_mutex);
    if (m_sessions.size() >= maxSessions)
        forgetOld();
    // Where another thread was faster, its session is the one.
    auto& place = m_sessions.try_emplace(name, Known{std::move(session), now}).first->second;
    place.lastUsed = now;
    return place.session;
}

void SessionTracker::forgetOld() {
    std::vector<SteadyTime> times;
    times.reserve(m_sessions.size());
    for (const auto& [name, known] : m_sessions)
        times.push_back(known.lastUsed);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    std::erase_if(m_sessions,
                  [limit = *middle](const auto& entry) { return entry.second.lastUsed <= limit; });
}

} // namespace tierdeck::gateway
