// What the gateway remembers of the sessions that are talking to it: their turns, what a person said about
// routing, what the dynamic rung promoted. A session from before this process is continued as the store knows
// it. Thread-safe; owned by Services.
#pragma once

#include "core/foundation/adaptive_mutex.h"
#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"
#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/identity.h"
#include "core/routing/complexity.h"
#include "core/routing/request_record.h"
#include "core/routing/route_request.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tierdeck::gateway {

/// Requests of one session may run at once, on several threads: it is looked at and changed with `mutex`
/// held.
struct LiveSession {
    AdaptiveMutex mutex;
    int turns = 0; ///< the number of the open turn; 0 before the first
    NanoUsd cost;
    std::int64_t unpricedRequests = 0;
    routing::UserOverride nextTurn; ///< said alone in a message: holds for the turn that begins next
    std::string lastTier;           ///< of the last decision; "" for an explicit model
    std::string lastSource;
    std::string lastModel;
    /// Of the open turn, by agent; "" is the main one. Each turn has one of its own: a request that is still
    /// to be decided when the next turn begins is decided by that of its own turn, and changes no other.
    std::map<std::string, std::shared_ptr<routing::SessionState>> states;

    /// The last prompt of each agent as it was read: a turn's requests all end with the same one.
    struct ReadPrompt {
        std::uint64_t hash = 0;
        std::size_t bytes = 0;
        std::shared_ptr<const routing::PromptReading> reading;
    };

    std::map<std::string, ReadPrompt> prompts;

    /// What each agent's answers left behind: from it the states know their warm prefix and usual turn.
    struct Answers {
        SteadyTime last{};
        int turns = 0; ///< that ended
        double requests = 0;
        double outputTokens = 0;
        int openRequests = 0; ///< of the turn that is open
        std::int64_t openOutputTokens = 0;
    };

    std::map<std::string, Answers> answers;

    void answered(const std::string& agent, const pricing::TokenUsage& usage, SteadyTime now);

    /// The providers that answered each agent: what they thought stands in its history.
    std::map<std::string, std::set<std::string>> thinkers;

    // The main history, to tell a new turn from a tool loop and from a side request.
    bool hasHistory = false;
    int lastPosition = -1;
    std::uint64_t lastHash = 0;
    bool offeredTools = false;
    std::vector<std::uint64_t> recentHashes;
    std::map<std::string, std::pair<int, std::uint64_t>> agentPlaces;
};

class SessionTracker {
public:
    static constexpr std::size_t maxSessions = 20000;

    explicit SessionTracker(routing::RecordSink& sink)
        : m_sink(sink) {}

    struct Entered {
        std::shared_ptr<LiveSession> session; ///< outlives being forgotten while a request runs
        int turn = 1;
        bool firstOfTurn = true;
        bool isAside =
            false; ///< a title, a summary, a probe: it neither has nor makes a place in the history
        std::shared_ptr<routing::SessionState> state; ///< of its turn; none for a command alone

        /// What `decide` says of a copy of the state, which stays in `seen`. Requests of a session are
        /// decided as if one came after the other, but do not wait for each other: `lock`, of the session's
        /// mutex, is held before and after, and who was overtaken by a decision that would have changed his
        /// decides again.
        template <typename Decide>
        [[nodiscard]] std::invoke_result_t<const Decide&> decideInTurn(std::unique_lock<AdaptiveMutex>& lock,
                                                                       routing::SessionState& seen,
                                                                       const Decide& decide) const {
            for (;;) {
                seen = *state;
                seen.firstOfTurn = firstOfTurn; // also where a later request was decided sooner
                lock.unlock();
                auto decided = decide();
                lock.lock();
                if (seen.promotedTier == state->promotedTier && seen.turnOverride == state->turnOverride)
                    return decided;
            }
        }
    };

    /// Finds the session and the turn that a request belongs to, and opens a new turn where one begins.
    [[nodiscard]] Entered enter(const wire::Identity& identity, const wire::ScannedRequest& scanned,
                                SteadyTime now);

    /// The session and its open turn as they stand, for a request that takes no part in the conversation.
    [[nodiscard]] Entered look(const wire::Identity& identity) const;

    [[nodiscard]] std::size_t size() const;

private:
    enum class Place { InTurn, Aside, OpensTurn, LeadsTurn }; ///< LeadsTurn: a side request opened it before
    [[nodiscard]] static Place placeOf(LiveSession& session, const wire::ScannedRequest& scanned);
    /// Finds it, or begins it.
    [[nodiscard]] std::shared_ptr<LiveSession> sessionOf(const std::string& name, SteadyTime now);
    /// nullptr where it is not known (any more).
    [[nodiscard]] std::shared_ptr<LiveSession> find(const std::string& name) const;
    void forgetOld(); ///< with m_mutex held

    struct Known {
        std::shared_ptr<LiveSession> session;
        SteadyTime lastUsed{};
    };

    routing::RecordSink& m_sink;
    mutable std::mutex m_mutex; ///< never taken by who holds a session's
    std::map<std::string, Known, std::less<>> m_sessions;
};

} // namespace tierdeck::gateway
