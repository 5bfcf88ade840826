// Looking for a local runtime: one that answers, those that do not, and none beyond this machine.
#include "app/local_runtimes.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QtTest>

#include <future>

using namespace tierdeck;

namespace {

class Environment final : public SecretSource {
public:
    explicit Environment(std::string ollamaHost)
        : m_ollamaHost(std::move(ollamaHost)) {}

    Result<std::string> fromEnvironment(const std::string& variable) const override {
        if (variable != "OLLAMA_HOST") {
            return failure(ErrorCode::NotFound, "not set");
        }
        return m_ollamaHost;
    }

    Result<std::string> fromKeychain(const std::string&) const override {
        return failure(ErrorCode::NotFound, "none");
    }

    Result<std::string> fromFile(const std::string&) const override {
        return failure(ErrorCode::NotFound, "none");
    }

private:
    std::string m_ollamaHost;
};

std::vector<preferences::FoundLocal> look(const QString& host) {
    const Environment environment(host.toStdString());
    auto found = std::async(std::launch::async, [&] { return app::findLocalRuntimes(environment); });
    // The server below lives on this thread.
    const auto done = [&] { return found.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
    if (!QTest::qWaitFor(done, 15'000)) {
        qFatal("looking for a runtime never ended");
    }
    return found.get();
}

/// Answers every connection with the same bytes and closes it; keeps what was asked.
class Server {
public:
    explicit Server(const QByteArray& reply) {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this, reply] {
            QTcpSocket* socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, reply] {
                m_asked += socket->readAll();
                if (!reply.isEmpty() && m_asked.contains("\r\n\r\n")) {
                    socket->write(reply);
                    socket->disconnectFromHost();
                }
            });
        });
        if (!m_server.listen(QHostAddress::LocalHost)) {
            qFatal("the test could not listen");
        }
    }

    [[nodiscard]] QString port() const { return QString::number(m_server.serverPort()); }

    [[nodiscard]] QByteArray asked() const { return m_asked; }

private:
    QTcpServer m_server;
    QByteArray m_asked;
};

} // namespace

class TestLocalRuntimes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsWhatAnswers_data();
    void findsWhatAnswers();
    void doesNotTrustWhatIsNoRuntime_data();
    void doesNotTrustWhatIsNoRuntime();
    void asksThisMachineOnly_data();
    void asksThisMachineOnly();
};

void TestLocalRuntimes::findsWhatAnswers_data() {
    QTest::addColumn<QString>("host"); // %1 is the port
    QTest::newRow("host and port") << QStringLiteral("127.0.0.1:%1");
    QTest::newRow("port alone") << QStringLiteral(":%1");
    QTest::newRow("what a server listens on") << QStringLiteral("0.0.0.0:%1");
    QTest::newRow("a URL") << QStringLiteral("http://localhost:%1/");
}

void TestLocalRuntimes::findsWhatAnswers() {
    QFETCH(QString, host);
    const Server server("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
                        "{\"models\":[{\"name\":\"qwen3:8b\"},{\"size\":1},{\"name\":\"llama3\"}]}");
    const auto found = look(host.arg(server.port()));
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(found[0].name, std::string("ollama"));
    QCOMPARE(QString::fromStdString(found[0].baseUrl),
             QStringLiteral("http://127.0.0.1:%1/v1").arg(server.port()));
    QCOMPARE(found[0].models, (std::vector<std::string>{"qwen3:8b", "llama3"}));
    QVERIFY(server.asked().startsWith("GET /api/tags HTTP/1.0\r\n"));
}

void TestLocalRuntimes::doesNotTrustWhatIsNoRuntime_data() {
    QTest::addColumn<QByteArray>("reply");
    QTest::newRow("another status") << QByteArray("HTTP/1.0 404 Not Found\r\n\r\n{\"models\":[]}");
    QTest::newRow("no JSON") << QByteArray("HTTP/1.0 200 OK\r\n\r\n<html>");
    QTest::newRow("other JSON") << QByteArray("HTTP/1.0 200 OK\r\n\r\n[1]");
    QTest::newRow("no HTTP") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n");
    QTest::newRow("silence") << QByteArray();
}

void TestLocalRuntimes::doesNotTrustWhatIsNoRuntime() {
    QFETCH(QByteArray, reply);
    const Server server(reply);
    QVERIFY(look(QStringLiteral("127.0.0.1:") + server.port()).empty());
    QVERIFY(!server.asked().isEmpty());
}

void TestLocalRuntimes::asksThisMachineOnly_data() {
    QTest::addColumn<QString>("host");
    QTest::newRow("another machine") << QStringLiteral("192.0.2.1:11434");
    QTest::newRow("a name") << QStringLiteral("http://models.example:11434");
    QTest::newRow("a port that is none") << QStringLiteral("127.0.0.1:ollama!");
    QTest::newRow("no one there") << QStringLiteral("127.0.0.1:1");
}

void TestLocalRuntimes::asksThisMachineOnly() {
    QFETCH(QString, host);
    QVERIFY(look(host).empty());
}

QTEST_GUILESS_MAIN(TestLocalRuntimes)
#include "tst_local_runtimes.moc"
