#include "app/composition_root.h"
#include "core/gateway/gateway_lease.h"
#include "core/preferences/first_setup.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/sessions/sessions_page.h"
#include "ui/shell/actions.h"
#include "ui/shell/banner.h"
#include "ui/shell/main_window.h"
#include "ui/shell/page.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

using namespace tierdeck;

namespace {

class NoSecrets final : public SecretSource {
public:
    [[nodiscard]] Result<std::string> fromEnvironment(const std::string&) const override { return none(); }

    [[nodiscard]] Result<std::string> fromKeychain(const std::string&) const override { return none(); }

    [[nodiscard]] Result<std::string> fromFile(const std::string&) const override { return none(); }

private:
    static Result<std::string> none() { return failure(ErrorCode::NotFound, "There is none."); }
};

/// A workspace with some history, and the app on it.
struct Running {
    QTemporaryDir folder;
    Workspace workspace{folder.path().toStdString()};
    std::unique_ptr<app::CompositionRoot> root;

    Running() {
        (void)preferences::initialiseWorkspace(workspace, NoSecrets(), {});
        sessions::StoreOptions options;
        options.file = workspace.storeFile();
        options.unsavedFile = workspace.unsavedFile();
        auto store = sessions::SessionStore::open(options);
        testing::GeneratorOptions wanted;
        wanted.requests = 400;
        wanted.end = SystemClock().now();
        wanted.days = 2;
        for (routing::RequestRecord& record : testing::RecordGenerator(wanted).all())
            (*store)->record(std::move(record), [](const Result<void>&) {});
        store->reset();
        app::AppOptions appOptions;
        appOptions.workspace = workspace;
        appOptions.pictures = true; // no settings of whoever runs the test, and no port is opened
        root = std::make_unique<app::CompositionRoot>(appOptions);
        root->window().show();
        QApplication::setActiveWindow(&root->window());
    }

    [[nodiscard]] ui::MainWindow& window() { return root->window(); }

    [[nodiscard]] bool isReady() {
        const auto& pages = window().pages();
        return std::all_of(pages.begin(), pages.end(), [](const ui::Page* page) { return page->isReady(); });
    }
};

} // namespace

class AppTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyPageGetsItsDataAndIsReachedByKey() {
        Running app;
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
        Running app;
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
        Running app;
        QStringList names;
        for (const QAction* action : app.window().findChildren<QAction*>())
            if (!action->shortcuts().isEmpty())
                names.append(action->objectName());
        for (const ui::ActionInfo& info : ui::actions::catalogue())
            QVERIFY2(names.contains(info.objectName), qPrintable(info.objectName));
    }

    void theTabKeyReachesEveryPartOfTheSessionsPage() {
        Running app;
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
        Running app;
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
