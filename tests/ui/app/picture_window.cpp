// picture_window WORKSPACE STEP …: works with the app's window as a person would and takes pictures of it, to
// look at. First what holds for all of it: "size=1280x800", "font=200" (percent), "dark", "rtl", "long"
// (words of a wordier language), "locale=de_DE". Then, one after the other: "page=spend", "reveal=WHAT" on
// that page, "keys=TEXT" typed where the keyboard is, "press=Ctrl+E", "scroll=NAME:200" down a scroll area,
// "save=FILE", or NAME=VALUE: a combo box, list or table and the index to choose, a button to press with
// nothing; any other widget is given the keyboard.
#include "app/composition_root.h"
#include "tests/support/long_words.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"
#include "ui/shell/page.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QKeySequence>
#include <QLocale>
#include <QPixmap>
#include <QScrollArea>
#include <QScrollBar>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <memory>

using namespace tierdeck;

namespace {

constexpr int patienceMs = 30'000;
constexpr int restMs = 700; // for answers and what they change

/// What is open above the window, too.
bool save(ui::MainWindow& window, const QString& file) {
    QPixmap picture = window.grab();
    if (QWidget* popup = QApplication::activePopupWidget())
        popup->render(&picture, window.mapFromGlobal(popup->mapToGlobal(QPoint(0, 0))));
    return picture.save(file);
}

bool take(ui::MainWindow& window, const QString& name, const QString& value) {
    QWidget* keyboard = QApplication::activePopupWidget();
    if (keyboard == nullptr)
        keyboard = QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : &window;
    if (name == QStringLiteral("save"))
        return save(window, value);
    if (name == QStringLiteral("page")) {
        if (!window.showPage(value))
            return false;
        if (!QTest::qWaitFor([&window] { return window.currentPage()->isReady(); }, patienceMs))
            return false;
    } else if (name == QStringLiteral("reveal")) {
        window.currentPage()->reveal(value);
    } else if (name == QStringLiteral("keys")) {
        QTest::keyClicks(keyboard, value);
    } else if (name == QStringLiteral("press")) {
        QTest::keySequence(keyboard, QKeySequence(value, QKeySequence::PortableText));
    } else if (name == QStringLiteral("scroll")) {
        auto* area = window.currentPage()->findChild<QAbstractScrollArea*>(value.section(u':', 0, 0));
        if (area == nullptr)
            return false;
        area->verticalScrollBar()->setValue(value.section(u':', 1).toInt());
    } else if (auto* box = window.findChild<QComboBox*>(name)) {
        box->setCurrentIndex(value.toInt());
    } else if (auto* view = window.findChild<QAbstractItemView*>(name)) {
        view->setFocus();
        view->setCurrentIndex(view->model()->index(value.toInt(), 0));
    } else if (auto* button = window.findChild<QAbstractButton*>(name)) {
        button->click();
    } else if (auto* widget = window.findChild<QWidget*>(name)) {
        widget->setFocus();
    } else {
        return false;
    }
    QTest::qWait(restMs);
    return true;
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 3) {
        std::fprintf(stderr, "picture_window WORKSPACE STEP ...\n");
        return 2;
    }
    QSize size(1280, 800);
    bool dark = false;
    std::unique_ptr<testing::LongWords> longWords;
    QStringList steps;
    for (const QString& step : arguments.mid(2)) {
        const QString value = step.section(u'=', 1);
        if (step.startsWith(QStringLiteral("size="))) {
            size = QSize(value.section(u'x', 0, 0).toInt(), value.section(u'x', 1).toInt());
        } else if (step.startsWith(QStringLiteral("font="))) {
            QFont font = QApplication::font();
            font.setPointSizeF(font.pointSizeF() * value.toInt() / 100);
            QApplication::setFont(font);
        } else if (step.startsWith(QStringLiteral("locale="))) {
            QLocale::setDefault(QLocale(value));
        } else if (step == QStringLiteral("rtl")) {
            QGuiApplication::setLayoutDirection(Qt::RightToLeft);
        } else if (step == QStringLiteral("dark")) {
            dark = true;
        } else if (step == QStringLiteral("long")) {
            longWords = std::make_unique<testing::LongWords>();
        } else {
            steps.append(step);
        }
    }
    if (!longWords)
        ui::installLanguage(application);
    app::AppOptions options;
    options.workspace = Workspace(arguments.at(1).toStdString());
    options.pictures = true;
    app::CompositionRoot root(options);
    root.theme().setChoice(dark ? ui::Theme::Choice::Dark : ui::Theme::Choice::Light);
    ui::MainWindow& window = root.window();
    window.resize(size);
    window.show();
    QApplication::setActiveWindow(&window);
    if (!QTest::qWaitFor([&window] { return window.currentPage()->isReady(); }, patienceMs))
        return 1;
    for (const QString& step : steps)
        if (!take(window, step.section(u'=', 0, 0), step.section(u'=', 1))) {
            std::fprintf(stderr, "picture_window: %s cannot be done.\n", qPrintable(step));
            return 1;
        }
    return 0;
}
