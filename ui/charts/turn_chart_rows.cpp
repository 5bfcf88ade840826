#include "ui/charts/turn_chart_rows.h"

#include "ui/shell/theme.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QMap>
#include <QPainter>

#include <algorithm>

namespace tierdeck::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TurnChart)
};

constexpr int namesEms = 7; // longer names are cut

int rowHeight() {
    return QFontMetrics(Theme::smallFont()).height() + 1;
}

} // namespace

TurnChartRows::TurnChartRows(const QList<TurnBin>& bins) {
    Row cache{Words::tr("cache"), true, {}};
    bool cached = false;
    QMap<QString, std::int64_t> agents;
    for (const TurnBin& bin : bins) {
        cache.shares.append(
            bin.prompt > 0 ? static_cast<double>(bin.cachedInput) / static_cast<double>(bin.prompt) : -1);
        cached |= bin.cachedInput > 0;
        for (const TurnBar::Agent& agent : bin.agents)
            agents[agent.name] += agent.requests;
    }
    if (cached)
        m_rows.append(cache);
    QStringList names = agents.keys();
    std::stable_sort(names.begin(), names.end(), [&agents](const QString& a, const QString& b) {
        return agents.value(a) > agents.value(b);
    });
    const auto lanes = std::min<qsizetype>(names.size(), mostLanes);
    for (qsizetype lane = 0; lane < lanes; ++lane)
        m_rows.append({names.at(lane), false, {}});
    const qsizetype others = names.size() - lanes;
    if (others > 0)
        m_rows.append({Words::tr("%n more", nullptr, static_cast<int>(others)), false, {}});
    for (const TurnBin& bin : bins) {
        QList<std::int64_t> requests(lanes + 1, 0);
        std::int64_t most = 0;
        for (const TurnBar::Agent& agent : bin.agents) {
            const qsizetype place = names.indexOf(agent.name);
            requests[std::min(place, lanes)] += agent.requests;
            most += agent.requests;
        }
        const qsizetype firstLane = cached ? 1 : 0;
        for (qsizetype row = firstLane; row < m_rows.size(); ++row) {
            const std::int64_t count = requests.at(row - firstLane);
            m_rows[row].shares.append(count > 0 ? static_cast<double>(count) /
                                                      static_cast<double>(std::max<std::int64_t>(most, 1))
                                                : -1);
        }
    }
}

void TurnChartRows::fit(int height) {
    m_drawn = m_rows.isEmpty() ? 0 : std::clamp<qsizetype>(height / rowHeight(), 1, m_rows.size());
}

int TurnChartRows::height() const {
    return static_cast<int>(m_drawn) * rowHeight();
}

int TurnChartRows::nameWidth() const {
    const QFontMetrics metrics(Theme::smallFont());
    int width = 0;
    for (const Row& row : m_rows.mid(0, m_drawn))
        width = std::max(width, metrics.horizontalAdvance(row.name));
    return std::min(width, metrics.height() * namesEms);
}

void TurnChartRows::paint(QPainter& painter, const Theme& theme, double top, const QRectF& plot,
                          const std::function<QRectF(qsizetype)>& column) const {
    const QFontMetrics metrics(Theme::smallFont());
    painter.setFont(Theme::smallFont());
    const double high = rowHeight();
    for (const Row& row : m_rows.mid(0, m_drawn)) {
        const QRectF line(plot.left(), top, plot.width(), high);
        painter.setPen(theme.colour(Theme::Role::SecondaryText));
        const double nameWidth = plot.left() - Theme::paddingSmall;
        painter.drawText(QRectF(0, top, nameWidth, high),
                         static_cast<int>(Qt::AlignVCenter | Qt::AlignAbsolute) | Qt::AlignRight,
                         metrics.elidedText(row.name, Qt::ElideMiddle, static_cast<int>(nameWidth)));
        painter.setPen(QPen(theme.colour(Theme::Role::Hairline), 1));
        painter.drawLine(QPointF(line.left(), line.bottom() - 1), QPointF(line.right(), line.bottom() - 1));
        QColor fill = theme.colour(Theme::Role::SecondaryText);
        fill.setAlphaF(0.6F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        for (qsizetype i = 0; i < row.shares.size(); ++i) {
            if (row.shares.at(i) < 0)
                continue;
            const QRectF slot = column(i);
            if (row.isCache) {
                const double bar = std::max(1.0, (high - 4) * std::min(1.0, row.shares.at(i)));
                painter.drawRect(
                    QRectF(slot.left(), line.bottom() - 1 - bar, std::max(1.0, slot.width()), bar));
            } else {
                painter.drawRoundedRect(
                    QRectF(slot.left(), line.center().y() - 3, std::max(2.0, slot.width()), 6), 2, 2);
            }
        }
        top += high;
    }
}

} // namespace tierdeck::ui
