// Every golden stream of every dialect to clients of every dialect: what they get is held against strict
// readers of the formats and against the stories beside the streams. TIERDECK_ACCEPT=1 writes the stories.
#include "core/gateway/wire/reply_stream.h"
#include "tests/core/gateway/padded.h"
#include "tests/core/gateway/reply_checks.h"
#include "tests/support/printing.h"

#include <QDir>
#include <QtTest>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace tierdeck::gateway;
using namespace tierdeck::gateway::wire;

namespace {

constexpr std::array<std::pair<Dialect, const char*>, 3> dialects{
    {{Dialect::Chat, "chat"}, {Dialect::Responses, "responses"}, {Dialect::Messages, "messages"}}};

const QString& folder() {
    static const auto path = QStringLiteral(TIERDECK_TEST_DATA "/wire/replies/");
    return path;
}

std::string fileText(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

TranslationContext makeContext() {
    TranslationContext context;
    context.clientWantsUsage = true;
    context.servingModel = "shop/m-1";
    context.requestedModel = "tier-coding";
    context.replyId = "td-7";
    context.estimatedInputTokens = 321;
    context.nowSeconds = 1'795'000'000;
    context.tools["apply_patch"] = {"apply_patch", "", true};
    context.tools["list_dir"] = {"list_directory_of_the_workspace", "files", false};
    return context;
}

const TranslationContext& context() {
    static const auto one = makeContext();
    return one;
}

struct Result {
    std::string out;
    std::string tail;
    std::string facts;
    bool isDone = false;
    bool isBroken = false;
    bool operator==(const Result&) const = default;

    [[nodiscard]] std::string all() const { return out + tail; }
};

std::string told(const ReplyFacts& facts) {
    return facts.id + ' ' + facts.model + ' ' + facts.finishReason + ' ' + facts.errorCode + ' ' +
           std::to_string(static_cast<int>(facts.stop)) + ' ' + std::to_string(facts.outputBytes) + ' ' +
           std::to_string(facts.usage ? facts.usage->total() : -1);
}

Result run(ReplyStream& stream, const std::vector<std::string_view>& pieces, bool ends = true) {
    Result result;
    for (const auto piece : pieces)
        stream.feed(piece, result.out);
    if (ends)
        stream.end(result.out);
    result.tail = stream.tail();
    result.facts = told(stream.facts());
    result.isDone = stream.isDone();
    result.isBroken = stream.isBroken();
    return result;
}

Result run(Dialect from, Dialect to, const std::vector<std::string_view>& pieces) {
    return run(*makeReplyStream(from, to, context()), pieces);
}

bool isFinished(const ReplyFacts& facts) {
    return !facts.finishReason.empty() && facts.errorCode.empty();
}

} // namespace

class TestReplyTranslation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stories_data();
    void stories();

    void everySplit_data() { stories_data(); }

    void everySplit();

    void cutOff_data() { stories_data(); }

    void cutOff();

    void wholeReplies_data() { stories_data(); }

    void wholeReplies();

    void relays_data() { stories_data(); }

    void relays();

    void mutations_data() { stories_data(); }

    void mutations();
};

void TestReplyTranslation::stories_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<QString>("path");
    int rows = 0;
    for (const auto& [dialect, name] : dialects) {
        const QDir dir(folder() + QLatin1String(name));
        for (const auto& file : dir.entryList({QStringLiteral("*.sse")}, QDir::Files, QDir::Name)) {
            QTest::newRow(qPrintable(QLatin1String(name) + QLatin1Char('/') + file))
                << static_cast<int>(dialect) << dir.filePath(file);
            ++rows;
        }
    }
    QVERIFY(rows > 30);
}

void TestReplyTranslation::stories() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto from = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    std::string story = "== as read\n" + storyOf(from, stream);
    for (const auto& [to, name] : dialects) {
        if (to == from)
            continue;
        const auto translator = makeReplyStream(from, to, context());
        const auto result = run(*translator, {stream});
        const bool complete = isFinished(translator->facts()) || !translator->facts().errorCode.empty();
        QCOMPARE(problemOf(to, result.all(), complete), std::string());
        QVERIFY(!complete || to == Dialect::Messages || !result.tail.empty());
        story += std::string("== to ") + name + '\n' + storyOf(to, result.all());
        for (const auto& what : translator->dropped())
            story += "could not carry: " + what + '\n';
    }
    const auto golden = path.chopped(4) + QStringLiteral(".story");
    if (qEnvironmentVariableIsSet("TIERDECK_ACCEPT")) {
        QFile file(golden);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(story.data(), static_cast<qint64>(story.size()));
        return;
    }
    QCOMPARE(story, fileText(golden));
}

void TestReplyTranslation::everySplit() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto from = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    const std::string_view view(stream);
    // Without these a long stream would take seconds; primes, so that no place is always left out.
    const std::size_t step = stream.size() < 2000 ? 1 : 13;
    for (const auto& [to, name] : dialects) {
        const auto expected = run(from, to, {view});
        for (std::size_t at = 0; at <= view.size(); at += step) {
            if (run(from, to, {view.substr(0, at), view.substr(at)}) != expected)
                QFAIL(qPrintable(QStringLiteral("to %1, split at %2").arg(QLatin1String(name)).arg(at)));
        }
        std::vector<std::string_view> bytes;
        for (std::size_t at = 0; at < view.size(); ++at)
            bytes.push_back(view.substr(at, 1));
        QVERIFY(run(from, to, bytes) == expected);
    }
}

void TestReplyTranslation::cutOff() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto from = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    const ReplyError error{502, "server_error", "upstream_reset", "The model broke off."};
    for (const auto& [to, name] : dialects) {
        if (to == from)
            continue;
        for (std::size_t at = 0; at < stream.size(); at += 29) {
            const auto translator = makeReplyStream(from, to, context());
            auto result = run(*translator, {std::string_view(stream).substr(0, at)});
            QVERIFY(!result.isBroken);
            const bool over = isFinished(translator->facts()) || !translator->facts().errorCode.empty();
            if (!over) {
                QCOMPARE(result.tail, std::string());
                translator->breakOff(error, result.out);
                result.tail = translator->tail();
            }
            const auto problem = problemOf(to, result.all(), true);
            if (!problem.empty())
                QFAIL(qPrintable(QStringLiteral("to %1, cut at %2: %3")
                                     .arg(QLatin1String(name))
                                     .arg(at)
                                     .arg(QString::fromStdString(problem))));
        }
    }
}

void TestReplyTranslation::wholeReplies() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto from = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    for (const auto& [to, name] : dialects) {
        WholeOfStream gatherer(from, to, context());
        gatherer.feed(stream);
        gatherer.end();
        const auto whole = gatherer.take();
        if (!isFinished(gatherer.facts())) {
            QCOMPARE(whole.has_value(), !gatherer.facts().errorCode.empty());
            continue;
        }
        QVERIFY(whole && !whole->error);
        // The body says what the stream says: as a story, and as the stream that is made of it again.
        const auto story = storyOfWhole(to, whole->body);
        const Padded padded(whole->body);
        TranslationContext plain;
        plain.clientWantsUsage = true;
        for (const auto& [back, backName] : dialects) {
            const auto again = streamOfWhole(to, back, padded.view(), plain);
            QVERIFY(again);
            QCOMPARE(problemOf(back, again->events + again->tail, true), std::string());
            if (back == to)
                QCOMPARE(storyOf(back, again->events + again->tail), story);
        }
        const auto facts = readReplyFacts(to, padded.view());
        QVERIFY(facts);
        QCOMPARE(facts->id, gatherer.facts().id.empty() ? std::string("td-7") : gatherer.facts().id);
        QVERIFY(facts->errorCode.empty());
        // And what the stream says to the same client.
        if (to != from) {
            auto streamed = storyOf(to, run(from, to, {stream}).all());
            QCOMPARE(story, streamed);
        }
    }
}

void TestReplyTranslation::relays() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto same = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    const auto other = same == Dialect::Chat ? Dialect::Messages : Dialect::Chat;
    const auto relay = makeReplyStream(same, same, context());
    const auto result = run(*relay, {stream}, false);
    QVERIFY(!result.isBroken);
    if (result.isDone)
        QCOMPARE(result.all(), stream);
    else
        QVERIFY(stream.starts_with(result.out));
    // What is learned of it is what the translation learns.
    const auto translator = makeReplyStream(same, other, context());
    const auto translated = run(*translator, {stream}, false);
    if (same != Dialect::Chat && result.isDone)
        QCOMPARE(result.facts, translated.facts);
    if (result.isDone && relay->facts().errorCode.empty()) {
        QCOMPARE(relay->facts().stop, translator->facts().stop);
        QVERIFY(relay->facts().usage == translator->facts().usage);
        QVERIFY(relay->facts().stop != StopReason::Unknown);
    }
    QVERIFY(!result.isDone || !result.tail.empty());
}

/// Bytes changed, events doubled, left out and put elsewhere: whatever comes, nothing crashes, and what the
/// client gets keeps the rules of its format.
void TestReplyTranslation::mutations() {
    QFETCH(int, dialect);
    QFETCH(QString, path);
    const auto from = static_cast<Dialect>(dialect);
    const auto stream = fileText(path);
    std::vector<std::string> events;
    SseReader reader;
    reader.feed(stream, [&](const SseEvent& event) { events.emplace_back(event.bytes); });
    std::mt19937 random(20261121);
    const auto below = [&](std::size_t end) { return end == 0 ? 0 : random() % end; };
    for (int round = 0; round < 150; ++round) {
        auto changed = events;
        for (std::size_t change = 0; change <= below(3); ++change) {
            const auto at = below(changed.size());
            switch (below(4)) {
            case 0:
                changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(below(changed.size())),
                               changed[at]);
                break;
            case 1:
                if (changed.size() > 1)
                    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            case 2:
                std::swap(changed[at], changed[below(changed.size())]);
                break;
            default:
                changed[at][below(changed[at].size())] = "\"\\{}[]:,0nu \n\xff"[below(14)];
            }
        }
        std::string text;
        for (const auto& event : changed)
            text += event;
        for (const auto& [to, name] : dialects) {
            const auto result = run(from, to, {text});
            if (to == from)
                continue;
            const auto problem = problemOf(to, result.all(), false, false);
            if (!problem.empty())
                QFAIL(qPrintable(QStringLiteral("to %1, round %2: %3\n%4")
                                     .arg(QLatin1String(name))
                                     .arg(round)
                                     .arg(QString::fromStdString(problem), QString::fromStdString(text))));
        }
    }
}

QTEST_APPLESS_MAIN(TestReplyTranslation)
#include "tst_reply_translation.moc"
