// The smoke test of a provider: what is asked, and what the two replies prove. A good name is answered by the
// model that was asked for; a name that cannot exist is refused. Pure; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/gateway/wire/dialect.h"

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

/// No provider has a model of this name: who answers to it hides a default behind every typing error.
inline constexpr std::string_view impossibleModel = "tierdeck-smoke-no-such-model";

struct SmokeQuestion {
    wire::Dialect dialect = wire::Dialect::Chat; ///< or Messages
    std::string host;                            ///< as in a Host header
    std::string model;                           ///< as it is sent
    std::string sameAs; ///< the catalogue's name of a deployment that has one of its own; "" otherwise
};

/// What came of one call.
struct SmokeReply {
    int status = 0;      ///< 0: none came
    std::string failure; ///< why none came, or not to its end ("connect_failed", "timeout" …); "" otherwise
    std::string body;
};

/// Without keys, bodies or token counts: it may be kept with a report or a commit.
struct SmokeRecord {
    UtcTime date{};
    std::string gatewayHost;
    std::string modelRequested;
    std::string modelReturned;          ///< "" where no reply says
    std::optional<int> httpStatus;      ///< nullopt: no reply came
    int choicesCount = 0;               ///< for Messages 1 where there is content
    std::optional<int> errorPathStatus; ///< of the name that cannot exist
    bool pass = false;
    std::string notes; ///< a sentence for each assertion that failed

    /// Both calls were answered, if perhaps wrongly.
    [[nodiscard]] bool isAnswered() const { return httpStatus && errorPathStatus; }
};

/// A request with one short question.
[[nodiscard]] std::string smokeBody(wire::Dialect dialect, std::string_view model);

/// `errorPath` is nullopt where it was not tried because no one could be reached.
[[nodiscard]] SmokeRecord judgeSmoke(const SmokeQuestion& question, UtcTime date, const SmokeReply& happyPath,
                                     const std::optional<SmokeReply>& errorPath);

} // namespace tierdeck::gateway
