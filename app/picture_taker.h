// Renders every page of the window, light and dark, into a folder, as soon as each has its data: `tierdeck
// --pictures`. GUI thread; owned by main.
#pragma once

#include "ui/shell/theme.h"

#include <QDir>
#include <QObject>
#include <QTimer>

namespace tierdeck::ui {
class MainWindow;
}

namespace tierdeck::app {

class PictureTaker final : public QObject {
    Q_OBJECT
public:
    PictureTaker(ui::MainWindow& window, ui::Theme& theme, const QDir& folder);
    /// Ends with finished().
    void start();

Q_SIGNALS:
    /// 0 when every picture was taken and written.
    void finished(int exitCode);

private:
    void waitForPage();
    void take(ui::Theme::Choice choice);
    void next();
    void fail(const QString& why);

    ui::MainWindow& m_window;
    ui::Theme& m_theme;
    QDir m_folder;
    qsizetype m_page = 0;
    bool m_failed = false;
    QMetaObject::Connection m_waiting;
    QTimer m_patience;
};

} // namespace tierdeck::app
