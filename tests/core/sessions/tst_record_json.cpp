#include "core/sessions/record_bytes.h"
#include "core/sessions/record_json.h"
#include "core/sessions/turn_facts.h"
#include "tests/core/sessions/recount.h"
#include "tests/support/record_generator.h"

#include <QTest>

using namespace tierdeck;
using namespace tierdeck::sessions;

namespace {

/// With ' for ", which moc can read.
QByteArray json(const char* text) {
    return QByteArray(text).replace('\'', '"');
}

std::string bytesOf(const routing::RequestRecord& record) {
    std::string bytes(100'000, '\0');
    bytes.resize(writeBytes(record, bytes));
    return bytes;
}

} // namespace

class RecordJsonTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void nothingIsLost() {
        std::vector<routing::RequestRecord> records = testing::wildRecords(7, 500);
        testing::GeneratorOptions options;
        options.requests = 500;
        for (auto& record : testing::RecordGenerator(options).all())
            records.push_back(std::move(record));
        for (const auto& record : records) {
            const std::string line = toJson(record);
            QVERIFY(line.find('\n') == std::string::npos);
            const auto back = recordFromJson(line);
            QVERIFY(back);
            // Member by member for what the JSON could hide in its defaults.
            QCOMPARE(back->request.value, record.request.value);
            QCOMPARE(back->session, record.session);
            QVERIFY(back->time == record.time);
            QVERIFY(back->tier == record.tier);
            QVERIFY(back->model == record.model);
            QVERIFY(back->cost == record.cost);
            QVERIFY(back->firstByteMs == record.firstByteMs);
            QVERIFY(back->usage == record.usage);
            QCOMPARE(back->attempts.size(), record.attempts.size());
            QCOMPARE(back->decision, record.decision);
            QCOMPARE(back->notes, record.notes);
            QVERIFY(back->facts == record.facts);
            QCOMPARE(back->features, record.features);
            QCOMPARE(toJson(*back), line);
            const auto fromBytes = recordFromBytes(bytesOf(record));
            QVERIFY(fromBytes);
            QCOMPARE(toJson(*fromBytes), line);
            QVERIFY(fromBytes->facts == record.facts);
        }
    }

    void everyMemberTravels() {
        static constexpr std::string routing::RequestRecord::*texts[] = {
            &routing::RequestRecord::session,       &routing::RequestRecord::sessionSource,
            &routing::RequestRecord::parentSession, &routing::RequestRecord::agent,
            &routing::RequestRecord::source,        &routing::RequestRecord::client,
            &routing::RequestRecord::project,       &routing::RequestRecord::title,
            &routing::RequestRecord::taskType,      &routing::RequestRecord::tierSource,
            &routing::RequestRecord::startingTier,  &routing::RequestRecord::provider,
            &routing::RequestRecord::modelReturned, &routing::RequestRecord::status,
            &routing::RequestRecord::priceVersion,  &routing::RequestRecord::reason,
            &routing::RequestRecord::messageId,     &routing::RequestRecord::decision,
            &routing::RequestRecord::notes,         &routing::RequestRecord::agentSource,
            &routing::RequestRecord::clientSource,  &routing::RequestRecord::projectSource,
            &routing::RequestRecord::parentAgent,   &routing::RequestRecord::features};
        routing::RequestRecord record;
        int number = 0;
        for (const auto text : texts)
            record.*text = "text " + std::to_string(++number) + " \"\\\t\x01 \xf0\x9f\x8e\x9b";
        record.request = RequestId(9'007'199'254'740'993); // more than a double holds
        record.turn = 17;
        record.time = UtcTime(std::chrono::milliseconds(-1));
        record.tier = "";
        record.model = "";
        record.httpStatus = 404;
        record.usage = {1, 2, 3, 4, 5, 6, 7};
        record.usageEstimated = true;
        record.cost = NanoUsd(0);
        record.simulated = true;
        record.latencyMs = 8;
        record.firstByteMs = 0;
        record.attempts.push_back({"provider", "model", "outcome", 9, 10, "reason"});
        record.attempts.emplace_back();
        routing::RequestFacts& facts = record.facts.emplace();
        facts.declaredModel = "auto";
        facts.inputTokens = 9'007'199'254'740'993;
        facts.messages = 11;
        facts.score = 12;
        facts.codeScore = 13;
        for (const auto& back : {recordFromJson(toJson(record)), recordFromBytes(bytesOf(record))}) {
            QVERIFY(back);
            QVERIFY(back->facts == record.facts);
            QVERIFY(back->tier.has_value() && back->model.has_value() && back->cost.has_value());
            QVERIFY(back->firstByteMs == 0);
            for (const auto text : texts)
                QCOMPARE((*back).*text, record.*text);
            QVERIFY(back->request == record.request && back->turn == record.turn &&
                    back->time == record.time);
            QVERIFY(back->httpStatus == 404 && back->usage == record.usage && back->usageEstimated);
            QVERIFY(back->simulated && back->latencyMs == 8);
            QCOMPARE(back->attempts.size(), std::size_t{2});
            QCOMPARE(back->attempts.front().reason, std::string("reason"));
            QVERIFY(back->attempts.front().httpStatus == 9 && back->attempts.front().latencyMs == 10);
        }
    }

    void bytesThatAreCutOrChanged() {
        testing::Random random(8);
        for (const auto& record : testing::wildRecords(9, 40)) {
            const std::string whole = bytesOf(record);
            for (std::size_t size = 0; size < whole.size(); ++size) {
                // In memory of its own, so that ASan sees a byte read too many.
                const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
                const auto back = recordFromBytes({cut.data(), cut.size()});
                QVERIFY(!back);
                QCOMPARE(back.error().code, ErrorCode::ParseFailed);
                std::vector<char> tooSmall(size);
                QCOMPARE(writeBytes(record, tooSmall), std::size_t{0});
            }
            QVERIFY(!recordFromBytes(whole + '\0'));
            for (int i = 0; i < 300; ++i) {
                std::string changed = whole;
                changed[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(whole.size())))] ^=
                    static_cast<char>(1 << random.below(8));
                (void)recordFromBytes(changed); // whatever comes of it
            }
        }
    }

    void notRecords_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("request 1");
        QTest::newRow("half a line") << json("{'request':1,'timeMs':1,'turn':1,'sess");
        QTest::newRow("an array") << QByteArray("[1]");
        QTest::newRow("no id") << json("{'timeMs':1,'turn':1}");
        QTest::newRow("id 0") << json("{'request':0,'timeMs':1,'turn':1}");
        QTest::newRow("id is text") << json("{'request':'1','timeMs':1,'turn':1}");
        QTest::newRow("no time") << json("{'request':1,'turn':1}");
        QTest::newRow("text is a number") << json("{'request':1,'timeMs':1,'turn':1,'session':5}");
        QTest::newRow("attempts are none") << json("{'request':1,'timeMs':1,'turn':1,'attempts':[5]}");
        QTest::newRow("facts are a number") << json("{'request':1,'timeMs':1,'turn':1,'facts':5}");
        QTest::newRow("facts are cut") << json("{'request':1,'timeMs':1,'turn':1,'facts':'m9:au'}");
        QTest::newRow("NULs") << QByteArray(64, '\0');
        QTest::newRow("two of them") << json("{'request':1,'timeMs':1,'turn':1}{'request':2}");
    }

    void notRecords() {
        QFETCH(QByteArray, line);
        const auto record =
            recordFromJson(std::string_view(line.constData(), static_cast<std::size_t>(line.size())));
        QVERIFY(!record);
        QCOMPARE(record.error().code, ErrorCode::ParseFailed);
    }

    void unknownMembersAreSkipped() {
        QVERIFY(
            recordFromJson(json("{'request':1,'timeMs':1,'turn':1,'laterInvention':{'a':1}}").toStdString()));
    }

    void linesOfEarlierVersionsAreRead() {
        const auto record =
            recordFromJson(json("{'request':7,'timeMs':1,'turn':2,'source':'gateway','session':'s','"
                                "sessionSource':'session-id',"
                                "'agent':'review','client':'codex','project':'shop','status':'ok'}")
                               .toStdString());
        QVERIFY(record);
        QCOMPARE(record->agent, std::string("review"));
        QCOMPARE(record->project, std::string("shop"));
        for (const auto text : {&routing::RequestRecord::agentSource, &routing::RequestRecord::clientSource,
                                &routing::RequestRecord::projectSource, &routing::RequestRecord::parentAgent})
            QCOMPARE((*record).*text, std::string());
    }

    void brokenTextIsMended() {
        routing::RequestRecord record;
        record.request = RequestId(1);
        record.session = "caf\xe9";
        const auto back = recordFromJson(toJson(record));
        QVERIFY(back);
        QCOMPARE(back->session, std::string("caf\xef\xbf\xbd"));
    }

    void turnFacts() {
        std::vector<PackedShare> shares;
        addRequest(shares, 3, 100);
        addRequest(shares, 0, 0);
        addRequest(shares, 3, 5'000'000'000);
        QVERIFY((shares == std::vector<PackedShare>{{3, 2, 5'000'000'100}, {0, 1, 0}}));
        QCOMPARE(packed(shares), std::string("3:2:5000000100;0:1:0;"));
        QVERIFY(sharesIn(packed(shares)) == shares);
        QVERIFY(sharesIn("").empty());
        std::vector<std::int64_t> numbers;
        for (const std::int64_t number : {7, 9, 7, 70})
            addNumber(numbers, number);
        QVERIFY((numbers == std::vector<std::int64_t>{7, 9, 70}));
        QCOMPARE(packed(numbers), std::string("7;9;70;"));
        QVERIFY(numbersIn(packed(numbers)) == numbers);
        QVERIFY(numbersIn("").empty());
    }
};

QTEST_GUILESS_MAIN(RecordJsonTest)
#include "tst_record_json.moc"
