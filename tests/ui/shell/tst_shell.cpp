#include "core/foundation/clock.h"
#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/shell/actions.h"
#include "ui/shell/banner.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/main_window.h"
#include "ui/shell/page.h"
#include "ui/shell/page_state.h"
#include "ui/shell/status_strip.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

class TestPage final : public Page {
public:
    TestPage(Theme& theme, const QString& id)
        : Page(theme, id, id.toUpper(), QStringLiteral("sessions"))
        , content(new QLineEdit(this))
        , filter(new QLineEdit(this)) {
        content->setAccessibleName(QStringLiteral("content"));
        filter->setAccessibleName(QStringLiteral("filter"));
        setFilterWidget(filter);
        setContent(content);
        setUnsavedWork([this] { return loss; });
        states().showContent();
    }

    void focusContent() override { content->setFocus(); }

    void reveal(const QString& what) override { revealed = what; }

    QLineEdit* content;
    QLineEdit* filter;
    QString revealed;
    QString loss;
};

struct Handle final : GatewayHandle {
    [[nodiscard]] std::string address() const override { return "http://127.0.0.1:4141"; }
};

/// A window with two pages over an empty workspace.
struct Desk {
    QTemporaryDir folder;
    SystemClock clock;
    Theme theme;
    QSettings settings{folder.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat};
    std::atomic<bool> portTaken = false;
    GatewayController gateway{
        [this](const GatewayController::StartOptions& options) -> Result<std::unique_ptr<GatewayHandle>> {
            if (portTaken && !options.anyPort)
                return failure(ErrorCode::Locked, "Port 4141 is taken by another program.");
            return std::make_unique<Handle>();
        },
        [] { return std::optional<std::string>(); }};
    StoreWorker store{folder.filePath(QStringLiteral("none.db")).toStdString(), clock};
    MainWindow window{theme, store, gateway, settings, QStringLiteral("demo")};
    TestPage* first = new TestPage(theme, QStringLiteral("sessions"));
    TestPage* second = new TestPage(theme, QStringLiteral("tier-log"));

    Desk() {
        window.addPage(first, ActionId::PageSessions);
        window.addPage(second, ActionId::PageTierLog, true);
        window.show();
        QApplication::setActiveWindow(&window);
    }

    template <typename Widget>
    [[nodiscard]] Widget* find(const char* name) const {
        return window.findChild<Widget*>(QLatin1StringView(name));
    }
};

} // namespace

class ShellTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void shortcutsDoNotClash() {
        QHash<QString, QList<ActionInfo>> byKey;
        QSet<QString> names;
        for (const ActionInfo& info : actions::catalogue()) {
            QVERIFY2(!names.contains(info.objectName), qPrintable(info.objectName));
            names.insert(info.objectName);
            QVERIFY(!info.text.isEmpty());
            for (const QKeySequence& key : info.keys) {
                QVERIFY2(!key.isEmpty(), qPrintable(info.objectName));
                byKey[key.toString()].append(info);
            }
        }
        for (const QList<ActionInfo>& sharing : std::as_const(byKey))
            for (const ActionInfo& a : sharing)
                for (const ActionInfo& b : sharing)
                    QVERIFY2(a.id == b.id || (a.place != b.place && a.place != ActionPlace::Everywhere &&
                                              b.place != ActionPlace::Everywhere),
                             qPrintable(a.objectName + QStringLiteral(" and ") + b.objectName));
    }

    void pagesAreChosenByKeyAndButton() {
        Desk desk;
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        QCOMPARE(desk.window.currentPage(), desk.first);
        QTest::keyClick(&desk.window, Qt::Key_3, Qt::ControlModifier);
        QCOMPARE(desk.window.currentPage(), desk.second);
        QVERIFY(desk.second->content->hasFocus());
        QTest::mouseClick(desk.find<QToolButton>("navigate-sessions"), Qt::LeftButton);
        QCOMPARE(desk.window.currentPage(), desk.first);
        desk.find<QToolButton>("navigate-sessions")->setFocus();
        QTest::keyClick(desk.find<QToolButton>("navigate-sessions"), Qt::Key_Down);
        QCOMPARE(desk.window.currentPage(), desk.second);
        QVERIFY(!desk.window.showPage(QStringLiteral("nowhere")));
        Q_EMIT desk.second->pageWanted(QStringLiteral("sessions"), QStringLiteral("request:7"));
        QCOMPARE(desk.window.currentPage(), desk.first);
        QCOMPARE(desk.first->revealed, QStringLiteral("request:7"));
    }

    void filterAndEscape() {
        Desk desk;
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        QTest::keyClick(&desk.window, Qt::Key_F, Qt::ControlModifier);
        QVERIFY(desk.first->filter->hasFocus());
        QTest::keyClicks(desk.first->filter, QStringLiteral("a/b"));
        QCOMPARE(desk.first->filter->text(), QStringLiteral("a/b")); // the slash is typed here, no shortcut
        QTest::keyClick(desk.first->filter, Qt::Key_Escape);
        QVERIFY(desk.first->filter->text().isEmpty());
        QTest::keyClick(desk.first->filter, Qt::Key_Escape);
        QVERIFY(desk.first->content->hasFocus());
    }

    void shortcutsAreListed() {
        Desk desk;
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        QTest::keyClick(&desk.window, Qt::Key_F1);
        auto* dialog = desk.find<QDialog>("shortcutsDialog");
        QVERIFY(dialog != nullptr);
        QStringList words;
        for (const QLabel* label : dialog->findChildren<QLabel*>())
            words.append(label->text());
        for (const ActionInfo& info : actions::catalogue()) {
            QString text = info.text;
            QVERIFY2(words.contains(text.remove(u'&')), qPrintable(text));
        }
        dialog->reject();
    }

    void theGatewayIsStartedCopiedAndStopped() {
        Desk desk;
        auto* toggle = desk.find<QToolButton>("gatewayToggle");
        auto* state = desk.find<QToolButton>("gatewayState");
        QTest::mouseClick(toggle, Qt::LeftButton);
        QTRY_COMPARE(desk.gateway.state(), GatewayController::State::RunningHere);
        QVERIFY(state->text().contains(QStringLiteral("127.0.0.1:4141")));
        QTest::mouseClick(desk.find<QToolButton>("gatewayCopy"), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("http://127.0.0.1:4141"));
        QTest::mouseClick(toggle, Qt::LeftButton);
        QTRY_COMPARE(desk.gateway.state(), GatewayController::State::Stopped);
        QVERIFY(desk.find<QToolButton>("gatewayCopy")->isHidden());
    }

    void aTakenPortIsSaidWithWhatToDo() {
        Desk desk;
        desk.portTaken = true;
        desk.gateway.start();
        QTRY_VERIFY(desk.window.banner().isTelling());
        QVERIFY(desk.window.banner().sentence().contains(QStringLiteral("4141")));
        auto* anyPort = desk.find<QPushButton>("gatewayAnyPort");
        QVERIFY(anyPort != nullptr);
        anyPort->click();
        QTRY_COMPARE(desk.gateway.state(), GatewayController::State::RunningHere);
        QVERIFY(!desk.window.banner().isTelling());
    }

    void unsavedWorkIsNotLostByClosing() {
        Desk desk;
        desk.second->loss = QStringLiteral("Two edits are not saved.");
        QString asked;
        bool answer = false;
        desk.window.setConfirmClose([&](const QString& sentence) {
            asked = sentence;
            return answer;
        });
        QVERIFY(!desk.window.close());
        QCOMPARE(asked, desk.second->loss);
        QCOMPARE(desk.window.currentPage(), desk.second);
        answer = true;
        QVERIFY(desk.window.close());
    }

    void geometryAndPageAreKept() {
        QTemporaryDir folder;
        QByteArray kept;
        {
            Desk desk;
            desk.window.resize(1000, 700);
            desk.window.showPage(QStringLiteral("tier-log"));
            desk.window.close();
            QCOMPARE(desk.settings.value(QStringLiteral("window/page")).toString(),
                     QStringLiteral("tier-log"));
            kept = desk.settings.value(QStringLiteral("window/geometry")).toByteArray();
        }
        Desk again;
        again.settings.setValue(QStringLiteral("window/geometry"), kept);
        again.settings.setValue(QStringLiteral("window/page"), QStringLiteral("tier-log"));
        again.window.restoreLayout();
        QCOMPARE(again.window.size(), QSize(1000, 700));
        QCOMPARE(again.window.currentPage(), again.second);
    }

    void theThemeIsChosenInTheMenuAndKept() {
        Desk desk;
        desk.find<QAction>("themeDark")->trigger();
        QVERIFY(desk.theme.isDark());
        QCOMPARE(desk.settings.value(QStringLiteral("theme")).toInt(), static_cast<int>(Theme::Choice::Dark));
        desk.find<QAction>("themeLight")->trigger();
        QVERIFY(!desk.theme.isDark());
    }

    void aBannerSaysOffersAndGoes() {
        Theme theme;
        Banner banner(theme);
        QVERIFY(!banner.isTelling());
        int run = 0;
        banner.tell(Banner::Severity::Attention, QStringLiteral("Something happened."),
                    {{QStringLiteral("Mend"), QStringLiteral("mend"), [&run] { ++run; }}});
        QVERIFY(banner.isTelling());
        QCOMPARE(banner.accessibleName(), QStringLiteral("Something happened."));
        banner.findChild<QPushButton*>(QStringLiteral("mend"))->click();
        QCOMPARE(run, 1);
        QSignalSpy dismissed(&banner, &Banner::dismissed);
        banner.findChild<QToolButton*>(QStringLiteral("bannerClose"))->click();
        QVERIFY(!banner.isTelling());
        QCOMPARE(dismissed.count(), 1);
    }

    void aBannerActionMayTellAnew() {
        Theme theme;
        Banner banner(theme);
        const auto again = [&banner] { banner.tell(Banner::Severity::Error, QStringLiteral("Second."), {}); };
        banner.tell(Banner::Severity::Error, QStringLiteral("First."),
                    {{QStringLiteral("Go"), QStringLiteral("go"), again}});
        banner.findChild<QPushButton*>(QStringLiteral("go"))->click();
        QCOMPARE(banner.sentence(), QStringLiteral("Second."));
    }

    void pageStates() {
        Theme theme;
        PageState states(theme);
        auto* content = new QLabel(QStringLiteral("content"));
        states.setContent(content);
        states.show();
        states.showContent();
        QVERIFY(content->isVisible());
        int run = 0;
        states.showEmpty(QStringLiteral("Nothing"), QStringLiteral("because"),
                         {QStringLiteral("Do"), [&run] { ++run; }});
        QVERIFY(!content->isVisible());
        auto* button = states.findChild<QPushButton*>(QStringLiteral("pageNoticeButton"));
        QVERIFY(button->isVisible());
        button->click();
        QCOMPARE(run, 1);
        states.showError(QStringLiteral("Broken"), QStringLiteral("mend it"));
        QVERIFY(!button->isVisible());
        QCOMPARE(states.findChild<QLabel*>(QStringLiteral("pageNoticeTitle"))->text(),
                 QStringLiteral("Broken"));
    }

    void loadingAppearsOnlyWhenItTakesLong() {
        Theme theme;
        PageState states(theme);
        states.setContent(new QLabel);
        states.show();
        states.showLoading(QStringLiteral("Reading"));
        auto* notice = states.findChild<QWidget*>(QStringLiteral("pageNotice"));
        QVERIFY(!notice->isVisible());
        QTRY_VERIFY(notice->isVisible());
    }

    void elidedLabelsKeepTheWholeText() {
        ElidedLabel label;
        const QString longName(400, u'x');
        label.setText(longName);
        QCOMPARE(label.accessibleName(), longName);
        QCOMPARE(label.toolTip(), longName);
        QVERIFY(label.minimumSizeHint().width() < 100);
    }

    void everythingFocusableHasAName() {
        Desk desk;
        desk.window.banner().tell(Banner::Severity::Error, QStringLiteral("x"),
                                  {{QStringLiteral("Go"), QStringLiteral("go"), [] {}}});
        for (const QWidget* widget : desk.window.findChildren<QWidget*>()) {
            if (widget->isHidden() || widget->focusProxy() != nullptr ||
                widget->focusPolicy() == Qt::NoFocus || widget->isWindow() ||
                widget->objectName().startsWith(u"qt_"))
                continue;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
                     qPrintable(widget->objectName() + QStringLiteral(" ") +
                                QLatin1StringView(widget->metaObject()->className())));
        }
    }
};

QTEST_MAIN(ShellTest)
#include "tst_shell.moc"
