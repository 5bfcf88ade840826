#include "core/gateway/gateway_lease.h"
#include "tests/support/long_words.h"
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
#include <QScopeGuard>
#include <QScrollArea>
#include <QScrollBar>
#include <QTableView>
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

    void nothingIsCutInAWordyLanguage_data() {
        QTest::addColumn<int>("percent");
        QTest::addColumn<bool>("isRightToLeft");
        QTest::newRow("usual text") << 100 << false;
        QTest::newRow("twice the text") << 200 << false;
        QTest::newRow("right to left") << 100 << true;
    }

    /// Words with two fifths more letters, German numbers and days: on Sessions and Spend every button, label
    /// and choice has the room that its words need, and no table of numbers needs scrolling sideways.
    void nothingIsCutInAWordyLanguage() {
        QFETCH(int, percent);
        QFETCH(bool, isRightToLeft);
        const testing::LongWords longWords;
        const QFont usual = QApplication::font();
        const QLocale locale;
        const auto back = qScopeGuard([&] {
            QApplication::setFont(usual);
            QLocale::setDefault(locale);
            QGuiApplication::setLayoutDirection(Qt::LeftToRight);
        });
        QFont font = usual;
        font.setPointSizeF(usual.pointSizeF() * percent / 100);
        QApplication::setFont(font);
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        QGuiApplication::setLayoutDirection(isRightToLeft ? Qt::RightToLeft : Qt::LeftToRight);
        RunningApp app(3000, 40);
        app.window().resize(1280, 800);
        QTRY_VERIFY(app.isReady());
        for (const char* id : {"sessions", "spend"}) {
            app.window().showPage(QLatin1StringView(id));
            QTRY_VERIFY(app.window().currentPage()->isVisible());
            QTest::qWait(0);
            QStringList cut;
            const auto check = [&](const QWidget& widget, int needed, const QString& words) {
                const QRect place(widget.mapTo(&app.window(), QPoint(0, 0)), widget.size());
                const bool isInside = place.left() >= 0 && place.right() < app.window().width();
                if (widget.width() < needed || !isInside)
                    cut.append(QStringLiteral("%1 “%2”: %3 of %4 at %5")
                                   .arg(widget.objectName(), words)
                                   .arg(widget.width())
                                   .arg(needed)
                                   .arg(place.left()));
            };
            for (const auto* widget : app.window().findChildren<QWidget*>()) {
                if (!widget->isVisible() || qobject_cast<const QLineEdit*>(widget->parentWidget()) != nullptr)
                    continue;
                if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
                    check(*button, button->minimumSizeHint().width(), button->text());
                else if (const auto* label = qobject_cast<const QLabel*>(widget))
                    check(*label, label->minimumSizeHint().width(), label->text());
                else if (const auto* box = qobject_cast<const QComboBox*>(widget))
                    check(*box, box->minimumSizeHint().width(), box->currentText());
                else if (const auto* table = qobject_cast<const QTableView*>(widget))
                    check(*table, table->width() + table->horizontalScrollBar()->maximum(),
                          table->accessibleName());
                else if (const auto* tree = qobject_cast<const QTreeView*>(widget))
                    check(*tree, tree->width() + tree->horizontalScrollBar()->maximum(),
                          tree->accessibleName());
            }
            QVERIFY2(cut.isEmpty(), qPrintable(cut.join(u'\n')));
        }
        auto* scroll = app.window().findChild<QScrollArea*>(QStringLiteral("spendScroll"));
        QCOMPARE(scroll->widget()->width(), scroll->viewport()->width());
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
