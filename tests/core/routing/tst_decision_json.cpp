#include "core/routing/decision_json.h"
#include "core/routing/tier_resolver.h"
#include "tests/core/routing/case_reader.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::routing;
using cases::Json;

class TestDecisionJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasTheContractsKeys();
    void marginIsThatOfTheFlip_data();
    void marginIsThatOfTheFlip();
    void explicitModelHasNoTier();
    void outsideNamesAreEscaped();
    void staysSmall();
    void explainsInSentences();
    void saysWhereTheRoutingModelWouldBeAsked();
};

namespace {

RouteDecision decide(const char* policyJson, const char* requestJson) {
    const Json request = Json::parse(requestJson);
    const auto result = resolve(cases::readRequest(request), cases::readPolicy(Json::parse(policyJson)),
                                SessionState(), Conditions());
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return *result;
}

constexpr const char* policy = R"({"balancedModel": "a/b", "smartModel": "a/s", "dynamicTierEnabled": true,
    "temperature": 0.7, "fallbacks": {"smart": ["a/b"]}, "providers": {"a": {}}, "skills": {"x": "smart"}})";

} // namespace

void TestDecisionJson::hasTheContractsKeys() {
    const Json json = Json::parse(
        toJson(decide(policy, R"({"text": "Compare the two and weigh the risks", "model": "auto"})")));
    for (const char* key :
         {"tier", "model", "provider", "source", "startingTier", "score", "threshold", "margin", "flip",
          "asksClassifier", "features", "attempts", "excluded", "ladder", "policy"})
        QVERIFY2(json.contains(key), key);
    QCOMPARE(json["attempts"][0]["model"].get<std::string>(), json["model"].get<std::string>());
    QCOMPARE(json["provider"].get<std::string>(), std::string("a"));
    QCOMPARE(json["ladder"].size(), std::size_t(7));
    for (const Json& step : json["ladder"]) {
        QVERIFY(step.contains("source") && step.contains("tier") && step.contains("outcome") &&
                step.contains("reason"));
        QVERIFY(QString::fromStdString(step["reason"]).endsWith(QLatin1Char('.')));
    }
    QVERIFY(json["features"][0].contains("name") && json["features"][0].contains("value") &&
            json["features"][0].contains("contribution"));
    QVERIFY(std::abs(json["score"].get<double>() - json["threshold"].get<double>() -
                     json["margin"].get<double>()) < 1e-4);
}

void TestDecisionJson::marginIsThatOfTheFlip_data() {
    QTest::addColumn<std::string>("thresholds");
    QTest::addColumn<std::string>("model");
    QTest::addColumn<std::string>("score"); // that the margin is of
    QTest::addColumn<double>("threshold");
    const auto row = [](const char* name, const char* thresholds, const char* model, const char* score,
                        double threshold) {
        QTest::newRow(name) << std::string(thresholds) << std::string(model) << std::string(score)
                            << threshold;
    };
    // The request below is of little difficulty and much code.
    row("too little code", R"({"smart": 0.999, "deep": 0.9995, "coding": 0.998})", "auto", "codeScore",
        0.998);
    row("enough code", R"({"smart": 0.999, "deep": 0.9995, "coding": 0.2})", "auto", "codeScore", 0.2);
    row("difficulty is nearer", R"({"smart": 0.2, "deep": 0.9995, "coding": 1})", "auto", "score", 0.2);
    row("no score could flip it", R"({"smart": 0.999, "deep": 0.9995, "coding": 0.998})", "tier-deep",
        "score", 0.999);
}

void TestDecisionJson::marginIsThatOfTheFlip() {
    QFETCH(std::string, thresholds);
    QFETCH(std::string, model);
    QFETCH(std::string, score);
    QFETCH(double, threshold);
    const std::string preferences =
        R"({"balancedModel": "a/b", "smartModel": "a/s", "codingModel": "a/c", "deepModel": "a/d",
            "dynamicTierEnabled": true, "providers": {"a": {}}, "classifier": {"thresholds": )" +
        thresholds + "}}";
    const std::string request =
        R"({"text": "Rename the function in src/cache.cpp and fix its unit test", "model": ")" + model +
        R"("})";
    const RouteDecision decision = decide(preferences.c_str(), request.c_str());
    const Json json = Json::parse(toJson(decision));
    const auto flip = json["flip"].get<std::string>();
    QVERIFY2((flip.find("code score") != std::string::npos) == (score == "codeScore"), flip.c_str());
    QVERIFY2((flip.find("difficulty") != std::string::npos) == (score == "score" && model == "auto"),
             flip.c_str());
    QCOMPARE(json["threshold"].get<double>(), threshold);
    QVERIFY2(std::abs(json[score].get<double>() - threshold - json["margin"].get<double>()) < 2e-4,
             json.dump().c_str());
}

void TestDecisionJson::saysWhereTheRoutingModelWouldBeAsked() {
    constexpr const char* asking =
        R"({"balancedModel": "a/b", "routingModel": "a/r", "dynamicTierEnabled": true,
        "classifier": {"kind": "model"}, "providers": {"a": {}}})";
    const auto says = [](const RouteDecision& decision) {
        const auto lines = explainFully(decision);
        return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
            return line == "The routing model would be asked first; its word may change this.";
        });
    };
    const RouteDecision open = decide(asking, R"({"text": "x"})");
    QCOMPARE(Json::parse(toJson(open))["asksClassifier"].get<bool>(), true);
    QVERIFY(says(open));
    const RouteDecision told = decide(asking, R"({"text": "x", "model": "a/other"})");
    QCOMPARE(Json::parse(toJson(told))["asksClassifier"].get<bool>(), false);
    QVERIFY(!says(told));
}

void TestDecisionJson::explicitModelHasNoTier() {
    const Json json = Json::parse(toJson(decide(policy, R"({"text": "x", "model": "a/other"})")));
    QVERIFY(json["tier"].is_null());
    QVERIFY(json["startingTier"].is_null());
    QCOMPARE(json["model"].get<std::string>(), std::string("a/other"));
    QVERIFY(json["ladder"][3]["tier"].is_null());
}

void TestDecisionJson::outsideNamesAreEscaped() {
    RouteRequest request;
    request.userText = "x";
    request.taskType = "a\"b\\c\n\x01\xFF\xC0\xAF\xED\xA0\x80 \xF0\x9F\x98\x80";
    const Policy policyValue = cases::readPolicy(Json::parse(policy));
    const auto result = resolve(request, policyValue, SessionState(), Conditions());
    QVERIFY(result);
    const auto reason = Json::parse(toJson(*result))["ladder"][5]["reason"].get<std::string>();
    QVERIFY(reason.find("a\"b\\c\n\x01\xEF\xBF\xBD") != std::string::npos);
    QVERIFY(reason.find("\xF0\x9F\x98\x80") != std::string::npos);
}

void TestDecisionJson::staysSmall() {
    const std::string json = toJson(
        decide(policy, R"({"text": "Compare the two approaches in src/cache.cpp and weigh the risks?"})"));
    QVERIFY2(json.size() < 2500, json.c_str());
    QVERIFY(json.find('\n') == std::string::npos);
    QVERIFY(json.find("\": ") == std::string::npos);
}

void TestDecisionJson::explainsInSentences() {
    const RouteDecision decision = decide(policy, R"({"text": "x", "skill": "x"})");
    QCOMPARE(explain(decision), std::string("smart, because skill 'x' asks for it; a/s"));
    const std::vector<std::string> lines = explainFully(decision);
    QCOMPARE(lines.front(), std::string("Smart, because skill 'x' asks for it; a/s."));
    QVERIFY(std::find(lines.begin(), lines.end(), "Skill decided: Skill 'x' asks for smart.") != lines.end());
    QVERIFY(std::find(lines.begin(), lines.end(), "Attempt 2: a/b, fallback of smart.") != lines.end());
    for (const std::string& line : lines)
        QVERIFY2(line.back() == '.', line.c_str());
}

QTEST_APPLESS_MAIN(TestDecisionJson)
#include "tst_decision_json.moc"
