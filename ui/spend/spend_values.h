// From a SpendSnapshot to what is drawn and listed: pure, so that tests can hold chart, tables and totals
// against each other. Any thread.
#pragma once

#include "ui/backend/spend_snapshot.h"
#include "ui/charts/heat_map.h"
#include "ui/charts/spend_chart.h"
#include "ui/spend/spend_table_model.h"

#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace tierdeck::ui::spend {

/// So many get a colour of their own, as many as can be told apart; the rest share one.
inline constexpr int mostSeries = 5;

/// Cost, or tokens where nothing has cost anything.
[[nodiscard]] SpendChartData::Measure measureOf(const sessions::Totals& totals);
[[nodiscard]] SpendChartData chartOf(const SpendSnapshot& snapshot, sessions::Dimension stackedBy);
/// The same numbers as the chart: a row a period, a column a series.
[[nodiscard]] SpendTable periodTable(const SpendSnapshot& snapshot, sessions::Dimension stackedBy);
[[nodiscard]] SpendTable breakdownTable(const sessions::SpendResult& result, sessions::Dimension by);
[[nodiscard]] SpendTable sessionTable(const std::vector<sessions::SessionRow>& rows, UtcTime now);
[[nodiscard]] SpendTable requestTable(const std::vector<routing::RequestRecord>& requests,
                                      const std::string& timeZone);
/// "214 requests, $12.40, 3 unpriced".
[[nodiscard]] QString sumsOf(const sessions::Totals& totals);
[[nodiscard]] QList<HeatDay> heatDaysOf(const SpendSnapshot& snapshot);
/// Cached tokens among all of the prompts; nullopt where there were none.
[[nodiscard]] std::optional<double> cacheShare(const sessions::Totals& totals);

/// What a number on top says.
struct CardText {
    QString caption;
    QString value;
    QString detail;
    QString tip;
    bool isAttention = false;
    bool operator==(const CardText&) const = default;
};

[[nodiscard]] CardText spentCard(const SpendSnapshot& snapshot, const QString& range);
[[nodiscard]] CardText forecastCard(const SpendSnapshot& snapshot);
[[nodiscard]] CardText savedCard(const SpendSnapshot& snapshot);
[[nodiscard]] CardText cacheCard(const SpendSnapshot& snapshot);

} // namespace tierdeck::ui::spend
