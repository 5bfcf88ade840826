// One request of a client from its first byte to its record: scan, decide, try the plan's models in order,
// relay, record. Lives in its coroutine, on its reactor's thread.
#pragma once

#include "core/gateway/http/server.h"
#include "core/gateway/http/upstream.h"
#include "core/gateway/provider_call.h"
#include "core/gateway/reactor.h"
#include "core/gateway/wire/identity.h"
#include "core/gateway/wire/reply_stream.h"
#include "core/gateway/wire/scanned_request.h"
#include "core/routing/attempt_plan.h"
#include "core/routing/policy.h"
#include "core/routing/provider_wishes.h"
#include "core/routing/request_record.h"
#include "core/routing/route_decision.h"
#include "core/routing/route_request.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::gateway {

class HeldReply;
class OwnQuestion;

class Exchange {
public:
    /// `own`: who asks, where it is the gateway itself; else the request says it.
    Exchange(Reactor& reactor, wire::Dialect dialect, const http::Head& head, const std::string& body,
             http::Responder& responder, const wire::Identity* own = nullptr);
    ~Exchange();

    /// Always answers and always records.
    [[nodiscard]] asio::awaitable<void> run();
    /// The same for a Messages client that only wants to know how many tokens its request has.
    [[nodiscard]] asio::awaitable<void> countTokens();

private:
    /// Why one try at one model did not serve the client.
    struct Setback {
        enum class Next {
            TryAgain,  ///< the same model may do better
            NextModel, ///< it will not
            Give,      ///< the provider's refusal is the client's to see
        };
        Next next = Next::NextModel;
        bool isModelsFault = false; ///< counts towards its circuit breaker
        std::string name;           ///< "http_529", "timeout" …
        std::string detail;
        int httpStatus = 0;
        std::string body; ///< of a refusal, in the provider's dialect
        wire::Dialect dialect = wire::Dialect::Chat;
        wire::ErrorKind kind = wire::ErrorKind::Other; ///< what another kind of model may do better
        http::HeaderLines headers;
        std::optional<std::chrono::milliseconds> retryAfter;
    };

    /// How one try ended: null where the client has its answer, or is gone.
    using Outcome = std::unique_ptr<Setback>;

    /// Gives the request its number; false where there is none to be had.
    [[nodiscard]] bool begin();
    [[nodiscard]] asio::awaitable<void> answerBusy();
    [[nodiscard]] std::optional<http::Answer> scan();
    /// Puts items that the gateway gave the client into the place of references to them; false where there
    /// are none.
    [[nodiscard]] bool putItemsBack(const wire::ScannedRequest& scanned);

    [[nodiscard]] const std::string& body() const { return m_completed.empty() ? m_body : m_completed; }

    [[nodiscard]] asio::awaitable<void> answerCommand();
    [[nodiscard]] std::string answerTo(const routing::UserCommand& command);
    /// The policy, and what there is to decide by.
    [[nodiscard]] std::optional<http::Answer> prepare();
    /// Routes by the session's state, and takes the state on: of two requests at once one comes first. Sets
    /// m_asksClassifier where the routing model is to be asked before.
    [[nodiscard]] std::optional<http::Answer> decide();
    [[nodiscard]] routing::RouteResult route(const routing::SessionState& state) const;
    [[nodiscard]] std::shared_ptr<const routing::PromptReading> readPrompt();
    [[nodiscard]] asio::awaitable<void> decideByClassifier();
    /// What was decided, or why nothing was.
    [[nodiscard]] asio::awaitable<void> serve(std::optional<http::Answer> refusal);
    /// Asks the routing model which tier the prompt is for.
    [[nodiscard]] asio::awaitable<void> askClassifier();
    [[nodiscard]] http::Answer refusalOf(routing::RouteFailure failure);
    void logDecision();
    /// Leaves the models that can go on with the reply that the request refers to.
    [[nodiscard]] std::optional<http::Answer> pinToPrevious();
    [[nodiscard]] routing::RouteRequest routeRequest();
    [[nodiscard]] asio::awaitable<void> dispatch();

    // The cascade: exchange_cascade.cpp.
    [[nodiscard]] bool cascades() const;
    [[nodiscard]] asio::awaitable<void> cascade();
    /// Puts the models of the next rung above `tier` into the plan; "" where there is none.
    [[nodiscard]] std::string climbFrom(std::string_view tier, int climbs, std::string_view problem);
    /// Puts what the attempt that ended has cost aside, to be added at the record's end.
    void noteClimb(std::string_view problem);
    /// "minLength: 3 of 10 characters"; "" where the answer passes all gates.
    [[nodiscard]] asio::awaitable<std::string> failedGate(const HeldReply& held);
    /// An error that comes when the client's stream has begun.
    [[nodiscard]] std::string lateError(const HeldReply& held) const;
    [[nodiscard]] asio::awaitable<std::string> commandProblem(const routing::Gate& gate,
                                                              const std::string& answer);
    [[nodiscard]] asio::awaitable<std::string> judgeProblem(const routing::Gate& gate,
                                                            const std::string& answer);

    /// `mayPass`: where the model's breaker is open by now, it is not asked.
    [[nodiscard]] asio::awaitable<Outcome> attempt(const routing::PlannedAttempt& planned, SteadyTime begun,
                                                   bool mayPass);
    void beginAttempt(const routing::PlannedAttempt& planned);
    void endAttempt(const Setback& setback, SteadyTime begun);
    [[nodiscard]] CallSettings callSettings(const routing::PlannedAttempt& planned,
                                            const routing::ProviderSettings& provider) const;
    /// The call has its reply's head; chooses one of the next.
    [[nodiscard]] asio::awaitable<Outcome> relay(ProviderCall& call);
    [[nodiscard]] asio::awaitable<Outcome> takeRefusal(ProviderCall& call);
    [[nodiscard]] asio::awaitable<Outcome> relayWhole(ProviderCall& call);
    [[nodiscard]] asio::awaitable<Outcome> relayStream(ProviderCall& call);
    /// The client wants a stream, and has `body`, all that the provider said, as one.
    [[nodiscard]] asio::awaitable<Outcome> streamWhole(ProviderCall& call, const std::string& body);
    /// The provider streams what the client wants whole.
    [[nodiscard]] asio::awaitable<Outcome> relayGathered(ProviderCall& call);
    /// Makes the client's `reply` of a body that has come whole, where it is one.
    [[nodiscard]] Outcome readWhole(ProviderCall& call, std::string body, http::Answer& reply);
    [[nodiscard]] http::Answer wholeReply(ProviderCall& call, const wire::ReplyFacts& facts, std::string body,
                                          bool isTranslated);
    /// What a reply says that another model may do better; null where it is the client's to see.
    [[nodiscard]] Outcome objection(const wire::ReplyFacts& facts, int httpStatus) const;
    /// What to try where the one that was tried refuses what the request is, rather than that it came.
    [[nodiscard]] routing::FallbackPlan errorFallbacks(wire::ErrorKind kind) const;
    /// Puts them into the plan, behind `place` and in the place of what stood there; false where there are
    /// none.
    [[nodiscard]] bool goElsewhere(std::size_t place, wire::ErrorKind kind);
    [[nodiscard]] asio::awaitable<void> giveUp(const Setback& last);
    [[nodiscard]] asio::awaitable<void> waitBeforeRetry(const Setback& setback, int tries);
    [[nodiscard]] static Outcome failed(std::string_view name, std::string_view detail = {});
    [[nodiscard]] static Outcome failed(const http::Fault& fault);
    /// It answered with what is not understood.
    [[nodiscard]] static Outcome rubbish(int httpStatus, std::string_view detail);

    /// Answers whole; recorded before the answer leaves.
    [[nodiscard]] asio::awaitable<void> answer(http::Answer answer, std::string_view status);
    [[nodiscard]] http::Answer ownError(int status, std::string_view type, std::string_view code,
                                        std::string message);
    void takeFacts(const wire::ReplyFacts& facts);
    void takeNotes(const std::vector<std::string>& sentences);
    void addReason(std::string_view sentence);
    /// What later requests of the session go by. `end`: of the reply as the client gets it, or all of it.
    void remember(const ProviderCall& call, std::string_view end);
    /// For a client that will refer to them by id.
    void rememberItems(const ProviderCall& call, std::string_view end);
    [[nodiscard]] ClientRequest clientRequest() const;
    /// Completes the record and gives it away: it is not to be looked at afterwards, but where a rung's
    /// answer is held. Goes on when it is kept, together with all that are ready to send their answers.
    [[nodiscard]] asio::awaitable<void> finishRecord(std::string_view status, int httpStatus);
    /// False where it is not to be kept: a second time, and while a rung's answer is held.
    [[nodiscard]] bool completeRecord(std::string_view status, int httpStatus);
    void endAttempt(std::string_view status, int httpStatus);
    /// Whether m_serving only acts as if it were a model.
    [[nodiscard]] bool isSimulated() const;
    [[nodiscard]] std::optional<NanoUsd> priceOf(const pricing::TokenUsage& usage, bool simulated) const;
    [[nodiscard]] http::HeaderLines ownHeaders() const;
    [[nodiscard]] http::HeaderLines streamHeaders() const;
    [[nodiscard]] http::HeaderLines replyHeaders(const http::Head& upstream) const;
    [[nodiscard]] std::int64_t elapsedMs() const;

    [[nodiscard]] UtcTime now() const { return m_services.parts.clock.now(); }

    [[nodiscard]] SteadyTime steadyNow() const { return m_services.parts.clock.steadyNow(); }

    Reactor& m_reactor;
    Services& m_services;
    wire::Dialect m_dialect; ///< the client's
    const http::Head& m_head;
    const std::string& m_body;    ///< as the client sent it
    std::string m_completed;      ///< with items in the place of references; "" where there were none
    http::Responder* m_responder; ///< the client's, or what holds a rung's answer for it
    const wire::Identity* m_own;
    SteadyTime m_started;
    wire::ScannedRequest m_scanned;
    wire::Identity m_identity;
    routing::RouteRequest m_request; ///< views into the head, m_scanned and m_classified
    std::string m_classified;        ///< what the routing model said, or why it did not
    std::shared_ptr<const routing::PromptReading> m_reading; ///< of the prompt
    routing::Conditions m_conditions;
    SessionTracker::Entered m_entered;
    std::shared_ptr<const routing::Policy> m_policy;
    routing::ProviderWishes m_wishes;
    routing::RouteDecision m_decision;
    routing::ModelId m_serving; ///< the model that is being tried, then the one that answered
    routing::RequestRecord m_record;
    http::UpstreamCall* m_call = nullptr;
    asio::steady_timer* m_pause = nullptr;
    OwnQuestion* m_question = nullptr;

    /// How the rung that answers now has ended, while its answer is held.
    struct Rung {
        std::string status;
        int httpStatus = 0;
    };

    Rung* m_rung = nullptr;

    /// What the answers of lower rungs took.
    struct Climbed {
        pricing::TokenUsage usage;
        std::optional<NanoUsd> cost = NanoUsd(0);
    };

    std::optional<Climbed> m_climbed;
    bool m_onlyCounts = false;
    bool m_asksClassifier = false;
    bool m_attemptRuns = false;
    bool m_recorded = false;
};

} // namespace tierdeck::gateway
