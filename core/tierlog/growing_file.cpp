#include "core/tierlog/growing_file.h"

#include "core/tierlog/text_search.h"
#include "core/tierlog/utf8.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace tierdeck::tierlog {

namespace {

constexpr std::size_t chunkBytes = 256 * 1024; // stays in the second-level cache
constexpr std::size_t sampleBytes = 256;
constexpr std::size_t longestTierName = 64;

class FileDescriptor {
public:
    FileDescriptor() = default;

    explicit FileDescriptor(int descriptor)
        : m_descriptor(descriptor) {}

    FileDescriptor(FileDescriptor&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }

    ~FileDescriptor() {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }

    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor = -1;
};

/// Reads until `size` bytes are there or the file ends; the number read, or errno as a negative one.
std::int64_t readAt(int descriptor, char* buffer, std::size_t size, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got =
            ::pread(descriptor, buffer + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return static_cast<std::int64_t>(done);
}

std::string errorText(int code) {
    return std::generic_category().message(code);
}

/// Where each line ends, and what it is: seven bytes a line. Blocks are never moved.
class LineIndex {
public:
    void add(std::uint64_t end, LineFacts facts) {
        const auto place = static_cast<std::size_t>(m_count) % linesPerBlock;
        if (place == 0) {
            m_blocks.push_back(std::make_unique<Block>());
            m_blocks.back()->base = m_end;
        }
        Block& block = *m_blocks.back();
        const std::uint64_t distance = end - block.base;
        // A block with a line beyond 4 GiB keeps its offsets whole.
        if (distance > std::numeric_limits<std::uint32_t>::max() && block.farEnds.empty()) {
            block.farEnds.resize(linesPerBlock);
            std::copy_n(block.ends.begin(), place, block.farEnds.begin());
        }
        if (block.farEnds.empty())
            block.ends[place] = static_cast<std::uint32_t>(distance);
        else
            block.farEnds[place] = distance;
        block.facts[place] = facts;
        m_end = end;
        ++m_count;
    }

    void clear() {
        m_blocks.clear();
        m_count = 0;
        m_end = 0;
    }

    [[nodiscard]] std::int64_t count() const { return m_count; }

    /// Behind the newline of the last line.
    [[nodiscard]] std::uint64_t end() const { return m_end; }

    [[nodiscard]] std::uint64_t endOf(std::int64_t line) const {
        const auto number = static_cast<std::size_t>(line);
        const Block& block = *m_blocks[number / linesPerBlock];
        const std::size_t place = number % linesPerBlock;
        return block.base + (block.farEnds.empty() ? block.ends[place] : block.farEnds[place]);
    }

    [[nodiscard]] std::uint64_t beginOf(std::int64_t line) const { return line == 0 ? 0 : endOf(line - 1); }

    [[nodiscard]] const LineFacts& facts(std::int64_t line) const {
        const auto number = static_cast<std::size_t>(line);
        return m_blocks[number / linesPerBlock]->facts[number % linesPerBlock];
    }

    /// The line that holds the byte at `offset`, which is none before that of `from`.
    [[nodiscard]] std::int64_t lineAt(std::uint64_t offset, std::int64_t from) const {
        // Hits come in order and mostly near each other: gallop, then halve.
        std::int64_t step = 1;
        std::int64_t low = from;
        while (low + step < m_count && endOf(low + step - 1) <= offset) {
            low += step;
            step *= 2;
        }
        std::int64_t high = std::min(low + step, m_count);
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            if (endOf(middle) <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

private:
    static constexpr std::size_t linesPerBlock = 1024;

    struct Block {
        std::uint64_t base = 0;
        std::array<std::uint32_t, linesPerBlock> ends;
        std::array<LineFacts, linesPerBlock> facts;
        std::vector<std::uint64_t> farEnds;
    };

    std::vector<std::unique_ptr<Block>> m_blocks;
    std::int64_t m_count = 0;
    std::uint64_t m_end = 0;
};

std::string_view withoutLineEnd(std::string_view line) {
    if (!line.empty() && line.back() == '\n')
        line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return line;
}

std::string shownText(std::string_view bytes, bool isCut, std::size_t limit) {
    if (!isCut && bytes.size() <= limit)
        return toValidUtf8(bytes);
    std::string text = toValidUtf8(cutUtf8(bytes, std::min(limit, bytes.size())));
    text += "…";
    return text;
}

} // namespace

struct GrowingFile::Impl {
    std::filesystem::path path;
    FileDescriptor file;

    struct stat lastLook {};

    LineIndex index;
    std::vector<std::string> tierNames{std::string()};

    std::uint64_t scanned = 0; ///< bytes that were looked at, unfinished line included
    std::string unfinished;    ///< the first gistBytes of the line that has no newline yet
    std::string head;          ///< the first bytes of the file: another file rarely begins alike
    std::string tail;          ///< the last bytes before `scanned`
    bool restarted = false;    ///< not reported yet
    std::int64_t reported = 0; ///< lines that were reported
    std::vector<char> buffer;

    void startAgain() {
        index.clear();
        tierNames.assign(1, std::string());
        scanned = 0;
        unfinished.clear();
        head.clear();
        tail.clear();
        restarted = true;
        reported = 0;
    }

    std::uint8_t tierNumber(std::string_view name) {
        if (name.empty() || name.size() > longestTierName)
            return 0;
        for (std::size_t i = 1; i < tierNames.size(); ++i) {
            if (tierNames[i] == name)
                return static_cast<std::uint8_t>(i);
        }
        if (tierNames.size() > std::numeric_limits<std::uint8_t>::max())
            return 0; // a log with more than 255 tiers is not a tier log
        tierNames.emplace_back(name);
        return static_cast<std::uint8_t>(tierNames.size() - 1);
    }

    void addLine(std::string_view firstBytes, std::uint64_t end) {
        const LineGist gist = gistOf(withoutLineEnd(firstBytes));
        index.add(end, {gist.level, gist.kind, tierNumber(gist.tier)});
    }

    Result<void> open() {
        struct stat now {};

        if (::stat(path.c_str(), &now) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return failure(ErrorCode::NotFound, "There is no file " + path.string() + " yet.");
            return failure(ErrorCode::IoFailed,
                           "The log " + path.string() +
                               " cannot be read: check who may read it and its folder.",
                           errorText(errno));
        }
        if (!S_ISREG(now.st_mode))
            return failure(ErrorCode::InvalidInput, path.string() + " is not a file: choose a log file.");
        if (file.isOpen() && (now.st_ino != lastLook.st_ino || now.st_dev != lastLook.st_dev)) {
            file = FileDescriptor();
            startAgain();
        }
        if (!file.isOpen()) {
            // Not blocking: between the look and here it may have become a pipe.
            FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
            if (!opened.isOpen()) {
                if (errno == ENOENT)
                    return failure(ErrorCode::NotFound, "There is no file " + path.string() + " yet.");
                return failure(ErrorCode::IoFailed,
                               "The log " + path.string() + " cannot be opened: check who may read it.",
                               errorText(errno));
            }
            file = std::move(opened);
            lastLook = {};
        }
        return {};
    }

    /// The bytes that were there when they were read still are. Looks at the beginning and at the end only.
    [[nodiscard]] bool isContinued(std::uint64_t size) const {
        if (size < scanned)
            return false;
        std::array<char, sampleBytes> bytes{};
        if (readAt(file.get(), bytes.data(), head.size(), 0) != static_cast<std::int64_t>(head.size()) ||
            std::memcmp(bytes.data(), head.data(), head.size()) != 0)
            return false;
        return readAt(file.get(), bytes.data(), tail.size(), scanned - tail.size()) ==
                   static_cast<std::int64_t>(tail.size()) &&
               std::memcmp(bytes.data(), tail.data(), tail.size()) == 0;
    }

    void takeIn(std::string_view chunk) {
        const std::uint64_t chunkBegin = scanned;
        std::size_t at = 0;
        while (at < chunk.size()) {
            const auto* newline =
                static_cast<const char*>(std::memchr(chunk.data() + at, '\n', chunk.size() - at));
            const std::size_t end =
                newline == nullptr ? chunk.size() : static_cast<std::size_t>(newline - chunk.data()) + 1;
            const std::string_view piece = chunk.substr(at, end - at);
            if (newline == nullptr || !unfinished.empty()) {
                unfinished.append(piece.substr(0, gistBytes - unfinished.size()));
                if (newline != nullptr) {
                    addLine(unfinished, chunkBegin + end);
                    unfinished.clear();
                }
            } else {
                addLine(piece.substr(0, gistBytes), chunkBegin + end);
            }
            at = end;
        }
        if (head.size() < sampleBytes)
            head.append(chunk.substr(0, sampleBytes - head.size()));
        tail.append(chunk.size() > sampleBytes ? chunk.substr(chunk.size() - sampleBytes) : chunk);
        if (tail.size() > sampleBytes)
            tail.erase(0, tail.size() - sampleBytes);
        scanned += chunk.size();
    }
};

GrowingFile::GrowingFile(std::filesystem::path path)
    : m_impl(std::make_unique<Impl>()) {
    m_impl->path = std::move(path);
    m_impl->buffer.resize(chunkBytes);
}

GrowingFile::~GrowingFile() = default;

const std::filesystem::path& GrowingFile::path() const {
    return m_impl->path;
}

Result<GrowingFile::Change> GrowingFile::refresh(std::stop_token stop, std::uint64_t budgetBytes) {
    Impl& my = *m_impl;
    if (auto opened = my.open(); !opened)
        return tl::unexpected(opened.error());

    struct stat now {};

    if (::fstat(my.file.get(), &now) != 0)
        return failure(ErrorCode::IoFailed, "The log " + my.path.string() + " cannot be read.",
                       errorText(errno));
    const auto size = static_cast<std::uint64_t>(now.st_size);
    const bool untouched = my.lastLook.st_ino == now.st_ino && my.lastLook.st_size == now.st_size &&
                           my.lastLook.st_mtim.tv_sec == now.st_mtim.tv_sec &&
                           my.lastLook.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
    if (!untouched && my.scanned > 0 && !my.isContinued(size))
        my.startAgain();
    my.lastLook = now;

    std::uint64_t budget = budgetBytes;
    while (my.scanned < size && budget > 0) {
        if (stop.stop_requested())
            return failure(ErrorCode::Cancelled, "Reading the log was stopped.");
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>({chunkBytes, size - my.scanned, budget}));
        const std::int64_t got = readAt(my.file.get(), my.buffer.data(), wanted, my.scanned);
        if (got < 0)
            return failure(ErrorCode::IoFailed, "The log " + my.path.string() + " cannot be read.",
                           errorText(static_cast<int>(-got)));
        if (got == 0)
            break; // shortened since fstat: the next look finds out
        my.takeIn(std::string_view(my.buffer.data(), static_cast<std::size_t>(got)));
        budget -= static_cast<std::uint64_t>(got);
    }
    const Change change{my.restarted, my.reported, my.index.count(), my.scanned, std::max(size, my.scanned)};
    my.restarted = false;
    my.reported = my.index.count();
    return change;
}

std::int64_t GrowingFile::lineCount() const {
    return m_impl->index.count();
}

const LineFacts& GrowingFile::facts(std::int64_t line) const {
    return m_impl->index.facts(line);
}

const std::vector<std::string>& GrowingFile::tierNames() const {
    return m_impl->tierNames;
}

Result<std::vector<std::string>> GrowingFile::read(std::int64_t first, std::int64_t count,
                                                   std::size_t maxBytesPerLine) const {
    const Impl& my = *m_impl;
    if (first < 0 || count < 0 || first > my.index.count() - count)
        return failure(ErrorCode::InvalidInput, "The log has no such lines.");
    std::vector<std::string> lines;
    lines.reserve(static_cast<std::size_t>(count));
    std::string bytes;
    std::uint64_t bytesBegin = 0;
    const auto load = [&](std::uint64_t begin, std::uint64_t end) -> Result<void> {
        bytes.resize(static_cast<std::size_t>(end - begin));
        bytesBegin = begin;
        const std::int64_t got = readAt(my.file.get(), bytes.data(), bytes.size(), begin);
        if (got < 0)
            return failure(ErrorCode::IoFailed, "The log " + my.path.string() + " cannot be read.",
                           errorText(static_cast<int>(-got)));
        if (got != static_cast<std::int64_t>(bytes.size()))
            return failure(ErrorCode::Conflict, "The log was shortened while it was read.");
        return {};
    };
    for (std::int64_t line = first; line < first + count; ++line) {
        const std::uint64_t begin = my.index.beginOf(line);
        const std::uint64_t end = my.index.endOf(line);
        // Room for the line end, so that a line of exactly the limit is not taken for a longer one.
        const std::uint64_t shownEnd = std::min<std::uint64_t>(end, begin + maxBytesPerLine + 2);
        if (shownEnd > bytesBegin + bytes.size() || bytes.empty()) {
            // As many of the lines that are asked for as fit a chunk, in one call.
            std::int64_t last = my.index.lineAt(begin + chunkBytes, line);
            last = std::min(last, first + count);
            const std::uint64_t runEnd = last > line ? my.index.endOf(last - 1) : begin;
            if (auto loaded = load(begin, std::max(shownEnd, std::min(runEnd, begin + chunkBytes))); !loaded)
                return tl::unexpected(loaded.error());
        }
        std::string_view text(bytes.data() + (begin - bytesBegin),
                              static_cast<std::size_t>(shownEnd - begin));
        const bool isCut = shownEnd < end;
        if (!isCut)
            text = withoutLineEnd(text);
        lines.push_back(shownText(text, isCut, maxBytesPerLine));
    }
    return lines;
}

Result<std::vector<std::int64_t>> GrowingFile::search(const Query& query, std::int64_t firstLine,
                                                      std::stop_token stop) const {
    const Impl& my = *m_impl;
    std::vector<std::int64_t> found;
    std::uint8_t tier = 0;
    if (!query.tier.empty()) {
        const auto name = std::find(my.tierNames.begin() + 1, my.tierNames.end(), query.tier);
        if (name == my.tierNames.end())
            return found;
        tier = static_cast<std::uint8_t>(name - my.tierNames.begin());
    }
    const auto suits = [&](std::int64_t line) {
        const LineFacts& facts = my.index.facts(line);
        return facts.level >= query.minimumLevel && (tier == 0 || facts.tier == tier);
    };
    const auto cancelled = [] { return failure(ErrorCode::Cancelled, "The search was stopped."); };
    firstLine = std::max<std::int64_t>(firstLine, 0);
    if (query.text.empty()) {
        for (std::int64_t line = firstLine; line < my.index.count(); ++line) {
            if ((line & 0xFFFF) == 0 && stop.stop_requested())
                return cancelled();
            if (suits(line))
                found.push_back(line);
        }
        return found;
    }
    if (query.text.find('\n') != std::string::npos || firstLine >= my.index.count())
        return found;

    const TextSearch wanted(query.text);
    const std::uint64_t end = my.index.end();
    std::uint64_t begin = my.index.beginOf(firstLine);
    std::int64_t line = firstLine;
    std::vector<char> buffer(chunkBytes + wanted.size());
    while (begin < end) {
        if (stop.stop_requested())
            return cancelled();
        // Windows overlap by one byte less than what is looked for: a match begins in exactly one of them.
        const std::uint64_t windowEnd = std::min(end, begin + chunkBytes);
        const std::uint64_t readEnd = std::min<std::uint64_t>(end, windowEnd + wanted.size() - 1);
        const auto size = static_cast<std::size_t>(readEnd - begin);
        const std::int64_t got = readAt(my.file.get(), buffer.data(), size, begin);
        if (got < 0)
            return failure(ErrorCode::IoFailed, "The log " + my.path.string() + " cannot be read.",
                           errorText(static_cast<int>(-got)));
        if (got != static_cast<std::int64_t>(size))
            return failure(ErrorCode::Conflict, "The log was shortened while it was searched.");
        const std::string_view window(buffer.data(), size);
        std::uint64_t next = windowEnd;
        for (std::size_t at = wanted.find(window, 0); at != TextSearch::npos;) {
            line = my.index.lineAt(begin + at, line);
            if (suits(line))
                found.push_back(line);
            // The rest of the line is of no interest.
            const std::uint64_t lineEnd = my.index.endOf(line);
            next = std::max(next, lineEnd);
            if (lineEnd >= begin + size)
                break;
            at = wanted.find(window, static_cast<std::size_t>(lineEnd - begin));
        }
        begin = next;
    }
    return found;
}

} // namespace tierdeck::tierlog
