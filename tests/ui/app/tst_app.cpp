#include "core/gateway/gateway_lease.h"
#include "tests/ui/app/running_app.h"
#include "ui/sessions/sessions_page.h"
#include "ui/shell/actions.h"
#include "ui/shell/banner.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

using namespace tierdeck;

using testing::RunningApp;

class AppTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyPageGetsItsDataAndIsReachedByKey() {
        RunningApp app;
        QVERIFY(QTest::qWaitForWindowActive(&app.window()));
        QStringList ids;
        for (const ui::Page* page : app.window().pages())
            ids.append(page->id());
        QCOMPARE(ids, (QStringList{QStringLiteral("sessions"), QStringLiteral("spend"),
                                   QStringLiteral("tier-log"), QStringLiteral("model-router")}));
        int key = Qt::Key_1;
        for (const QString& id : ids) {
            QTest::keyClick(&app.window(), static_cast<Qt::Key>(key++), Qt::ControlModifier);
            QCOMPARE(app.window().currentPage()->id(), id);
        }
        QTRY_VERIFY(app.isReady());
    }

    void everythingFocusableHasAName() {
        RunningApp app;
        QTRY_VERIFY(app.isReady());
        for (const QWidget* widget : app.window().findChildren<QWidget*>()) {
            const QWidget* above = widget->parentWidget();
            if (widget->isHidden() || widget->focusPolicy() == Qt::NoFocus ||
                widget->focusProxy() != nullptr || widget->objectName().startsWith(u"qt_") ||
                qobject_cast<const QComboBox*>(above) != nullptr ||
                above->inherits("QComboBoxPrivateContainer"))
                continue;
            // Buttons and labels are named by their text.
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            const auto* label = qobject_cast<const QLabel*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() ||
                         (button != nullptr && !button->text().isEmpty()) ||
                         (label != nullptr && !label->text().isEmpty()),
                     qPrintable(QStringLiteral("%1 %2 in %3")
                                    .arg(widget->objectName(),
                                         QLatin1StringView(widget->metaObject()->className()),
                                         above->objectName())));
        }
    }

    void everyShortcutOfTheCatalogueHasItsAction() {
        RunningApp app;
        QStringList names;
        for (const QAction* action : app.window().findChildren<QAction*>())
            if (!action->shortcuts().isEmpty())
                names.append(action->objectName());
        for (const ui::ActionInfo& info : ui::actions::catalogue())
            QVERIFY2(names.contains(info.objectName), qPrintable(info.objectName));
    }

    void theTabKeyReachesEveryPartOfTheSessionsPage() {
        RunningApp app;
        QVERIFY(QTest::qWaitForWindowActive(&app.window()));
        QTRY_VERIFY(app.isReady());
        app.window().showPage(QStringLiteral("sessions"));
        QSet<QString> reached;
        for (int i = 0; i < 60; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            reached.insert(QApplication::focusWidget()->objectName());
        }
        for (const char* name : {"navigate-tier-log", "menuButton", "sessionsOrder", "sessionsRange",
                                 "sessionsFilter", "sessionList", "turnChartView", "turnTable",
                                 "requestDetail", "gatewayState", "gatewayToggle", "today"})
            QVERIFY2(
                reached.contains(QLatin1StringView(name)),
                qPrintable(QLatin1StringView(name) + QStringLiteral(" of ") + reached.values().join(u' ')));
    }

    void anotherProcessesGatewayIsAttachedTo() {
        RunningApp app;
        auto lease = gateway::GatewayLease::take(app.workspace);
        QVERIFY(lease.has_value());
        QVERIFY(lease->announce("http://127.0.0.1:4999", SystemClock().now()).has_value());
        app.root->startGateway();
        auto* state = app.window().findChild<QToolButton*>(QStringLiteral("gatewayState"));
        QTRY_VERIFY(state->text().contains(QStringLiteral("127.0.0.1:4999")));
        QVERIFY(app.window().findChild<QToolButton*>(QStringLiteral("gatewayToggle"))->isHidden());
    }
};

QTEST_MAIN(AppTest)
#include "tst_app.moc"
