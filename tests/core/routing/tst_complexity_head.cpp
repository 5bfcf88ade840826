#include "resources/embedded.h"

#include "core/routing/complexity.h"
#include "core/routing/complexity_head.h"
#include "core/routing/head_training.h"

#include <QtTest>

#include <cmath>
#include <random>

using namespace tierdeck::routing;

namespace {

FeatureVector vectorOf(std::string_view text) {
    RouteRequest request;
    request.userText = text;
    return featuresOf(request);
}

/// A vector with one dense value and a few buckets, so that it is known what belongs to which tier.
TrainingExample exampleOf(std::mt19937& random, TrainedTier tier) {
    TrainingExample example;
    example.tier = tier;
    const auto place = static_cast<std::uint16_t>(tier);
    example.vector.dense[2] = static_cast<Thousandths>(random() % 1001); // says nothing
    example.vector.buckets.add({static_cast<std::uint16_t>((place * 100u + random() % 5) & 0x3FFFu), 1});
    example.vector.buckets.add({static_cast<std::uint16_t>((8000 + random() % 500) & 0x3FFFu), 1});
    return example;
}

TrainedTier tierOf(const Outputs& sums) {
    return *trainedTier(tierForScores(squashed(sums.difficulty), squashed(sums.code), ClassifierSettings()));
}

double rightShare(const ComplexityHead& head, std::span<const TrainingExample> examples,
                  const ComplexityHead* base = nullptr) {
    int right = 0;
    for (const TrainingExample& example : examples) {
        Outputs sums = head.sums(example.vector);
        if (base)
            sums += base->sums(example.vector);
        right += tierOf(sums) == example.tier;
    }
    return right / double(examples.size());
}

std::vector<TrainingExample> examplesOf(std::uint32_t seed, int count) {
    std::mt19937 random(seed);
    std::vector<TrainingExample> examples;
    for (int i = 0; i < count; ++i)
        examples.push_back(exampleOf(random, static_cast<TrainedTier>(i % 4)));
    return examples;
}

} // namespace

class TestComplexityHead : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void shippedHeadIsSmallAndRead();
    void comesBackFromItsBytes();
    void refusesOtherBytes_data();
    void refusesOtherBytes();
    void longTextsDoNotShout();
    void learnsWhichTierIsWhich();
    void learnsOnTopOfAnother();
    void sameExamplesSameHead();
    void nothingToLearnFrom();
};

void TestComplexityHead::shippedHeadIsSmallAndRead() {
    const auto bytes = tierdeck::resources::find("complexity/weights.bin");
    QVERIFY(bytes.size() <= 80 * 1024);
    const auto head = ComplexityHead::parse(bytes);
    QVERIFY2(head, head ? "" : head.error().detail.c_str());
    QVERIFY(head->bytes() == bytes);
    QVERIFY(head->origin().examples >= 800);
    QCOMPARE(shippedHead().origin().inputs, head->origin().inputs);
}

void TestComplexityHead::comesBackFromItsBytes() {
    std::mt19937 random(3);
    ComplexityHead::Weights weights;
    weights.bias = {-1.25, 0.5};
    for (Outputs& weight : weights.dense)
        weight = {double(random() % 1000) / 300 - 1.6, double(random() % 1000) / 500 - 1};
    for (Outputs& weight : weights.buckets)
        weight = {double(random() % 1000) / 1000 - 0.5, double(random() % 1000) / 200 - 2.5};
    const ComplexityHead head(weights, {123456789012345u, 7, 250, 0.031, 0.004, 0.058});
    const auto back = ComplexityHead::parse(head.bytes());
    QVERIFY(back);
    QVERIFY(back->bytes() == head.bytes());
    QCOMPARE(back->origin().inputs, std::uint64_t(123456789012345u));
    QCOMPARE(back->origin().base, std::uint64_t(7));
    QCOMPARE(back->origin().examples, 250u);
    QCOMPARE(back->origin().gain, 0.031);
    QCOMPARE(back->origin().gainLow, 0.004);
    QCOMPARE(back->origin().gainHigh, 0.058);

    // What is lost by a byte a weight is less than anybody would see.
    const FeatureVector vector = vectorOf("Compare the three plans, then say which one holds for ten years.");
    Outputs exact = weights.bias;
    for (std::size_t i = 0; i < denseFeatures; ++i) {
        exact.difficulty += weights.dense[i].difficulty * vector.dense[i] / 1e3;
        exact.code += weights.dense[i].code * vector.dense[i] / 1e3;
    }
    const BucketShares shares(vector.buckets);
    for (const Bucket bucket : vector.buckets) {
        exact.difficulty += weights.buckets[bucket.id].difficulty * shares.of(bucket);
        exact.code += weights.buckets[bucket.id].code * shares.of(bucket);
    }
    const Outputs sums = back->sums(vector);
    QVERIFY(std::abs(sums.difficulty - exact.difficulty) < 0.01);
    QVERIFY(std::abs(sums.code - exact.code) < 0.05);
}

void TestComplexityHead::refusesOtherBytes_data() {
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray good = QByteArray::fromStdString(shippedHead().bytes());
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("text") << QByteArray("these are no weights");
    QTest::newRow("cut") << good.left(good.size() - 1);
    QTest::newRow("longer") << good + '0';
    QTest::newRow("another mark") << QByteArray(good).replace(6, 1, "9");
    QTest::newRow("other features") << QByteArray(good).replace(8, 1, QByteArray(1, char(good[8] ^ 1)));
}

void TestComplexityHead::refusesOtherBytes() {
    QFETCH(QByteArray, bytes);
    const auto head = ComplexityHead::parse({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    QVERIFY(!head);
    QVERIFY(!head.error().detail.empty());
}

void TestComplexityHead::longTextsDoNotShout() {
    for (const char* text :
         {"hi", "prove it", "a long, long text of many words that were never seen before by anyone"}) {
        const Buckets buckets = vectorOf(text).buckets;
        const BucketShares shares(buckets);
        double squares = 0;
        for (const Bucket bucket : buckets)
            squares += shares.of(bucket) * shares.of(bucket);
        QVERIFY(std::abs(squares - 1) < 1e-9);
    }
    QCOMPARE(BucketShares(Buckets()).ask, 0.0);
}

void TestComplexityHead::learnsWhichTierIsWhich() {
    const ComplexityHead head(trainHead(examplesOf(1, 400), {}), {});
    QVERIFY(rightShare(head, examplesOf(2, 200)) > 0.97);
}

// As a user's head does: it learns only what the one below does not know.
void TestComplexityHead::learnsOnTopOfAnother() {
    const auto examples = examplesOf(1, 400);
    const ComplexityHead base(trainHead(examples, {}), {});
    auto other = examples;
    for (TrainingExample& example : other) // this person wants smart where others take coding
        example.tier = example.tier == TrainedTier::Coding ? TrainedTier::Smart : example.tier;
    const ComplexityHead own(trainHead(other, {}, &base), {});
    auto unseen = examplesOf(2, 200);
    for (TrainingExample& example : unseen)
        example.tier = example.tier == TrainedTier::Coding ? TrainedTier::Smart : example.tier;
    QVERIFY(rightShare(base, unseen) < 0.8);
    QVERIFY(rightShare(own, unseen, &base) > 0.95);
}

void TestComplexityHead::sameExamplesSameHead() {
    const ComplexityHead one(trainHead(examplesOf(5, 100), {}), {});
    const ComplexityHead other(trainHead(examplesOf(5, 100), {}), {});
    QVERIFY(one.bytes() == other.bytes());
}

void TestComplexityHead::nothingToLearnFrom() {
    const ComplexityHead none(trainHead({}, {}), {});
    QCOMPARE(none.sums(vectorOf("prove it")).difficulty, 0.0);
    // One example: its features alone have weights, and all of them are numbers.
    const auto single = examplesOf(9, 1);
    const ComplexityHead one(trainHead(single, {}), {});
    const Outputs sums = one.sums(single[0].vector);
    QVERIFY(std::isfinite(sums.difficulty) && std::isfinite(sums.code));
    QCOMPARE(tierOf(sums), TrainedTier::Balanced);
}

QTEST_APPLESS_MAIN(TestComplexityHead)
#include "tst_complexity_head.moc"
