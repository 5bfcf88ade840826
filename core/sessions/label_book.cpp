#include "core/sessions/label_book.h"

#include "core/sessions/schema.h"
#include "core/sessions/sqlite.h"

#include <string>
#include <utility>

namespace tierdeck::sessions {

namespace {

constexpr int busyTimeoutMs = 5000;

tl::unexpected<Error> notFound(RequestId request, std::string message) {
    return failure(ErrorCode::NotFound, std::move(message), std::to_string(request.value));
}

} // namespace

struct LabelBook::Impl {
    sqlite::Connection connection;
};

Result<LabelBook> LabelBook::open(const std::filesystem::path& file) {
    // Who labels has requests; a store is not made for it.
    if (auto there = schema::openForReading(file, busyTimeoutMs); !there)
        return tl::unexpected<Error>(std::move(there.error()));
    auto connection = schema::openForWriting(file, busyTimeoutMs, {});
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    return LabelBook(std::make_unique<Impl>(Impl{std::move(*connection)}));
}

LabelBook::LabelBook(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

LabelBook::~LabelBook() = default;
LabelBook::LabelBook(LabelBook&&) noexcept = default;
LabelBook& LabelBook::operator=(LabelBook&&) noexcept = default;

Result<void> LabelBook::set(RequestId request, std::string_view tier, UtcTime time) {
    if (tier.empty())
        return failure(ErrorCode::InvalidInput, "A label needs the name of a tier.");
    auto& connection = m_impl->connection;
    auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::Kind::Write);
    if (!transaction)
        return tl::unexpected<Error>(std::move(transaction.error()));
    auto name = connection.query("INSERT INTO text(value) VALUES(?1) ON CONFLICT(value) DO NOTHING");
    if (!name)
        return tl::unexpected<Error>(std::move(name.error()));
    if (auto done = (*name)->runWith(tier); !done)
        return done;
    auto label =
        connection.query("INSERT OR REPLACE INTO label(request, tier, time_ms) SELECT r.id, (SELECT id "
                         "FROM text WHERE value=?2), ?3 FROM request AS r WHERE r.id=?1");
    if (!label)
        return tl::unexpected<Error>(std::move(label.error()));
    if (auto done = (*label)->runWith(request.value, tier, std::int64_t{time.time_since_epoch().count()});
        !done)
        return done;
    if (connection.rowsChanged() == 0)
        return notFound(request, "No request has this number; see `tierctl report requests`.");
    return transaction->commit();
}

Result<void> LabelBook::remove(RequestId request) {
    auto query = m_impl->connection.query("DELETE FROM label WHERE request=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    if (auto done = (*query)->runWith(request.value); !done)
        return done;
    if (m_impl->connection.rowsChanged() == 0)
        return notFound(request, "This request has no label.");
    return {};
}

} // namespace tierdeck::sessions
