#include "core/sessions/packed_sums.h"
#include "tests/support/record_generator.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::sessions;
using testing::Random;

namespace {

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

/// Small ones mostly, and some of every length.
std::int64_t wildNumber(Random& random) {
    const std::int64_t bits = random.below(63);
    const std::int64_t number = random.below((std::int64_t{1} << bits) + 1);
    return random.chance(0.1) ? -number : number;
}

Sums wildSums(Random& random) {
    Sums sums{};
    for (std::int64_t& sum : sums) {
        if (random.chance(0.5))
            sum = wildNumber(random);
    }
    return sums;
}

/// Reads bytes of unknown origin in an order that says something else each time, to their end.
void readAll(std::string_view bytes, Random& random) {
    PackedBytes packed(bytes);
    std::size_t left = bytes.size() + 1;
    while (!packed.atEnd()) {
        QVERIFY(packed.size() < left); // whatever it is, it comes to an end
        left = packed.size();
        const std::int64_t what = random.below(3);
        if (what == 0) {
            (void)packed.number();
        } else if (what == 1) {
            (void)packed.sums();
        } else {
            PackedBytes part = packed.part();
            while (!part.atEnd())
                (void)part.sums();
        }
    }
    QCOMPARE(packed.number(), 0); // nothing more comes
    QVERIFY(packed.damaged());
    QVERIFY(packed.sums() == Sums{});
    QVERIFY(packed.part().atEnd());
}

} // namespace

class PackedSumsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void numbersComeBack_data() {
        QTest::addColumn<qint64>("number");
        QTest::addColumn<int>("size");
        QTest::newRow("nothing") << qint64{0} << 1;
        QTest::newRow("the greatest in a byte") << qint64{127} << 1;
        QTest::newRow("the least in two") << qint64{128} << 2;
        QTest::newRow("the greatest in two") << qint64{16'383} << 2;
        QTest::newRow("a dollar") << qint64{1'000'000'000} << 5;
        QTest::newRow("the greatest") << qint64{greatest} << 9;
        QTest::newRow("below nothing") << qint64{-1} << 10;
        QTest::newRow("the least") << qint64{smallest} << 10;
    }

    void numbersComeBack() {
        QFETCH(qint64, number);
        QFETCH(int, size);
        std::string bytes;
        packNumber(bytes, number);
        QCOMPARE(bytes.size(), static_cast<std::size_t>(size));
        PackedBytes packed(bytes);
        QCOMPARE(packed.number(), std::int64_t{number});
        QVERIFY(packed.atEnd() && !packed.damaged());
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            PackedBytes shorter(std::string_view(bytes).substr(0, cut));
            (void)shorter.number();
            QVERIFY(shorter.damaged());
        }
    }

    void everythingComesBack() {
        Random random(11);
        for (int round = 0; round < 200; ++round) {
            std::vector<std::pair<std::int64_t, Sums>> written;
            std::string part;
            for (std::int64_t i = random.below(20); i > 0; --i) {
                written.emplace_back(wildNumber(random), wildSums(random));
                packNumber(part, written.back().first);
                packSums(part, written.back().second);
            }
            std::string bytes;
            packPart(bytes, part);
            packNumber(bytes, 4711);
            seal(bytes);
            const auto whole = unsealed(bytes);
            QVERIFY(whole.has_value());
            PackedBytes packed(*whole);
            PackedBytes inner = packed.part();
            for (const auto& [number, sums] : written) {
                QCOMPARE(inner.number(), number);
                QVERIFY(inner.sums() == sums);
            }
            QVERIFY(inner.atEnd() && !inner.damaged());
            QCOMPARE(packed.number(), 4711);
            QVERIFY(packed.atEnd() && !packed.damaged());
        }
    }

    void aSealNoticesEveryChange() {
        Random random(12);
        std::string bytes;
        for (int i = 0; i < 40; ++i)
            packSums(bytes, wildSums(random));
        seal(bytes);
        QVERIFY(unsealed(bytes).has_value());
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            std::string other = bytes;
            other[at] = static_cast<char>(other[at] ^ (1 << random.below(8)));
            QVERIFY(!unsealed(other));
            QVERIFY(!unsealed(std::string_view(bytes).substr(0, at)));
        }
        QVERIFY(!unsealed(bytes + '\0'));
    }

    void whatIsNoneOfThemIsNoHarm() {
        Random random(13);
        for (int round = 0; round < 5000; ++round) {
            std::string bytes(static_cast<std::size_t>(random.below(60)), '\0');
            for (char& byte : bytes)
                byte = static_cast<char>(random.chance(0.3) ? 0xff : random.below(256));
            readAll(bytes, random);
        }
        // A length that ends where memory does, and a mask of more sums than there are.
        std::string bytes;
        packNumber(bytes, -1);
        QVERIFY(PackedBytes(bytes).part().atEnd());
        PackedBytes packed(bytes);
        QVERIFY(packed.sums() == Sums{});
        QVERIFY(packed.damaged());
    }
};

QTEST_GUILESS_MAIN(PackedSumsTest)
#include "tst_packed_sums.moc"
