// What the same requests would have cost on one model: their tokens, class by class, at that model's prices
// of each day. Pure; any thread.
#pragma once

#include "core/foundation/strong_type.h"
#include "core/pricing/price_table.h"
#include "core/sessions/store_reader.h"

#include <cstdint>
#include <string_view>

namespace tierdeck::sessions {

/// Both costs are of the same requests: those that cost something known on a model that is not simulated.
struct Savings {
    bool priced = false; ///< the baseline has a price for every day; else both costs are 0
    NanoUsd actual;
    NanoUsd baseline;
    std::int64_t requests = 0;
    std::int64_t leftOut = 0; ///< of a day and model with unpriced or simulated requests
    /// The baseline's price depends on the size of the prompt, or on the hour: then each day's and model's
    /// average prompt stands for all, at noon UTC.
    bool estimated = false;

    [[nodiscard]] NanoUsd saved() const { return baseline - actual; }
};

/// How SpendResult must be grouped for savingsAgainst().
[[nodiscard]] Grouping savingsGrouping();
/// `model` is provider/model.
[[nodiscard]] Savings savingsAgainst(std::string_view model, const SpendResult& byDay,
                                     const pricing::PriceTable& prices);

} // namespace tierdeck::sessions
