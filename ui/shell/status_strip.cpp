#include "ui/shell/status_strip.h"

#include "ui/shell/actions.h"
#include "ui/shell/text_format.h"
#include "ui/shell/tier_chip.h"

#include <QAbstractButton>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>
#include <QToolTip>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int minuteMs = 60'000;
constexpr int mostTiers = 5;

QString shortAddress(const QString& address) {
    const qsizetype scheme = address.indexOf(QLatin1StringView("://"));
    return scheme < 0 ? address : address.mid(scheme + 3);
}

class Separator final : public QWidget {
public:
    Separator(const Theme& theme, QWidget* parent)
        : QWidget(parent)
        , m_theme(theme) {
        setFixedWidth(1);
    }

private:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.fillRect(rect().adjusted(0, 5, 0, -5), m_theme.colour(Theme::Role::Hairline));
    }

    const Theme& m_theme;
};

} // namespace

/// A button that paints itself: the last seven days as little bars.
class StatusStrip::Days final : public QAbstractButton {
public:
    Days(const Theme& theme, QWidget* parent)
        : QAbstractButton(parent)
        , m_theme(theme) {
        setFocusPolicy(Qt::TabFocus);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    }

    void setDays(const std::array<NanoUsd, DaySummary::days>& cost,
                 const std::array<std::int64_t, DaySummary::days>& requests) {
        // Days that cost nothing (simulated, local) still had requests.
        const bool free = std::all_of(cost.begin(), cost.end(), [](NanoUsd day) { return day.value == 0; });
        for (std::size_t i = 0; i < m_amounts.size(); ++i)
            m_amounts.at(i) = free ? requests.at(i) : cost.at(i).value;
        QStringList words;
        for (std::size_t i = 0; i < m_amounts.size(); ++i)
            words.append(free ? text::count(requests.at(i)) : text::money(cost.at(i)));
        const QString list = words.join(QStringLiteral(", "));
        setAccessibleName(free ? StatusStrip::tr("Requests of the last seven days: %1").arg(list)
                               : StatusStrip::tr("Spend of the last seven days: %1").arg(list));
        setToolTip(accessibleName());
        update();
    }

    [[nodiscard]] QSize sizeHint() const override {
        return {static_cast<int>(DaySummary::days) * 6 + 8, fontMetrics().height()};
    }

private:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        const auto greatest =
            std::max<std::int64_t>(1, *std::max_element(m_amounts.begin(), m_amounts.end()));
        const int room = fontMetrics().ascent();
        const int bottom = (height() + room) / 2;
        for (std::size_t i = 0; i < m_amounts.size(); ++i) {
            const double share = static_cast<double>(m_amounts.at(i)) / static_cast<double>(greatest);
            const int bar = std::max(1, static_cast<int>(share * room + 0.5));
            const bool today = i + 1 == m_amounts.size();
            painter.fillRect(4 + static_cast<int>(i) * 6, bottom - bar, 4, bar,
                             m_theme.colour(today ? Theme::Role::Text : Theme::Role::DisabledText));
        }
        if (hasFocus()) {
            painter.setPen(QPen(m_theme.colour(Theme::Role::Accent), 1.6));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 3, -1, -3), 3, 3);
        }
    }

    const Theme& m_theme;
    std::array<std::int64_t, DaySummary::days> m_amounts{};
};

/// A button that paints itself: how today's requests split over the tiers.
class StatusStrip::Tiers final : public QAbstractButton {
public:
    Tiers(const Theme& theme, QWidget* parent)
        : QAbstractButton(parent)
        , m_theme(theme) {
        setFocusPolicy(Qt::TabFocus);
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    }

    void setTiers(const std::vector<sessions::TierShare>& tiers) {
        std::int64_t all = 0;
        for (const sessions::TierShare& share : tiers)
            all += share.requests;
        m_parts.clear();
        QStringList words;
        for (const sessions::TierShare& share : tiers) {
            const QString tier = QString::fromStdString(share.tier);
            const QString percent =
                text::percent(static_cast<double>(share.requests) / static_cast<double>(all));
            if (m_parts.size() < mostTiers)
                m_parts.append({tier, percent});
            words.append(StatusStrip::tr("%1 %2").arg(text::tierName(tier), percent));
        }
        setAccessibleName(StatusStrip::tr("Today by tier: %1").arg(words.join(QStringLiteral(", "))));
        setToolTip(accessibleName());
        setVisible(!m_parts.isEmpty());
        updateGeometry();
        update();
    }

    [[nodiscard]] QSize sizeHint() const override {
        int width = Theme::grid;
        for (const Part& part : m_parts)
            width += chipWidth(part) + 4 + fontMetrics().horizontalAdvance(part.percent) + Theme::padding;
        return {width, fontMetrics().height()};
    }

private:
    struct Part {
        QString tier;
        QString percent;
    };

    [[nodiscard]] int chipWidth(const Part& part) const {
        return tierChipsSize({TierChipData{part.tier, {}, 0}}, font()).width();
    }

    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        int x = Theme::grid;
        for (const Part& part : m_parts) {
            paintTierChips(painter, QRect(x, 0, chipWidth(part), height()), {TierChipData{part.tier, {}, 0}},
                           m_theme, font());
            x += chipWidth(part) + 4;
            painter.setPen(m_theme.colour(Theme::Role::SecondaryText));
            const int width = fontMetrics().horizontalAdvance(part.percent);
            painter.drawText(QRect(x, 0, width, height()), Qt::AlignVCenter, part.percent);
            x += width + Theme::padding;
        }
        if (hasFocus()) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(m_theme.colour(Theme::Role::Accent), 1.6));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 3, -1, -3), 3, 3);
        }
    }

    const Theme& m_theme;
    QList<Part> m_parts;
};

StatusStrip::StatusStrip(Theme& theme, StoreWorker& store, GatewayController& gateway, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_store(store)
    , m_gateway(gateway)
    , m_state(new QToolButton(this))
    , m_copy(new QToolButton(this))
    , m_toggle(new QToolButton(this))
    , m_today(new QToolButton(this))
    , m_days(new Days(theme, this))
    , m_tiers(new Tiers(theme, this)) {
    setObjectName(QStringLiteral("statusStrip"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::paddingSmall, 2, Theme::paddingSmall, 2);
    row->setSpacing(Theme::grid);
    m_state->setObjectName(QStringLiteral("gatewayState"));
    m_copy->setObjectName(QStringLiteral("gatewayCopy"));
    m_toggle->setObjectName(QStringLiteral("gatewayToggle"));
    m_today->setObjectName(QStringLiteral("today"));
    m_days->setObjectName(QStringLiteral("todayDays"));
    m_tiers->setObjectName(QStringLiteral("todayTiers"));
    for (QToolButton* button : {m_state, m_copy, m_toggle, m_today}) {
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    }
    m_copy->setIcon(m_theme.icon(QStringLiteral("copy")));
    m_copy->setText(tr("Copy"));
    m_copy->setToolTip(actions::tip(ActionId::CopyGatewayAddress));
    m_copy->setAccessibleName(tr("Copy the gateway's address"));
    m_today->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_today->setText(tr("today"));
    m_days->setAccessibleName(tr("Spend of the last seven days"));
    m_tiers->setAccessibleName(tr("Today by tier"));
    m_tiers->hide(); // until there are some
    row->addWidget(m_state);
    row->addWidget(m_copy);
    row->addWidget(m_toggle);
    row->addWidget(new Separator(m_theme, this));
    row->addWidget(m_today);
    row->addWidget(m_days);
    row->addWidget(new Separator(m_theme, this));
    row->addWidget(m_tiers);
    row->addStretch(1);

    connect(m_copy, &QToolButton::clicked, this, &StatusStrip::copyAddress);
    connect(m_toggle, &QToolButton::clicked, this, [this] {
        if (m_gateway.state() == GatewayController::State::RunningHere)
            m_gateway.stop();
        else
            m_gateway.start();
    });
    for (QAbstractButton* button :
         {static_cast<QAbstractButton*>(m_today), static_cast<QAbstractButton*>(m_days),
          static_cast<QAbstractButton*>(m_tiers)})
        connect(button, &QAbstractButton::clicked, this, &StatusStrip::todayWanted);
    connect(&m_gateway, &GatewayController::changed, this, &StatusStrip::showGateway);
    connect(&m_store, &StoreWorker::news, this, &StatusStrip::askToday);
    connect(&m_store, &StoreWorker::stateChanged, this, &StatusStrip::askToday);
    connect(&m_theme, &Theme::changed, this, &StatusStrip::showGateway);
    m_midnight.setInterval(minuteMs); // a new day begins without news, too
    connect(&m_midnight, &QTimer::timeout, this, &StatusStrip::askToday);
    m_midnight.start();
    showGateway();
    askToday();
}

void StatusStrip::copyAddress() {
    if (!m_gateway.address().isEmpty())
        QGuiApplication::clipboard()->setText(m_gateway.address());
}

void StatusStrip::showGateway() {
    using State = GatewayController::State;
    const QString address = shortAddress(m_gateway.address());
    QString words;
    QString tip;
    Theme::Status status = Theme::Status::Neutral;
    switch (m_gateway.state()) {
    case State::Stopped:
        words = tr("Gateway stopped");
        tip = tr("Clients cannot reach it. Start it to route and record their requests.");
        break;
    case State::Starting:
        words = tr("Gateway starting …");
        break;
    case State::RunningHere:
        words = tr("Gateway %1").arg(address);
        tip = tr("Runs in this window. Clients use %1/v1.").arg(m_gateway.address());
        status = Theme::Status::Ok;
        break;
    case State::RunningElsewhere:
        words = tr("Gateway %1, in another process").arg(address);
        tip = tr("Another program runs the gateway of this workspace at %1; it is stopped there.")
                  .arg(m_gateway.address());
        status = Theme::Status::Ok;
        break;
    case State::Stopping:
        words = tr("Gateway stopping …");
        tip = tr("Running requests are let to end.");
        break;
    case State::Failed:
        words = tr("Gateway did not start");
        tip = m_gateway.problem();
        status = Theme::Status::Error;
        break;
    }
    if (!m_gateway.storeTrouble().isEmpty()) {
        status = Theme::Status::Attention;
        tip = m_gateway.storeTrouble();
    }
    m_state->setText(words);
    m_state->setToolTip(tip);
    m_state->setAccessibleName(words);
    m_state->setAccessibleDescription(tip);
    m_state->setIcon(status == Theme::Status::Ok        ? m_theme.statusIcon(Theme::Status::Ok)
                     : status == Theme::Status::Neutral ? m_theme.icon(QStringLiteral("stopped"))
                                                        : m_theme.statusIcon(status));
    const bool running =
        m_gateway.state() == State::RunningHere || m_gateway.state() == State::RunningElsewhere;
    m_copy->setVisible(running);
    const bool ours = m_gateway.state() == State::RunningHere;
    m_toggle->setVisible(ours || m_gateway.state() == State::Stopped || m_gateway.state() == State::Failed);
    m_toggle->setText(ours ? tr("Stop") : tr("Start"));
    m_toggle->setIcon(m_theme.icon(ours ? QStringLiteral("stop") : QStringLiteral("start")));
    m_toggle->setAccessibleName(ours ? tr("Stop the gateway") : tr("Start the gateway"));
    m_toggle->setToolTip(actions::tip(ActionId::ToggleGateway));
}

void StatusStrip::askToday() {
    if (m_asker.isWaiting()) {
        m_dirty = true;
        return;
    }
    m_dirty = false;
    m_store.today(m_asker, [this](const Result<DaySummary>& summary) { showToday(summary); });
}

void StatusStrip::showToday(const Result<DaySummary>& summary) {
    const DaySummary day = summary.value_or(DaySummary{});
    const sessions::Totals& today = day.today;
    QString spent = tr("today %1").arg(text::cost(today));
    if (text::isCostWord(today) && today.unpricedRequests == 0)
        spent = tr("today %n simulated request(s)", nullptr, static_cast<int>(today.simulatedRequests));
    if (!summary &&
        summary.error().code != ErrorCode::NotFound) // a store that cannot be read is not one of nought
        spent = tr("today not known");
    m_today->setText(spent);
    m_today->setAccessibleName(tr("Spent %1").arg(spent));
    m_today->setToolTip(
        QStringList{tr("Today, in the store's time zone: %1").arg(text::moneyExact(today.cost)),
                    tr("%n request(s)", nullptr, static_cast<int>(today.requests)),
                    tr("%n token(s)", nullptr, static_cast<int>(today.usage.total())),
                    tr("%n failed", nullptr, static_cast<int>(today.failedRequests))}
            .join(u'\n'));
    m_days->setDays(day.lastDays, day.requests);
    m_tiers->setTiers(day.tiers);
    if (!m_ready) {
        m_ready = true;
        Q_EMIT becameReady();
    }
    if (m_dirty)
        askToday();
}

void StatusStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(0, 0, width(), 1, m_theme.colour(Theme::Role::Hairline));
}

} // namespace tierdeck::ui
