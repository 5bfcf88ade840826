// models: what is known without asking, what a provider says when it is asked, and where its key goes.
#include "core/gateway/model_query.h"
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"
#include "tests/support/mock_upstream.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck::testing;
using tierdeck::gateway::OfferedModel;
using Json = nlohmann::json;

namespace {

struct Models {
    explicit Models(MockUpstream::Script script)
        : mock(std::move(script)) {
        const Json providers{
            {"mock",
             {{"apiType", "openai-chat"},
              {"baseUrl", mock.url()},
              {"apiKey", {{"env", "MOCK_KEY"}}},
              {"models", {"listed"}}}},
            {"claude",
             {{"apiType", "anthropic"}, {"baseUrl", mock.url()}, {"apiKey", {{"env", "CLAUDE_KEY"}}}}},
            {"sim", {{"apiType", "simulated"}}}};
        bench.write(QStringLiteral("preferences/llm.json"),
                    QByteArray::fromStdString(Json{{"providers", providers}}.dump()));
        bench.write(QStringLiteral("preferences/model-router.json"), "{}");
        bench.write(QStringLiteral("preferences/prices.json"),
                    R"({"mock/new": {"input": 2, "output": 8, "context_window": 5}})");
        bench.setVariable(QStringLiteral("MOCK_KEY"), QStringLiteral("mock-secret"));
        bench.setVariable(QStringLiteral("CLAUDE_KEY"), QStringLiteral("claude-secret"));
    }

    [[nodiscard]] Json ask(const QStringList& arguments, int exitCode = 0) const {
        const Outcome outcome =
            bench.run(QStringList{QStringLiteral("--json"), QStringLiteral("models")} + arguments);
        const std::string problems = schemaProblems("models", outcome.out.toStdString());
        if (outcome.exitCode != exitCode || !problems.empty())
            QTest::qFail((outcome.err.toStdString() + problems).c_str(), __FILE__, __LINE__);
        return Json::parse(outcome.out.toStdString(), nullptr, false);
    }

    MockUpstream mock;
    TierctlBench bench;
};

const std::string list =
    R"({"object":"list","data":[{"id":"new","context_length":131072},{"id":"org/other"},{"name":"no id"}]})";

void answers(MockConnection& connection, const MockRequest&) {
    connection.send(httpReply(200, list));
}

} // namespace

class TierctlModelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void forms_data() {
        QTest::addColumn<QByteArray>("document");
        QTest::addColumn<int>("models");
        QTest::newRow("a list") << QByteArray::fromStdString(list) << 2;
        QTest::newRow("none") << QByteArray(R"({"data":[]})") << 0;
        QTest::newRow("a bare array") << QByteArray(R"([{"id":"a"}])") << 1;
        QTest::newRow("models") << QByteArray(R"({"models":[{"id":"a","max_model_len":5}]})") << 1;
        QTest::newRow("an error") << QByteArray(R"({"error":{"message":"no"}})") << -1;
        QTest::newRow("no JSON") << QByteArray("<html>") << -1;
        QTest::newRow("nothing") << QByteArray() << -1;
    }

    void forms() {
        QFETCH(QByteArray, document);
        QFETCH(int, models);
        const auto offered = tierdeck::gateway::offeredModels(document.toStdString());
        QCOMPARE(offered ? static_cast<int>(offered->size()) : -1, models);
    }

    void withoutAskingWhatIsKnown() {
        const Models models(answers);
        const Json known = models.ask({QStringLiteral("mock")});
        QCOMPARE(known["models"].size(), std::size_t{1});
        QCOMPARE(known["models"][0]["model"].get<std::string>(), std::string("mock/listed"));
        QCOMPARE(known["models"][0]["source"].get<std::string>(), std::string("llm.json"));
        QVERIFY(known["asked"].empty());
        QVERIFY(models.mock.requests().empty());
    }

    void askedAndRemembered() {
        const Models models(answers);
        for (const QStringList& arguments : {QStringList{QStringLiteral("mock"), QStringLiteral("--refresh")},
                                             QStringList{QStringLiteral("mock")}}) {
            const Json said = models.ask(arguments);
            QCOMPARE(said["models"].size(), std::size_t{2});
            QCOMPARE(said["models"][0]["model"].get<std::string>(), std::string("mock/new"));
            QCOMPARE(said["models"][0]["contextWindow"].get<int>(), 131072); // the provider knows best
            QCOMPARE(said["models"][0]["price"]["output"].get<double>(), 8.0);
            QCOMPARE(said["models"][1]["model"].get<std::string>(), std::string("mock/org/other"));
            QVERIFY(said["models"][1]["price"].is_null());
            QCOMPARE(said["asked"][0]["models"].get<int>(), 2);
        }
        const auto requests = models.mock.requests();
        QCOMPARE(requests.size(), std::size_t{1});
        QVERIFY(requests[0].start.starts_with("GET /v1/models "));
        QCOMPARE(requests[0].header("authorization"), std::string("Bearer mock-secret"));
    }

    void anthropicsWay() {
        const Models models(answers);
        (void)models.ask({QStringLiteral("claude"), QStringLiteral("--refresh")});
        const auto requests = models.mock.requests();
        QCOMPARE(requests.size(), std::size_t{1});
        QVERIFY(requests[0].start.starts_with("GET /v1/models?limit="));
        QCOMPARE(requests[0].header("x-api-key"), std::string("claude-secret"));
        QVERIFY(!requests[0].header("anthropic-version").empty());
        QCOMPARE(requests[0].header("authorization"), std::string());
    }

    void whatGoesWrong_data() {
        QTest::addColumn<QByteArray>("reply");
        QTest::newRow("the key") << QByteArray::fromStdString(httpReply(401, "{}"));
        QTest::newRow("no such page") << QByteArray::fromStdString(httpReply(404, "{}"));
        QTest::newRow("no list") << QByteArray::fromStdString(httpReply(200, "<html>"));
    }

    void whatGoesWrong() {
        QFETCH(QByteArray, reply);
        const Models models([reply](MockConnection& connection, const MockRequest&) {
            connection.send(reply.toStdString());
        });
        const Json known = models.ask({QStringLiteral("mock"), QStringLiteral("--refresh")}, 4);
        QCOMPARE(known["models"][0]["source"].get<std::string>(), std::string("llm.json"));
        QCOMPARE(models.bench.run({QStringLiteral("models"), QStringLiteral("nobody")}).exitCode, 2);
    }
};

QTEST_GUILESS_MAIN(TierctlModelsTest)
#include "tst_tierctl_models.moc"
