// picture_sessions WORKSPACE FILE [WIDTH HEIGHT [FONT_PERCENT [STEP …]]]: renders the Sessions page as it
// would look in a window of that size, to look at. A step is "dark", "rtl", "locale=de_DE", "reveal=WHAT",
// "keys=TEXT" typed where the keyboard is ("\\n" for Enter), or NAME=VALUE: a combo box, list or button of
// the page and the index to choose or nothing to press; any other widget is given the keyboard.
#include "core/foundation/workspace.h"
#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/sessions/sessions_page.h"
#include "ui/shell/language.h"
#include "ui/shell/theme.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QLocale>
#include <QPixmap>
#include <QTest>

#include <cstdio>
#include <memory>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

struct NoHandle final : GatewayHandle {
    [[nodiscard]] std::string address() const override { return {}; }
};

void take(SessionsPage& page, const QString& step) {
    const QString name = step.section(u'=', 0, 0);
    const QString value = step.section(u'=', 1);
    if (name == QStringLiteral("reveal")) {
        page.reveal(value);
    } else if (name == QStringLiteral("keys")) {
        QString keys = value;
        keys.replace(QStringLiteral("\\n"), QStringLiteral("\r"));
        for (const QChar key : keys)
            QTest::keyClick(QApplication::focusWidget(), key.toLatin1());
    } else if (auto* box = page.findChild<QComboBox*>(name)) {
        box->setCurrentIndex(value.toInt());
    } else if (auto* view = page.findChild<QAbstractItemView*>(name)) {
        view->setFocus();
        view->setCurrentIndex(view->model()->index(value.toInt(), 0));
    } else if (auto* button = page.findChild<QAbstractButton*>(name)) {
        button->click();
    } else if (auto* widget = page.findChild<QWidget*>(name)) {
        widget->setFocus();
    }
    QTest::qWait(800);
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    installLanguage(application);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 3) {
        std::fprintf(stderr, "picture_sessions WORKSPACE FILE [WIDTH HEIGHT [FONT_PERCENT [STEP ...]]]\n");
        return 2;
    }
    const auto number = [&arguments](qsizetype at, int otherwise) {
        return at < arguments.size() ? arguments.at(at).toInt() : otherwise;
    };
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * number(5, 100) / 100);
    QApplication::setFont(font);
    Theme theme;
    theme.setChoice(Theme::Choice::Light);
    QStringList steps;
    for (const QString& step : arguments.mid(6)) {
        if (step == QStringLiteral("dark"))
            theme.setChoice(Theme::Choice::Dark);
        else if (step == QStringLiteral("rtl"))
            QGuiApplication::setLayoutDirection(Qt::RightToLeft);
        else if (step.startsWith(QStringLiteral("locale=")))
            QLocale::setDefault(QLocale(step.section(u'=', 1)));
        else
            steps.append(step);
    }
    theme.applyToApplication();
    const SystemClock clock;
    StoreWorker worker(Workspace(arguments.at(1).toStdString()).storeFile(), clock);
    GatewayController gateway(
        [](const GatewayController::StartOptions&) -> Result<std::unique_ptr<GatewayHandle>> {
            return std::make_unique<NoHandle>();
        },
        [] { return std::optional<std::string>(); });
    SessionsPage page(theme, worker, gateway, clock);
    page.resize(number(3, 1120), number(4, 740));
    page.show();
    QApplication::setActiveWindow(&page);
    if (!QTest::qWaitFor([&page] { return page.isReady(); }, 30'000))
        return 1;
    for (const QString& step : steps)
        take(page, step);
    QTest::qWait(300);
    return page.grab().save(arguments.at(2)) ? 0 : 1;
}
