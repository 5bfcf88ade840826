// What the chart of a session draws, made from the same snapshot as the turn table. Pure; any thread.
#pragma once

#include "ui/backend/store_worker.h"
#include "ui/charts/turn_chart.h"

#include <vector>

namespace tierdeck::ui {

/// Bars of cost; of tokens where the whole session cost nothing (simulated, local or unpriced), with a word
/// why.
[[nodiscard]] TurnChartData turnChartData(const std::vector<const TurnSnapshot*>& turns);
/// Every number of a turn, as rich text.
[[nodiscard]] QString turnTip(const TurnSnapshot& snapshot);

} // namespace tierdeck::ui
