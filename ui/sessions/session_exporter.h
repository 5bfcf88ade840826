// What the Sessions page hands out: turns and requests of the chosen session and the list as CSV or JSON, as
// `tierctl report` writes them, and the chart as a picture. Asks where to, and lets the store's worker write.
// GUI thread; owned by the Sessions page.
#pragma once

#include "ui/backend/store_worker.h"

#include <QObject>
#include <QPixmap>
#include <QString>

#include <functional>
#include <string>

class QMenu;
class QWidget;

namespace tierdeck::ui {

class Theme;

class SessionExporter final : public QObject {
    Q_OBJECT
public:
    /// What there is to hand out at the moment.
    struct Subject {
        std::string session; ///< "" for none
        QString title;
        QString facts;
        SessionsQuestion listed;
        std::function<QPixmap()> chart;
    };

    SessionExporter(StoreWorker& store, const Theme& theme, std::function<Subject()> subject, QWidget* page);

    [[nodiscard]] QMenu* menu() { return m_menu; }

Q_SIGNALS:
    void told(bool ok, const QString& sentence);

private:
    void exportRows(sessions::ListKind kind, sessions::ListFormat format);
    void exportPicture();
    void chooseFile(const QString& name, const QString& suffix, std::function<void(const QString&)> then);
    [[nodiscard]] StoreWorker::Then<std::int64_t> telling(const QString& file);

    StoreWorker& m_store;
    const Theme& m_theme;
    std::function<Subject()> m_subject;
    QWidget* m_page = nullptr;
    QMenu* m_menu = nullptr;
};

} // namespace tierdeck::ui
