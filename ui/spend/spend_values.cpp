#include "ui/spend/spend_values.h"

#include "ui/charts/turn_bins.h"
#include "ui/shell/text_format.h"
#include "ui/spend/spend_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <unordered_map>
#include <utility>

namespace tierdeck::ui::spend {

namespace {

using sessions::Dimension;
using sessions::SpendResult;
using sessions::SpendRow;
using sessions::Totals;
using Measure = SpendChartData::Measure;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Spend)
};

/// Whose colours series borrow that are no tiers, in the order in which they are told apart best.
constexpr std::array<QStringView, mostSeries> colours{u"balanced", u"coding", u"deep", u"smart",
                                                      u"background"};

std::int64_t amountOf(const Totals& totals, Measure measure) {
    return measure == Measure::Cost ? totals.cost.value : totals.usage.total();
}

/// The values that get a series, from the axis up, and whether others share the last.
struct Ranking {
    std::vector<std::string> keys;
    bool hasRest = false;
};

Ranking rank(const SpendResult& series, Dimension by, Measure measure) {
    std::map<std::string, Totals> sums;
    for (const SpendRow& row : series.rows)
        sums[row.keys.front()] += row.totals;
    Ranking ranking;
    for (const auto& [key, totals] : sums)
        ranking.keys.push_back(key);
    if (by == Dimension::Tier) { // the built-in ones have their places; explicit models and custom ones share
        std::stable_sort(ranking.keys.begin(), ranking.keys.end(), [](const auto& a, const auto& b) {
            return chartTierIndex(QString::fromStdString(a)) < chartTierIndex(QString::fromStdString(b));
        });
        const auto rest = std::find_if(ranking.keys.begin(), ranking.keys.end(), [](const auto& key) {
            return chartTierIndex(QString::fromStdString(key)) == static_cast<int>(chartTiers.size());
        });
        ranking.hasRest = rest != ranking.keys.end();
        ranking.keys.erase(rest, ranking.keys.end());
        return ranking;
    }
    std::stable_sort(ranking.keys.begin(), ranking.keys.end(), [&](const auto& a, const auto& b) {
        return std::pair(amountOf(sums[a], measure), sums[a].requests) >
               std::pair(amountOf(sums[b], measure), sums[b].requests);
    });
    if (ranking.keys.size() > mostSeries + 1) { // one more than there is room for needs no "rest" of one
        ranking.keys.resize(mostSeries);
        ranking.hasRest = true;
    }
    return ranking;
}

QString exactMoney(NanoUsd amount) {
    return QString::number(amount.value / 1'000'000'000) + u'.' +
           QString::number(std::abs(amount.value % 1'000'000'000)).rightJustified(9, u'0');
}

SpendCell number(std::int64_t value) {
    SpendCell cell{text::count(value), QString::number(value), {}, -1, value == 0, {}};
    return cell;
}

QString unpricedTip(std::int64_t requests) {
    return requests == 0
               ? QString()
               : Words::tr("%n request(s) of it have no price", nullptr, static_cast<int>(requests));
}

/// "unpriced" where nothing of it has a price: never nought.
SpendCell moneyCell(const Totals& totals, int decimals) {
    SpendCell cell;
    cell.exact = exactMoney(totals.cost);
    if (totals.requests == 0) {
        cell.text = QStringLiteral("–");
        cell.isQuiet = true;
    } else if (text::isCostWord(totals)) {
        cell.text = text::cost(totals);
        cell.exact = totals.unpricedRequests > 0 ? QString() : cell.exact;
        cell.isQuiet = true;
    } else {
        cell.text = text::moneyInColumn(totals.cost, decimals);
    }
    cell.tip = unpricedTip(totals.unpricedRequests);
    return cell;
}

template <typename Rows, typename TotalsOf>
int decimalsFor(const Rows& rows, TotalsOf totalsOf) {
    int decimals = 2;
    for (const auto& row : rows)
        decimals = std::max(decimals, text::moneyDecimals(totalsOf(row).cost));
    return std::min(decimals, 4);
}

SpendCell plain(const QString& text, bool quiet = false) {
    SpendCell cell;
    cell.text = text;
    cell.isQuiet = quiet;
    return cell;
}

QString moneyWithSign(NanoUsd amount) {
    return amount.value < 0 ? QStringLiteral("−") + text::money(NanoUsd(-amount.value)) : text::money(amount);
}

std::map<std::string, Totals> totalsByPeriod(const SpendResult& result) {
    std::map<std::string, Totals> totals;
    for (const SpendRow& row : result.rows)
        totals[row.period] += row.totals;
    return totals;
}

} // namespace

Measure measureOf(const Totals& totals) {
    return totals.cost.value == 0 && totals.usage.total() > 0 ? Measure::Tokens : Measure::Cost;
}

SpendChartData chartOf(const SpendSnapshot& snapshot, Dimension stackedBy) {
    SpendChartData chart;
    chart.measure = measureOf(snapshot.series.totals);
    if (chart.measure == Measure::Tokens)
        chart.note = snapshot.series.totals.unpricedRequests > 0
                         ? Words::tr("Nothing here has a price, so tokens are shown")
                         : Words::tr("Nothing here costs anything, so tokens are shown");
    const Ranking ranking = rank(snapshot.series, stackedBy, chart.measure);
    std::unordered_map<std::string, qsizetype> places;
    for (const std::string& key : ranking.keys) {
        SpendChartData::Series series;
        series.key = QString::fromStdString(key);
        series.name = valueName(stackedBy, key);
        series.isTier = stackedBy == Dimension::Tier;
        if (series.isTier)
            series.tier = series.key;
        else if (chart.series.size() < mostSeries)
            series.tier = colours.at(static_cast<std::size_t>(chart.series.size())).toString();
        places.emplace(key, chart.series.size());
        chart.series.append(series);
    }
    if (ranking.hasRest) {
        SpendChartData::Series rest;
        rest.name = stackedBy == Dimension::Tier ? Words::tr("explicit, custom") : Words::tr("all others");
        rest.isTier = stackedBy == Dimension::Tier;
        rest.isRest = true;
        chart.series.append(rest);
    }
    const QTimeZone zone = zoneOf(snapshot.timeZone);
    std::unordered_map<std::string, qsizetype> columns;
    for (const sessions::NamedPeriod& period : snapshot.periods) {
        SpendChartData::Column column;
        column.title = periodTitle(snapshot.period, period, zone);
        column.label = periodLabel(snapshot.period, period, zone);
        column.amounts = QList<std::int64_t>(chart.series.size(), 0);
        column.unpricedParts = column.amounts;
        column.isAhead = period.from > snapshot.now;
        columns.emplace(period.text, chart.columns.size());
        chart.columns.append(column);
    }
    for (const SpendRow& row : snapshot.series.rows) {
        const auto at = columns.find(row.period);
        if (at == columns.end())
            continue;
        SpendChartData::Column& column = chart.columns[at->second];
        const auto place = places.find(row.keys.front());
        const qsizetype series = place == places.end() ? chart.series.size() - 1 : place->second;
        column.amounts[series] += amountOf(row.totals, chart.measure);
        column.unpricedParts[series] += row.totals.unpricedRequests;
        column.requests += row.totals.requests;
        column.unpriced += row.totals.unpricedRequests;
        column.isAhead = false;
    }
    if (chart.measure == Measure::Tokens)
        return chart;
    for (const SpendSnapshot::ForecastPoint& point : snapshot.forecast)
        chart.outlook.append({static_cast<qsizetype>(point.period), point.forecast.expected.value,
                              point.forecast.low.value, point.forecast.high.value});
    if (snapshot.rangeBudget) {
        chart.limit = snapshot.rangeBudget->budget.limit.value;
        chart.limitName =
            Words::tr("budget %1").arg(QString::fromStdString(snapshot.rangeBudget->budget.name));
    }
    return chart;
}

SpendTable periodTable(const SpendSnapshot& snapshot, Dimension stackedBy) {
    const SpendChartData chart = chartOf(snapshot, stackedBy);
    const bool money = chart.measure == Measure::Cost;
    const auto totals = totalsByPeriod(snapshot.series);
    const int decimals = decimalsFor(totals, [](const auto& row) { return row.second; });
    SpendTable table;
    QString period = periodName(snapshot.period);
    if (!period.isEmpty())
        period[0] = period.at(0).toUpper();
    table.columns = {{period, false, 18, true, {}},
                     {money ? Words::tr("Total, $") : Words::tr("Total, tokens"), true, 11, false, {}},
                     {Words::tr("Requests"), true, 10, false, {}},
                     {Words::tr("Unpriced"), true, 10, false, {}}};
    for (const SpendChartData::Series& series : chart.series)
        table.columns.push_back({series.name, true, 12, false, {}});
    for (std::size_t i = 0; i < snapshot.periods.size(); ++i) {
        const SpendChartData::Column& column = chart.columns.at(static_cast<qsizetype>(i));
        const auto found = totals.find(snapshot.periods[i].text);
        const Totals sums = found == totals.end() ? Totals() : found->second;
        SpendTable::Row row;
        row.key = snapshot.periods[i].text;
        row.cells.push_back(plain(column.title, column.isAhead));
        row.cells.back().exact = QString::fromStdString(snapshot.periods[i].text);
        row.cells.push_back(money ? moneyCell(sums, decimals) : number(column.total()));
        row.cells.push_back(number(sums.requests));
        row.cells.push_back(number(sums.unpricedRequests));
        for (qsizetype j = 0; j < column.amounts.size(); ++j) {
            const std::int64_t amount = column.amounts.at(j);
            const std::int64_t unpriced = column.unpricedParts.at(j);
            SpendCell cell = number(amount);
            if (money) {
                cell.exact = amount == 0 && unpriced > 0 ? QString() : exactMoney(NanoUsd(amount));
                cell.text = amount != 0    ? text::moneyInColumn(NanoUsd(amount), decimals)
                            : unpriced > 0 ? text::unpriced()
                                           : QStringLiteral("–");
                cell.tip = unpricedTip(unpriced);
            }
            row.cells.push_back(cell);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

SpendTable breakdownTable(const SpendResult& result, Dimension by) {
    const Measure measure = measureOf(result.totals);
    const int decimals = decimalsFor(result.rows, [](const SpendRow& row) { return row.totals; });
    SpendTable table;
    table.columns = {
        {dimensionName(by), false, 20, true, {}},
        {measure == Measure::Cost ? Words::tr("Share") : Words::tr("Share of tokens"), true, 20, false, {}},
        {Words::tr("Cost, $"), true, 11, false, {}},
        {Words::tr("Requests"), true, 9, false, {}},
        {Words::tr("Unpriced"), true, 9, false, Words::tr("Requests whose model has no price")}};
    const auto all = static_cast<double>(amountOf(result.totals, measure));
    for (const SpendRow& one : result.rows) {
        SpendTable::Row row;
        row.key = one.keys.front();
        SpendCell name = plain(valueName(by, row.key), row.key.empty());
        name.tip = Words::tr("Count only %1").arg(name.text);
        if (by == Dimension::Tier)
            name.chips = {{QString::fromStdString(row.key), {}, 0}};
        row.cells.push_back(name);
        const double share = all > 0 ? static_cast<double>(amountOf(one.totals, measure)) / all : 0;
        const bool unknown = one.totals.unpricedRequests == one.totals.requests && measure == Measure::Cost;
        SpendCell bar = plain(unknown ? QStringLiteral("–") : text::percent(share), unknown);
        if (!unknown) {
            bar.exact = QString::number(share, 'f', 6);
            bar.share = share;
        }
        row.cells.push_back(bar);
        row.cells.push_back(moneyCell(one.totals, decimals));
        row.cells.push_back(number(one.totals.requests));
        row.cells.push_back(number(one.totals.unpricedRequests));
        table.rows.push_back(std::move(row));
    }
    return table;
}

SpendTable sessionTable(const std::vector<sessions::SessionRow>& rows, UtcTime now) {
    const int decimals = decimalsFor(rows, [](const sessions::SessionRow& row) { return row.totals; });
    SpendTable table;
    table.columns = {
        {Words::tr("Session"), false, 18, true, {}}, {Words::tr("Project"), false, 12, false, {}},
        {Words::tr("Last"), false, 12, false, {}},   {Words::tr("Tiers"), false, 11, false, {}},
        {Words::tr("Turns"), true, 6, false, {}},    {Words::tr("Cost, $"), true, 10, false, {}}};
    for (const sessions::SessionRow& one : rows) {
        SpendTable::Row row;
        row.key = one.session;
        row.cells.push_back(plain(text::sessionTitle(one, now)));
        row.cells.back().tip = Words::tr("The dearest turn of %1").arg(row.cells.back().text);
        row.cells.push_back(plain(QString::fromStdString(one.project), true));
        row.cells.push_back(plain(text::day(one.lastTime, now), true));
        SpendCell tiers;
        QStringList words;
        for (const sessions::TierShare& share : one.tiers) {
            tiers.chips.append({QString::fromStdString(share.tier), {}, 0});
            words.append(text::tierName(tiers.chips.constLast().tier));
        }
        tiers.exact = words.join(QStringLiteral("; "));
        row.cells.push_back(tiers);
        row.cells.push_back(number(one.totals.turns));
        row.cells.push_back(moneyCell(one.totals, decimals));
        table.rows.push_back(std::move(row));
    }
    return table;
}

SpendTable requestTable(const std::vector<routing::RequestRecord>& requests, const std::string& timeZone) {
    const QTimeZone zone = zoneOf(timeZone);
    SpendTable table;
    table.columns = {
        {Words::tr("Time"), false, 20, false, {}},
        {Words::tr("Tier"), false, 9, false, {}},
        {Words::tr("Model"), false, 36, false, {}},
        {Words::tr("Project"), false, 10, false, {}},
        {Words::tr("In"), true, 8, false, Words::tr("Prompt tokens")},
        {Words::tr("Cached"), true, 8, false, Words::tr("Of them read from the provider's cache")},
        {Words::tr("Out"), true, 8, false, Words::tr("Tokens of the reply")},
        {Words::tr("Cost, $"), true, 11, false, {}},
        {Words::tr("Why"), false, 20, true, {}}};
    for (const routing::RequestRecord& one : requests) {
        SpendTable::Row row;
        row.key = std::to_string(one.request.value);
        row.cells.push_back(plain(Words::tr("%1, %2").arg(
            text::date(text::local(one.time, zone).date(), text::DateForm::DayMonthYear),
            text::timeOfDay(one.time, true, zone))));
        row.cells.back().exact = QString::fromStdString(toRfc3339(one.time));
        SpendCell tier;
        tier.chips = {{QString::fromStdString(one.tier.value_or(std::string())), {}, 0}};
        tier.exact = text::tierName(tier.chips.constFirst().tier);
        row.cells.push_back(tier);
        row.cells.push_back(plain(QString::fromStdString(one.model.value_or("–"))));
        row.cells.push_back(plain(QString::fromStdString(one.project), true));
        for (const std::int64_t tokens : {one.usage.prompt(), one.usage.cachedInput, one.usage.output}) {
            SpendCell cell = number(tokens);
            cell.text = text::tokens(tokens);
            row.cells.push_back(cell);
        }
        SpendCell cost;
        cost.text = one.simulated ? Words::tr("simulated") : text::moneyInColumn(one.cost, 4);
        cost.exact = one.cost ? exactMoney(*one.cost) : QString();
        cost.isQuiet = one.simulated || !one.cost;
        row.cells.push_back(cost);
        row.cells.push_back(plain(QString::fromStdString(one.reason), true));
        row.cells.back().tip = row.cells.back().text;
        table.rows.push_back(std::move(row));
    }
    return table;
}

QString sumsOf(const Totals& totals) {
    const QString requests = Words::tr("%Ln request(s)", nullptr, static_cast<int>(totals.requests));
    if (totals.requests == 0)
        return requests;
    if (text::isCostWord(totals))
        return Words::tr("%1, %2").arg(requests, text::cost(totals));
    const QString sums = Words::tr("%1, %2").arg(requests, text::money(totals.cost));
    return totals.unpricedRequests == 0
               ? sums
               : Words::tr("%1, %2 unpriced").arg(sums, text::count(totals.unpricedRequests));
}

QList<HeatDay> heatDaysOf(const SpendSnapshot& snapshot) {
    const auto totals = totalsByPeriod(snapshot.heat);
    QList<HeatDay> days;
    for (const sessions::NamedPeriod& period : snapshot.heatDays) {
        HeatDay day;
        day.date = QDate::fromString(QString::fromStdString(period.text), Qt::ISODate);
        if (const auto found = totals.find(period.text); found != totals.end()) {
            day.amount = found->second.cost.value;
            day.requests = found->second.requests;
            day.unpriced = found->second.unpricedRequests;
        }
        days.append(day);
    }
    return days;
}

std::optional<double> cacheShare(const Totals& totals) {
    const std::int64_t prompt = totals.usage.prompt();
    if (prompt <= 0)
        return std::nullopt;
    return static_cast<double>(totals.usage.cachedInput) / static_cast<double>(prompt);
}

CardText spentCard(const SpendSnapshot& snapshot, const QString& range) {
    const Totals& totals = snapshot.series.totals;
    CardText card;
    card.caption = Words::tr("Spent · %1").arg(range);
    card.value = text::isCostWord(totals) ? text::cost(totals) : text::money(totals.cost);
    card.detail =
        Words::tr("%1 requests in %2 turns").arg(text::count(totals.requests), text::count(totals.turns));
    card.tip = Words::tr("%1. Press for the requests.").arg(text::moneyExact(totals.cost));
    return card;
}

CardText forecastCard(const SpendSnapshot& snapshot) {
    CardText card;
    const QString month =
        QLocale().standaloneMonthName(text::local(snapshot.now, zoneOf(snapshot.timeZone)).date().month());
    card.caption = Words::tr("Forecast · %1").arg(month);
    if (!snapshot.month) {
        card.value = QStringLiteral("–");
        card.detail = Words::tr("Too little is known yet");
        return card;
    }
    const routing::Forecast& forecast = *snapshot.month;
    card.value = text::money(forecast.expected);
    const QString between =
        forecast.low == forecast.high
            ? Words::tr("%1 so far").arg(text::money(snapshot.monthSoFar))
            : Words::tr("%1 to %2").arg(text::money(forecast.low), text::money(forecast.high));
    card.detail = between;
    if (snapshot.monthBudget) {
        const BudgetLine& line = *snapshot.monthBudget;
        const double percent = routing::percentOf(line.used, line.budget.limit);
        card.detail +=
            QStringLiteral(" · ") +
            Words::tr("%1 of %2 used").arg(text::percent(percent / 100), text::money(line.budget.limit));
        card.isAttention = routing::stateOf(line.budget, forecast.expected) == "exceeded";
    }
    card.tip = Words::tr("%1 so far this month. It will end between these two 4 times of 5. Press to see the "
                         "month add up.")
                   .arg(text::money(snapshot.monthSoFar));
    return card;
}

CardText savedCard(const SpendSnapshot& snapshot) {
    CardText card;
    const QString model = QString::fromStdString(snapshot.baseline.substr(snapshot.baseline.find('/') + 1));
    if (snapshot.baseline.empty() || !snapshot.savings.priced) {
        card.caption =
            snapshot.baseline.empty() ? Words::tr("Saved") : Words::tr("Saved against %1").arg(model);
        card.value = QStringLiteral("–");
        card.detail = snapshot.baselines.empty() ? Words::tr("No model has a price to compare with")
                                                 : Words::tr("Nothing here can be compared");
        return card;
    }
    const sessions::Savings& savings = snapshot.savings;
    card.caption = Words::tr("Saved against %1").arg(model);
    card.value = (savings.estimated ? QStringLiteral("≈ ") : QString()) + moneyWithSign(savings.saved());
    card.detail =
        Words::tr("%1 instead of %2").arg(text::money(savings.actual), text::money(savings.baseline));
    if (savings.leftOut > 0)
        card.detail += QStringLiteral(" · ") + Words::tr("%1 left out").arg(text::count(savings.leftOut));
    card.tip =
        Words::tr("All %1 requests with a known cost, their tokens at the prices of %2. Left out are days of "
                  "models with unpriced or simulated requests. Press to choose another model.")
            .arg(text::count(savings.requests), QString::fromStdString(snapshot.baseline));
    if (savings.estimated)
        card.tip +=
            u' ' + Words::tr("Its price depends on the length of each prompt; the average stands for all.");
    return card;
}

CardText cacheCard(const SpendSnapshot& snapshot) {
    const Totals& totals = snapshot.series.totals;
    CardText card;
    card.caption = Words::tr("Read from caches");
    const auto share = cacheShare(totals);
    card.value = share ? text::percent(*share) : QStringLiteral("–");
    card.detail = Words::tr("%1 of %2 prompt tokens")
                      .arg(text::tokens(totals.usage.cachedInput), text::tokens(totals.usage.prompt()));
    card.tip = Words::tr("Prompt tokens that providers read from their caches, at a lower price.");
    return card;
}

} // namespace tierdeck::ui::spend
