// Whether the desktop is set to dark, by the settings portal on the session bus and its signal of change;
// Qt 6.4 does not know. Asks without waiting. GUI thread; made by the composition root.
#pragma once

#include <QObject>

class QDBusVariant;

namespace tierdeck::ui {

class Theme;

class SystemAppearance final : public QObject {
    Q_OBJECT
public:
    /// Tells `theme` now and from then on; without a portal it tells nothing.
    explicit SystemAppearance(Theme& theme, QObject* parent = nullptr);

private Q_SLOTS:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void tell(const QVariant& value);

    Theme& m_theme;
};

} // namespace tierdeck::ui
