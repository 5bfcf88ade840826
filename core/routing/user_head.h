// What a person's labels ("should have been deep") teach the complexity score: a head on top of the shipped
// one, and whether it is worth using. Pure; any thread; deterministic.
#pragma once

#include "core/routing/complexity_head.h"
#include "core/routing/head_training.h"

#include <cstddef>
#include <span>

namespace tierdeck::routing {

/// Fewer labels than these say too little about a person.
inline constexpr std::size_t fewestLabels = 200;

struct UserHeadReport {
    std::size_t labels = 0;
    /// Shares of the labels whose tier is right, each scored by a head that had not seen it.
    double before = 0;  ///< by the shipped head alone
    double after = 0;   ///< with the user's on top
    double gain = 0;    ///< after − before
    double gainLow = 0; ///< the bounds of the gain's bootstrap interval: 95 of 100 resamples lie within
    double gainHigh = 0;
    bool active = false; ///< enough labels, and the whole interval above zero
};

struct UserHead {
    ComplexityHead head; ///< made from all labels
    UserHeadReport report;
};

[[nodiscard]] UserHead fitUserHead(std::span<const TrainingExample> labels);
/// Whether scores may go by it: made from enough labels, better than without it, and for the shipped head
/// that is in this program.
[[nodiscard]] bool isWorthUsing(const ComplexityHead::Origin& origin);

} // namespace tierdeck::routing
