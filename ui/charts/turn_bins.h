// What a chart of turns draws: turns as bars while there are few, bins of whole turns beyond. Pure functions
// on plain values; any thread.
#pragma once

#include <QList>
#include <QString>

#include <array>
#include <cstdint>

namespace tierdeck::ui {

/// One turn. Amounts are whole numbers of one unit (nano-dollars or tokens), so that sums stay exact.
struct TurnBar {
    struct Part {
        QString tier; ///< "" for an explicit model
        std::int64_t amount = 0;
        std::int64_t requests = 0;
        bool operator==(const Part&) const = default;
    };

    struct Agent {
        QString name;
        std::int64_t amount = 0;
        std::int64_t requests = 0;
        bool operator==(const Agent&) const = default;
    };

    int turn = 0; ///< the number that people see
    QList<Part> parts;
    QList<Agent> agents;          ///< sub-agents that worked for it; their amounts are in the parts
    std::int64_t prompt = 0;      ///< tokens sent
    std::int64_t cachedInput = 0; ///< of them read from the provider's cache
    bool escalated = false;       ///< the dynamic rung promoted
    bool fallback = false;        ///< a request needed more than one model
    bool cold = false;            ///< a request lost the cache that the one before had filled
    bool failed = false;
    bool unpriced = false;
    bool operator==(const TurnBar&) const = default;
};

/// A run of whole turns drawn as one bar; one turn where there is room.
struct TurnBin {
    qsizetype first = 0;          ///< index of its first turn
    qsizetype last = 0;           ///< and of its last
    QList<TurnBar::Part> parts;   ///< summed by tier, in the order of chartTiers
    QList<TurnBar::Agent> agents; ///< summed by name
    std::int64_t prompt = 0;
    std::int64_t cachedInput = 0;
    std::int64_t total = 0;
    std::int64_t cumulative = 0; ///< of all turns from the session's first to this bin's last
    bool escalated = false;
    bool fallback = false;
    bool cold = false;
    bool failed = false;
    bool unpriced = false;

    [[nodiscard]] qsizetype turns() const { return last - first + 1; }
};

/// The order in which tiers stand on each other, from the axis up; the rest shares the last colour.
inline constexpr std::array<QStringView, 5> chartTiers{u"background", u"balanced", u"smart", u"coding",
                                                       u"deep"};
/// Where `tier` stands in a stack: 0 to 4, or 5 for custom tiers and explicit models.
[[nodiscard]] int chartTierIndex(QStringView tier);

/// The turns from `first` to `last` (indices) in at most `maxBins` bars of equally many turns.
[[nodiscard]] QList<TurnBin> binTurns(const QList<TurnBar>& turns, qsizetype first, qsizetype last,
                                      int maxBins);

/// A pleasant scale from 0: the top is the first multiple of `step` that is not below the greatest value.
struct Scale {
    double top = 1;
    double step = 0.25;
    int decimals = 2; ///< what its labels need
};

[[nodiscard]] Scale niceScale(double greatest, int steps = 4);

} // namespace tierdeck::ui
