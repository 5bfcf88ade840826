// A store in a folder of its own, for tests.
#pragma once

#include "core/sessions/journal.h"
#include "core/sessions/session_store.h"
#include "core/sessions/store_reader.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::testing {

class StoreFolder {
public:
    [[nodiscard]] std::filesystem::path path() const { return m_folder.path().toStdString(); }

    [[nodiscard]] std::filesystem::path file() const { return path() / "sessions" / "tierdeck.db"; }

    [[nodiscard]] std::filesystem::path unsavedFile() const { return path() / "state" / "unsaved.jsonl"; }

    [[nodiscard]] std::filesystem::path journalFile() const { return path() / "sessions" / "journal"; }

    [[nodiscard]] sessions::StoreOptions options() const {
        sessions::StoreOptions options;
        options.file = file();
        options.unsavedFile = unsavedFile();
        options.timeZone = "Europe/Berlin";
        options.busyTimeoutMs = 50;
        return options;
    }

    [[nodiscard]] sessions::StoreOptions journaled() const {
        auto with = options();
        with.journalFile = journalFile();
        return with;
    }

    [[nodiscard]] Result<std::unique_ptr<sessions::SessionStore>> open() const {
        return sessions::SessionStore::open(options());
    }

    [[nodiscard]] Result<std::unique_ptr<sessions::StoreReader>> read() const {
        return sessions::StoreReader::open(file());
    }

private:
    QTemporaryDir m_folder;
};

/// Where it stands, of a group of its own.
inline std::optional<sessions::Journal::Segment> append(sessions::Journal& journal,
                                                        const routing::RequestRecord& record) {
    const auto kept = journal.append(std::array{&record});
    return kept ? std::optional(kept->segment) : std::nullopt;
}

/// Of a group of its own.
inline bool keepAtOnce(sessions::SessionStore& store, routing::RequestRecord& record) {
    return store.keepAtOnce(std::array{&record}) == 1;
}

/// Records one request and waits for the answer.
inline Result<void> recordAndWait(sessions::SessionStore& store, routing::RequestRecord record) {
    std::promise<Result<void>> answer;
    auto future = answer.get_future();
    store.record(std::move(record), [&answer](Result<void> result) { answer.set_value(std::move(result)); });
    return future.get();
}

inline void recordAll(sessions::SessionStore& store, const std::vector<routing::RequestRecord>& records) {
    for (const auto& record : records)
        store.record(record, {});
    store.flush();
}

/// All pages of a list, `limit` rows each.
template <typename Row, typename Ask>
Result<std::vector<Row>> allPages(const Ask& ask, int limit) {
    std::vector<Row> rows;
    std::string after;
    do {
        auto page = ask(limit, after);
        if (!page)
            return tl::unexpected<Error>(page.error());
        for (auto& row : page->rows)
            rows.push_back(std::move(row));
        if (!page->next.empty() && page->next == after)
            return failure(ErrorCode::Conflict, "The cursor stands still.");
        after = page->next;
    } while (!after.empty());
    return rows;
}

} // namespace tierdeck::testing

/// Fails the test with the error's own words.
#define VERIFY_RESULT(expression)                                                                            \
    do {                                                                                                     \
        const auto& checked = (expression);                                                                  \
        QVERIFY2(checked, checked ? "" : (checked.error().message + ' ' + checked.error().detail).c_str());  \
    } while (false)
