#include "core/preferences/trusted_commands.h"
#include "tests/core/preferences/preferences_support.h"

#include <QTest>

#include <sys/stat.h>

using namespace tierdeck;
using namespace tierdeck::preferences;
using namespace tierdeck::testing;

class TrustedCommandsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_folder.emplace();
        m_workspace.emplace(m_folder->path().toStdString());
    }

    void onlyTheExactCommandLine() {
        LiveCommandTrust live(*m_workspace);
        QVERIFY(!live.isTrusted({"./check.sh"}));
        QVERIFY(trustCommand(*m_workspace, {"./check.sh", "a b"}, m_clock.now()).value());
        QVERIFY(!trustCommand(*m_workspace, {"./check.sh", "a b"}, m_clock.now()).value()); // already
        QVERIFY(live.isTrusted({"./check.sh", "a b"}));
        QVERIFY(!live.isTrusted({"./check.sh"}));
        QVERIFY(!live.isTrusted({"./check.sh", "a", "b"}));
        QVERIFY(!live.isTrusted({"./check.sh", "a b", ""}));
        QVERIFY(!live.isTrusted({}));
        QVERIFY(revokeCommand(*m_workspace, {"./check.sh", "a b"}).value());
        QVERIFY(!revokeCommand(*m_workspace, {"./check.sh", "a b"}).value());
        QVERIFY(!live.isTrusted({"./check.sh", "a b"}));
    }

    void theFileIsItsOwnersAlone() {
        const auto file = m_workspace->trustedCommandsFile();
        QVERIFY(writeFileAtomically(file, "{\"commands\": []}"));
        QCOMPARE(::chmod(file.c_str(), 0644), 0);
        QVERIFY(trustCommand(*m_workspace, {"./check.sh"}, m_clock.now()));

        struct stat status {};

        QCOMPARE(::stat(file.c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777u, 0600u);
        LiveCommandTrust live(*m_workspace);
        QVERIFY(live.isTrusted({"./check.sh"}));
        QCOMPARE(::chmod(file.c_str(), 0620), 0);
        QVERIFY(!live.isTrusted({"./check.sh"})); // the group may write what is run
        QCOMPARE(readTrustedCommands(*m_workspace).error().code, ErrorCode::Conflict);
        QVERIFY(!trustCommand(*m_workspace, {"./other.sh"}, m_clock.now()));
        QCOMPARE(::chmod(file.c_str(), 0600), 0);
        QVERIFY(live.isTrusted({"./check.sh"}));
    }

    void damagedFilesTrustNothing_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("half") << QByteArray("{\"commands\": [{\"run\"");
        QTest::newRow("a text as command")
            << QByteArray("{\"commands\": [{\"run\": \"./check.sh\", \"confirmed\": \"2026-11-21\"}]}");
    }

    void damagedFilesTrustNothing() {
        QFETCH(QByteArray, bytes);
        QVERIFY(writeFileAtomically(m_workspace->trustedCommandsFile(), bytes.toStdString()));
        LiveCommandTrust live(*m_workspace);
        QVERIFY(!live.isTrusted({"./check.sh"}));
        QVERIFY(!trustCommand(*m_workspace, {"./check.sh"}, m_clock.now()));
        QCOMPARE(readFile(m_workspace->trustedCommandsFile()).value(), bytes.toStdString());
    }

    void asAShellNeedsIt() {
        QCOMPARE(asTyped({"./check.sh", "--level=2", "a/b.c"}), std::string("./check.sh --level=2 a/b.c"));
        QCOMPARE(asTyped({"sh", "-c", "test $A && it's"}), std::string(R"(sh -c 'test $A && it'\''s')"));
        QCOMPARE(asTyped({"true", ""}), std::string("true ''"));
    }

    void noCommandIsNoCommand() {
        QVERIFY(!trustCommand(*m_workspace, {}, m_clock.now()));
        QVERIFY(!trustCommand(*m_workspace, {""}, m_clock.now()));
    }

private:
    std::optional<QTemporaryDir> m_folder;
    std::optional<Workspace> m_workspace;
    FakeClock m_clock;
};

QTEST_GUILESS_MAIN(TrustedCommandsTest)
#include "tst_trusted_commands.moc"
