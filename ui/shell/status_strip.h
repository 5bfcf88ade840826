// The strip along the bottom: the gateway and its address, and the day at a glance. Each part is a button to
// where more is said. GUI thread; made by the main window.
#pragma once

#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/shell/theme.h"

#include <QTimer>
#include <QWidget>

class QToolButton;

namespace tierdeck::ui {

class StatusStrip final : public QWidget {
    Q_OBJECT
public:
    StatusStrip(Theme& theme, StoreWorker& store, GatewayController& gateway, QWidget* parent = nullptr);

    /// True once today's numbers (or that there are none) are shown.
    [[nodiscard]] bool isReady() const { return m_ready; }

    void copyAddress();

Q_SIGNALS:
    void becameReady();
    /// The user wants to see what is behind today's numbers.
    void todayWanted();

private:
    class Days;
    class Tiers;
    void showGateway();
    void askToday();
    void showToday(const Result<DaySummary>& summary);
    void paintEvent(QPaintEvent* event) override;

    Theme& m_theme;
    StoreWorker& m_store;
    GatewayController& m_gateway;
    StoreAsker m_asker;
    bool m_dirty = false;
    bool m_ready = false;
    QTimer m_midnight;
    QToolButton* m_state = nullptr;
    QToolButton* m_copy = nullptr;
    QToolButton* m_toggle = nullptr;
    QToolButton* m_today = nullptr;
    Days* m_days = nullptr;
    Tiers* m_tiers = nullptr;
};

} // namespace tierdeck::ui
