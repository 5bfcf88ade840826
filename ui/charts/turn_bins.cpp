#include "ui/charts/turn_bins.h"

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

int chartTierIndex(QStringView tier) {
    const auto found = std::find(chartTiers.begin(), chartTiers.end(), tier);
    return static_cast<int>(found - chartTiers.begin());
}

QList<TurnBin> binTurns(const QList<TurnBar>& turns, qsizetype first, qsizetype last, int maxBins) {
    QList<TurnBin> bins;
    if (turns.isEmpty() || first > last || maxBins < 1)
        return bins;
    const qsizetype shown = last - first + 1;
    const qsizetype turnsABin = (shown + maxBins - 1) / maxBins;
    std::int64_t cumulative = 0;
    for (qsizetype i = 0; i < first; ++i)
        for (const TurnBar::Part& part : turns.at(i).parts)
            cumulative += part.amount;
    for (qsizetype begin = first; begin <= last; begin += turnsABin) {
        TurnBin bin;
        bin.first = begin;
        bin.last = std::min(last, begin + turnsABin - 1);
        for (qsizetype i = bin.first; i <= bin.last; ++i) {
            const TurnBar& turn = turns.at(i);
            for (const TurnBar::Part& part : turn.parts) {
                const auto same =
                    std::find_if(bin.parts.begin(), bin.parts.end(),
                                 [&part](const TurnBar::Part& other) { return other.tier == part.tier; });
                if (same == bin.parts.end()) {
                    bin.parts.append(part);
                } else {
                    same->amount += part.amount;
                    same->requests += part.requests;
                }
                bin.total += part.amount;
            }
            for (const TurnBar::Agent& agent : turn.agents) {
                const auto same =
                    std::find_if(bin.agents.begin(), bin.agents.end(),
                                 [&agent](const TurnBar::Agent& other) { return other.name == agent.name; });
                if (same == bin.agents.end()) {
                    bin.agents.append(agent);
                } else {
                    same->amount += agent.amount;
                    same->requests += agent.requests;
                }
            }
            bin.prompt += turn.prompt;
            bin.cachedInput += turn.cachedInput;
            bin.cold |= turn.cold;
            bin.escalated |= turn.escalated;
            bin.fallback |= turn.fallback;
            bin.failed |= turn.failed;
            bin.unpriced |= turn.unpriced;
        }
        std::stable_sort(bin.parts.begin(), bin.parts.end(),
                         [](const TurnBar::Part& a, const TurnBar::Part& b) {
                             return chartTierIndex(a.tier) < chartTierIndex(b.tier);
                         });
        cumulative += bin.total;
        bin.cumulative = cumulative;
        bins.append(std::move(bin));
    }
    return bins;
}

Scale niceScale(double greatest, int steps) {
    if (!(greatest > 0) || !std::isfinite(greatest))
        return {};
    const double raw = greatest / steps;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    double step = 10 * power;
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        if (factor * power >= raw * (1 - 1e-9)) {
            step = factor * power;
            break;
        }
    }
    Scale scale;
    scale.step = step;
    scale.top = std::max(1.0, std::ceil(greatest / step - 1e-9)) * step;
    scale.decimals = 0;
    for (double rest = step; scale.decimals < 9 && std::abs(rest - std::round(rest)) > 1e-6 * rest;
         rest *= 10)
        ++scale.decimals;
    return scale;
}

} // namespace tierdeck::ui
