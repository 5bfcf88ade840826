// How one provider's sealed thinking travels through a client that speaks another dialect: packed into the
// text that the client gives back untouched, with the name of who alone can open it. Pure; any thread.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// What stands at the start of every packed seal, and of nothing that a provider makes.
inline constexpr std::string_view carriedReasoningMark = "tierdeck.1.";

/// In place of an item's id: the seal is a Messages `redacted_thinking` block's data.
inline constexpr std::string_view carriedRedactedId = "redacted";

struct CarriedReasoning {
    Dialect dialect = Dialect::Messages; ///< of the provider that thought
    std::string model;                   ///< by its full name, `provider/model`
    std::string id;                      ///< of the item; carriedRedactedId for a redacted block; "" for none
    std::string seal;                    ///< its signature or encrypted content, as the provider gave it
};

[[nodiscard]] inline bool isCarriedReasoning(std::string_view seal) {
    return seal.starts_with(carriedReasoningMark);
}

/// One text of letters, digits and punctuation that needs no escape in JSON.
[[nodiscard]] std::string packReasoning(const CarriedReasoning& reasoning);
/// nullopt for what packReasoning did not make.
[[nodiscard]] std::optional<CarriedReasoning> unpackReasoning(std::string_view text);

} // namespace tierdeck::gateway::wire
