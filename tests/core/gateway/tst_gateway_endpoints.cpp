// What the gateway answers beside exchanges: in whose form it refuses, the model list page by page, probes,
// /metrics.
#include "tests/core/gateway/prometheus_reader.h"
#include "tests/support/gateway_bench.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck;
using namespace tierdeck::testing;
using Json = nlohmann::json;

namespace {

const Headers anthropic{{"anthropic-version", "2023-06-01"}};

std::string get(std::string_view target, const Headers& headers = {}) {
    return httpRequest("GET", target, {}, headers);
}

/// Every id of the list, in its order.
std::vector<std::string> idsOf(const Json& list) {
    std::vector<std::string> ids;
    for (const auto& model : list["data"])
        ids.push_back(model["id"]);
    return ids;
}

/// "messages:type" or "openai:type/code"; "" for neither's form.
QByteArray formOf(const HttpMessage& reply) {
    const auto json = Json::parse(reply.body, nullptr, false);
    if (!json.is_object() || !json.contains("error") || !json["error"]["message"].is_string())
        return {};
    const auto& error = json["error"];
    const auto type = error["type"].get<std::string>();
    if (json.value("type", "") == "error")
        return QByteArray::fromStdString(error.contains("code") ? "" : "messages:" + type);
    return QByteArray::fromStdString(
        error.contains("param") ? "openai:" + type + '/' + error["code"].get<std::string>() : "");
}

} // namespace

class TestGatewayEndpoints : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void formsOfRefusals_data();
    void formsOfRefusals();
    void formsOfBrokenRequests_data();
    void formsOfBrokenRequests();
    void aFloodAfterAGoodRequest();
    void probes();
    void everyModelWithoutAVersion();
    void pages_data();
    void pages();
    void throughAllPages();
    void wrongPages_data();
    void wrongPages();
    void oneModel_data();
    void oneModel();
    void metrics();
    void requestsAreCounted();
    void metricsNeedTheToken();
};

void TestGatewayEndpoints::formsOfRefusals_data() {
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("header"); // "name: value" or empty
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("form");
    const auto row = [](const char* method, const char* target, const char* header, int status,
                        const char* form) {
        QTest::addRow("%s %s %s", method, target, header)
            << QByteArray(method) << QByteArray(target) << QByteArray(header) << status << QByteArray(form);
    };
    const char* version = "anthropic-version: 2023-06-01";
    const char* foreign = "origin: https://evil.example";
    row("GET", "/v1/nothing", "", 404, "openai:invalid_request_error/not_found");
    row("GET", "/v1/nothing", version, 404, "messages:not_found_error");
    row("POST", "/v1/messages/nothing", "", 404, "messages:not_found_error");
    row("POST", "/v1/messagesx", "", 404, "openai:invalid_request_error/not_found");
    row("POST", "/v1/responses/compact", version, 404, "openai:invalid_request_error/not_found");
    row("GET", "/v1/chat/completions", version, 405, "openai:invalid_request_error/method_not_allowed");
    row("POST", "/v1/models", version, 405, "messages:invalid_request_error");
    row("POST", "/v1/models", "", 405, "openai:invalid_request_error/method_not_allowed");
    row("POST", "/v1/chat/completions", foreign, 403, "openai:invalid_request_error/foreign_origin");
    row("POST", "/v1/responses", foreign, 403, "openai:invalid_request_error/foreign_origin");
    row("POST", "/v1/messages?beta=true", foreign, 403, "messages:permission_error");
    row("POST", "/v1/messages/count_tokens", foreign, 403, "messages:permission_error");
    row("GET", "/metrics", foreign, 403, "openai:invalid_request_error/foreign_origin");
}

void TestGatewayEndpoints::formsOfRefusals() {
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, header);
    QFETCH(int, status);
    QFETCH(QByteArray, form);
    GatewayBench bench;
    bench.start();
    Headers headers;
    if (const auto colon = header.indexOf(':'); colon > 0)
        headers.emplace_back(header.left(colon).toStdString(), header.mid(colon + 2).toStdString());
    const auto reply = bench.ask(httpRequest(method.toStdString(), target.toStdString(), {}, headers));
    QCOMPARE(reply.status(), status);
    QCOMPARE(formOf(reply), form);
    QCOMPARE(reply.header("content-type"), std::string("application/json"));
}

void TestGatewayEndpoints::formsOfBrokenRequests_data() {
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("form");
    const auto row = [](const char* path, const char* kind, int status, const char* form) {
        QTest::addRow("%s %s", path, kind)
            << QByteArray(path) << QByteArray(kind) << status << QByteArray(form);
    };
    const char* chat = "/v1/chat/completions";
    const char* messages = "/v1/messages?beta=true";
    const char* responses = "/v1/responses";
    row(chat, "flood", 431, "openai:invalid_request_error/headers_too_large");
    row(messages, "flood", 431, "messages:invalid_request_error");
    row(messages, "endless flood", 431, "messages:invalid_request_error");
    row(responses, "flood", 431, "openai:invalid_request_error/headers_too_large");
    row(chat, "no colon", 400, "openai:invalid_request_error/malformed_request");
    row(messages, "no colon", 400, "messages:invalid_request_error");
    row(messages, "two lengths", 400, "messages:invalid_request_error");
    row(messages, "gzip transfer", 501, "messages:api_error");
    row(chat, "gzip transfer", 501, "openai:server_error/unsupported_transfer");
    row(chat, "too large", 413, "openai:invalid_request_error/body_too_large");
    row(chat, "encoding", 415, "openai:invalid_request_error/unsupported_encoding");
    row(chat, "broken gzip", 400, "openai:invalid_request_error/broken_encoding");
}

void TestGatewayEndpoints::formsOfBrokenRequests() {
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, kind);
    QFETCH(int, status);
    QFETCH(QByteArray, form);
    GatewayBench bench;
    bench.options.maxBodyBytes = 1u << 20;
    bench.start();
    const std::string start = "POST " + path.toStdString() + " HTTP/1.1\r\nHost: localhost\r\n";
    const std::string flood = "X: " + std::string(70'000, 'x') + "\r\n";
    const std::map<QByteArray, std::string> requests{
        {"flood", start + flood + "\r\n"},
        {"endless flood", start + flood},
        {"no colon", start + "nonsense\r\n\r\n"},
        {"two lengths", start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"},
        {"gzip transfer", start + "Transfer-Encoding: gzip\r\n\r\n"},
        {"too large", start + "Content-Length: 2000000\r\n\r\n"},
        {"encoding", start + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"},
        {"broken gzip", start + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
    };
    const auto reply = bench.ask(requests.at(kind));
    QCOMPARE(reply.status(), status);
    QCOMPARE(formOf(reply), form);
}

/// The form is that of the request which is refused, not of one before it on the same connection.
void TestGatewayEndpoints::aFloodAfterAGoodRequest() {
    GatewayBench bench;
    bench.start();
    RawClient client(bench.port());
    QCOMPARE(client.ask(get("/v1/models", anthropic)).status(), 200);
    const auto reply = client.ask("GET /v1/models HTTP/1.1\r\nX: " + std::string(70'000, 'x'));
    QCOMPARE(reply.status(), 431);
    QCOMPARE(formOf(reply), QByteArray("openai:invalid_request_error/headers_too_large"));
}

void TestGatewayEndpoints::probes() {
    GatewayBench bench;
    bench.options.token = "the-token";
    bench.start();
    RawClient client(bench.port());
    for (const char* target : {"/", "/api/hello", "/healthz"}) {
        client.send(httpRequest("HEAD", target));
        QCOMPARE(client.read(true).status(), 200);
    }
    for (const char* target : {"/metrics", "/v1/models", "/v1/models/tier-smart", "/v1/tierdeck/status"}) {
        client.send(httpRequest("HEAD", target, {}, {{"X-Api-Key", "the-token"}}));
        const auto reply = client.read(true);
        QCOMPARE(reply.status(), 200);
        QVERIFY(std::stoi(reply.header("content-length")) > 0);
    }
}

void TestGatewayEndpoints::everyModelWithoutAVersion() {
    GatewayBench bench;
    auto& models = bench.policy.providers["mock"].models;
    for (int i = 0; i < 50; ++i)
        models.emplace_back().id = "m" + std::to_string(i);
    bench.start();
    const auto all = Json::parse(bench.ask(get("/v1/models?limit=2")).body);
    QCOMPARE(all["data"].size(), std::size_t(10 + 3 + 50));
    QCOMPARE(all["has_more"], false);
    const auto first = Json::parse(bench.ask(get("/v1/models", anthropic)).body);
    QCOMPARE(first["data"].size(), std::size_t(20));
    QCOMPARE(first["has_more"], true);
    const auto discovery = Json::parse(bench.ask(get("/v1/models?limit=1000", anthropic)).body);
    QVERIFY(discovery == all);
}

void TestGatewayEndpoints::pages_data() {
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("ids"); // with spaces between
    QTest::addColumn<bool>("hasMore");
    const auto row = [](const char* query, const char* ids, bool hasMore) {
        QTest::newRow(*query ? query : "no query") << QByteArray(query) << QByteArray(ids) << hasMore;
    };
    row("?limit=2", "tier-background tier-balanced", true);
    row("?limit=2&after_id=tier-balanced", "tier-coding tier-smart", true);
    row("?after_id=mock%2Fbase&limit=2", "mock/coder mock/smart", false);
    row("?after_id=mock/base&limit=1", "mock/coder", true);
    row("?after_id=mock/smart", "", false);
    row("?limit=2&before_id=mock/base", "claude-tier-smart claude-tier-deep", true);
    row("?limit=2&before_id=tier-coding", "tier-background tier-balanced", false);
    row("?limit=9&before_id=tier-balanced&unknown=1", "tier-background", false);
    row("?before_id=tier-background", "", false);
}

void TestGatewayEndpoints::pages() {
    QFETCH(QByteArray, query);
    QFETCH(QByteArray, ids);
    QFETCH(bool, hasMore);
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(get("/v1/models" + query.toStdString(), anthropic));
    QCOMPARE(reply.status(), 200);
    const auto page = Json::parse(reply.body);
    QByteArrayList found;
    for (const auto& id : idsOf(page))
        found.append(QByteArray::fromStdString(id));
    QCOMPARE(found.join(' '), ids);
    QCOMPARE(page["has_more"].get<bool>(), hasMore);
    QCOMPARE(page["first_id"], found.isEmpty() ? Json() : Json(found.first().toStdString()));
    QCOMPARE(page["last_id"], found.isEmpty() ? Json() : Json(found.last().toStdString()));
}

void TestGatewayEndpoints::throughAllPages() {
    GatewayBench bench;
    bench.start();
    const auto all = idsOf(Json::parse(bench.ask(get("/v1/models")).body));
    std::vector<std::string> forward;
    std::string query = "?limit=4";
    while (true) {
        const auto page = Json::parse(bench.ask(get("/v1/models" + query, anthropic)).body);
        for (const auto& id : idsOf(page))
            forward.push_back(id);
        if (!page["has_more"].get<bool>() || forward.size() > all.size())
            break;
        query = "?limit=4&after_id=" + page["last_id"].get<std::string>();
    }
    QVERIFY(forward == all);
    std::vector<std::string> backward{all.back()};
    while (true) {
        const auto page =
            Json::parse(bench.ask(get("/v1/models?limit=4&before_id=" + backward.front(), anthropic)).body);
        const auto ids = idsOf(page);
        backward.insert(backward.begin(), ids.begin(), ids.end());
        if (!page["has_more"].get<bool>() || backward.size() > all.size())
            break;
    }
    QVERIFY(backward == all);
}

void TestGatewayEndpoints::wrongPages_data() {
    QTest::addColumn<QByteArray>("query");
    for (const char* query :
         {"?limit=0", "?limit=1001", "?limit=-1", "?limit=ten", "?limit=", "?limit=3x", "?after_id=nobody",
          "?before_id=nobody", "?after_id=tier-smart&before_id=tier-deep", "?limit=99999999999999999999"})
        QTest::newRow(query) << QByteArray(query);
}

void TestGatewayEndpoints::wrongPages() {
    QFETCH(QByteArray, query);
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(get("/v1/models" + query.toStdString(), anthropic));
    QCOMPARE(reply.status(), 400);
    QCOMPARE(formOf(reply), QByteArray("messages:invalid_request_error"));
    QCOMPARE(bench.ask(get("/v1/models" + query.toStdString())).status(), 200); // not its parameters
}

void TestGatewayEndpoints::oneModel_data() {
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<QByteArray>("found"); // "" for 404
    const auto row = [](const char* id, const char* found) {
        QTest::newRow(id) << QByteArray(id) << QByteArray(found);
    };
    row("tier-smart", "tier-smart");
    row("claude-tier-smart", "claude-tier-smart");
    row("mock/base", "mock/base");
    row("mock%2Fbase", "mock/base");
    row("mock%2fbase?beta=true", "mock/base");
    row("mock", "");
    row("mock/base/", "");
    row("nobody", "");
    row("%", "");
    row("%zz", "");
}

void TestGatewayEndpoints::oneModel() {
    QFETCH(QByteArray, id);
    QFETCH(QByteArray, found);
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(get("/v1/models/" + id.toStdString()));
    QCOMPARE(reply.status(), found.isEmpty() ? 404 : 200);
    if (found.isEmpty()) {
        QCOMPARE(formOf(reply), QByteArray("openai:invalid_request_error/model_not_found"));
        QCOMPARE(formOf(bench.ask(get("/v1/models/" + id.toStdString(), anthropic))),
                 QByteArray("messages:not_found_error"));
    } else {
        const auto model = Json::parse(reply.body);
        QCOMPARE(model["id"], found.toStdString());
        QCOMPARE(model["object"], "model");
        QCOMPARE(model["type"], "model");
    }
}

void TestGatewayEndpoints::metrics() {
    GatewayBench bench;
    bench.start();
    const auto reply = bench.ask(get("/metrics"));
    QCOMPARE(reply.status(), 200);
    QCOMPARE(reply.header("content-type"), std::string("text/plain; version=0.0.4; charset=utf-8"));
    const auto page = readPrometheus(reply.body);
    QVERIFY2(page.problems.empty(), page.problems.empty() ? "" : page.problems.front().c_str());
    QCOMPARE(page.value("tierdeck_active_requests"), 0.0);
    const auto now = std::chrono::duration<double>(SystemClock().now().time_since_epoch()).count();
    const auto started = page.value("process_start_time_seconds");
    QVERIFY(started > now - 60 && started <= now + 1);
    QCOMPARE(page.countOf("tierdeck_build_info"), 1);
    QVERIFY(reply.body.find("tierdeck_build_info{version=\"\"}") == std::string::npos);
}

void TestGatewayEndpoints::requestsAreCounted() {
    MockUpstream mock([](MockConnection& connection, const MockRequest& request) {
        if (modelIn(request) == "smart")
            failing(529)(connection, request);
        else
            answering()(connection, request);
    });
    GatewayBench bench(mock.url());
    setFallbacks(bench.policy, "smart", {"mock/base"});
    bench.start();
    QCOMPARE(bench.ask(chatRequest("tier-balanced")).status(), 200);
    QCOMPARE(bench.ask(chatRequest("tier-smart")).status(), 200);
    QCOMPARE(bench.ask(chatRequest("mock/coder")).status(), 200);
    QCOMPARE(bench.ask(chatRequest("no-such-model")).status(), 404);
    const auto page = readPrometheus(bench.ask(get("/metrics")).body);
    QVERIFY2(page.problems.empty(), page.problems.empty() ? "" : page.problems.front().c_str());
    const auto value = [&](QByteArray sample) { return page.value(sample.replace('\'', '"').toStdString()); };
    QCOMPARE(value("tierdeck_requests_total{model='mock/base',status='ok',tier='balanced'}"), 1.0);
    QCOMPARE(value("tierdeck_requests_total{model='mock/base',status='ok',tier='smart'}"), 1.0);
    QCOMPARE(value("tierdeck_requests_total{model='mock/coder',status='ok',tier='-'}"), 1.0);
    QCOMPARE(value("tierdeck_requests_total{model='-',status='error',tier='-'}"), 1.0);
    QCOMPARE(value("tierdeck_attempts_total{model='mock/smart',outcome='http_529'}"), 1.0);
    QCOMPARE(value("tierdeck_fallbacks_total{model='mock/smart'}"), 1.0);
    QCOMPARE(value("tierdeck_tokens_total{class='input',model='mock/base'}"), 20.0);
    QCOMPARE(value("tierdeck_tokens_total{class='cached_input',model='mock/base'}"), 4.0);
    QCOMPARE(value("tierdeck_tokens_total{class='output',model='mock/base'}"), 10.0);
    QCOMPARE(value("tierdeck_cost_usd_total{model='mock/base'}"), 0.0001204);
    QCOMPARE(value("tierdeck_unpriced_requests_total{model='mock/coder'}"), 1.0);
    QCOMPARE(value("tierdeck_cost_usd_total{model='mock/coder'}"), -1.0); // unknown, not free
    QCOMPARE(value("tierdeck_request_duration_seconds_count{tier='smart'}"), 1.0);
}

void TestGatewayEndpoints::metricsNeedTheToken() {
    GatewayBench bench;
    bench.options.token = "the-token";
    bench.start();
    QCOMPARE(bench.ask(get("/metrics")).status(), 401);
    QCOMPARE(bench.ask(get("/metrics", {{"Authorization", "Bearer the-token"}})).status(), 200);
}

QTEST_GUILESS_MAIN(TestGatewayEndpoints)
#include "tst_gateway_endpoints.moc"
