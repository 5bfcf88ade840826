#include "core/routing/model_id.h"
#include "core/routing/policy.h"
#include "core/routing/rules.h"
#include "core/routing/text_scan.h"
#include "core/routing/user_commands.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace tierdeck::routing;

namespace {

std::string bytes(const QString& text) {
    return text.toStdString();
}

} // namespace

// What a person writes into a chat to route it, and the small values everything is named by.
class TestRoutingWords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void commands_data();
    void commands();
    void commandLengthCutsTheCommandAway();
    void wrappers_data();
    void wrappers();
    void wrappersGiveAViewIntoTheMessage();
    void wholeWords_data();
    void wholeWords();
    void wordStartsMissNothing();
    void keywordsOfManyRules();
    void brokenUtf8IsNoTrouble();
    void modelIds_data();
    void modelIds();
    void namesGoThereAndBack();
    void builtInTiers();
    void defaults();
};

void TestRoutingWords::commands_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("kind"); // "" for no command
    QTest::addColumn<QString>("argument");
    QTest::addColumn<bool>("alone");
    QTest::addColumn<QString>("rest");
    const auto row = [](const char* message, const char* kind, const char* argument, bool alone,
                        const char* rest) {
        QTest::newRow(message) << QString::fromUtf8(message) << QString::fromUtf8(kind)
                               << QString::fromUtf8(argument) << alone << QString::fromUtf8(rest);
    };
    row("/tier deep", "tier", "deep", true, "");
    row("@tier deep", "tier", "deep", true, "");
    row("/model openai/gpt-5.2", "model", "openai/gpt-5.2", true, "");
    row("@model ollama/qwen3:8b explain this", "model", "ollama/qwen3:8b", false, "explain this");
    row("/tier coding fix the bug", "tier", "coding", false, "fix the bug");
    row("  \n/tier coding\n\nfix the bug", "tier", "coding", false, "fix the bug");
    row("/tier\tdeep \t x", "tier", "deep", false, "x");
    row("/tier deep: why?", "tier", "deep", false, "why?");
    row("/tier deep, why?", "tier", "deep", false, "why?");
    row("/tier", "tier", "", true, "");
    row("/model  ", "model", "", true, "");
    row("/tier\ndeep thoughts", "tier", "", false, "deep thoughts");
    row("/status", "status", "", true, "");
    row("@status\n", "status", "", true, "");
    row("/status of my order?", "", "", false, "");
    row("/tiered pricing", "", "", false, "");
    row("@model-builder hi", "", "", false, "");
    row("/models", "", "", false, "");
    row("/TIER deep", "", "", false, "");
    row("tier deep", "", "", false, "");
    row("what does /tier deep do?", "", "", false, "");
    row("/ tier deep", "", "", false, "");
    row("//tier deep", "", "", false, "");
    row("/help", "", "", false, "");
    row("", "", "", false, "");
    row("/", "", "", false, "");
    row("/tier größer", "tier", "größer", true, "");
}

void TestRoutingWords::commands() {
    QFETCH(QString, message);
    QFETCH(QString, kind);
    QFETCH(QString, argument);
    QFETCH(bool, alone);
    QFETCH(QString, rest);
    const std::string text = bytes(message);
    const auto command = parseUserCommand(text);
    QCOMPARE(command.has_value(), !kind.isEmpty());
    if (!command)
        return;
    const char* names[] = {"tier", "model", "status"};
    QCOMPARE(QString::fromLatin1(names[static_cast<int>(command->kind)]), kind);
    QCOMPARE(QString::fromStdString(command->argument), argument);
    QCOMPARE(command->alone, alone);
    QCOMPARE(QString::fromStdString(text.substr(command->length)), rest);
}

void TestRoutingWords::commandLengthCutsTheCommandAway() {
    std::string text = "/tier deep /model openai/gpt-5.2 go";
    text.erase(0, parseUserCommand(text)->length);
    QCOMPARE(text, std::string("/model openai/gpt-5.2 go"));
    text.erase(0, parseUserCommand(text)->length);
    QCOMPARE(text, std::string("go"));
    QVERIFY(!parseUserCommand(text));
}

void TestRoutingWords::wrappers_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("inner");
    const auto row = [](const char* name, const char* message, const char* inner) {
        QTest::newRow(name) << QString::fromUtf8(message) << QString::fromUtf8(inner);
    };
    row("none", "hello", "hello");
    row("space around", "  hello \n", "hello");
    row("leading", "<system-reminder>\nbe kind\n</system-reminder>\n\n/tier deep", "/tier deep");
    row("trailing", "/tier deep\n<system-reminder>x</system-reminder>", "/tier deep");
    row("several, both ends",
        "<environment_context><cwd>/a</cwd></environment_context><system-reminder>1</system-reminder> hi "
        "<system-reminder>2</system-reminder>\n<ide_selection>3</ide_selection>",
        "hi");
    row("Claude Code's own command",
        "<command-name>/review</command-name>\n<command-message>review</command-message>\n"
        "<command-args></command-args>\nlook at this",
        "look at this");
    row("with attributes", "<system-reminder kind=\"x\">a</system-reminder>b", "b");
    row("nothing else", "<system-reminder>a</system-reminder>", "");
    row("not closed", "<system-reminder>a /tier deep", "<system-reminder>a /tier deep");
    row("not opened", "a</system-reminder>", "a</system-reminder>");
    row("another element stays", "<task>do it</task>", "<task>do it</task>");
    row("a name that only begins like one", "<system-reminders>a</system-reminders>b",
        "<system-reminders>a</system-reminders>b");
    row("within the text it stays", "a <system-reminder>b</system-reminder> c",
        "a <system-reminder>b</system-reminder> c");
    row("Codex's instructions of the project",
        "# AGENTS.md instructions for /home/dev/shop\n\n<INSTRUCTIONS>\nUse tabs.\n</INSTRUCTIONS>\n"
        "<environment_context><cwd>/home/dev/shop</cwd></environment_context>",
        "");
    row("only the heading of such instructions", "# AGENTS.md instructions for /home/dev/shop", "");
    row("a heading of the same words that a person wrote", "# AGENTS.md instructions\nWrite them.",
        "# AGENTS.md instructions\nWrite them.");
    row("Codex in an editor",
        "# Context from my IDE setup:\n\n## Active file: a.cpp\n\n## My request for Codex:\nname it better\n",
        "name it better");
    row("only a bracket", "<", "<");
    row("empty", "", "");
    row("only an end", "</system-reminder>", "</system-reminder>");
}

void TestRoutingWords::wrappers() {
    QFETCH(QString, message);
    QFETCH(QString, inner);
    const std::string text = bytes(message);
    const std::string_view view = skipWrappers(text);
    QCOMPARE(QString::fromUtf8(view.data(), qsizetype(view.size())), inner);
}

void TestRoutingWords::wrappersGiveAViewIntoTheMessage() {
    const std::string text = "<system-reminder>a</system-reminder> /tier deep go";
    const std::string_view view = skipWrappers(text);
    QCOMPARE(view.data() - text.data(), std::ptrdiff_t(text.find("/tier")));
}

void TestRoutingWords::wholeWords_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("phrase");
    QTest::addColumn<bool>("found");
    const auto row = [](const char* text, const char* phrase, bool found) {
        QTest::newRow(
            qPrintable(QString::fromUtf8(phrase) + QStringLiteral(" in ") + QString::fromUtf8(text)))
            << QString::fromUtf8(text) << QString::fromUtf8(phrase) << found;
    };
    row("audit", "audit", true);
    row("audits", "audit", false);
    row("re-audit", "audit", true);
    row("audit2", "audit", false);
    row("an audit, audited", "AUDIT", true);
    row("audited audit", "audit", true);
    row("a\r\nb", "a b", true);
    row("ab", "a b", false);
    row("Straße", "straße", true);
    row("ÉTÉ", "été", true);
    row("ŁÓDŹ", "łódź", true);
    row("ΑΒΓ", "αβγ", true);
    row("Ёлка", "ёлка", true);
    row("naïve", "na", false);
    row("naïve", "ve", false);
    row("c++", "c++", true);
    row("c++17", "c++", true);
    row("東京都", "京都", true);
    row("ก.ข", "ก", true);
    row("", "a", false);
    row("a", "", false);
}

void TestRoutingWords::wholeWords() {
    QFETCH(QString, text);
    QFETCH(QString, phrase);
    QFETCH(bool, found);
    QCOMPARE(containsWords(bytes(text), bytes(phrase)), found);
}

// Every phrase that stands in a text passes its filter, and most that do not are held back.
void TestRoutingWords::wordStartsMissNothing() {
    static const std::vector<std::string> pieces{"audit",    "Audit", "AUD", "au",  "a",    "licence review",
                                                 " ",        "  \n",  "\t",  "ÉTÉ", "été",  "straße",
                                                 "東京都",   "京都",  "ก.ข", "c++", "_x",   "x2",
                                                 "2",        "-",     ".",   "'",   "\xFF", "\xC3",
                                                 "\xE4\xBA", "\xA9",  "😀",   "́",    "ſ",    "K",
                                                 "\0z",      "—"};
    std::mt19937 random(5);
    const auto drawn = [&](std::size_t most) {
        std::string text;
        for (std::size_t n = random() % (most + 1); n > 0; --n)
            text += pieces[random() % pieces.size()];
        return text;
    };
    int found = 0;
    int heldBack = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::string text = drawn(12);
        const WordStarts starts(text);
        for (int i = 0; i < 5; ++i) {
            std::string phrase = drawn(3);
            if (random() % 3 == 0 && !text.empty()) { // also what stands there, whole words or not
                const std::size_t at = random() % text.size();
                phrase = text.substr(at, 1 + random() % 9);
            }
            const bool stands = containsWords(text, phrase);
            const bool passes = starts.mayContain(phrase);
            QVERIFY2(passes || !stands, (text + " | " + phrase).c_str());
            found += stands;
            heldBack += !passes;
        }
    }
    QVERIFY(found > 5000);
    QVERIFY(heldBack > 20'000);
}

// However many keywords are sought: the rule that matches is the first one of which a keyword stands in the
// text.
void TestRoutingWords::keywordsOfManyRules() {
    static const std::vector<std::string> words{"audit",  "review", "licence", "Prüfung", "監査",   "c++",
                                                "audits", "re",     "view",    "cash",    "revoke", "x"};
    std::mt19937 random(9);
    const auto word = [&] { return words[random() % words.size()]; };
    int matches = 0;
    for (int round = 0; round < 4000; ++round) {
        Policy policy = Policy::withDefaults();
        for (std::size_t n = random() % 12; n > 0; --n) {
            Rule rule;
            rule.name = std::to_string(n);
            rule.tier = "deep";
            for (std::size_t k = 1 + random() % 3; k > 0; --k)
                rule.when.keywords.push_back(random() % 2 ? word() : word() + " " + word());
            policy.rules.push_back(std::move(rule));
        }
        std::string text;
        for (std::size_t n = random() % 8; n > 0; --n)
            text += word() + (random() % 4 ? " " : random() % 2 ? "" : ", ");
        const Rule* wanted = nullptr;
        for (const Rule& rule : policy.rules) {
            const auto stands = [&](const std::string& keyword) { return containsWords(text, keyword); };
            if (!wanted && std::any_of(rule.when.keywords.begin(), rule.when.keywords.end(), stands))
                wanted = &rule;
        }
        RouteRequest request;
        request.userText = text;
        QVERIFY2(firstMatch(policy, request).rule == wanted, text.c_str());
        matches += wanted != nullptr;
    }
    QVERIFY(matches > 1000 && matches < 3000);
}

void TestRoutingWords::brokenUtf8IsNoTrouble() {
    std::uint32_t seed = 7;
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (int i = 0; i < 40; ++i) {
            seed = seed * 1664525 + 1013904223;
            text += static_cast<char>(seed >> 24);
        }
        const std::string phrase = text.substr(seed % 30, 1 + seed % 9);
        (void)containsWords(text, phrase);
        (void)skipWrappers(text);
        (void)parseUserCommand("/tier " + text);
    }
    QVERIFY(!containsWords("\xE4\xBA", "x"));
    QVERIFY(containsWords("\xFF audit \xC3", "audit"));
}

void TestRoutingWords::modelIds_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("name");
    const auto row = [](const char* text, const char* provider, const char* name) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(provider)
                            << QString::fromUtf8(name);
    };
    row("openai/gpt-5.2", "openai", "gpt-5.2");
    row("openrouter/z-ai/glm-5.2", "openrouter", "z-ai/glm-5.2");
    row("a//b", "a", "/b");
    row("gpt-5.2", "", "");
    row("/gpt", "", "");
    row("openai/", "", "");
    row("/", "", "");
    row("", "", "");
}

void TestRoutingWords::modelIds() {
    QFETCH(QString, text);
    QFETCH(QString, provider);
    QFETCH(QString, name);
    const auto id = ModelId::parse(bytes(text));
    QCOMPARE(id.has_value(), !provider.isEmpty());
    if (!id)
        return;
    QCOMPARE(id->text(), bytes(text));
    QCOMPARE(std::string(id->provider()), bytes(provider));
    QCOMPARE(std::string(id->name()), bytes(name));
}

void TestRoutingWords::namesGoThereAndBack() {
    for (int i = 0; i < 7; ++i) {
        const auto source = static_cast<TierSource>(i);
        QVERIFY(tierSourceFrom(toString(source)) == source);
    }
    QVERIFY(!tierSourceFrom("tasktype"));
    for (int i = 0; i < 4; ++i) {
        const auto type = static_cast<ApiType>(i);
        QVERIFY(apiTypeFrom(toString(type)) == type);
    }
    QVERIFY(!apiTypeFrom("open-ai"));
}

void TestRoutingWords::builtInTiers() {
    QCOMPARE(builtInRank("background"), 0);
    QCOMPARE(builtInRank("balanced"), 10);
    QCOMPARE(builtInRank("smart"), 20);
    QCOMPARE(builtInRank("coding"), 20);
    QCOMPARE(builtInRank("deep"), 30);
    QVERIFY(!builtInRank("Deep"));
    for (const std::string_view tier : tiers::four)
        QVERIFY(!tierDescription(tier).empty());
    QVERIFY(tierDescription("legal").empty());
}

void TestRoutingWords::defaults() {
    const Policy policy = Policy::withDefaults();
    QCOMPARE(policy.tiers.size(), std::size_t(5));
    QVERIFY(policy.isTier("background"));
    QVERIFY(!policy.dynamicTierEnabled);
    QVERIFY(policy.aliases.empty());
    QCOMPARE(policy.taskTypes.size(), std::size_t(13));
    for (const auto& [task, tier] : policy.taskTypes)
        QVERIFY2(policy.isTier(tier), task.c_str());
    QCOMPARE(policy.rankOf("deep"), 30);
    QCOMPARE(policy.rankOf("unheard-of"), 10);
    QVERIFY(!servingModel(policy, tiers::deep));
}

QTEST_APPLESS_MAIN(TestRoutingWords)
#include "tst_routing_words.moc"
