// A question of the gateway's own to a model: which tier a prompt is for, how good an answer is. It is a
// request like any other, with a number, a record and a price; its client is `tierdeck`. Reactor thread only;
// owned by the exchange that has to know.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/held_reply.h"
#include "core/gateway/reactor.h"
#include "core/gateway/wire/identity.h"
#include "core/routing/model_id.h"

#include <chrono>
#include <string>

namespace tierdeck::gateway {

class OwnQuestion {
public:
    struct Settings {
        routing::ModelId model;
        std::string agent;        ///< "classifier", "judge"
        std::string instructions; ///< how to answer
        std::string text;         ///< what about
        int maxTokens = 256;
        std::chrono::milliseconds timeout{5000};
    };

    /// `asker`: who sent the request that needs the answer; the question stands under its session and turn.
    /// `head`: that request's, for providers that are called with the client's own key.
    OwnQuestion(Reactor& reactor, const wire::Identity& asker, const http::Head& head, Settings settings);

    /// The answer's text. Failed, with a sentence, where there was none in time.
    [[nodiscard]] asio::awaitable<Result<std::string>> ask();

    /// Nobody needs the answer any more.
    void giveUp() { m_reply.giveUp(); }

private:
    Reactor& m_reactor;
    wire::Identity m_identity;
    const http::Head& m_head;
    Settings m_settings;
    HeldReply m_reply;
};

} // namespace tierdeck::gateway
