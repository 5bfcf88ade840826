#include "core/routing/tier_resolver.h"
#include "tests/core/routing/case_reader.h"

#include <QtTest>

#include <algorithm>

using namespace tierdeck::routing;
using cases::Json;

// Request + policy + state → decision, from tests/data/routing/*.json. A case says only what it is about.
class TestRoutingCases : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyRowOfTheContractHasACase_data();
    void everyRowOfTheContractHasACase();
    void decides_data();
    void decides();

private:
    std::vector<cases::Case> m_cases;
};

namespace {

std::string textOf(const Json& json) {
    return json.is_null() ? std::string() : json.get<std::string>();
}

bool contains(const std::string& text, const Json& part) {
    return text.find(part.get<std::string>()) != std::string::npos;
}

template <typename List>
Json modelsOf(const List& list) {
    Json models = Json::array();
    for (const auto& entry : list)
        models.push_back(entry.model.text());
    return models;
}

Json reasonsOf(const std::vector<PlannedAttempt>& attempts) {
    Json reasons = Json::array();
    for (const PlannedAttempt& attempt : attempts)
        reasons.push_back(render(attempt.reason));
    return reasons;
}

Json kindsOf(const std::vector<PlannedAttempt>& attempts) {
    Json kinds = Json::array();
    for (const PlannedAttempt& attempt : attempts)
        kinds.push_back(std::string(toString(attempt.kind)));
    return kinds;
}

Json temperaturesOf(const std::vector<PlannedAttempt>& attempts) {
    Json temperatures = Json::array();
    for (const PlannedAttempt& attempt : attempts)
        temperatures.push_back(attempt.temperature ? Json(*attempt.temperature) : Json());
    return temperatures;
}

Json exclusionsOf(const std::vector<Exclusion>& excluded) {
    Json exclusions = Json::object();
    for (const Exclusion& exclusion : excluded)
        exclusions[std::string(nameOf(exclusion))] = render(exclusion.reason);
    return exclusions;
}

std::string sorted(const Json& object) {
    return nlohmann::json(object).dump();
}

} // namespace

void TestRoutingCases::initTestCase() {
    m_cases = cases::readCases(TIERDECK_TEST_DATA "/routing");
    QVERIFY2(m_cases.size() >= 60, "the cases are not where they should be");
}

void TestRoutingCases::everyRowOfTheContractHasACase_data() {
    QTest::addColumn<QString>("row");
    for (const char* row : {"§1 routingModel",
                            "§1 balancedModel",
                            "§1 smartModel",
                            "§1 codingModel",
                            "§1 deepModel",
                            "§1 dynamicTierEnabled",
                            "§1 temperature",
                            "§1 tiers",
                            "§1 fallbacks",
                            "§1 contextWindowFallbacks",
                            "§1 contentPolicyFallbacks",
                            "§1 taskTypes",
                            "§1 rules",
                            "§1 rules: when.keywords",
                            "§1 rules: when.taskType",
                            "§1 rules: when.client",
                            "§1 rules: when.project",
                            "§1 rules: when.header",
                            "§1 rules: when.minInputTokens",
                            "§1 rules: when.hasImages",
                            "§1 rules: when.subagent",
                            "§1 rules: when.background",
                            "§1 aliases",
                            "§1 classifier",
                            "§1 cascade",
                            "§1 sticky",
                            "§1 promotion",
                            "§1 providerPolicy",
                            "§1 degradation",
                            "§1 budgets",
                            "§1 skillDirectories",
                            "§4 1 user",
                            "§4 2 skill",
                            "§4 3 dynamic",
                            "§4 4 declared",
                            "§4 5 rule",
                            "§4 6 taskType",
                            "§4 7 default",
                            "§4 tier → model",
                            "§4 attempt plan",
                            "§4 nothing left"})
        QTest::newRow(row) << QString::fromUtf8(row);
}

void TestRoutingCases::everyRowOfTheContractHasACase() {
    QFETCH(QString, row);
    QVERIFY(std::any_of(m_cases.begin(), m_cases.end(), [&](const cases::Case& one) {
        return QString::fromStdString(one.name).startsWith(row);
    }));
}

void TestRoutingCases::decides_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < m_cases.size(); ++i)
        QTest::newRow((m_cases[i].file + ": " + m_cases[i].name).c_str()) << int(i);
}

#define COMPARE_TEXT(actual, expected)                                                                       \
    QCOMPARE(QString::fromStdString(actual), QString::fromStdString(expected))

void TestRoutingCases::decides() {
    QFETCH(int, index);
    const cases::Case& given = m_cases[std::size_t(index)];
    const RouteResult result = cases::decide(given);
    const Json& expect = given.expect;
    if (const auto error = expect.find("error"); error != expect.end()) {
        QVERIFY2(!result, "an error was expected");
        COMPARE_TEXT(std::string(toString(result.error().code)), textOf((*error)["code"]));
        for (const Json& part : error->value("says", Json::array()))
            QVERIFY2(contains(result.error().message, part), result.error().message.c_str());
        if (error->contains("near"))
            COMPARE_TEXT(Json(result.error().near).dump(), (*error)["near"].dump());
        if (error->contains("excluded"))
            COMPARE_TEXT(modelsOf(result.error().excluded).dump(), (*error)["excluded"].dump());
        return;
    }
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    const RouteDecision& decision = *result;
    const FallbackPlan next =
        given.refused.is_null() ? FallbackPlan() : cases::decideAfterRefusal(given, decision);
    const std::optional<Climb> climb =
        given.climb.is_null() ? std::nullopt : cases::decideClimb(given, decision);

    for (const auto& [key, value] : expect.items()) {
        if (key == "tier") {
            COMPARE_TEXT(decision.tier.value_or(std::string()), textOf(value));
        } else if (key == "model") {
            COMPARE_TEXT(decision.model.text(), textOf(value));
        } else if (key == "source") {
            COMPARE_TEXT(std::string(toString(decision.source)), textOf(value));
        } else if (key == "detail") {
            COMPARE_TEXT(sourceDetail(decision), textOf(value));
        } else if (key == "startingTier") {
            COMPARE_TEXT(decision.startingTier, textOf(value));
        } else if (key == "attempts") {
            COMPARE_TEXT(modelsOf(decision.attempts).dump(), value.dump());
        } else if (key == "attemptReasons") {
            COMPARE_TEXT(reasonsOf(decision.attempts).dump(), value.dump());
        } else if (key == "kinds") {
            COMPARE_TEXT(kindsOf(decision.attempts).dump(), value.dump());
        } else if (key == "excluded") {
            COMPARE_TEXT(sorted(exclusionsOf(decision.excluded)), sorted(value));
        } else if (key == "excludedSays") {
            const Json all = exclusionsOf(decision.excluded);
            for (const auto& [name, reason] : value.items())
                COMPARE_TEXT(all.value(name, std::string()), textOf(reason));
        } else if (key == "next") {
            COMPARE_TEXT(modelsOf(next.attempts).dump(), value.dump());
        } else if (key == "nextReasons") {
            COMPARE_TEXT(reasonsOf(next.attempts).dump(), value.dump());
        } else if (key == "nextKinds") {
            COMPARE_TEXT(kindsOf(next.attempts).dump(), value.dump());
        } else if (key == "nextTemperatures") {
            COMPARE_TEXT(temperaturesOf(next.attempts).dump(), value.dump());
        } else if (key == "nextExcluded") {
            COMPARE_TEXT(sorted(exclusionsOf(next.excluded)), sorted(value));
        } else if (key == "ladder") {
            QCOMPARE(decision.ladder.size(), std::size_t(7));
            for (const LadderStep& step : decision.ladder) {
                const auto wanted = value.find(std::string(toString(step.source)));
                if (wanted == value.end())
                    continue;
                const std::string actual = std::string(toString(step.outcome)) + " " +
                                           (step.tier.empty() ? "-" : step.tier) + ": " +
                                           sentence(step, decision.source);
                COMPARE_TEXT(actual, textOf(*wanted));
            }
        } else if (key == "temperature") {
            QCOMPARE(decision.temperature.value_or(-1), value.is_null() ? -1 : value.get<double>());
        } else if (key == "attemptTemperatures") {
            COMPARE_TEXT(temperaturesOf(decision.attempts).dump(), value.dump());
        } else if (key == "reasoning") {
            COMPARE_TEXT(decision.reasoning, textOf(value));
        } else if (key == "unsetWanted") {
            COMPARE_TEXT(decision.unsetWanted, textOf(value));
        } else if (key == "explain") {
            COMPARE_TEXT(explain(decision), textOf(value));
        } else if (key == "notes") {
            Json notes = Json::array();
            for (const Reason& note : decision.notes)
                notes.push_back(render(note));
            COMPARE_TEXT(notes.dump(), value.dump());
        } else if (key == "asksClassifier") {
            QCOMPARE(decision.asksClassifier, value.get<bool>());
        } else if (key == "isCascaded") {
            QCOMPARE(isCascaded(decision, cases::readPolicy(given.policy)), value.get<bool>());
        } else if (key == "climbTier") {
            COMPARE_TEXT(climb ? climb->tier : std::string(), textOf(value));
        } else if (key == "climbAttempts") {
            QVERIFY(climb);
            COMPARE_TEXT(modelsOf(climb->decision.attempts).dump(), value.dump());
        } else if (key == "climbReasons") {
            QVERIFY(climb);
            COMPARE_TEXT(reasonsOf(climb->decision.attempts).dump(), value.dump());
        } else if (key == "climbKinds") {
            QVERIFY(climb);
            COMPARE_TEXT(kindsOf(climb->decision.attempts).dump(), value.dump());
        } else if (key == "flip") {
            COMPARE_TEXT(render(decision.flip), textOf(value));
        } else if (key == "flipSays") {
            QVERIFY2(contains(render(decision.flip), value), render(decision.flip).c_str());
        } else {
            QFAIL(("no such expectation: " + key).c_str());
        }
    }
    QVERIFY(!decision.attempts.empty());
    QCOMPARE(decision.attempts.front().model.text(), decision.model.text());
}

QTEST_APPLESS_MAIN(TestRoutingCases)
#include "tst_routing_cases.moc"
