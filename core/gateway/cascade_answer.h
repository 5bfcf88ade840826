// What the gates of the cascade look at: the text of an answer that is held, in whatever dialect and form it
// was given. Pure; any thread.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway {

struct CascadeAnswer {
    std::string text;
    bool callsTools = false;           ///< it is a step on the way to an answer
    std::optional<double> meanLogprob; ///< of its tokens, where the provider gave them
};

/// `body`: a whole reply, or all events of a stream. nullopt for what is none.
[[nodiscard]] std::optional<CascadeAnswer> readCascadeAnswer(wire::Dialect dialect, std::string_view body,
                                                             bool isStream);

} // namespace tierdeck::gateway
