#include "app/picture_taker.h"

#include "ui/shell/main_window.h"
#include "ui/shell/page.h"
#include "ui/shell/status_strip.h"

#include <QPixmap>

#include <cstdio>

namespace tierdeck::app {

namespace {

constexpr QSize pictureSize{1280, 800};
constexpr int patienceMs = 30'000; // a page that has not answered by then never will

} // namespace

PictureTaker::PictureTaker(ui::MainWindow& window, ui::Theme& theme, const QDir& folder)
    : m_window(window)
    , m_theme(theme)
    , m_folder(folder) {
    m_patience.setSingleShot(true);
    m_patience.setInterval(patienceMs);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        fail(QStringLiteral("The page %1 did not get its data.").arg(m_window.pages().at(m_page)->id()));
        next();
    });
}

void PictureTaker::start() {
    if (!m_folder.mkpath(QStringLiteral("."))) {
        fail(QStringLiteral("The folder %1 cannot be made.").arg(m_folder.path()));
        Q_EMIT finished(1);
        return;
    }
    m_window.resize(pictureSize);
    m_window.show();
    if (m_window.statusStrip().isReady())
        waitForPage();
    else
        connect(&m_window.statusStrip(), &ui::StatusStrip::becameReady, this, &PictureTaker::waitForPage,
                static_cast<Qt::ConnectionType>(Qt::SingleShotConnection | Qt::QueuedConnection));
}

void PictureTaker::waitForPage() {
    ui::Page* page = m_window.pages().at(m_page);
    m_window.showPage(page->id());
    m_patience.start();
    const auto ready = [this] {
        m_patience.stop();
        disconnect(m_waiting);
        take(ui::Theme::Choice::Light);
    };
    if (page->isReady())
        QMetaObject::invokeMethod(this, ready, Qt::QueuedConnection);
    else
        m_waiting = connect(page, &ui::Page::becameReady, this, ready, Qt::QueuedConnection);
}

void PictureTaker::take(ui::Theme::Choice choice) {
    m_theme.setChoice(choice);
    // What the change of palette and the new data have posted comes first.
    QTimer::singleShot(0, this, [this, choice] {
        const bool light = choice == ui::Theme::Choice::Light;
        const QString path =
            m_folder.absoluteFilePath(QStringLiteral("%1-%2.png")
                                          .arg(m_window.pages().at(m_page)->id(),
                                               light ? QStringLiteral("light") : QStringLiteral("dark")));
        if (m_window.grab().save(path))
            std::printf("%s\n", qPrintable(path));
        else
            fail(QStringLiteral("The picture %1 cannot be written.").arg(path));
        if (light)
            take(ui::Theme::Choice::Dark);
        else
            next();
    });
}

void PictureTaker::next() {
    if (++m_page < m_window.pages().size())
        waitForPage();
    else
        Q_EMIT finished(m_failed ? 1 : 0);
}

void PictureTaker::fail(const QString& why) {
    m_failed = true;
    std::fprintf(stderr, "tierdeck: %s\n", qPrintable(why));
}

} // namespace tierdeck::app
