#include "core/sessions/journal.h"

#include "core/foundation/adaptive_mutex.h"
#include "core/foundation/atomic_file.h"
#include "core/sessions/locked_file.h"
#include "core/sessions/record_bytes.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

namespace tierdeck::sessions {

namespace {

// A page that says what the file is, then the segments. A segment is a row of entries, each a head and a
// record's bytes, up to a head whose length is 0. Entries are written at once, one or several, with the head
// that ends the row. A process that is killed meanwhile, or a machine that dies, may leave some of its bytes:
// the checksum tells. What stands behind the row is of an earlier use of the segment: the sequence tells.
//
// Why no mapping: a write to the page cache takes half a microsecond, and a full or failing disk makes it
// fail; it would end a process that stores into a mapping.

constexpr std::size_t firstSegmentAt = 4096;
constexpr std::size_t segmentBytes = 256u << 10;
constexpr std::size_t segmentCount = 16;
constexpr std::chrono::milliseconds askAgainAfter{5};

struct EntryHead {
    std::uint32_t length = 0; ///< of the record's bytes
    std::uint32_t checksum = 0;
    std::uint64_t sequence = 0; ///< one more than that of the entry before, in its segment
};

static_assert(sizeof(EntryHead) == 16);

/// Of another machine, another layout or another kind of record: other bytes.
struct FileHead {
    std::array<char, 16> name{'t', 'i', 'e', 'r', 'd', 'e', 'c', 'k', ' ', 'j', 'o', 'u', 'r', 'n', 'a', 'l'};
    std::uint64_t version = 1; ///< to be raised with every change of what writeBytes() writes
    std::uint64_t segmentSize = segmentBytes;
    std::uint64_t segments = segmentCount;

    bool operator==(const FileHead&) const = default;
};

constexpr std::size_t padded(std::size_t length) {
    return (length + 7) & ~std::size_t{7};
}

constexpr std::size_t positionOf(Journal::Segment segment) {
    return firstSegmentAt + segment * segmentBytes;
}

std::uint32_t checksumOf(std::string_view bytes, std::uint64_t sequence) {
    constexpr std::uint64_t factor = 0x9e37'79b9'7f4a'7c15;
    std::uint64_t sum = (sequence ^ bytes.size()) * factor;
    const auto mix = [&sum](std::uint64_t word) {
        sum = (sum ^ word) * factor;
        sum ^= sum >> 32;
    };
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        mix(word);
        bytes.remove_prefix(sizeof word);
    }
    if (!bytes.empty()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), bytes.size());
        mix(word);
    }
    return static_cast<std::uint32_t>(sum ^ (sum >> 32));
}

/// Takes the entries out of a segment.
class EntryReader {
public:
    explicit EntryReader(std::string_view segment)
        : m_segment(segment) {}

    /// False behind the last whole entry.
    bool next(std::string_view& bytes, std::uint64_t& sequence) {
        EntryHead head;
        if (m_segment.size() - m_at < sizeof head)
            return false;
        std::memcpy(&head, m_segment.data() + m_at, sizeof head);
        const std::size_t most = m_segment.size() - m_at - sizeof head;
        if (head.length == 0 || head.length > most || padded(head.length) > most)
            return false;
        if (m_count > 0 && head.sequence != m_sequence + 1)
            return false;
        bytes = m_segment.substr(m_at + sizeof head, head.length);
        if (head.checksum != checksumOf(bytes, head.sequence))
            return false;
        sequence = m_sequence = head.sequence;
        m_at += sizeof head + padded(head.length);
        ++m_count;
        return true;
    }

private:
    std::string_view m_segment;
    std::size_t m_at = 0;
    std::size_t m_count = 0;
    std::uint64_t m_sequence = 0;
};

tl::unexpected<Error> systemFailure(const std::filesystem::path& path, int reason) {
    const auto code = reason == EWOULDBLOCK                  ? ErrorCode::Locked
                      : reason == ENOSPC || reason == EDQUOT ? ErrorCode::DiskFull
                      : reason == EACCES || reason == EROFS  ? ErrorCode::ReadOnly
                                                             : ErrorCode::IoFailed;
    return failure(code,
                   "The journal of finished requests cannot be used; see that its folder can be written.",
                   path.string() + ": " + std::strerror(reason));
}

/// How many bytes there were, up to as many as are wanted; or errno.
tl::expected<std::size_t, int> readAt(int file, std::size_t position, std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got =
            ::pread(file, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tl::unexpected<int>(errno);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

/// 0, or errno.
int writeAt(int file, std::size_t position, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(position));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        position += static_cast<std::size_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

template <typename Value>
std::string_view bytesOf(const Value& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

enum class Content { Nothing, Journal, Other };

tl::expected<Content, int> contentOf(int file) {
    std::array<char, sizeof(FileHead)> bytes{};
    const auto count = readAt(file, 0, bytes);
    if (!count)
        return tl::unexpected<int>(count.error());
    if (*count < bytes.size())
        return Content::Nothing; // no record can stand in it
    return std::string_view(bytes.data(), bytes.size()) == bytesOf(FileHead()) ? Content::Journal
                                                                               : Content::Other;
}

bool moveAside(const std::filesystem::path& file) {
    for (int number = 1; number < 1000; ++number) {
        const std::filesystem::path aside = file.string() + ".aside" + std::to_string(number);
        if (::link(file.c_str(), aside.c_str()) == 0) // fails where that name is taken
            return ::unlink(file.c_str()) == 0;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

tl::expected<Descriptor, int> openPatiently(const std::filesystem::path& path,
                                            std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto file = openLocked(path, O_RDWR | O_CREAT, LOCK_EX | LOCK_NB);
        if (file || file.error() != EWOULDBLOCK || std::chrono::steady_clock::now() >= until)
            return file;
        std::this_thread::sleep_for(askAgainAfter);
    }
}

} // namespace

struct Journal::Impl {
    explicit Impl(Descriptor openFile)
        : file(std::move(openFile)) {}

    struct SegmentState {
        std::size_t end = 0; ///< where the next entry goes
        std::size_t unsettled = 0;
    };

    /// 0, or errno.
    [[nodiscard]] int find();
    void begin(Segment segment);
    /// How many of the first.
    [[nodiscard]] std::size_t appendTo(Segment segment,
                                       std::span<const routing::RequestRecord* const> records);

    const Descriptor file;
    std::vector<Found> found;

    /// Held while entries are written: one that is safe must not stand behind one that is not.
    AdaptiveMutex mutex;
    std::array<SegmentState, segmentCount> segments;
    Segment current = 0;
    std::uint64_t nextSequence = 0;
    const std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(segmentBytes);
};

/// Reads what an earlier owner left.
int Journal::Impl::find() {
    // Never one that any owner of the file has given before.
    nextSequence = static_cast<std::uint64_t>(
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
    std::vector<std::pair<std::uint64_t, Found>> entries;
    for (Segment segment = 0; segment < segmentCount; ++segment) {
        SegmentState& state = segments[segment];
        const auto count = readAt(file.number(), positionOf(segment), {buffer.get(), segmentBytes});
        if (!count)
            return count.error();
        EntryReader reader({buffer.get(), *count});
        std::string_view entry;
        std::uint64_t sequence = 0;
        while (reader.next(entry, sequence)) {
            Found one;
            one.segment = segment;
            if (auto record = recordFromBytes(entry))
                one.record = std::move(*record);
            else
                one.bytes = entry;
            entries.emplace_back(sequence, std::move(one));
            ++state.unsettled;
            state.end = segmentBytes; // nothing is added to it
            nextSequence = std::max(nextSequence, sequence + 1);
        }
        if (state.unsettled == 0 && *count > 0)
            begin(segment); // what is torn at its very start would look like records for ever
    }
    std::ranges::sort(entries, {}, &std::pair<std::uint64_t, Found>::first);
    found.reserve(entries.size());
    for (auto& entry : entries)
        found.push_back(std::move(entry.second));
    return 0;
}

/// Where this fails, the records are found again and the store knows them.
void Journal::Impl::begin(Segment segment) {
    segments[segment] = {};
    (void)writeAt(file.number(), positionOf(segment), bytesOf(EntryHead()));
}

std::size_t Journal::Impl::appendTo(Segment segment, std::span<const routing::RequestRecord* const> records) {
    SegmentState& state = segments[segment];
    std::size_t size = 0;
    std::size_t count = 0;
    for (const auto* record : records) {
        // There is always room for the head that ends the row.
        const std::size_t left = segmentBytes - state.end - size;
        if (left <= 2 * sizeof(EntryHead))
            break;
        char* const entry = buffer.get() + size;
        char* const content = entry + sizeof(EntryHead);
        EntryHead head;
        head.length =
            static_cast<std::uint32_t>(writeBytes(*record, {content, left - 2 * sizeof(EntryHead)}));
        if (head.length == 0)
            break;
        head.sequence = nextSequence + count;
        head.checksum = checksumOf({content, head.length}, head.sequence);
        std::memcpy(entry, &head, sizeof head);
        std::memset(content + head.length, 0, padded(head.length) - head.length);
        size += sizeof head + padded(head.length);
        ++count;
    }
    if (count == 0)
        return 0;
    std::memset(buffer.get() + size, 0, sizeof(EntryHead));
    if (writeAt(file.number(), positionOf(segment) + state.end, {buffer.get(), size + sizeof(EntryHead)}) !=
        0)
        return 0;
    nextSequence += count;
    state.unsettled += count;
    state.end += size;
    return count;
}

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path,
                                               std::chrono::milliseconds patience) {
    if (auto made = makeFolder(path.parent_path()); !made)
        return tl::unexpected<Error>(std::move(made.error()));
    for (;;) {
        auto file = openPatiently(path, patience);
        if (!file)
            return systemFailure(path, file.error());
        const auto content = contentOf(file->number());
        if (!content)
            return systemFailure(path, content.error());
        if (*content == Content::Other) {
            if (!moveAside(path))
                return systemFailure(path, errno);
            continue;
        }
        if (*content == Content::Nothing) {
            if (const int reason = writeAt(file->number(), 0, bytesOf(FileHead())); reason != 0)
                return systemFailure(path, reason);
        }
        auto impl = std::make_unique<Impl>(std::move(*file));
        if (const int reason = impl->find(); reason != 0)
            return systemFailure(path, reason);
        return std::unique_ptr<Journal>(new Journal(std::move(impl)));
    }
}

Journal::Journal(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

Journal::~Journal() = default;

std::vector<Journal::Found> Journal::takeFound() {
    return std::exchange(m_impl->found, {});
}

std::optional<Journal::Kept> Journal::append(std::span<const routing::RequestRecord* const> records) {
    Impl& impl = *m_impl;
    const std::lock_guard lock(impl.mutex);
    if (const auto count = impl.appendTo(impl.current, records))
        return Kept{impl.current, count};
    // The first that is free: few pages are in use where few records wait.
    for (Segment segment = 0; segment < segmentCount; ++segment) {
        if (segment == impl.current || impl.segments[segment].end > 0)
            continue;
        const auto count = impl.appendTo(segment, records);
        if (count == 0)
            return std::nullopt; // the first is too large for any
        return Kept{impl.current = segment, count};
    }
    return std::nullopt;
}

void Journal::settle(Segment segment, std::size_t records) {
    Impl& impl = *m_impl;
    const std::lock_guard lock(impl.mutex);
    auto& state = impl.segments[segment];
    state.unsettled -= std::min(records, state.unsettled);
    if (state.unsettled == 0)
        impl.begin(segment);
}

bool Journal::holdsRecords(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0 || contentOf(file.number()).value_or(Content::Nothing) != Content::Journal)
        return false;
    for (Segment segment = 0; segment < segmentCount; ++segment) {
        EntryHead head;
        std::array<char, sizeof head> bytes{};
        (void)readAt(file.number(), positionOf(segment), bytes);
        std::memcpy(&head, bytes.data(), sizeof head);
        if (head.length > 0)
            return true;
    }
    return false;
}

bool Journal::isLeftBehind(const std::filesystem::path& path) {
    return holdsRecords(path) && openLocked(path, O_RDONLY, LOCK_SH | LOCK_NB).has_value();
}

} // namespace tierdeck::sessions
