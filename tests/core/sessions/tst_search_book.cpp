#include "core/sessions/search_book.h"
#include "tests/core/sessions/recount.h"
#include "tests/core/sessions/store_fixture.h"

#include <QTest>

#include <algorithm>
#include <string>
#include <vector>

using namespace tierdeck;
using namespace tierdeck::sessions;
using testing::Random;
using testing::StoreFolder;

namespace {

std::string lowered(std::string text) {
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

/// Records of many sessions, whose names and titles are made of few letters, so that parts of them recur.
std::vector<routing::RequestRecord> records(std::uint64_t seed, int count, int first) {
    Random random(seed);
    auto made = testing::wildRecords(seed, count);
    for (int i = 0; i < count; ++i) {
        const auto word = [&random] {
            std::string letters;
            for (std::int64_t length = random.below(12); length > 0; --length)
                letters += "abcABC- "[random.below(8)];
            return letters;
        };
        auto& record = made[static_cast<std::size_t>(i)];
        record.request = RequestId(first + i);
        record.session = "s" + std::to_string(first + i) + word();
        record.title = word();
    }
    return made;
}

} // namespace

class SearchBookTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    /// Before and after more have come, and by any part of a name.
    void itFindsWhatTheNamesSay() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        auto connection = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        VERIFY_RESULT(connection);
        SearchBook book(*connection);
        Random random(5);
        for (int round = 0; round < 3; ++round) {
            testing::recordAll(**store,
                               records(static_cast<std::uint64_t>(round) + 20, 300, 1 + 300 * round));
            std::vector<std::string> names;
            for (const char* sql : {"SELECT name FROM session", "SELECT value FROM text"}) {
                auto query = connection->query(sql);
                while ((*query)->step().value())
                    names.emplace_back((*query)->text(0));
            }
            for (int i = 0; i < 200; ++i) {
                const std::string& name =
                    names[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(names.size())))];
                const auto from =
                    static_cast<std::size_t>(random.below(static_cast<std::int64_t>(name.size()) + 1));
                const std::string part = name.substr(from, 1 + static_cast<std::size_t>(random.below(6)));
                if (part.empty())
                    continue;
                const auto found = book.find(part);
                VERIFY_RESULT(found);
                QVERIFY(found->has_value());
                for (const auto& [sql, numbers] :
                     {std::pair{"SELECT id, name FROM session ORDER BY id", &(*found)->sessions},
                      {"SELECT id, value FROM text ORDER BY id", &(*found)->texts}}) {
                    std::vector<std::int64_t> right;
                    auto query = connection->query(sql);
                    while ((*query)->step().value()) {
                        if ((*query)->number(0) > 0 &&
                            lowered(std::string((*query)->text(1))).find(lowered(part)) != std::string::npos)
                            right.push_back((*query)->number(0));
                    }
                    QVERIFY(*numbers == right);
                }
            }
            const auto none = book.find("no such word");
            QVERIFY((*none)->sessions.empty() && (*none)->texts.empty());
        }
    }

    /// Lists are the recount's, whether the book lists what is found or leaves it to the store.
    void aListIsTheSameEitherWay() {
        const StoreFolder folder;
        auto store = folder.open();
        VERIFY_RESULT(store);
        const auto all = records(30, 1500, 1);
        testing::recordAll(**store, all);
        const testing::Recount recount(all);
        const auto reader = folder.read();
        VERIFY_RESULT(reader);
        for (const char* words : {"a", "S", "ab", "AB", "bca", "s1", "s149", "-", "é", "%", "_", "zz"}) {
            Filter filter;
            filter.search = words;
            const auto page = (*reader)->sessions(filter, SessionOrder::LastTime, 10'000);
            VERIFY_RESULT(page);
            std::vector<std::string> lines;
            for (const SessionRow& row : page->rows)
                lines.push_back(testing::text(row));
            QVERIFY2(lines == recount.sessions(filter, SessionOrder::LastTime), words);
        }
        auto connection = sqlite::Connection::open(folder.file(), sqlite::Connection::Access::ReadOnly);
        SearchBook book(*connection);
        QVERIFY(!book.find("s")->has_value()); // every session
        QVERIFY(book.find("s149")->has_value());
    }
};

QTEST_GUILESS_MAIN(SearchBookTest)
#include "tst_search_book.moc"
