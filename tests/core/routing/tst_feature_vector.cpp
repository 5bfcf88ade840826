#include "core/routing/complexity.h"
#include "core/routing/feature_vector.h"

#include <QtTest>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

using namespace tierdeck::routing;

namespace {

FeatureVector vectorOf(std::string_view text) {
    RouteRequest request;
    request.userText = text;
    return scoreComplexity(request).vector;
}

std::vector<Bucket> sorted(const Buckets& buckets) {
    std::vector<Bucket> entries(buckets.begin(), buckets.end());
    std::sort(entries.begin(), entries.end(), [](Bucket a, Bucket b) { return a.id < b.id; });
    return entries;
}

void requireSame(const FeatureVector& one, const FeatureVector& other) {
    QCOMPARE(one.dense, other.dense);
    QVERIFY(sorted(one.buckets) == sorted(other.buckets));
    QCOMPARE(one.difficulty, other.difficulty);
    QCOMPARE(one.code, other.code);
}

/// Any vector at all, with as many buckets as are asked for.
FeatureVector anyVector(std::mt19937& random, std::size_t buckets) {
    FeatureVector vector;
    for (Thousandths& value : vector.dense)
        value = random() % 3 ? 0 : static_cast<Thousandths>(random() % 1001);
    vector.difficulty = static_cast<double>(random() % 10001) / 1e4;
    vector.code = static_cast<double>(random() % 10001) / 1e4;
    std::vector<bool> used(bucketCount);
    while (vector.buckets.size() < buckets) {
        const std::size_t id = random() % bucketCount;
        if (!used[id])
            vector.buckets.add({static_cast<std::uint16_t>(id & (bucketCount - 1)), random() % 2 == 1});
        used[id] = true;
    }
    return vector;
}

} // namespace

class TestFeatureVector : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comesBackAsItWas();
    void requestsWithOnePromptShareItsPart();
    void extremes();
    void neverTooLarge();
    void holdsNoText();
    void rubbishIsRefused_data();
    void rubbishIsRefused();
    void damageIsHarmless();
};

void TestFeatureVector::comesBackAsItWas() {
    std::mt19937 random(7);
    for (std::size_t round = 0; round < 500; ++round) {
        const FeatureVector vector = anyVector(random, random() % (Buckets::most + 1));
        const std::string packed = pack(vector);
        const auto back = unpackFeatures(packed);
        QVERIFY2(back, packed.c_str());
        requireSame(*back, vector);
        QCOMPARE(QString::fromStdString(pack(*back)), QString::fromStdString(packed));
    }
}

// The store keeps what stands behind the '/' once a turn.
void TestFeatureVector::requestsWithOnePromptShareItsPart() {
    std::mt19937 random(17);
    FeatureVector one = anyVector(random, 60);
    FeatureVector other = anyVector(random, 0);
    other.buckets = one.buckets;
    const auto parts = [](const std::string& packed) {
        return std::pair(packed.substr(0, packed.find('/')), packed.substr(packed.find('/') + 1));
    };
    const auto [ownOne, sharedOne] = parts(pack(one));
    const auto [ownOther, sharedOther] = parts(pack(other));
    QVERIFY(ownOne != ownOther);
    QCOMPARE(sharedOne, sharedOther);
    QVERIFY(!sharedOne.empty() && sharedOne.find('/') == std::string::npos);
}

void TestFeatureVector::extremes() {
    const auto empty = unpackFeatures(pack(FeatureVector()));
    QVERIFY(empty);
    requireSame(*empty, FeatureVector());

    for (const std::uint16_t start : {std::uint16_t(0), std::uint16_t(bucketCount - Buckets::most)}) {
        FeatureVector full;
        full.dense.fill(1000);
        full.difficulty = full.code = 1;
        for (std::uint16_t i = 0; i < Buckets::most; ++i)
            full.buckets.add({static_cast<std::uint16_t>((start + i) & (bucketCount - 1)), 1});
        const auto back = unpackFeatures(pack(full));
        QVERIFY(back);
        requireSame(*back, full);
    }
}

// 700 bytes is what the store keeps of a request, however long its text.
void TestFeatureVector::neverTooLarge() {
    std::mt19937 random(11);
    std::size_t largest = 0;
    for (int round = 0; round < 200; ++round) {
        FeatureVector vector = anyVector(random, Buckets::most);
        vector.dense.fill(1000);
        largest = std::max(largest, pack(vector).size());
    }
    std::string text;
    for (int i = 0; i < 30'000; ++i)
        text += "word" + std::to_string(random()) + (i % 9 ? " " : ".\n");
    const FeatureVector vector = vectorOf(text);
    QVERIFY(vector.buckets.size() > 120);
    largest = std::max(largest, pack(vector).size());
    qInfo("%zu bytes at most", largest);
    QVERIFY(largest <= 700);
}

void TestFeatureVector::holdsNoText() {
    const std::string packed = pack(vectorOf("The password of the vault is swordfish, keep it"));
    QVERIFY(packed.find("swordfish") == std::string::npos);
    QVERIFY(std::all_of(packed.begin(), packed.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
               c == '_' || c == '/';
    }));
    QCOMPARE(bucketName(0), std::string("h0000"));
    QCOMPARE(bucketName(bucketCount - 1), std::string("h3fff"));
}

void TestFeatureVector::rubbishIsRefused_data() {
    QTest::addColumn<QByteArray>("packed");
    const QByteArray good = QByteArray::fromStdString(pack(vectorOf("why does the cache drop entries?")));
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("only the version") << QByteArray("1");
    QTest::newRow("another version") << QByteArray(good).replace(0, 1, "2");
    QTest::newRow("cut") << good.left(good.size() - 1);
    QTest::newRow("longer") << good + "0";
    QTest::newRow("much longer") << good + QByteArray(5000, '0');
    QTest::newRow("no digit of ours") << QByteArray(good).replace(4, 1, "!");
    QTest::newRow("a NUL") << QByteArray(good).replace(4, 1, QByteArray(1, '\0'));
    QTest::newRow("all ones") << "1" + QByteArray(690, '_');
}

void TestFeatureVector::rubbishIsRefused() {
    QFETCH(QByteArray, packed);
    const auto read = unpackFeatures({packed.constData(), static_cast<std::size_t>(packed.size())});
    QVERIFY(!read);
    QCOMPARE(int(read.error().code), int(tierdeck::ErrorCode::ParseFailed));
}

// What is read from a damaged row is refused or is a vector within its bounds.
void TestFeatureVector::damageIsHarmless() {
    std::mt19937 random(13);
    const std::string good = pack(anyVector(random, 100));
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string packed = good;
        for (int change = 0; change < 1 + round % 3; ++change)
            packed[1 + random() % (packed.size() - 1)] = "0123456789ABCXYZabcxyz-_"[random() % 24];
        const auto vector = unpackFeatures(packed);
        if (!vector)
            continue;
        ++read;
        QVERIFY(vector->buckets.size() <= Buckets::most);
        QVERIFY(std::all_of(vector->dense.begin(), vector->dense.end(), [](auto v) { return v <= 1000; }));
        QVERIFY(vector->difficulty >= 0 && vector->difficulty <= 1);
        QVERIFY(std::adjacent_find(vector->buckets.begin(), vector->buckets.end(),
                                   [](Bucket a, Bucket b) { return a.id >= b.id; }) == vector->buckets.end());
    }
    QVERIFY(read > 0);
}

QTEST_APPLESS_MAIN(TestFeatureVector)
#include "tst_feature_vector.moc"
