#include "core/routing/complexity.h"

#include <QtTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

using namespace tierdeck::routing;

namespace {

Complexity score(std::string_view text) {
    RouteRequest request;
    request.userText = text;
    return scoreComplexity(request);
}

double valueOf(const Complexity& complexity, std::string_view name) {
    for (const FeatureContribution& feature : complexity.features) {
        if (feature.name == name)
            return feature.value;
    }
    return 0;
}

} // namespace

class TestComplexity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void promptsLandWhereTheyBelong();
    void features_data();
    void features();
    void factsOfTheRequest();
    void contributionsAddUp();
    void whatIsKeptOfAPromptChangesNothing();
    void thresholds();
    void caseAndScriptDoNotMatter();
    void longTextIsReadAtBothEnds();
    void anyBytesWillDo();
    void speed_data();
    void speed();
};

// 224 prompts in ten languages, each with the tier it should have. The bars leave room for the doubtful ones:
// what must not happen is that everyday turns are promoted.
void TestComplexity::promptsLandWhereTheyBelong() {
    std::ifstream file(TIERDECK_TEST_DATA "/routing/prompts.json");
    const auto prompts = nlohmann::json::parse(file)["prompts"];
    QVERIFY(prompts.size() > 200);
    std::map<std::string, std::pair<int, int>> byTier; // right, all
    for (const auto& prompt : prompts) {
        const std::string text = prompt["text"];
        const Complexity complexity = score(text);
        const std::string tier = prompt["tier"];
        const bool right =
            tierForScores(complexity.difficulty, complexity.code, ClassifierSettings()) == tier;
        byTier[tier].first += right;
        ++byTier[tier].second;
    }
    const auto share = [&](const char* tier) { return double(byTier[tier].first) / byTier[tier].second; };
    QVERIFY2(share("balanced") >= 0.90, qPrintable(QString::number(share("balanced"))));
    QVERIFY2(share("coding") >= 0.85, qPrintable(QString::number(share("coding"))));
    QVERIFY2(share("smart") >= 0.60, qPrintable(QString::number(share("smart"))));
    QVERIFY2(share("deep") >= 0.80, qPrintable(QString::number(share("deep"))));
}

void TestComplexity::features_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("feature");
    QTest::addColumn<double>("value");
    const auto row = [](const char* name, const char* text, const char* feature, double value) {
        QTest::newRow(name) << QString::fromUtf8(text) << QString::fromLatin1(feature) << value;
    };
    row("one question", "a? b", "questions", 0.4);
    row("full-width question mark", "元気？", "questions", 0.4);
    row("two list items", "- one\n- two\nthree", "listItems", 0.333);
    row("numbered list", "1. one\n 2) two", "listItems", 0.333);
    row("a dash in a sentence is no list", "one - two", "listItems", 0);
    row("one fence", "```py\nx\n```", "codeFences", 0.5);
    row("an open fence counts to the end", "ab```cdefg", "fencedShare", 0.5);
    row("inline code", "use `x` here", "inlineCode", 0.5);
    row("Java trace", "boom\n\tat com.shop.Cart.total(Cart.java:42)", "stackTrace", 0.5);
    row("Python trace", "Traceback (most recent call last):\n  File \"a.py\", line 1", "stackTrace", 0.667);
    row("debugger trace", "#0 0x0005 in next ()", "stackTrace", 0.5);
    row("error by its type", "a TypeError was thrown", "stackTrace", 0.5);
    row("'at home' is no trace", "at home (mine)", "stackTrace", 0.5); // known: a line that looks like one
    row("'at' within a line", "we met at home (mine)", "stackTrace", 0);
    row("diff", "diff --git a/x b/x\n@@ -1 +1 @@\n+++ b/x", "diffLines", 0.6);
    row("camel case", "call getUser now", "identifiers", 0.333);
    row("snake case", "call get_user now", "identifiers", 0.333);
    row("call", "print(x)", "identifiers", 0.333);
    row("scope", "std::move it", "identifiers", 0.333);
    row("no identifier", "Hello World and GOODBYE", "identifiers", 0);
    row("file", "open main.cpp now", "paths", 0.5);
    row("path", "see src/core/routing please", "paths", 0.5);
    row("relative path", "run ./build please", "paths", 0.5);
    row("link is no path", "https://example.org/a/b/c", "paths", 0);
    row("and/or is no path", "and/or", "paths", 0);
    row("sentence end is no file", "the end.go on", "paths", 0.5); // known: looks like a file
    row("numbers", "1 and 2.5, 3", "numbers", 0.429);
    row("digits within a word are none", "gpt5 v2", "numbers", 0);
    row("C++", "in C++ please", "technology", 0.588);
    row("C#", "in C# please", "technology", 0.588);
    row("C", "vitamin C please", "technology", 0);
    row("stem", "comparing things", "reasoning", 0.4);
    row("stem needs its start", "incomparable", "reasoning", 0);
    row("Cyrillic, upper case", "СРАВНИ это", "reasoning", 0.4);
    row("Chinese pair", "请比较一下", "reasoning", 0.4);
    row("short question of fact", "What is the capital of Peru?", "shortFactual", 1);
    row("what within a sentence", "Tell me more about what you see", "shortFactual", 0);
    row("what is asked first", "Translate the list below", "opensSmall", 1);
    row("what is asked later", "We met the whole team, then translate it", "opensSmall", 0);
    row("no paste", "what does this do: it counts", "pasteShare", 0);
    row("a paste below a colon", "shorten this:\nabcdefghijklmn", "pasteShare", 0.571);
    row("a paste below a blank line", "what is the date in this mail\n\nit is the ninth, he said",
        "pasteShare", 0.474);
    row("a greeting is no ask", "Hi all,\n\nwhat is the date today, please", "pasteShare", 0);
    row("the ask below the paste", "```\nint a;\n```\nwhat is this", "pasteShare", 0.519);
    row("words of the paste do not count", "shorten this:\nprove the theorem", "proof", 0);
    row("words in quotation marks do not count", "who said \"prove the theorem\" first", "proof", 0);
    row("typographic ones neither", "wer sagte „beweise den satz“ zuerst", "proof", 0);
    row("words between two quotations do", "is \"a b\" to prove the \"c d\" one", "proof", 0.667);
    row("an apostrophe opens no quotation", "don't forget to prove it, don't", "proof", 0.667);
}

void TestComplexity::features() {
    QFETCH(QString, text);
    QFETCH(QString, feature);
    QFETCH(double, value);
    const double actual = valueOf(score(text.toStdString()), feature.toStdString());
    QVERIFY2(std::abs(actual - value) < 0.0011, qPrintable(QString::number(actual)));
}

void TestComplexity::factsOfTheRequest() {
    const auto difficulty = [](auto&& change) {
        RouteRequest request;
        request.userText = "look at this and do it";
        change(request);
        return scoreComplexity(request).difficulty;
    };
    const double plain = difficulty([](RouteRequest&) {});
    QVERIFY(difficulty([](RouteRequest& r) { r.planMode = true; }) > plain);
    QVERIFY(difficulty([](RouteRequest& r) { r.inputTokens = 200'000; }) > plain);
    QVERIFY(difficulty([](RouteRequest& r) { r.hasImages = true; }) > plain);
    QVERIFY(difficulty([](RouteRequest& r) { r.background = true; }) < plain);
    QCOMPARE(difficulty([](RouteRequest& r) { r.inputTokens = -5; }), plain);
    QCOMPARE(difficulty([](RouteRequest& r) { r.inputTokens = 2'000; }), plain);
}

// The contributions, the bias and the logistic give the score: nothing is hidden from who reads the decision.
void TestComplexity::contributionsAddUp() {
    for (const char* text :
         {"hi", "Compare A and B, weigh the risks and plan the steps.", "fix main.cpp: segfault in x()"}) {
        const Complexity complexity = score(text);
        double difficulty = score("").difficulty;
        double code = score("").code;
        difficulty = std::log(difficulty / (1 - difficulty));
        code = std::log(code / (1 - code));
        double last = 1e9;
        for (const FeatureContribution& feature : complexity.features) {
            QVERIFY(feature.value != 0);
            const double weight =
                std::max(std::abs(feature.contribution), std::abs(feature.codeContribution));
            QVERIFY(weight <= last);
            last = weight;
            difficulty += feature.contribution;
            code += feature.codeContribution;
        }
        QVERIFY(std::abs(1 / (1 + std::exp(-difficulty)) - complexity.difficulty) < 0.003);
        QVERIFY(std::abs(1 / (1 + std::exp(-code)) - complexity.code) < 0.003);
    }
}

// Requests of a turn are scored by what was made of their prompt once.
void TestComplexity::whatIsKeptOfAPromptChangesNothing() {
    ComplexityHead::Weights weights;
    weights.bias = {0.25, -0.5};
    for (std::size_t i = 0; i < weights.buckets.size(); ++i)
        weights.buckets[i] = {static_cast<double>(i % 7) - 3, static_cast<double>(i % 5) - 2};
    const ComplexityHead user(weights, {});
    std::string text;
    for (int words = 0; words < 300; words = words * 2 + 1) {
        while (std::count(text.begin(), text.end(), ' ') < words)
            text += "word" + std::to_string(text.size()) + (text.size() % 3 ? " " : "\n> pasted ");
        RouteRequest request;
        request.userText = text;
        request.messages = words;
        const auto reading = readPromptToKeep(text);
        QCOMPARE(reading.ofBuckets->packed, pack(reading.buckets));
        for (const ComplexityHead* head : {static_cast<const ComplexityHead*>(nullptr), &user}) {
            request.reading = nullptr;
            const Complexity plain = scoreComplexity(request, head);
            request.reading = &reading;
            const Complexity kept = scoreComplexity(request, head);
            QCOMPARE(kept.difficulty, plain.difficulty);
            QCOMPARE(kept.code, plain.code);
            QCOMPARE(pack(kept.vector), pack(plain.vector));
            QCOMPARE(kept.features.size(), plain.features.size());
            for (std::size_t i = 0; i < kept.features.size(); ++i) {
                QVERIFY(kept.features[i].name == plain.features[i].name);
                QCOMPARE(kept.features[i].value, plain.features[i].value);
                QCOMPARE(kept.features[i].contribution, plain.features[i].contribution);
                QCOMPARE(kept.features[i].codeContribution, plain.features[i].codeContribution);
            }
            const Outputs outputs = outputsOf(plain.vector, head);
            QCOMPARE(outputs.difficulty, plain.difficulty);
            QCOMPARE(outputs.code, plain.code);
        }
    }
}

void TestComplexity::thresholds() {
    const ClassifierSettings settings;
    QCOMPARE(tierForScores(0.5199, 0.4999, settings), tiers::balanced);
    QCOMPARE(tierForScores(0.52, 0.4999, settings), tiers::smart);
    QCOMPARE(tierForScores(0.52, 0.50, settings), tiers::coding);
    QCOMPARE(tierForScores(0.7999, 0.50, settings), tiers::coding);
    QCOMPARE(tierForScores(0.80, 0.99, settings), tiers::deep);
    QCOMPARE(tierForScores(0, 0, settings), tiers::balanced);
}

void TestComplexity::caseAndScriptDoNotMatter() {
    QCOMPARE(score("COMPARE THE OPTIONS").difficulty, score("compare the options").difficulty);
    QCOMPARE(score("ОБЪЯСНИ ПОЧЕМУ").difficulty, score("объясни почему").difficulty);
}

void TestComplexity::longTextIsReadAtBothEnds() {
    const std::string filler(200'000, 'x');
    QVERIFY(valueOf(score("compare this\n" + filler), "reasoning") > 0);
    QVERIFY(valueOf(score(filler + "\ncompare this"), "reasoning") > 0);
}

void TestComplexity::anyBytesWillDo() {
    std::uint32_t seed = 99;
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::uint32_t i = 0; i < seed % 97; ++i) {
            seed = seed * 1664525 + 1013904223;
            text += round % 2 ? static_cast<char>(seed >> 24) : "`/.\n?a1(\xE4\xBA"[(seed >> 24) % 10];
        }
        seed = seed * 1664525 + 1013904223;
        const Complexity complexity = score(text);
        QVERIFY(complexity.difficulty >= 0 && complexity.difficulty <= 1);
        QVERIFY(complexity.code >= 0 && complexity.code <= 1);
    }
}

void TestComplexity::speed_data() {
    QTest::addColumn<int>("bytes");
    QTest::newRow("300 bytes") << 300;
    QTest::newRow("100 KB") << 100'000;
}

void TestComplexity::speed() {
    QFETCH(int, bytes);
    std::string text;
    while (text.size() < std::size_t(bytes))
        text += "Compare the two approaches in src/core/cache.cpp, then fix `evict()`: why does it throw?\n- "
                "first step ";
    text.resize(std::size_t(bytes));
    RouteRequest request;
    request.userText = text;
    double sum = 0;
    QBENCHMARK {
        for (int i = 0; i < 10; ++i)
            sum += scoreComplexity(request).difficulty;
    }
    QVERIFY(sum > 0);
}

QTEST_APPLESS_MAIN(TestComplexity)
#include "tst_complexity.moc"
