// The small sets that a turn's row carries in itself, since nearly every turn has one or two of each: shares
// of tiers, numbers of models and tier sources. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::sessions {

struct PackedShare {
    std::int64_t tier = 0; ///< number of its name
    std::int64_t requests = 0;
    std::int64_t cost = 0; ///< nano-dollars
    bool operator==(const PackedShare&) const = default;
};

/// "tier:requests:cost;…"
[[nodiscard]] std::vector<PackedShare> sharesIn(std::string_view text);
[[nodiscard]] std::string packed(const std::vector<PackedShare>& shares);
void addRequest(std::vector<PackedShare>& shares, std::int64_t tier, std::int64_t cost);

/// "number;…"
[[nodiscard]] std::vector<std::int64_t> numbersIn(std::string_view text);
[[nodiscard]] std::string packed(const std::vector<std::int64_t>& numbers);
/// Once.
void addNumber(std::vector<std::int64_t>& numbers, std::int64_t number);

} // namespace tierdeck::sessions
