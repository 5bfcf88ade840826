#include "app/trainer/evaluation.h"
#include "app/trainer/prompt_file.h"
#include "core/routing/complexity_head.h"

#include <QtTest>

#include <cmath>
#include <set>

using namespace tierdeck;
using app::Scores;

namespace {

double share(int part, const Scores& scores) {
    return double(part) / scores.prompts;
}

} // namespace

class TestComplexityTraining : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void promptsAreManyAndMixed();
    void noPromptStandsTwice();
    void shippedWeightsAreWhatTheTrainerMakes();
    void heldOutPrompts();
    void promptsOfAnAuthorNeverSeen();
    void promptsOfOthers();
    void foldsAreApartAndEven();
    void badPromptsAreNamed_data();
    void badPromptsAreNamed();

private:
    std::vector<app::PromptFile> m_files;
    app::PromptFile m_others;
};

void TestComplexityTraining::initTestCase() {
    auto files = app::readPromptFolder(TIERDECK_RESOURCES "/complexity/prompts");
    QVERIFY2(files, files ? "" : (files.error().message + files.error().detail).c_str());
    m_files = std::move(*files);
    auto others = app::readPrompts(TIERDECK_TEST_DATA "/complexity/others.jsonl");
    QVERIFY(others);
    m_others = std::move(*others);
}

void TestComplexityTraining::promptsAreManyAndMixed() {
    std::array<int, 4> tiers{};
    std::map<std::string, int> languages;
    std::set<std::string> domains;
    int shortOnes = 0;
    int longOnes = 0;
    for (const auto& file : m_files) {
        for (const auto& prompt : file.prompts) {
            ++tiers[static_cast<std::size_t>(prompt.tier)];
            ++languages[prompt.language];
            domains.insert(prompt.domain);
            shortOnes += prompt.text.size() < 60;
            longOnes += prompt.text.size() > 600;
        }
    }
    const int all = tiers[0] + tiers[1] + tiers[2] + tiers[3];
    QVERIFY(all >= 800);
    for (const int count : tiers)
        QVERIFY(count > all / 8);
    for (const char* language : {"en", "de", "zh", "es"})
        QVERIFY2(languages[language] >= 50, language);
    for (const char* domain : {"coding", "chat", "analysis", "research", "operations"})
        QVERIFY2(domains.count(domain), domain);
    QVERIFY(shortOnes > all / 6 && longOnes > all / 10);
}

// A prompt in two files would be learnt from and asked for.
void TestComplexityTraining::noPromptStandsTwice() {
    std::set<std::string> texts;
    for (const auto& file : m_files) {
        for (const auto& prompt : file.prompts)
            QVERIFY2(texts.insert(prompt.text).second, prompt.text.c_str());
    }
    for (const auto& prompt : m_others.prompts)
        QVERIFY2(!texts.count(prompt.text), prompt.text.c_str());
}

// Another machine may round the last digit of a logarithm otherwise: a weight may differ by that much.
void TestComplexityTraining::shippedWeightsAreWhatTheTrainerMakes() {
    const auto& shipped = routing::shippedHead();
    const auto made = app::trainToShip(m_files);
    const char* hint = "run tierdeck-trainer --out resources/complexity/weights.bin";
    QVERIFY2(shipped.origin().inputs == made.origin().inputs, hint);
    QCOMPARE(shipped.origin().examples, made.origin().examples);
    const auto same = [](const routing::Outputs& a, const routing::Outputs& b) {
        return std::abs(a.difficulty - b.difficulty) < 0.02 && std::abs(a.code - b.code) < 0.02;
    };
    QVERIFY2(same(shipped.bias(), made.bias()), hint);
    for (std::size_t i = 0; i < routing::denseFeatures; ++i)
        QVERIFY2(same(shipped.weightOf(i), made.weightOf(i)), hint);
    for (unsigned id = 0; id < routing::bucketCount; ++id) {
        const routing::Bucket bucket{static_cast<std::uint16_t>(id & (routing::bucketCount - 1)), 1};
        QVERIFY2(same(shipped.weightOf(bucket), made.weightOf(bucket)), hint);
    }
}

void TestComplexityTraining::heldOutPrompts() {
    const auto split = app::holdOut(app::examplesOfAll(m_files), 0, 5, 20261121);
    const auto head = app::trainOnPrompts(split.training, app::shippedSettings());
    const auto scores = app::evaluate(head, split.heldOut);
    qInfo("%s", app::summary(scores).c_str());
    QVERIFY(share(scores.exact, scores) >= 0.70);
    QVERIFY(share(scores.acceptable, scores) >= 0.76);
    QVERIFY(share(scores.withinOne, scores) >= 0.97);
}

void TestComplexityTraining::promptsOfAnAuthorNeverSeen() {
    Scores all;
    for (const auto& file : m_files) {
        const auto head = app::trainOnPrompts(app::examplesOfAll(m_files, &file), app::shippedSettings());
        const auto scores = app::evaluate(head, app::examplesOf(file.prompts));
        qInfo("%s: %s", file.name.c_str(), app::summary(scores).c_str());
        all += scores;
    }
    QVERIFY(share(all.exact, all) >= 0.70);
    QVERIFY(share(all.acceptable, all) >= 0.75);
    QVERIFY(share(all.withinOne, all) >= 0.95);
}

// 40 % balanced, 25 % coding, 20 % smart, 15 % deep by an author of whom nothing is trained on.
void TestComplexityTraining::promptsOfOthers() {
    const auto scores = app::evaluate(routing::shippedHead(), app::examplesOf(m_others.prompts));
    qInfo("%s\n%s", app::summary(scores).c_str(), app::table(scores).c_str());
    QCOMPARE(scores.prompts, 240);
    QVERIFY(share(scores.exact, scores) >= 0.75);
    QVERIFY(share(scores.acceptable, scores) >= 0.80);
    QVERIFY(share(scores.withinOne, scores) >= 0.97);
    // The costly mistake is to promote an everyday turn.
    const auto& balanced = scores.confusion[0];
    QVERIFY(balanced[0] >= 0.85 * (balanced[0] + balanced[1] + balanced[2] + balanced[3]));
}

void TestComplexityTraining::foldsAreApartAndEven() {
    const auto examples = app::examplesOfAll(m_files);
    std::size_t heldOut = 0;
    for (std::size_t part = 0; part < 5; ++part) {
        const auto split = app::holdOut(examples, part, 5, 1);
        QCOMPARE(split.training.size() + split.heldOut.size(), examples.size());
        QVERIFY(split.heldOut.size() + 4 >= examples.size() / 5 &&
                split.heldOut.size() <= examples.size() / 5 + 4);
        heldOut += split.heldOut.size();
    }
    QCOMPARE(heldOut, examples.size());
}

void TestComplexityTraining::badPromptsAreNamed_data() {
    QTest::addColumn<QByteArray>("second");
    QTest::newRow("no JSON") << QByteArray("hello");
    QTest::newRow("no object") << QByteArray("[1]");
    QTest::newRow("blank") << QByteArray("");
    QTest::newRow("no text") << QByteArray(R"({"tier": "deep"})");
    QTest::newRow("text of another type") << QByteArray(R"({"tier": "deep", "text": 5})");
    QTest::newRow("unknown tier") << QByteArray(R"({"tier": "huge", "text": "a"})");
    QTest::newRow("background is not trained") << QByteArray(R"({"tier": "background", "text": "a"})");
    QTest::newRow("also the same") << QByteArray(R"({"tier": "deep", "also": "deep", "text": "a"})");
}

void TestComplexityTraining::badPromptsAreNamed() {
    QFETCH(QByteArray, second);
    const std::string good = R"({"tier": "smart", "text": "a"})";
    QVERIFY(app::parsePrompts(good + '\n' + good + '\n').value().size() == 2);
    const auto bad = app::parsePrompts(good + '\n' + second.toStdString() + '\n' + good + '\n');
    QVERIFY(!bad);
    QCOMPARE(bad.error().detail, std::string("line 2"));
}

QTEST_APPLESS_MAIN(TestComplexityTraining)
#include "tst_complexity_training.moc"
