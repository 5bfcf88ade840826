#include "core/tierlog/growing_file.h"
#include "core/tierlog/text_search.h"

#include <QtTest>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::tierlog;

namespace {

namespace fs = std::filesystem;

void append(const fs::path& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void write(const fs::path& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The whole file read at once and split: what the index must agree with.
std::vector<std::string> naiveLines(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = all.find('\n'); end != std::string::npos; end = all.find('\n', begin)) {
        std::string line = all.substr(begin, end - begin);
        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

std::string lowered(std::string text) {
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

std::vector<std::int64_t> naiveSearch(const std::vector<std::string>& lines, const GrowingFile::Query& query,
                                      std::int64_t first) {
    std::vector<std::int64_t> found;
    for (auto i = static_cast<std::size_t>(first); i < lines.size(); ++i) {
        const LineGist gist = gistOf(std::string_view(lines[i]).substr(0, GrowingFile::gistBytes));
        if (gist.level >= query.minimumLevel && (query.tier.empty() || gist.tier == query.tier) &&
            lowered(lines[i]).find(lowered(query.text)) != std::string::npos)
            found.push_back(static_cast<std::int64_t>(i));
    }
    return found;
}

/// Everything that can be asked of the index, beside the naive reading.
bool agrees(const GrowingFile& file, const std::vector<std::string>& expected) {
    if (file.lineCount() != static_cast<std::int64_t>(expected.size()))
        return false;
    const auto read = file.read(0, file.lineCount());
    if (!read || *read != expected)
        return false;
    for (std::int64_t i = 0; i < file.lineCount(); ++i) {
        const LineGist gist = gistOf(expected[static_cast<std::size_t>(i)]);
        const LineFacts& facts = file.facts(i);
        if (facts.level != gist.level || facts.kind != gist.kind || file.tierNames()[facts.tier] != gist.tier)
            return false;
    }
    return true;
}

} // namespace

class TestGrowingFile : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_path = fs::path(m_folder->path().toStdString()) / "tier.log";
    }

    void saysWhenThereIsNoFile();
    void refusesWhatIsNoFile();
    void waitsForTheNewline();
    void followsAppends();
    void noticesRotation();
    void followsAFileThatComesLater();
    void keepsItsPlaceWhenTheSameFileComesBack();
    void noticesTruncation_data();
    void noticesTruncation();
    void readsBytesOfAnyKind_data();
    void readsBytesOfAnyKind();
    void readsVeryLongLines();
    void longUnfinishedLineIsScannedOnce();
    void readsInSteps();
    void refusesLinesThatAreNotThere();
    void saysThatTheFileWasShortened();
    void searches_data();
    void searches();
    void searchCrossesChunks();
    void stopsWhenAsked();
    void agreesWithNaiveReader_data();
    void agreesWithNaiveReader();
    void growsWhileItIsRead();
    void staysWithinItsBudget();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
};

void TestGrowingFile::saysWhenThereIsNoFile() {
    GrowingFile file(m_path);
    const auto change = file.refresh();
    QVERIFY(!change);
    QCOMPARE(change.error().code, ErrorCode::NotFound);
    QCOMPARE(file.lineCount(), 0);
    GrowingFile deeper(m_path / "no" / "such");
    QCOMPARE(deeper.refresh().error().code, ErrorCode::NotFound);
}

void TestGrowingFile::refusesWhatIsNoFile() {
    GrowingFile folder(m_path.parent_path());
    QCOMPARE(folder.refresh().error().code, ErrorCode::InvalidInput);
    QCOMPARE(::mkfifo(m_path.c_str(), 0600), 0);
    GrowingFile pipe(m_path); // opening it the usual way would wait for a writer for ever
    QCOMPARE(pipe.refresh().error().code, ErrorCode::InvalidInput);
}

void TestGrowingFile::waitsForTheNewline() {
    append(m_path, "one\ntwo");
    GrowingFile file(m_path);
    QCOMPARE(file.refresh()->lines, 1);
    append(m_path, " and more");
    auto change = file.refresh();
    QCOMPARE(change->lines, 1);
    QCOMPARE(change->firstNewLine, 1);
    QVERIFY(!change->restarted);
    append(m_path, "\r");
    QCOMPARE(file.refresh()->lines, 1);
    append(m_path, "\n");
    change = file.refresh();
    QCOMPARE(change->lines, 2);
    QCOMPARE(file.read(1, 1)->front(), std::string("two and more"));
}

void TestGrowingFile::followsAppends() {
    append(m_path, "a\nb\n");
    GrowingFile file(m_path);
    auto change = file.refresh();
    QCOMPARE(change->firstNewLine, 0);
    QCOMPARE(change->lines, 2);
    change = file.refresh();
    QCOMPARE(change->firstNewLine, 2);
    QCOMPARE(change->lines, 2);
    append(m_path, "c\n\nd\n");
    change = file.refresh();
    QVERIFY(!change->restarted);
    QCOMPARE(change->firstNewLine, 2);
    QCOMPARE(change->lines, 5);
    QVERIFY(agrees(file, {"a", "b", "c", "", "d"}));
}

void TestGrowingFile::noticesRotation() {
    append(m_path, "old 1\nold 2\n");
    GrowingFile file(m_path);
    QCOMPARE(file.refresh()->lines, 2);
    const fs::path rotated = m_path.parent_path() / "tier.1.log";
    fs::rename(m_path, rotated);
    QCOMPARE(file.refresh().error().code, ErrorCode::NotFound);
    // What was indexed can still be read, though it has another name now.
    QCOMPARE(file.read(1, 1)->front(), std::string("old 2"));
    append(m_path, "new 1\nnew 2\nnew 3\n");
    const auto change = file.refresh();
    QVERIFY(change->restarted);
    QCOMPARE(change->firstNewLine, 0);
    QVERIFY(agrees(file, {"new 1", "new 2", "new 3"}));
    QVERIFY(!file.refresh()->restarted);
}

void TestGrowingFile::followsAFileThatComesLater() {
    GrowingFile file(m_path);
    QVERIFY(!file.refresh());
    append(m_path, "first\n");
    const auto change = file.refresh();
    QVERIFY(change);
    QVERIFY(!change->restarted);
    QCOMPARE(change->lines, 1);
}

void TestGrowingFile::keepsItsPlaceWhenTheSameFileComesBack() {
    append(m_path, "a\n");
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    fs::rename(m_path, m_path.string() + ".away");
    QVERIFY(!file.refresh());
    fs::rename(m_path.string() + ".away", m_path);
    append(m_path, "b\n");
    const auto change = file.refresh();
    QVERIFY(!change->restarted);
    QCOMPARE(change->firstNewLine, 1);
    QCOMPARE(change->lines, 2);
}

void TestGrowingFile::noticesTruncation_data() {
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("to nothing") << QByteArray("a\nb\n") << QByteArray();
    QTest::newRow("shorter") << QByteArray("a\nb\nc\n") << QByteArray("x\n");
    QTest::newRow("same size, another text") << QByteArray("aaaa\n") << QByteArray("bbbb\n");
    QTest::newRow("longer, another beginning") << QByteArray("aaaa\n") << QByteArray("bbbb\ncccc\ndddd\n");
    QTest::newRow("longer, alike at the front") << QByteArray(300, 'a') + "\nmiddle\nend 1\n"
                                                << QByteArray(300, 'a') + "\nmiddle\nend 2\nmore\n";
    QTest::newRow("in the unfinished line") << QByteArray("a\nunfini") << QByteArray("a\nun");
}

void TestGrowingFile::noticesTruncation() {
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    write(m_path, before.toStdString());
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    // The clock of the file system may be too coarse to tell the two writes apart.
    write(m_path, after.toStdString());
    fs::last_write_time(m_path, fs::last_write_time(m_path) + std::chrono::seconds(2));
    const auto change = file.refresh();
    QVERIFY(change);
    QVERIFY(change->restarted);
    QCOMPARE(change->firstNewLine, 0);
    QVERIFY(agrees(file, naiveLines(m_path)));
    append(m_path, "and on\n");
    QVERIFY(!file.refresh()->restarted);
    QVERIFY(agrees(file, naiveLines(m_path)));
}

void TestGrowingFile::readsBytesOfAnyKind_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<QByteArray>>("lines");
    using Lines = QList<QByteArray>;
    QTest::newRow("empty file") << QByteArray() << Lines{};
    QTest::newRow("only newlines") << QByteArray("\n\n\n") << Lines{"", "", ""};
    QTest::newRow("CRLF") << QByteArray("a\r\nb\r\n\r\n") << Lines{"a", "b", ""};
    QTest::newRow("a CR inside") << QByteArray("a\rb\n") << Lines{"a\rb"};
    QTest::newRow("two CRs") << QByteArray("a\r\r\n") << Lines{"a\r"};
    QTest::newRow("NUL") << QByteArray("a\0b\n\0\n", 6) << Lines{QByteArray("a\0b", 3), QByteArray("\0", 1)};
    QTest::newRow("invalid UTF-8") << QByteArray("a\xFFz\n\xC3\n") << Lines{"a\xEF\xBF\xBDz", "\xEF\xBF\xBD"};
    QTest::newRow("BOM") << QByteArray("\xEF\xBB\xBF"
                                       "a\n")
                         << Lines{"\xEF\xBB\xBF"
                                  "a"};
}

void TestGrowingFile::readsBytesOfAnyKind() {
    QFETCH(QByteArray, bytes);
    QFETCH(QList<QByteArray>, lines);
    write(m_path, bytes.toStdString());
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    QCOMPARE(file.lineCount(), lines.size());
    const auto read = file.read(0, file.lineCount());
    QVERIFY(read);
    for (qsizetype i = 0; i < lines.size(); ++i)
        QCOMPARE(QByteArray::fromStdString((*read)[static_cast<std::size_t>(i)]), lines[i]);
}

void TestGrowingFile::readsVeryLongLines() {
    const std::string huge(5 * 1024 * 1024 + 7, 'x');
    std::string exact(1000, 'y');
    append(m_path, "2026-11-21T05:47:12.123Z [warn] " + huge + " NEEDLE tier=deep\nshort\n" + exact + "\r\n");
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    QCOMPARE(file.lineCount(), 3);
    QVERIFY(file.facts(0).level == Level::Warn);
    const auto read = file.read(0, 3, 1000);
    QVERIFY(read);
    QCOMPARE((*read)[0].size(), std::size_t(1000) + 3); // "…" is three bytes
    QCOMPARE((*read)[0].substr(1000), std::string("…"));
    QCOMPARE((*read)[1], std::string("short"));
    QCOMPARE((*read)[2], exact); // exactly the limit: whole
    QCOMPARE(*file.search({"needle", Level::None, ""}), (std::vector<std::int64_t>{0}));
    QCOMPARE(*file.search({"short", Level::None, ""}), (std::vector<std::int64_t>{1}));
    QCOMPARE(*file.search({"x", Level::None, ""}), (std::vector<std::int64_t>{0}));
    QCOMPARE(*file.search({"yyy", Level::None, ""}), (std::vector<std::int64_t>{2}));
}

void TestGrowingFile::longUnfinishedLineIsScannedOnce() {
    GrowingFile file(m_path);
    append(m_path, "2026-11-21T05:47:12.123Z [error] ");
    QVERIFY(file.refresh());
    const std::string piece(100 * 1024, 'z');
    for (int i = 0; i < 20; ++i) {
        append(m_path, piece);
        const auto change = file.refresh();
        QCOMPARE(change->lines, 0);
        QCOMPARE(change->bytesRead, fs::file_size(m_path));
    }
    append(m_path, "\n");
    QCOMPARE(file.refresh()->lines, 1);
    QVERIFY(file.facts(0).level == Level::Error);
    QCOMPARE(file.read(0, 1, 64 * 1024 * 1024)->front(), naiveLines(m_path).front());
}

void TestGrowingFile::readsInSteps() {
    for (int i = 0; i < 1000; ++i)
        append(m_path, "line " + std::to_string(i) + "\n");
    GrowingFile file(m_path);
    std::int64_t known = 0;
    int steps = 0;
    for (bool complete = false; !complete; ++steps) {
        const auto change = file.refresh({}, 100);
        QVERIFY(change);
        QCOMPARE(change->firstNewLine, known);
        QCOMPARE(change->bytesTotal, fs::file_size(m_path));
        known = change->lines;
        complete = change->isComplete();
    }
    QCOMPARE(known, 1000);
    QVERIFY(steps > 50);
    QVERIFY(agrees(file, naiveLines(m_path)));
}

void TestGrowingFile::refusesLinesThatAreNotThere() {
    append(m_path, "a\nb\n");
    GrowingFile file(m_path);
    QVERIFY(!file.read(0, 1)); // nothing was read yet
    QVERIFY(file.refresh());
    QVERIFY(file.read(2, 0));
    QVERIFY(!file.read(0, 3));
    QVERIFY(!file.read(-1, 1));
    QVERIFY(!file.read(1, std::numeric_limits<std::int64_t>::max()));
    QCOMPARE(file.search({"a", Level::None, ""}, 99)->size(), std::size_t(0));
}

void TestGrowingFile::saysThatTheFileWasShortened() {
    append(m_path, "aaaa\nbbbb\ncccc\n");
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    fs::resize_file(m_path, 2);
    QCOMPARE(file.read(1, 1).error().code, ErrorCode::Conflict);
    QCOMPARE(file.search({"c", Level::None, ""}).error().code, ErrorCode::Conflict);
    QVERIFY(file.refresh()->restarted);
    QCOMPARE(file.lineCount(), 0);
}

void TestGrowingFile::searches_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("level");
    QTest::addColumn<QByteArray>("tier");
    QTest::addColumn<qint64>("from");
    QTest::addColumn<QList<qint64>>("lines");
    const auto row = [](const char* name, const char* text, Level level, const char* tier, qint64 from,
                        QList<qint64> lines) {
        QTest::newRow(name) << QByteArray(text) << int(level) << QByteArray(tier) << from << lines;
    };
    row("all", "", Level::None, "", 0, {0, 1, 2, 3, 4});
    row("all from", "", Level::None, "", 3, {3, 4});
    row("text", "CODING", Level::None, "", 0, {0, 4});
    row("text from", "coding", Level::None, "", 1, {4});
    row("level", "", Level::Warn, "", 0, {1, 3});
    row("tier", "", Level::None, "deep", 0, {2});
    row("tier nobody has", "", Level::None, "huge", 0, {});
    row("text and level", "openai", Level::Warn, "", 0, {1});
    row("all three", "session", Level::Info, "coding", 0, {0});
    row("twice in a line counts once", "e", Level::None, "deep", 0, {2});
    row("not across lines", "s1\n2026", Level::None, "", 0, {});
}

void TestGrowingFile::searches() {
    append(m_path,
           "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: user) tier=coding session=s1\n"
           "2026-11-21T05:47:13.400Z [warn] Fallback: a/b -> openai/gpt-5.2 reason=http_529\n"
           "2026-11-21T05:47:19.002Z [info] Request complete: tier=deep model=openai/x status=ok\n"
           "2026-11-21T05:47:19.003Z [error] something broke\n"
           "not ours, but about coding\n"
           "unfinished coding");
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    QFETCH(QByteArray, text);
    QFETCH(int, level);
    QFETCH(QByteArray, tier);
    QFETCH(qint64, from);
    QFETCH(QList<qint64>, lines);
    const auto found = file.search({text.toStdString(), static_cast<Level>(level), tier.toStdString()}, from);
    QVERIFY(found);
    QCOMPARE(QList<qint64>(found->begin(), found->end()), lines);
}

void TestGrowingFile::searchCrossesChunks() {
    // A word every few bytes around each place where a window may end, found whatever the offset.
    std::string bytes;
    std::vector<std::string> lines;
    QRandomGenerator random(3);
    while (bytes.size() < 900 * 1024) {
        std::string line(1 + random.bounded(2000U), '.');
        if (random.bounded(2) == 0 && line.size() > 6)
            line.replace(random.bounded(quint32(line.size() - 6)), 6, "NeEdLe");
        lines.push_back(line);
        bytes += line + "\n";
    }
    append(m_path, bytes);
    GrowingFile file(m_path);
    QVERIFY(file.refresh());
    const GrowingFile::Query query{"needle", Level::None, ""};
    for (const std::int64_t from : {0, 1, 100, 500})
        QCOMPARE(*file.search(query, from), naiveSearch(lines, query, from));
}

void TestGrowingFile::stopsWhenAsked() {
    append(m_path, std::string(4 * 1024 * 1024, 'x') + "\nz\n");
    GrowingFile file(m_path);
    std::stop_source stopped;
    stopped.request_stop();
    QCOMPARE(file.refresh(stopped.get_token()).error().code, ErrorCode::Cancelled);
    const auto change = file.refresh();
    QCOMPARE(change->lines, 2);
    QCOMPARE(change->firstNewLine, 0);
    QCOMPARE(file.search({"z", Level::None, ""}, 0, stopped.get_token()).error().code, ErrorCode::Cancelled);
    QCOMPARE(file.search({"", Level::None, ""}, 0, stopped.get_token()).error().code, ErrorCode::Cancelled);

    // Asked from another thread while it works: it either came first or it was stopped, and the next look is
    // whole.
    GrowingFile again(m_path);
    std::stop_source stop;
    std::thread asker([&] { stop.request_stop(); });
    const auto raced = again.refresh(stop.get_token());
    asker.join();
    QVERIFY(raced || raced.error().code == ErrorCode::Cancelled);
    QCOMPARE(again.refresh()->lines, 2);
}

void TestGrowingFile::agreesWithNaiveReader_data() {
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 12; ++seed)
        QTest::newRow(qPrintable(QString::number(seed))) << seed;
}

void TestGrowingFile::agreesWithNaiveReader() {
    QFETCH(quint32, seed);
    QRandomGenerator random(seed);
    static const std::array<const char*, 10> pieces{"2026-11-21T05:47:12.123Z [info] ",
                                                    "[warn] ",
                                                    "Tier assignment: coding ",
                                                    "tier=deep ",
                                                    "tier=smart\n",
                                                    "\r\n",
                                                    "\n",
                                                    "Request complete: ",
                                                    "ä路 ",
                                                    "plain words "};
    GrowingFile file(m_path);
    append(m_path, "");
    std::int64_t known = 0;
    int restarts = 0;
    for (int step = 0; step < 120; ++step) {
        const quint32 action = random.bounded(40U);
        if (action == 0) {
            fs::rename(m_path, m_path.string() + ".1");
            append(m_path, "");
        } else if (action == 1) {
            write(m_path, "");
        } else if (action == 2) {
            append(m_path, std::string(random.bounded(700U * 1024U), 'q'));
        } else {
            std::string bytes;
            for (quint32 i = random.bounded(60U); i > 0; --i)
                bytes += pieces[random.bounded(quint32(pieces.size()))];
            append(m_path, bytes);
        }
        const auto change = random.bounded(2) == 0 ? file.refresh() : file.refresh({}, random.bounded(3000U));
        QVERIFY(change);
        // Emptied and filled beyond the old end between two looks, with the same bytes at its end, cannot be
        // seen; emptied alone always is.
        if (change->restarted) {
            ++restarts;
            QCOMPARE(change->firstNewLine, 0);
        } else {
            QCOMPARE(change->firstNewLine, known);
        }
        known = change->lines;
        if (step % 10 == 9) {
            QVERIFY(file.refresh());
            known = file.lineCount();
            const auto lines = naiveLines(m_path);
            QCOMPARE(file.lineCount(), static_cast<std::int64_t>(lines.size()));
            const auto read = file.read(0, file.lineCount(), 64 * 1024 * 1024);
            QVERIFY(read);
            QCOMPARE(*read, lines);
            for (const GrowingFile::Query& query :
                 {GrowingFile::Query{"TIER=", Level::None, ""}, GrowingFile::Query{"", Level::Info, "deep"},
                  GrowingFile::Query{"words", Level::Warn, ""},
                  GrowingFile::Query{"路", Level::None, "smart"}}) {
                const auto from = static_cast<std::int64_t>(random.bounded(quint32(lines.size() + 1)));
                QCOMPARE(*file.search(query, from), naiveSearch(lines, query, from));
            }
        }
    }
}

void TestGrowingFile::growsWhileItIsRead() {
    constexpr int count = 20000;
    append(m_path, "");
    std::thread writer([path = m_path] {
        std::ofstream out(path, std::ios::binary | std::ios::app);
        for (int i = 0; i < count; ++i) {
            out << "2026-11-21T05:47:12.123Z [info] Tier assignment: coding (source: user) tier=coding turn="
                << i << '\n';
            if (i % 100 == 0)
                out.flush();
        }
    });
    GrowingFile file(m_path);
    QElapsedTimer since;
    since.start();
    std::int64_t known = 0;
    while (known < count && since.elapsed() < 20000) {
        const auto change = file.refresh();
        QVERIFY(change && !change->restarted && change->firstNewLine == known && change->lines >= known);
        known = change->lines;
        if (known > 0) {
            const auto last = file.read(known - 1, 1);
            QVERIFY(last);
            QCOMPARE(parseLogLine(last->front()).turn.value_or(-1), static_cast<int>(known - 1));
        }
    }
    writer.join();
    QCOMPARE(known, count);
}

void TestGrowingFile::staysWithinItsBudget() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("Sanitizers take their own time.");
#endif
    // 64 MB, as four rotations' worth. The budgets are several times what a slow machine needs: they catch
    // what grows with the square, or a line that is parsed twice.
    std::string bytes;
    for (int i = 0; bytes.size() < 64'000'000; ++i)
        bytes +=
            "2026-11-21T05:47:12.123Z [info] Request complete: tier=coding model=openai/gpt-5.2 input=1200 "
            "cached=900 output=310 cost_usd=0.012345 latency_ms=5600 status=ok session=01a1 turn=12 "
            "request=" +
            std::to_string(i) + "\n";
    write(m_path, bytes);
    GrowingFile file(m_path);
    QElapsedTimer since;
    since.start();
    const auto change = file.refresh();
    const auto indexMs = since.restart();
    const auto found = file.search({"REQUEST=300000", Level::None, ""});
    const auto searchMs = since.restart();
    const auto read = file.read(change->lines / 2, 128, 4096);
    const auto readMs = since.elapsed();
    QCOMPARE(found->size(), std::size_t(1));
    QCOMPARE(read->size(), std::size_t(128));
    qInfo("%lld lines: index %lld ms, search %lld ms, 128 rows %lld ms",
          static_cast<long long>(change->lines), static_cast<long long>(indexMs),
          static_cast<long long>(searchMs), static_cast<long long>(readMs));
    QVERIFY(indexMs < 2000);
    QVERIFY(searchMs < 400);
    QVERIFY(readMs < 50);
}

QTEST_APPLESS_MAIN(TestGrowingFile)
#include "tst_growing_file.moc"
