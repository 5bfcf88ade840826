#include "core/foundation/atomic_file.h"
#include "core/sessions/journal.h"
#include "core/sessions/record_json.h"
#include "tests/core/sessions/full_disk.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <array>
#include <atomic>
#include <deque>
#include <fstream>
#include <mutex>
#include <set>
#include <span>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::sessions;
using routing::RequestRecord;
using testing::append;
using testing::StoreFolder;
using testing::wildRecords;

namespace {

using namespace std::chrono_literals;

constexpr auto noPatience = 0ms;

std::string bytesOf(const std::filesystem::path& file) {
    return readFile(file).value();
}

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::filesystem::remove(file); // a file that is cut and written again is synced by some file systems
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

/// The numbers of the requests that an owner finds who comes after a death. `isWhole` turns false where one
/// of them is not what `records` say.
std::vector<std::int64_t> foundIn(const std::filesystem::path& file,
                                  const std::vector<RequestRecord>& records, bool& isWhole) {
    std::vector<std::int64_t> numbers;
    const auto journal = Journal::open(file, noPatience);
    if (!journal) {
        isWhole = false;
        return numbers;
    }
    for (const auto& found : (*journal)->takeFound()) {
        const auto number = found.record ? found.record->request.value : 0;
        isWhole = isWhole && number > 0 &&
                  toJson(*found.record) == toJson(records.at(static_cast<std::size_t>(number - 1)));
        numbers.push_back(number);
    }
    return numbers;
}

std::vector<std::int64_t> upTo(std::int64_t last) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t number = 1; number <= last; ++number)
        numbers.push_back(number);
    return numbers;
}

std::vector<const RequestRecord*> pointersTo(std::span<const RequestRecord> records) {
    std::vector<const RequestRecord*> pointers;
    for (const auto& record : records)
        pointers.push_back(&record);
    return pointers;
}

/// Numbered from 1.
std::vector<RequestRecord> numbered(std::uint64_t seed, int count) {
    auto records = wildRecords(seed, count);
    std::int64_t number = 0;
    for (auto& record : records)
        record.request = RequestId(++number);
    return records;
}

} // namespace

class JournalTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void keepsWhatIsNotSettled() {
        const StoreFolder folder;
        const auto file = folder.journalFile();
        const auto records = numbered(1, 50);
        bool isWhole = true;
        {
            const auto journal = Journal::open(file);
            VERIFY_RESULT(journal);
            QVERIFY((*journal)->takeFound().empty());
            for (const auto& record : records)
                QVERIFY(append(**journal, record));
        }
        for (int round = 0; round < 2; ++round) // looking does not settle
            QVERIFY(foundIn(file, records, isWhole) == upTo(50));
        {
            const auto journal = Journal::open(file);
            VERIFY_RESULT(journal);
            for (const auto& found : (*journal)->takeFound())
                (*journal)->settle(found.segment, 1);
            const auto segment = append(**journal, records.front());
            QVERIFY(segment);
            (*journal)->settle(*segment, 1);
        }
        QVERIFY(foundIn(file, records, isWhole).empty());
        QVERIFY(isWhole);
        QCOMPARE(std::filesystem::status(file).permissions(),
                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    // A process that is killed has written some of a group's bytes: each entry is there whole or not at all,
    // none without those before it, and what was written earlier is untouched. So it is when a later use of
    // the segment is cut off.
    void killedAtEveryByte() {
        const StoreFolder folder;
        const auto file = folder.journalFile();
        const auto records = numbered(2, 13);
        bool isWhole = true;
        for (const bool again : {false, true}) {
            std::filesystem::remove(file);
            std::string before;
            std::string after;
            {
                const auto journal = Journal::open(file);
                VERIFY_RESULT(journal);
                if (again) {
                    for (const auto& record : numbered(3, 12))
                        (*journal)->settle(append(**journal, record).value(), 1);
                    for (const auto& record : numbered(4, 12))
                        QVERIFY(append(**journal, record));
                    (*journal)->settle(0, 12);
                }
                for (std::size_t i = 0; i < 11; ++i)
                    QVERIFY(append(**journal, records[i]));
                before = bytesOf(file);
                const auto kept = (*journal)->append(pointersTo(std::span(records).subspan(11)));
                QVERIFY(kept && kept->records == 2);
                after = bytesOf(file);
            }
            before.resize(after.size(), '\0');
            const auto [start, unused] = std::ranges::mismatch(before, after);
            const auto first = static_cast<std::size_t>(start - before.begin());
            std::size_t last = after.size();
            while (after[last - 1] == before[last - 1])
                --last;
            const auto scratch = folder.path() / "scratch";
            std::int64_t most = 11;
            for (std::size_t count = 0; first + count <= last; ++count) {
                write(scratch, after.substr(0, first + count) + before.substr(first + count));
                const auto found = foundIn(scratch, records, isWhole);
                const auto number = static_cast<std::int64_t>(found.size());
                QVERIFY2(number >= most && found == upTo(number), std::to_string(count).c_str());
                most = number;
            }
            QCOMPARE(most, 13);
            // A disk that lost power, or its mind: what is wrong is not taken for a record.
            for (std::size_t i = first; i < last; ++i) {
                std::string damaged = after;
                damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
                write(scratch, damaged);
                const auto found = foundIn(scratch, records, isWhole);
                QVERIFY2(found == upTo(11) || found == upTo(12) || found == upTo(13),
                         std::to_string(i).c_str());
            }
        }
        QVERIFY(isWhole);
    }

    // Through the whole file several times, with kills in between: what is not settled is always found, in
    // order.
    void goesRound() {
        const StoreFolder folder;
        const auto file = folder.journalFile();
        const auto scratch = folder.path() / "scratch";
        auto records = numbered(5, 4000);
        testing::Random random(6);
        for (auto& record : records)
            record.decision.assign(static_cast<std::size_t>(random.below(8000)), 'd');
        bool isWhole = true;
        const auto journal = Journal::open(file);
        VERIFY_RESULT(journal);
        std::deque<std::pair<std::int64_t, Journal::Segment>> waiting;
        std::set<Journal::Segment> used;
        int looks = 0;
        int splits = 0; ///< of groups that a segment took a part of
        for (std::span<const RequestRecord> rest = records; !rest.empty();) {
            while (waiting.size() > 100 || (!waiting.empty() && random.chance(0.7))) {
                (*journal)->settle(waiting.front().second, 1);
                waiting.pop_front();
            }
            const auto group =
                rest.first(std::min(rest.size(), static_cast<std::size_t>(random.below(8)) + 1));
            const auto kept = (*journal)->append(pointersTo(group));
            QVERIFY(kept && kept->records > 0 && kept->records <= group.size());
            splits += kept->records < group.size() ? 1 : 0;
            used.insert(kept->segment);
            for (const auto& record : group.first(kept->records))
                waiting.emplace_back(record.request.value, kept->segment);
            rest = rest.subspan(kept->records);
            if (!random.chance(0.03))
                continue;
            ++looks;
            write(scratch, bytesOf(file));
            const auto found = foundIn(scratch, records, isWhole);
            QVERIFY(std::ranges::is_sorted(found));
            for (const auto& one : waiting)
                QVERIFY(std::ranges::binary_search(found, one.first));
        }
        QVERIFY(isWhole);
        QVERIFY(looks > 20);
        QVERIFY(splits > 20);
        QVERIFY(used.size() >= 2);
        QVERIFY2(used.size() < 8, "few records wait, so few pages should be in use");
    }

    void tellsWhenItIsFull() {
        const StoreFolder folder;
        auto records = numbered(7, 100);
        for (auto& record : records)
            record.reason.assign(100'000, 'r');
        const auto journal = Journal::open(folder.journalFile());
        VERIFY_RESULT(journal);
        std::vector<Journal::Segment> segments;
        for (const auto& record : records) {
            const auto segment = append(**journal, record);
            if (!segment)
                break;
            segments.push_back(*segment);
        }
        QVERIFY(segments.size() > 20 && segments.size() < 100);
        const auto small = wildRecords(8, 101).back();
        QVERIFY(append(**journal, small)); // there is still room for that
        QVERIFY(!append(**journal, records.front()));
        const auto freed = segments[5];
        for (const auto segment : segments) {
            if (segment == freed)
                (*journal)->settle(segment, 1);
        }
        QVERIFY(append(**journal, records.front()) == freed);
    }

    void aRecordThatIsTooLarge() {
        const StoreFolder folder;
        auto records = numbered(9, 2);
        records[0].decision.assign(1'000'000, 'd');
        const auto journal = Journal::open(folder.journalFile());
        VERIFY_RESULT(journal);
        QVERIFY(!append(**journal, records[0]));
        QVERIFY(append(**journal, records[1]));
    }

    void aFullDisk() {
        const StoreFolder folder;
        const auto records = numbered(10, 500);
        bool isWhole = true;
        std::int64_t kept = 0;
        {
            const auto journal = Journal::open(folder.journalFile());
            VERIFY_RESULT(journal);
            testing::FullDisk full(60'000);
            while (kept < 500 && append(**journal, records[static_cast<std::size_t>(kept)]))
                ++kept;
            QVERIFY(kept > 10 && kept < 500);
            QVERIFY(!append(**journal, records[static_cast<std::size_t>(kept)]));
            const std::array group{&records[static_cast<std::size_t>(kept)], &records.back()};
            QVERIFY(!(*journal)->append(group)); // no part of it
            full.end();
            QVERIFY(append(**journal, records[static_cast<std::size_t>(kept)]));
        }
        QVERIFY(foundIn(folder.journalFile(), records, isWhole) == upTo(kept + 1));
        QVERIFY(isWhole);
    }

    void aSecondOwner() {
        const StoreFolder folder;
        auto owner = Journal::open(folder.journalFile());
        VERIFY_RESULT(owner);
        const auto second = Journal::open(folder.journalFile(), noPatience);
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::Locked);
        std::atomic<bool> opened = false;
        {
            const std::jthread patient(
                [&] { opened = Journal::open(folder.journalFile(), 30s).has_value(); });
            owner->reset();
        }
        QVERIFY(opened);
    }

    void leftBehind() {
        const StoreFolder folder;
        const auto file = folder.journalFile();
        const auto record = numbered(11, 1).front();
        QVERIFY(!Journal::isLeftBehind(file));
        auto journal = Journal::open(file);
        VERIFY_RESULT(journal);
        journal->reset();
        QVERIFY(!Journal::isLeftBehind(file));
        journal = Journal::open(file);
        QVERIFY(append(**journal, record));
        QVERIFY(!Journal::isLeftBehind(file)); // its owner sees to it
        journal->reset();
        QVERIFY(Journal::isLeftBehind(file));
        // What is torn at its start is nothing, and is not looked at again and again.
        auto bytes = bytesOf(file);
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        std::fill(bytes.begin() + 4096 + 20, bytes.end(), '\0');
        write(file, bytes);
        QVERIFY(Journal::isLeftBehind(file));
        journal = Journal::open(file);
        QVERIFY((*journal)->takeFound().empty());
        journal->reset();
        QVERIFY(!Journal::isLeftBehind(file));
    }

    void anotherVersion() {
        const StoreFolder folder;
        const auto file = folder.journalFile();
        const auto records = numbered(12, 3);
        bool isWhole = true;
        {
            const auto journal = Journal::open(file);
            VERIFY_RESULT(journal);
            QVERIFY(append(**journal, records[0]));
        }
        auto other = bytesOf(file);
        ++other[16];
        for (const char* kept : {".aside1", ".aside2"}) {
            write(file, other);
            QVERIFY(!Journal::isLeftBehind(file));
            QVERIFY(foundIn(file, records, isWhole).empty());
            QVERIFY(isWhole);
            QCOMPARE(bytesOf(file.string() + kept), other);
        }
        for (const std::size_t size : {std::size_t{0}, std::size_t{7}}) { // a head that was never finished
            write(file, other.substr(0, size));
            QVERIFY(foundIn(file, records, isWhole).empty());
            QVERIFY(isWhole);
        }
        QVERIFY(!std::filesystem::exists(file.string() + ".aside3"));
    }

    void manyThreads() {
        const StoreFolder folder;
        const auto records = numbered(13, 4000);
        const auto journal = Journal::open(folder.journalFile());
        VERIFY_RESULT(journal);
        std::mutex mutex;
        std::vector<Journal::Segment> waiting;
        std::atomic<int> refused = 0;
        std::atomic<int> atWork = 4;
        {
            std::vector<std::jthread> threads;
            for (std::size_t part = 0; part < 4; ++part) {
                threads.emplace_back([&, part] {
                    for (std::size_t i = part; i < records.size(); i += 4) {
                        if (const auto segment = append(**journal, records[i])) {
                            const std::lock_guard lock(mutex);
                            waiting.push_back(*segment);
                        } else {
                            ++refused;
                        }
                    }
                    --atWork;
                });
            }
            threads.emplace_back([&] {
                for (bool last = false; !last;) {
                    last = atWork == 0;
                    std::vector<Journal::Segment> taken;
                    {
                        const std::lock_guard lock(mutex);
                        taken.swap(waiting);
                    }
                    for (const auto segment : taken)
                        (*journal)->settle(segment, 1);
                }
            });
        }
        QCOMPARE(refused.load(), 0);
        bool isWhole = true;
        const auto scratch = folder.path() / "scratch";
        write(scratch, bytesOf(folder.journalFile()));
        QVERIFY(foundIn(scratch, records, isWhole).empty());
    }
};

QTEST_GUILESS_MAIN(JournalTest)
#include "tst_journal.moc"
