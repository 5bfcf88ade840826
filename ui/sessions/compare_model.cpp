#include "ui/sessions/compare_model.h"

#include "ui/shell/text_format.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace tierdeck::ui {

namespace {

constexpr Qt::Alignment atTheRight = Qt::AlignRight | Qt::AlignAbsolute; // digits go one way in all languages

QString signedText(std::int64_t difference, const std::function<QString(std::int64_t)>& show) {
    if (difference == 0)
        return QStringLiteral("=");
    return (difference > 0 ? QStringLiteral("+") : QString(QChar(0x2212))) + show(std::abs(difference));
}

QString timesText(double first, double second) {
    if (first <= 0 || second <= 0)
        return {};
    return QStringLiteral(" (×%1)").arg(QLocale().toString(second / first, 'f', 2));
}

QString moneyText(std::int64_t nanoUsd) {
    return text::money(NanoUsd(nanoUsd));
}

QString countText(std::int64_t count) {
    return text::count(count);
}

double cacheShareOf(const sessions::Totals& totals) {
    return totals.usage.prompt() > 0
               ? static_cast<double>(totals.usage.cachedInput) / static_cast<double>(totals.usage.prompt())
               : 0;
}

/// What only the turns say.
struct TurnSums {
    std::int64_t dearestNanoUsd = 0;
    std::int64_t escalated = 0;
    std::int64_t fallbacks = 0;
    std::int64_t cold = 0;
    std::int64_t subagentRequests = 0;
};

TurnSums sumsOf(const std::vector<TurnSnapshot>& turns) {
    TurnSums sums;
    for (const TurnSnapshot& turn : turns) {
        sums.dearestNanoUsd = std::max(sums.dearestNanoUsd, turn.row.totals.cost.value);
        sums.escalated += std::ranges::count(turn.row.tierSources, "dynamic");
        sums.fallbacks += turn.row.fallbacks;
        sums.cold += turn.trace.coldCaches;
        for (const sessions::AgentShare& agent : turn.trace.agents)
            sums.subagentRequests += agent.requests;
    }
    return sums;
}

std::int64_t unpricedIn(const std::vector<TurnSnapshot>& turns, const std::string& tier) {
    std::int64_t sum = 0;
    for (const TurnSnapshot& turn : turns)
        sum += turn.trace.unpricedOf(tier);
    return sum;
}

} // namespace

int CompareModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int CompareModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CompareModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((index.column() == Measure ? Qt::AlignLeft : atTheRight) | Qt::AlignVCenter));
    const Row& row = m_rows.at(static_cast<std::size_t>(index.row()));
    if (role == Qt::AccessibleTextRole && index.column() != Measure)
        return tr("%1, %2: %3")
            .arg(row.measure, headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
                 index.data().toString());
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Measure:
        return row.measure;
    case First:
        return row.first;
    case Second:
        return row.second;
    default:
        return row.difference;
    }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((section == Measure ? Qt::AlignLeft : atTheRight) | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Measure:
        return QString();
    case First:
        return m_firstTitle;
    case Second:
        return m_secondTitle;
    case Difference:
        return tr("Difference");
    default:
        return {};
    }
}

void CompareModel::setSides(const CompareSide& first, const CompareSide& second) {
    std::vector<Row> rows;
    const sessions::Totals& a = first.session.totals;
    const sessions::Totals& b = second.session.totals;
    const auto number = [&rows](const QString& measure, std::int64_t one, std::int64_t other,
                                QString (*show)(std::int64_t)) {
        rows.push_back({measure, show(one), show(other),
                        signedText(other - one, show) +
                            timesText(static_cast<double>(one), static_cast<double>(other))});
    };
    rows.push_back({tr("Cost"), text::cost(a), text::cost(b),
                    signedText(b.cost.value - a.cost.value, moneyText) +
                        timesText(static_cast<double>(a.cost.value), static_cast<double>(b.cost.value))});
    number(tr("Turns"), a.turns, b.turns, countText);
    const auto perTurn = [](const sessions::Totals& totals) {
        return totals.turns > 0 ? (totals.cost.value + totals.turns / 2) / totals.turns : 0;
    };
    number(tr("Cost per turn"), perTurn(a), perTurn(b), moneyText);
    const TurnSums firstSums = sumsOf(first.turns);
    const TurnSums secondSums = sumsOf(second.turns);
    number(tr("Dearest turn"), firstSums.dearestNanoUsd, secondSums.dearestNanoUsd, moneyText);
    rows.push_back(
        {tr("Cache share"), text::percent(cacheShareOf(a)), text::percent(cacheShareOf(b)),
         signedText(std::llround((cacheShareOf(b) - cacheShareOf(a)) * 100), [](std::int64_t points) {
             return tr("%n point(s)", nullptr, static_cast<int>(points));
         })});
    number(tr("Cold caches"), firstSums.cold, secondSums.cold, countText);
    // Each tier that either has, by what both paid for it.
    std::map<std::string, std::pair<sessions::TierShare, sessions::TierShare>> tiers;
    for (const sessions::TierShare& share : first.session.tiers)
        tiers[share.tier].first = share;
    for (const sessions::TierShare& share : second.session.tiers)
        tiers[share.tier].second = share;
    std::vector<std::string> names;
    for (const auto& [tier, shares] : tiers)
        names.push_back(tier);
    std::ranges::stable_sort(names, [&tiers](const std::string& one, const std::string& other) {
        const auto paid = [&tiers](const std::string& tier) {
            return tiers.at(tier).first.cost.value + tiers.at(tier).second.cost.value;
        };
        return paid(one) > paid(other);
    });
    for (const std::string& name : names) {
        const auto& [one, other] = tiers.at(name);
        const auto words = [](const sessions::TierShare& share, const sessions::Totals& totals,
                              std::int64_t unpriced) {
            if (share.requests == 0)
                return QStringLiteral("–");
            return tr("%1 · %2").arg(
                text::percent(static_cast<double>(share.requests) /
                              static_cast<double>(std::max<std::int64_t>(totals.requests, 1))),
                text::cost(share.cost, unpriced));
        };
        const std::int64_t unpricedOne = unpricedIn(first.turns, name);
        const std::int64_t unpricedOther = unpricedIn(second.turns, name);
        const bool known =
            (unpricedOne == 0 || one.cost.value > 0) && (unpricedOther == 0 || other.cost.value > 0);
        rows.push_back(
            {tr("Tier %1").arg(text::tierName(QString::fromStdString(name))), words(one, a, unpricedOne),
             words(other, b, unpricedOther),
             known ? signedText(other.cost.value - one.cost.value, moneyText) : QStringLiteral("–")});
    }
    number(tr("Requests"), a.requests, b.requests, countText);
    number(tr("Requests of sub-agents"), firstSums.subagentRequests, secondSums.subagentRequests, countText);
    number(tr("New input tokens"), a.usage.prompt() - a.usage.cachedInput,
           b.usage.prompt() - b.usage.cachedInput, countText);
    number(tr("Cached input tokens"), a.usage.cachedInput, b.usage.cachedInput, countText);
    number(tr("Output tokens"), a.usage.output, b.usage.output, countText);
    number(tr("Escalated turns"), firstSums.escalated, secondSums.escalated, countText);
    number(tr("Requests that fell back"), firstSums.fallbacks, secondSums.fallbacks, countText);
    number(tr("Failed requests"), a.failedRequests, b.failedRequests, countText);
    number(tr("Unpriced requests"), a.unpricedRequests, b.unpricedRequests, countText);

    const bool sameShape =
        rows.size() == m_rows.size() && std::ranges::equal(rows, m_rows, {}, &Row::measure, &Row::measure);
    if (!sameShape)
        beginResetModel();
    m_rows = std::move(rows);
    m_firstTitle = first.title;
    m_secondTitle = second.title;
    if (sameShape) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    } else {
        endResetModel();
    }
}

} // namespace tierdeck::ui
