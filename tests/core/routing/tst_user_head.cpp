#include "core/routing/complexity.h"
#include "core/routing/user_head.h"

#include <QtTest>

#include <array>
#include <random>

using namespace tierdeck::routing;

namespace {

FeatureVector vectorOf(const std::string& text) {
    RouteRequest request;
    request.userText = text;
    return featuresOf(request);
}

TrainedTier shippedTier(const FeatureVector& vector) {
    const Outputs outputs = outputsOf(vector);
    return *trainedTier(tierForScores(outputs.difficulty, outputs.code, ClassifierSettings()));
}

/// Short asks about a few things of every day and of work, all of them different.
std::string anyAsk(std::mt19937& random) {
    static constexpr std::array openings{"please look at", "tell me about", "what about", "go on with",
                                         "check"};
    static constexpr std::array things{"the garden", "the invoice", "the report", "the kettle", "the roof",
                                       "the ledger", "the boat",    "the fence",  "the choir",  "the oven"};
    static constexpr std::array endings{"today",       "for me", "again", "with Ana",
                                        "before noon", "in May", "twice"};
    return std::string(openings[random() % openings.size()]) + ' ' + things[random() % things.size()] + ' ' +
           endings[random() % endings.size()] + ' ' + std::to_string(random() % 1000);
}

/// A person for whom everything about the ledger is deep, which no one else could know.
std::vector<TrainingExample> labelsOfSomeone(int count, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<TrainingExample> labels;
    for (int i = 0; i < count; ++i) {
        const std::string text =
            i % 3 == 0 ? "go on with the ledger for Ana " + std::to_string(i) : anyAsk(random);
        const FeatureVector vector = vectorOf(text);
        const bool isDeep = text.find("ledger") != std::string::npos;
        labels.push_back({vector, isDeep ? TrainedTier::Deep : shippedTier(vector), {}});
    }
    return labels;
}

} // namespace

class TestUserHead : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void learnsWhatOnlyThisPersonKnows();
    void tooFewLabelsAreNotUsed();
    void labelsThatSayNothingNewAreNotUsed();
    void noiseIsNotUsed();
    void anotherShippedHeadMakesItStale();
    void sameLabelsSameHead();
    void noLabels();
    void contributionsHoldBothHeads();
};

void TestUserHead::learnsWhatOnlyThisPersonKnows() {
    const auto labels = labelsOfSomeone(300, 1);
    const UserHead fitted = fitUserHead(labels);
    QCOMPARE(fitted.report.labels, std::size_t(300));
    QVERIFY(fitted.report.after > fitted.report.before + 0.2);
    QVERIFY(fitted.report.gainLow > 0);
    QVERIFY(fitted.report.gainLow <= fitted.report.gain && fitted.report.gain <= fitted.report.gainHigh);
    QVERIFY(fitted.report.active);
    QVERIFY(isWorthUsing(fitted.head.origin()));
    // A request that was never seen, about the same thing.
    const auto outputs = outputsOf(vectorOf("go on with the ledger for Eve"), &fitted.head);
    QCOMPARE(tierForScores(outputs.difficulty, outputs.code, ClassifierSettings()), tiers::deep);
}

void TestUserHead::tooFewLabelsAreNotUsed() {
    QVERIFY(!fitUserHead(labelsOfSomeone(199, 1)).report.active);
    QVERIFY(fitUserHead(labelsOfSomeone(200, 1)).report.active);
}

void TestUserHead::labelsThatSayNothingNewAreNotUsed() {
    std::mt19937 random(4);
    std::vector<TrainingExample> labels;
    for (int i = 0; i < 220; ++i) {
        const FeatureVector vector = vectorOf(anyAsk(random));
        labels.push_back({vector, shippedTier(vector), {}});
    }
    const UserHead fitted = fitUserHead(labels);
    QCOMPARE(fitted.report.before, 1.0);
    QVERIFY(fitted.report.gain <= 0);
    QVERIFY(!fitted.report.active);
}

void TestUserHead::noiseIsNotUsed() {
    std::mt19937 random(5);
    std::vector<TrainingExample> labels;
    for (int i = 0; i < 400; ++i) {
        const FeatureVector vector = vectorOf(anyAsk(random));
        labels.push_back({vector, i % 5 ? shippedTier(vector) : static_cast<TrainedTier>(random() % 4), {}});
    }
    const UserHead fitted = fitUserHead(labels);
    QVERIFY(!fitted.report.active);
    QVERIFY(fitted.report.gainLow <= 0);
}

void TestUserHead::anotherShippedHeadMakesItStale() {
    ComplexityHead::Origin origin{1, shippedHead().origin().inputs, 500, 0.05, 0.02, 0.08};
    QVERIFY(isWorthUsing(origin));
    origin.base ^= 1;
    QVERIFY(!isWorthUsing(origin));
    origin.base ^= 1;
    origin.gainLow = 0;
    QVERIFY(!isWorthUsing(origin));
    origin.gainLow = 0.02;
    origin.examples = 199;
    QVERIFY(!isWorthUsing(origin));
}

void TestUserHead::sameLabelsSameHead() {
    const auto labels = labelsOfSomeone(120, 9);
    QVERIFY(fitUserHead(labels).head.bytes() == fitUserHead(labels).head.bytes());
}

void TestUserHead::noLabels() {
    const UserHead fitted = fitUserHead({});
    QCOMPARE(fitted.report.gain, 0.0);
    QVERIFY(!fitted.report.active);
}

// What a decision shows is what it was decided by.
void TestUserHead::contributionsHoldBothHeads() {
    const auto fitted = fitUserHead(labelsOfSomeone(300, 1));
    const FeatureVector vector = vectorOf("go on with the ledger for Eve");
    const Complexity scored = scoreComplexity(vector, &fitted.head);
    double sum = shippedHead().bias().difficulty + fitted.head.bias().difficulty;
    for (const FeatureContribution& feature : scored.features)
        sum += feature.contribution;
    QVERIFY(std::abs(squashed(sum) - scored.difficulty) < 0.003);
    QCOMPARE(scored.vector.difficulty, scored.difficulty);
}

QTEST_APPLESS_MAIN(TestUserHead)
#include "tst_user_head.moc"
