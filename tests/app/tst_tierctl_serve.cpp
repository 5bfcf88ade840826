// serve: a real gateway in its own process, asked over a real socket, and what the store and the log say
// afterwards.
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QtTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

constexpr int patienceMs = 20'000;

class RunningGateway {
public:
    explicit RunningGateway(const TierctlBench& bench) {
        bench.start(m_process, {QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0"),
                                QStringLiteral("--json")});
        while (!m_process.canReadLine() && m_process.waitForReadyRead(patienceMs)) {
        }
        m_announcement = m_process.readLine();
        m_address = QString::fromStdString(
            Json::parse(m_announcement.toStdString(), nullptr, false).value("address", std::string()));
    }

    ~RunningGateway() {
        m_process.kill();
        m_process.waitForFinished();
    }

    [[nodiscard]] QString address() const { return m_address; }

    [[nodiscard]] QByteArray announcement() const { return m_announcement; }

    void signal(int number) const { ::kill(static_cast<pid_t>(m_process.processId()), number); }

    /// What it was started with, or started itself anew with.
    [[nodiscard]] QList<QByteArray> environment() const {
        QFile file(QStringLiteral("/proc/%1/environ").arg(m_process.processId()));
        return file.open(QIODevice::ReadOnly) ? file.readAll().split('\0') : QList<QByteArray>();
    }

    bool waitForError(const QByteArray& words) {
        QByteArray seen = m_process.readAllStandardError();
        m_process.setReadChannel(QProcess::StandardError);
        while (!seen.contains(words)) {
            if (!m_process.waitForReadyRead(patienceMs)) {
                return false;
            }
            seen += m_process.readAllStandardError();
        }
        return true;
    }

    [[nodiscard]] int stop() {
        signal(SIGTERM);
        m_process.waitForFinished(patienceMs);
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

private:
    QProcess m_process;
    QByteArray m_announcement;
    QString m_address;
};

struct Reply {
    int status = 0;
    QByteArray body;
    QByteArray tier;
    QByteArray request;
};

Reply chat(const RunningGateway& gateway, const QByteArray& body) {
    QNetworkAccessManager network;
    QNetworkRequest request(QUrl(gateway.address() + QStringLiteral("/v1/chat/completions")));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    request.setRawHeader("X-Tierdeck-Session", "test");
    QNetworkReply* reply = network.post(request, body);
    const bool finished = QTest::qWaitFor([reply] { return reply->isFinished(); }, patienceMs);
    Reply made;
    if (finished) {
        made = {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->readAll(),
                reply->rawHeader("x-tierdeck-tier"), reply->rawHeader("x-tierdeck-request")};
    }
    reply->deleteLater();
    return made;
}

QByteArray asking(const char* model, const char* text) {
    return QByteArray("{\"model\":\"") + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text +
           "\"}]}";
}

void fill(const TierctlBench& bench) {
    bench.write(QStringLiteral("preferences/model-router.json"),
                "{\"modelRouter\":{\"balancedModel\":\"sim/fast\",\"codingModel\":\"sim/fast-coder\","
                "\"fallbacks\":{\"sim/error-529\":[\"sim/fast\"]},\"retries\":{\"attempts\":1}}}");
    bench.write(QStringLiteral("preferences/llm.json"),
                "{\"llm\":{\"providers\":{\"sim\":{\"apiType\":\"simulated\"}}}}");
}

} // namespace

class TestTierctlServe : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void servesRecordsAndStops();
    void oneGatewayAWorkspace();
    void preferencesComeIntoForceAtOnce();
    void emptyWorkspaceSaysWhatToDo();
    void otherHostNeedsAToken();
    void portThatIsTaken();
    void copiesWithoutAvx512();
};

void TestTierctlServe::servesRecordsAndStops() {
    const TierctlBench bench;
    fill(bench);
    RunningGateway gateway(bench);
    QCOMPARE(schemaProblems("serve", gateway.announcement().toStdString()), std::string());

    const Reply first = chat(gateway, asking("auto", "hello"));
    QCOMPARE(first.status, 200);
    QCOMPARE(first.tier, QByteArray("balanced"));
    const Reply second = chat(gateway, asking("sim/error-529", "hello again"));
    QCOMPARE(second.status, 200); // by the fallback
    QCOMPARE(second.tier, QByteArray("-"));

    // Who reads after a reply finds its request, also while the gateway runs.
    const Outcome outcome =
        bench.run({QStringLiteral("report"), QStringLiteral("requests"), QStringLiteral("--json")});
    QCOMPARE(schemaProblems("report-requests", outcome.out.toStdString()), std::string());
    const Json requests = Json::parse(outcome.out.toStdString())["requests"];
    QCOMPARE(requests.size(), std::size_t{2});
    QCOMPARE(requests[0]["request"].get<int>(), first.request.toInt());
    QCOMPARE(requests[0]["session"], Json("test"));
    QCOMPARE(requests[0]["simulated"], Json(true));
    QCOMPARE(requests[1]["attempts"], Json(2));
    QCOMPARE(requests[1]["model"], Json("sim/fast"));

    const Json shown = Json::parse(
        bench.run({QStringLiteral("show"), QStringLiteral("--json")}).out.toStdString())["gateway"];
    QCOMPARE(shown["running"], Json(true));
    QCOMPARE(shown["address"], Json(gateway.address().toStdString()));

    QCOMPARE(gateway.stop(), 0);
    const QByteArray log = bench.read(QStringLiteral("logs/tier.log"));
    QVERIFY2(log.contains("Tier assignment: balanced") && log.contains("Fallback: sim/error-529 -> sim/fast"),
             log.constData());
    QVERIFY(!log.contains("hello"));
    QVERIFY(!QFile::exists(bench.path(QStringLiteral("state/gateway.json"))));
}

void TestTierctlServe::oneGatewayAWorkspace() {
    const TierctlBench bench;
    fill(bench);
    RunningGateway gateway(bench);
    QVERIFY(!gateway.address().isEmpty());
    const Outcome second =
        bench.run({QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0")});
    QCOMPARE(second.exitCode, 4);
    QVERIFY2(second.err.contains(gateway.address().toUtf8()), second.err.constData());
    QCOMPARE(gateway.stop(), 0);
    RunningGateway next(bench);
    QVERIFY(!next.address().isEmpty());
}

void TestTierctlServe::preferencesComeIntoForceAtOnce() {
    const TierctlBench bench;
    fill(bench);
    RunningGateway gateway(bench);
    const auto served = [&] {
        return QString::fromUtf8(chat(gateway, asking("tier-coding", "x")).body)
            .contains(QStringLiteral("fast-coder"));
    };
    QVERIFY(served());
    QCOMPARE(bench
                 .run({QStringLiteral("set"), QStringLiteral("/modelRouter/codingModel"),
                       QStringLiteral("\"sim/fast\"")})
                 .exitCode,
             0);
    QTest::qWait(25); // the gateway looks at the files at most once in 20 ms
    QVERIFY(!served());

    // What becomes invalid leaves the last good policy in force.
    bench.write(QStringLiteral("preferences/model-router.json"), "{\"modelRouter\": ");
    gateway.signal(SIGHUP);
    QVERIFY(gateway.waitForError("read again"));
    QCOMPARE(chat(gateway, asking("tier-coding", "x")).status, 200);
}

void TestTierctlServe::emptyWorkspaceSaysWhatToDo() {
    const TierctlBench bench;
    RunningGateway gateway(bench);
    QVERIFY(gateway.waitForError("tierctl init"));
    const Reply reply = chat(gateway, asking("auto", "hello"));
    QCOMPARE(reply.status, 503);
    QVERIFY2(reply.body.contains("tier_unset"), reply.body.constData());
    QCOMPARE(bench.run({QStringLiteral("init")}).exitCode, 0);
    QTest::qWait(25);
    QCOMPARE(chat(gateway, asking("auto", "hello")).status, 200);
}

void TestTierctlServe::otherHostNeedsAToken() {
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run({QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0"),
                                       QStringLiteral("--host"), QStringLiteral("0.0.0.0")});
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.err.contains("--token"), outcome.err.constData());
}

void TestTierctlServe::portThatIsTaken() {
    const TierctlBench bench;
    fill(bench);
    const TierctlBench other;
    fill(other);
    RunningGateway gateway(bench);
    const QString port = gateway.address().section(QLatin1Char(':'), -1);
    const Outcome outcome = other.run({QStringLiteral("serve"), QStringLiteral("--port"), port});
    QCOMPARE(outcome.exitCode, 4);
    QVERIFY2(outcome.err.contains(port.toUtf8()), outcome.err.constData());
}

void TestTierctlServe::copiesWithoutAvx512() {
#if defined(__x86_64__) && defined(__GLIBC__)
    const bool isWide = __builtin_cpu_supports("avx512vl") != 0;
#else
    const bool isWide = false;
#endif
    const QByteArray wanted = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW";
    const TierctlBench bench;
    fill(bench);
    {
        const RunningGateway gateway(bench);
        QVERIFY(!gateway.address().isEmpty());
        QCOMPARE(gateway.environment().contains(wanted), isWide);
    }
    // The user's own stand.
    TierctlBench tuned;
    fill(tuned);
    tuned.setVariable(QStringLiteral("GLIBC_TUNABLES"), QStringLiteral("glibc.malloc.perturb=0"));
    const RunningGateway gateway(tuned);
    QCOMPARE(chat(gateway, asking("auto", "hello")).status, 200);
    QVERIFY(gateway.environment().contains("GLIBC_TUNABLES=glibc.malloc.perturb=0"));
    QVERIFY(!gateway.environment().contains(wanted));
}

QTEST_GUILESS_MAIN(TestTierctlServe)
#include "tst_tierctl_serve.moc"
