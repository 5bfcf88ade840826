#include "core/gateway/wire/sse.h"
#include "tests/support/printing.h"

#include <QtTest>

#include <string>
#include <vector>

using namespace tierdeck::gateway::wire;

namespace {

struct Event {
    std::string bytes;
    std::string name;
    std::string data;
    bool hasData = false;
    bool operator==(const Event&) const = default;
};

std::vector<Event> read(const std::vector<std::string_view>& pieces, std::size_t* pending = nullptr) {
    SseReader reader;
    std::vector<Event> events;
    for (const auto piece : pieces) {
        reader.feed(piece, [&](const SseEvent& event) {
            events.push_back(
                {std::string(event.bytes), std::string(event.name), std::string(event.data), event.hasData});
        });
    }
    if (pending)
        *pending = reader.pendingBytes();
    return events;
}

const std::string stream = "data: one\n\n"
                           ": a comment\n\n"
                           "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                           "data:no space\r\n\r\n"
                           "data:  two spaces\n\n"
                           "id: 7\nretry: 3\ndata: first\ndata: second\ndata:\ndata: fourth\n\n"
                           "data\n\n"
                           "\n"
                           "\r\n"
                           "event: named\r\ndata: a\r\ndata: b\r\n\r\n"
                           "database: not data\n\n"
                           "data: [DONE]\n\n";

const std::vector<Event> expected{
    {"data: one\n\n", "", "one", true},
    {": a comment\n\n", "", "", false},
    {"event: ping\ndata: {\"type\": \"ping\"}\n\n", "ping", "{\"type\": \"ping\"}", true},
    {"data:no space\r\n\r\n", "", "no space", true},
    {"data:  two spaces\n\n", "", " two spaces", true},
    {"id: 7\nretry: 3\ndata: first\ndata: second\ndata:\ndata: fourth\n\n", "", "first\nsecond\n\nfourth",
     true},
    {"data\n\n", "", "", true},
    {"\n", "", "", false},
    {"\r\n", "", "", false},
    {"event: named\r\ndata: a\r\ndata: b\r\n\r\n", "named", "a\nb", true},
    {"database: not data\n\n", "", "", false},
    {"data: [DONE]\n\n", "", "[DONE]", true},
};

} // namespace

class TestSse : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whole();
    void everySplit();
    void byteByByte();
    void nothingIsLost();
    void keepsWhatHasNotEnded();
    void refusesEndlessEvents();
    void manyEventsInOneRead();
};

void TestSse::whole() {
    const auto events = read({stream});
    QCOMPARE(events.size(), expected.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        QCOMPARE(events[i].bytes, expected[i].bytes);
        QCOMPARE(events[i].name, expected[i].name);
        QCOMPARE(events[i].data, expected[i].data);
        QCOMPARE(events[i].hasData, expected[i].hasData);
    }
}

void TestSse::everySplit() {
    const std::string_view view(stream);
    for (std::size_t a = 0; a <= stream.size(); ++a) {
        for (std::size_t b = a; b <= stream.size(); b += 3) {
            if (read({view.substr(0, a), view.substr(a, b - a), view.substr(b)}) != expected)
                QFAIL(qPrintable(QStringLiteral("split at %1 and %2").arg(a).arg(b)));
        }
    }
}

void TestSse::byteByByte() {
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < stream.size(); ++i)
        bytes.push_back(std::string_view(stream).substr(i, 1));
    QVERIFY(read(bytes) == expected);
}

void TestSse::nothingIsLost() {
    std::string joined;
    for (const auto& event : read({stream}))
        joined += event.bytes;
    QCOMPARE(joined, stream);
}

void TestSse::keepsWhatHasNotEnded() {
    std::size_t pending = 0;
    QCOMPARE(read({"data: one\n\ndata: tw"}, &pending).size(), std::size_t(1));
    QCOMPARE(pending, std::string_view("data: tw").size());
    QCOMPARE(read({"data: one\n"}, &pending).size(), std::size_t(0));
    QCOMPARE(pending, std::size_t(10));
}

void TestSse::refusesEndlessEvents() {
    SseReader reader;
    int events = 0;
    const auto count = [&](const SseEvent&) { ++events; };
    const std::string piece(1u << 20, 'x');
    reader.feed("data: ", count);
    std::size_t fed = 0;
    for (; fed <= SseReader::maxEventBytes && !reader.isBroken(); fed += piece.size())
        reader.feed(piece, count);
    QVERIFY(fed + piece.size() > SseReader::maxEventBytes);
    QVERIFY(reader.isBroken());
    reader.feed("\n\ndata: more\n\n", count);
    QCOMPARE(events, 0);
}

void TestSse::manyEventsInOneRead() {
    // Linear: a megabyte of small events in one read, then one event in a megabyte of small reads.
    std::string many;
    for (int i = 0; i < 100'000; ++i)
        many += "data: x\n\n";
    QCOMPARE(read({many}).size(), std::size_t(100'000));
    SseReader reader;
    std::size_t size = 0;
    const auto take = [&](const SseEvent& event) { size = event.data.size(); };
    reader.feed("data: ", take);
    for (int i = 0; i < 100'000; ++i)
        reader.feed("0123456789", take);
    reader.feed("\n\n", take);
    QCOMPARE(size, std::size_t(1'000'000));
}

QTEST_APPLESS_MAIN(TestSse)
#include "tst_sse.moc"
