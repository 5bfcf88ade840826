#include "core/routing/tier_resolver.h"
#include "tests/core/routing/case_reader.h"

#include <QtTest>

using namespace tierdeck::routing;
using cases::Json;

// Request + policy + state → decision, from tests/data/routing/*.json. A case says only what it is about.
class TestRoutingCases : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
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

} // namespace

void TestRoutingCases::initTestCase() {
    m_cases = cases::readCases(TIERDECK_TEST_DATA "/routing");
    QVERIFY2(m_cases.size() >= 60, "the cases are not where they should be");
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
    const Policy policy = cases::readPolicy(given.policy);
    const RouteResult result =
        resolve(cases::readRequest(given.request), policy, cases::readSession(given.session),
                cases::readConditions(given.conditions));
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
            QCOMPARE(decision.attempts.size(), value.size());
            for (std::size_t i = 0; i < value.size(); ++i)
                COMPARE_TEXT(render(decision.attempts[i].reason), textOf(value[i]));
        } else if (key == "kinds") {
            Json kinds = Json::array();
            for (const PlannedAttempt& attempt : decision.attempts)
                kinds.push_back(std::string(toString(attempt.kind)));
            COMPARE_TEXT(kinds.dump(), value.dump());
        } else if (key == "excluded") {
            QCOMPARE(decision.excluded.size(), value.size());
            for (const Exclusion& exclusion : decision.excluded) {
                QVERIFY2(value.contains(exclusion.model.text()), exclusion.model.text().c_str());
                COMPARE_TEXT(render(exclusion.reason), textOf(value[exclusion.model.text()]));
            }
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
            QCOMPARE(decision.attempts.size(), value.size());
            for (std::size_t i = 0; i < value.size(); ++i)
                QCOMPARE(decision.attempts[i].temperature.value_or(-1),
                         value[i].is_null() ? -1 : value[i].get<double>());
        } else if (key == "reasoning") {
            COMPARE_TEXT(decision.reasoning, textOf(value));
        } else if (key == "unsetWanted") {
            COMPARE_TEXT(decision.unsetWanted, textOf(value));
        } else if (key == "explain") {
            COMPARE_TEXT(explain(decision), textOf(value));
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
