#include "core/routing/budget.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tierdeck::routing {

namespace {

constexpr std::array<std::string_view, 4> periodNames{"session", "day", "week", "month"};
constexpr std::array<std::string_view, 3> effectNames{"alert", "degrade", "block"};

template <typename Enum, std::size_t count>
std::optional<Enum> valueOf(const std::array<std::string_view, count>& names, std::string_view text) {
    const auto found = std::find(names.begin(), names.end(), text);
    return found == names.end() ? std::nullopt : std::optional(static_cast<Enum>(found - names.begin()));
}

} // namespace

std::string_view toString(BudgetPeriod period) {
    return periodNames[static_cast<std::size_t>(period)];
}

std::optional<BudgetPeriod> budgetPeriodFrom(std::string_view text) {
    return valueOf<BudgetPeriod>(periodNames, text);
}

std::string_view toString(OnExceeded effect) {
    return effectNames[static_cast<std::size_t>(effect)];
}

std::optional<OnExceeded> onExceededFrom(std::string_view text) {
    return valueOf<OnExceeded>(effectNames, text);
}

} // namespace tierdeck::routing
