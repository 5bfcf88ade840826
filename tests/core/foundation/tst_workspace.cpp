#include "core/foundation/workspace.h"

#include <QTest>

using tierdeck::Workspace;

class TestWorkspace : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        qunsetenv("TIERDECK_WORKSPACE");
        qunsetenv("XDG_DATA_HOME");
        qputenv("HOME", "/home/someone");
    }

    void environmentDecides() {
        QCOMPARE(Workspace::standard().root().string(), std::string("/home/someone/.local/share/tierdeck"));
        qputenv("XDG_DATA_HOME", "/data");
        QCOMPARE(Workspace::standard().root().string(), std::string("/data/tierdeck"));
        qputenv("XDG_DATA_HOME", "not/absolute");
        QCOMPARE(Workspace::standard().root().string(), std::string("/home/someone/.local/share/tierdeck"));
        qputenv("TIERDECK_WORKSPACE", "/elsewhere/deck");
        QCOMPARE(Workspace::standard().root().string(), std::string("/elsewhere/deck"));
    }

    void relativeWorkspaceStaysTheSameFolder() {
        qputenv("TIERDECK_WORKSPACE", "here");
        QVERIFY(Workspace::standard().root().is_absolute());
    }

    void namesThePathsOfTheDesign() {
        const Workspace workspace("/w");
        QCOMPARE(workspace.modelRouterFile().string(), std::string("/w/preferences/model-router.json"));
        QCOMPARE(workspace.llmFile().string(), std::string("/w/preferences/llm.json"));
        QCOMPARE(workspace.storeFile().string(), std::string("/w/sessions/tierdeck.db"));
        QCOMPARE(workspace.journalFile().string(), std::string("/w/sessions/journal"));
        QCOMPARE(workspace.tierLogFile().string(), std::string("/w/logs/tier.log"));
        QCOMPARE(workspace.gatewayLockFile().string(), std::string("/w/state/gateway.lock"));
    }
};

QTEST_APPLESS_MAIN(TestWorkspace)
#include "tst_workspace.moc"
