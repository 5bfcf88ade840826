#include "app/secrets.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <thread>

using tierdeck::ErrorCode;
using tierdeck::app::SystemSecrets;

class TestSecrets : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string write(const char* name, const QByteArray& bytes) {
        QFile file(m_folder.filePath(QString::fromLatin1(name)));
        if (!file.open(QIODevice::WriteOnly)) {
            qFatal("the test could not write a file");
        }
        file.write(bytes);
        return file.fileName().toStdString();
    }

private Q_SLOTS:

    void environment() {
        qputenv("TIERDECK_TEST_KEY", "secret-1");
        qputenv("TIERDECK_TEST_EMPTY", "");
        const SystemSecrets secrets;
        QCOMPARE(secrets.fromEnvironment("TIERDECK_TEST_KEY").value(), std::string("secret-1"));
        QVERIFY(secrets.fromEnvironment("TIERDECK_TEST_EMPTY").error().code == ErrorCode::NotFound);
        QVERIFY(secrets.fromEnvironment("TIERDECK_TEST_UNSET").error().message.find("TIERDECK_TEST_UNSET") !=
                std::string::npos);
    }

    void fileGivesItsFirstLine_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("key"); // "" for an error
        QTest::newRow("plain") << QByteArray("secret-2") << QStringLiteral("secret-2");
        QTest::newRow("newline") << QByteArray("secret-2\nmore\n") << QStringLiteral("secret-2");
        QTest::newRow("DOS newline") << QByteArray("secret-2\r\n") << QStringLiteral("secret-2");
        QTest::newRow("space behind") << QByteArray("secret-2 \t\n") << QStringLiteral("secret-2");
        QTest::newRow("empty") << QByteArray() << QString();
        QTest::newRow("empty line") << QByteArray("\nsecret-2\n") << QString();
    }

    void fileGivesItsFirstLine() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, key);
        const auto found = SystemSecrets().fromFile(write("key", bytes));
        QCOMPARE(QString::fromStdString(found.value_or("")), key);
        QVERIFY(found || found.error().message.find("secret-2") == std::string::npos);
    }

    void fileInTheHome() {
        write("in-home", "secret-3\n");
        qputenv("HOME", m_folder.path().toUtf8());
        QCOMPARE(SystemSecrets().fromFile("~/in-home").value(), std::string("secret-3"));
        QVERIFY(SystemSecrets().fromFile("~/absent").error().code == ErrorCode::NotFound);
    }

    /// A thread without an event loop asks, as the gateway's does; with no session bus the answer is a
    /// sentence, soon.
    void keychainWithoutAService() {
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        const SystemSecrets secrets;
        QElapsedTimer timer;
        timer.start();
        tierdeck::Result<std::string> answer;
        std::thread([&] { answer = secrets.fromKeychain("anthropic"); }).join();
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find("Key not reachable") == 0, answer.error().message.c_str());
        QVERIFY(answer.error().message.find("anthropic") != std::string::npos);
        QVERIFY(timer.elapsed() < 10'000);
        timer.restart();
        std::thread([&] { answer = secrets.fromKeychain("anthropic"); }).join();
        QVERIFY(!answer);
        QVERIFY2(timer.elapsed() < 500, "the failure was not kept");
    }
};

QTEST_GUILESS_MAIN(TestSecrets)
#include "tst_secrets.moc"
