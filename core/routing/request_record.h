// One finished request with its attempts: what the gateway knows, what importers know, what the store keeps.
// Never a prompt, a reply or a key. A plain value; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"
#include "core/pricing/token_usage.h"
#include "core/routing/request_facts.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct AttemptRecord {
    std::string provider;
    std::string model;   ///< provider/model
    std::string outcome; ///< "ok", "http_529", "connect_failed", "timeout", "reset", "rubbish", "cancelled" …
    int httpStatus = 0; ///< 0 where none came
    std::int64_t latencyMs = 0;
    std::string reason; ///< why it was tried
};

struct RequestRecord {
    RequestId request;
    std::string session;       ///< the key under which clients and reports know it
    std::string sessionSource; ///< which header or field it came from
    std::string parentSession; ///< where a client gives a sub-agent a session of its own
    std::string agent;         ///< "" for the main one
    std::string agentSource;   ///< which header or field it came from, as with the next two; "" for none
    std::string clientSource;
    std::string projectSource;
    std::string parentAgent;        ///< the agent that a nested one works for
    int turn = 1;                   ///< within session
    UtcTime time{};                 ///< when it arrived
    std::string source = "gateway"; ///< gateway, claude-code, codex …
    std::string client;
    std::string project;
    std::string title; ///< the agent's own title of the session, never the prompt
    std::string taskType;
    std::optional<std::string> tier; ///< nullopt for an explicit model
    std::string tierSource;          ///< "user", "skill" … ; "" for imported ones
    std::string startingTier;
    std::string provider;
    std::optional<std::string> model; ///< provider/model
    std::string modelReturned;
    std::string status; ///< "ok", "error", "cancelled", "gate_failed"
    int httpStatus = 0; ///< what the client got
    std::vector<AttemptRecord> attempts;
    pricing::TokenUsage usage;
    bool usageEstimated = false; ///< the provider did not say; counted by us
    std::optional<NanoUsd> cost; ///< nullopt: unpriced
    std::string priceVersion;
    bool simulated = false;
    std::int64_t latencyMs = 0;
    std::optional<std::int64_t> firstByteMs;
    std::string reason;    ///< one sentence
    std::string messageId; ///< the provider's id of the reply
    std::string decision;  ///< as pack() writes it: ladder, plan, exclusions, scores
    std::string notes;     ///< what could not be carried, one a line
    /// What the decision was made from; nullopt where nothing was decided (an imported request).
    std::optional<RequestFacts> facts;
    /// As pack() of feature_vector.h writes them; "" where nothing was scored. What stands behind the first
    /// '/' is of the prompt alone, so that all requests of a turn have the same: the store keeps it once.
    std::string features;
};

/// Takes finished requests. The store is one; tests have their own.
class RecordSink {
public:
    virtual ~RecordSink() = default;
    /// Takes so many of the first records as it can be made sure of in a moment that they outlive this
    /// process: for those nobody need wait for the disk. Leaves the others to record().
    [[nodiscard]] virtual std::size_t keepAtOnce(std::span<RequestRecord* const> records) = 0;
    /// Keeps a record. `done` is called exactly once, from any thread, when it is safe on disk or could not
    /// be kept. Never blocks on the disk.
    virtual void record(RequestRecord record, std::function<void(Result<void>)> done) = 0;

    /// How many records so far were not committed when they should have been: they wait in a file.
    [[nodiscard]] virtual std::int64_t notCommitted() const = 0;

    struct IdBlock {
        RequestId first;
        int count = 0;
    };

    /// Reserves ids that are unique in the workspace for ever, also when the process dies. May block.
    [[nodiscard]] virtual Result<IdBlock> reserveIds(int count) = 0;

    /// What is known of a session from before this process started.
    struct KnownSession {
        int turns = 0;
        std::optional<NanoUsd> cost; ///< of its priced requests
        std::int64_t unpricedRequests = 0;
    };

    /// nullopt for a session that is not known. May block.
    [[nodiscard]] virtual std::optional<KnownSession> findSession(std::string_view session) = 0;
};

} // namespace tierdeck::routing
