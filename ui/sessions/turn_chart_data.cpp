#include "ui/sessions/turn_chart_data.h"

#include "ui/shell/text_format.h"

#include <QCoreApplication>

#include <algorithm>

namespace tierdeck::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TurnChartData)
};

QString line(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td align='right'>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

} // namespace

TurnChartData turnChartData(const std::vector<const TurnSnapshot*>& turns) {
    TurnChartData data;
    sessions::Totals totals;
    for (const TurnSnapshot* turn : turns)
        totals += turn->row.totals;
    const bool tokens = totals.cost == NanoUsd(0);
    data.measure = tokens ? TurnChartData::Measure::Tokens : TurnChartData::Measure::Cost;
    if (tokens && totals.requests > 0) {
        if (totals.unpricedRequests > 0)
            data.note = Words::tr("their models have no known price");
        else if (totals.simulatedRequests > 0)
            data.note = Words::tr("simulated turns cost nothing");
        else
            data.note = Words::tr("these turns cost nothing");
    }
    data.turns.reserve(static_cast<qsizetype>(turns.size()));
    for (const TurnSnapshot* snapshot : turns) {
        const TurnSnapshot& turn = *snapshot;
        const sessions::TurnRow& row = turn.row;
        TurnBar bar;
        bar.turn = row.turn;
        for (std::size_t i = 0; i < row.tiers.size(); ++i) {
            const sessions::TierShare& share = row.tiers[i];
            const std::int64_t amount =
                !tokens ? share.cost.value : (i < turn.tierTokens.size() ? turn.tierTokens[i] : 0);
            bar.parts.append({QString::fromStdString(share.tier), amount, share.requests});
        }
        for (const sessions::AgentShare& agent : turn.trace.agents)
            bar.agents.append({text::fromUtf8(agent.agent), tokens ? 0 : agent.cost.value, agent.requests});
        bar.prompt = row.totals.usage.prompt();
        bar.cachedInput = row.totals.usage.cachedInput;
        bar.cold = turn.trace.coldCaches > 0 && totals.usage.cachedInput > 0; // else there is no cache
        bar.escalated =
            std::find(row.tierSources.begin(), row.tierSources.end(), "dynamic") != row.tierSources.end();
        bar.fallback = row.fallbacks > 0;
        bar.failed = row.totals.failedRequests > 0;
        bar.unpriced = !tokens && row.totals.unpricedRequests > 0;
        data.turns.append(std::move(bar));
    }
    return data;
}

QString turnTip(const TurnSnapshot& snapshot) {
    const sessions::TurnRow& turn = snapshot.row;
    const sessions::Totals& totals = turn.totals;
    QString tip = QStringLiteral("<b>%1</b> %2<table cellspacing='0' cellpadding='1'>")
                      .arg(Words::tr("Turn %1").arg(turn.turn), text::timeOfDay(turn.time, true));
    for (const sessions::TierShare& share : turn.tiers)
        tip += line(Words::tr("%1, %n request(s)", nullptr, static_cast<int>(share.requests))
                        .arg(text::tierName(QString::fromStdString(share.tier))),
                    text::cost(share.cost, snapshot.trace.unpricedOf(share.tier)));
    if (turn.tiers.size() > 1)
        tip += line(Words::tr("in all"), text::cost(totals.cost, totals.unpricedRequests));
    tip += line(Words::tr("new input"), text::count(totals.usage.prompt() - totals.usage.cachedInput));
    tip += line(Words::tr("cached input"), text::count(totals.usage.cachedInput));
    if (totals.usage.prompt() > 0)
        tip += line(Words::tr("cache share"), text::percent(static_cast<double>(totals.usage.cachedInput) /
                                                            static_cast<double>(totals.usage.prompt())));
    tip += line(Words::tr("output"), text::count(totals.usage.output));
    tip += line(Words::tr("latency"), text::duration(totals.latencyMs));
    for (const sessions::AgentShare& agent : snapshot.trace.agents)
        tip += line(Words::tr("agent %1, %n request(s)", nullptr, static_cast<int>(agent.requests))
                        .arg(text::fromUtf8(agent.agent)),
                    text::cost(agent.cost, agent.unpriced));
    if (snapshot.trace.coldCaches > 0)
        tip += line(Words::tr("cold caches"), text::count(snapshot.trace.coldCaches));
    if (turn.fallbacks > 0)
        tip += line(Words::tr("requests that fell back"), text::count(turn.fallbacks));
    if (totals.simulatedRequests > 0)
        tip += line(Words::tr("simulated requests"), text::count(totals.simulatedRequests));
    if (totals.failedRequests > 0)
        tip += line(Words::tr("failed requests"), text::count(totals.failedRequests));
    tip += QStringLiteral("</table>");
    if (!turn.reason.empty())
        tip += QStringLiteral("<p style='margin:4px 0 0 0'>%1</p>")
                   .arg(text::fromUtf8(turn.reason).toHtmlEscaped());
    return tip + QStringLiteral("<p style='margin:4px 0 0 0'><i>%1</i></p>")
                     .arg(Words::tr("Double-click or press Enter to go to its row").toHtmlEscaped());
}

} // namespace tierdeck::ui
