#include "core/gateway/tier_log_writer.h"

#include "core/foundation/adaptive_mutex.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/utf8.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t fileBytes = 16u << 20;
constexpr std::size_t olderFiles = 7; // eight in all
constexpr std::size_t bufferBytes = 64u << 10;

/// What keeps a value from standing in a line as it is.
constexpr std::array<bool, 256> breaksWord = [] {
    std::array<bool, 256> breaks{};
    for (unsigned i = 0; i < breaks.size(); ++i)
        breaks[i] = isControl(static_cast<char>(i));
    for (const char c : {' ', '"', '\'', '=', '\\'})
        breaks[static_cast<unsigned char>(c)] = true;
    return breaks;
}();

/// At least six digits behind the point, nine where they say more.
std::string usd(NanoUsd cost) {
    constexpr std::size_t decimals = 9;
    constexpr std::size_t fewest = 6;
    std::string shown = std::to_string(cost.value);
    if (shown.size() <= decimals)
        shown.insert(0, decimals + 1 - shown.size(), '0');
    shown.insert(shown.size() - decimals, 1, '.');
    for (std::size_t i = fewest; i < decimals && shown.ends_with('0'); ++i)
        shown.pop_back();
    return shown;
}

std::string_view orDash(const std::optional<std::string>& name) {
    return name ? std::string_view(*name) : std::string_view("-");
}

/// What the score was held against stands there: difficulty or code.
const routing::Reason* winningReason(const routing::RouteDecision& decision) {
    const auto won =
        std::ranges::find(decision.ladder, routing::LadderStep::Outcome::Won, &routing::LadderStep::outcome);
    return won == decision.ladder.end() ? nullptr : &won->reason;
}

} // namespace

struct TierLogWriter::Impl {
    explicit Impl(spdlog::sink_ptr sink)
        : logger("tier", std::move(sink)) {
        logger.set_pattern("%v");
        logger.set_level(spdlog::level::trace);
        logger.set_error_handler(
            [](const std::string&) {}); // a full disk must not stop requests; the store says so
    }

    ~Impl() { passOn(); }

    void flush() {
        const std::lock_guard lock(mutex);
        passOn();
        logger.flush();
    }

    /// Under the mutex.
    void passOn() {
        if (lines.empty())
            return;
        logger.log(spdlog::level::info,
                   std::string_view(lines).substr(0, lines.size() - 1)); // it ends the last
        lines.clear();
    }

    spdlog::logger logger;
    AdaptiveMutex mutex;
    std::string lines; ///< whole ones
};

namespace {

/// What a thread's line is written in, so that no other waits meanwhile.
struct Draft {
    std::string text;

    /// Of the lines of a second only the milliseconds differ.
    std::string_view shown(UtcTime time) {
        using namespace std::chrono;
        const auto second = floor<seconds>(time);
        if (second != m_second || m_time.empty()) {
            m_second = second;
            m_time = toRfc3339(time);
            return m_time;
        }
        constexpr std::size_t lastDigit = 22;
        auto rest = (time - second).count();
        for (auto at = lastDigit; at > lastDigit - 3; --at, rest /= 10)
            m_time[at] = static_cast<char>('0' + rest % 10);
        return m_time;
    }

private:
    std::chrono::sys_seconds m_second{};
    std::string m_time;
};

thread_local Draft draft;

} // namespace

/// One line, from its beginning to its end, one at a time on a thread. Keys stand with what is around them:
/// " model=".
class TierLogWriter::Line {
public:
    Line(Impl& log, UtcTime time, std::string_view level)
        : m_log(log)
        , m_text(draft.text) {
        m_text.assign(draft.shown(time)).append(" [").append(level).append("] ");
    }

    ~Line() {
        m_text += '\n';
        const std::lock_guard lock(m_log.mutex);
        m_log.lines += m_text;
        if (m_log.lines.size() >= bufferBytes)
            m_log.passOn();
    }

    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    Line& own(std::string_view words) {
        m_text += words;
        return *this;
    }

    /// One line an event, whatever names from outside hold.
    Line& sentence(std::string_view part) {
        m_text += part;
        if (holdsControl(part))
            std::replace_if(m_text.end() - static_cast<std::ptrdiff_t>(part.size()), m_text.end(), isControl,
                            ' ');
        return *this;
    }

    /// A value that a program can take apart again: quoted where it holds more than one plain word.
    Line& add(std::string_view key, std::string_view value) {
        if (value.empty())
            return *this;
        m_text += key;
        const bool plain = std::none_of(value.begin(), value.end(),
                                        [](char c) { return breaksWord[static_cast<unsigned char>(c)]; });
        if (plain) {
            m_text += value;
            return *this;
        }
        m_text += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\')
                m_text += '\\';
            m_text += isControl(c) ? ' ' : c;
        }
        m_text += '"';
        return *this;
    }

    Line& add(std::string_view key, std::int64_t value) {
        std::array<char, 20> digits; // NOLINT(cppcoreguidelines-pro-type-member-init)
        const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
        m_text.append(key).append(digits.data(), static_cast<std::size_t>(written.ptr - digits.data()));
        return *this;
    }

    /// With two decimals.
    Line& add(std::string_view key, double value) {
        std::array<char, 320> digits; // NOLINT(cppcoreguidelines-pro-type-member-init): the greatest has 309
        const auto written =
            std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 2);
        m_text.append(key).append(digits.data(), static_cast<std::size_t>(written.ptr - digits.data()));
        return *this;
    }

    Line& addPlace(const routing::RequestRecord& record) {
        return add(" session=", record.session)
            .add(" turn=", std::int64_t(record.turn))
            .add(" request=", record.request.value);
    }

private:
    Impl& m_log;
    std::string& m_text;
};

Result<std::unique_ptr<TierLogWriter>> TierLogWriter::open(const std::filesystem::path& file) {
    if (auto made = makeFolder(file.parent_path()); !made)
        return tl::unexpected(made.error());
    try {
        auto sink =
            std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), fileBytes, olderFiles);
        return std::unique_ptr<TierLogWriter>(new TierLogWriter(std::make_unique<Impl>(std::move(sink))));
    } catch (const spdlog::spdlog_ex& exception) {
        return failure(ErrorCode::IoFailed,
                       "The tier log " + file.string() +
                           " cannot be written. Check the folder's permissions and space.",
                       exception.what());
    }
}

std::unique_ptr<TierLogWriter> TierLogWriter::toNowhere() {
    return std::unique_ptr<TierLogWriter>(
        new TierLogWriter(std::make_unique<Impl>(std::make_shared<spdlog::sinks::null_sink_mt>())));
}

TierLogWriter::TierLogWriter(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

TierLogWriter::~TierLogWriter() = default;

void TierLogWriter::assigned(UtcTime time, const routing::RouteDecision& decision,
                             const routing::RequestRecord& record) {
    if (decision.source == routing::TierSource::Dynamic && decision.tier &&
        *decision.tier != decision.startingTier) {
        Line line(*m_impl, time, "info");
        line.own("Dynamic tier upgrade: ")
            .sentence(decision.startingTier)
            .own(" -> ")
            .sentence(*decision.tier);
        if (const auto* reason = winningReason(decision); reason && reason->numberCount() >= 2)
            line.add(" score=", reason->number(0)).add(" threshold=", reason->number(1));
        line.addPlace(record);
    }
    const auto source = routing::toString(decision.source);
    const std::string detail = routing::sourceDetail(decision);
    Line line(*m_impl, time, "info");
    line.own("Tier assignment: ").sentence(orDash(record.tier)).own(" (source: ");
    line.sentence(detail.empty() ? source : detail).own(")");
    line.add(" tier=", orDash(record.tier)).add(" tier_source=", source);
    line.add(" model=", decision.model.text()).addPlace(record);
    line.add(" client=", record.client).add(" project=", record.project).add(" agent=", record.agent);
}

void TierLogWriter::fallback(UtcTime time, std::string_view from, std::string_view to,
                             std::string_view reason, int attempt, const routing::RequestRecord& record) {
    Line line(*m_impl, time, "warn");
    line.own("Fallback: ").sentence(from).own(" -> ").sentence(to);
    line.add(" reason=", reason).add(" attempt=", std::int64_t(attempt)).addPlace(record);
}

void TierLogWriter::complete(UtcTime time, const routing::RequestRecord& record) {
    const auto& usage = record.usage;
    const bool isOk = record.status == "ok";
    Line line(*m_impl, time, isOk || record.status == "cancelled" ? "info" : "warn");
    line.own("Request complete:");
    line.add(" tier=", orDash(record.tier)).add(" model=", orDash(record.model));
    line.add(" input=", usage.input).add(" cached=", usage.cachedInput);
    if (const auto written = usage.cacheWrite5m + usage.cacheWrite1h)
        line.add(" cache_write=", written);
    line.add(" output=", usage.output);
    line.add(" cost_usd=", record.cost ? usd(*record.cost) : "unpriced");
    line.add(" latency_ms=", record.latencyMs);
    if (record.firstByteMs)
        line.add(" first_byte_ms=", *record.firstByteMs);
    line.add(" status=", record.status);
    if (!isOk)
        line.add(" http=", std::int64_t(record.httpStatus));
    if (record.simulated)
        line.add(" simulated=", std::int64_t(1));
    line.addPlace(record);
}

void TierLogWriter::mismatch(UtcTime time, const routing::RequestRecord& record) {
    Line line(*m_impl, time, "warn");
    line.own("Model mismatch:").add(" requested=", orDash(record.model));
    line.add(" returned=", record.modelReturned).addPlace(record);
}

void TierLogWriter::reloaded(UtcTime time, std::string_view file, std::string_view fingerprint) {
    Line line(*m_impl, time, "info");
    line.own("Preferences: ").sentence(file).own(" reloaded").add(" fingerprint=", fingerprint);
}

void TierLogWriter::remark(UtcTime time, std::string_view sentence, const routing::RequestRecord& record) {
    Line(*m_impl, time, "warn").sentence(sentence).addPlace(record);
}

void TierLogWriter::warning(UtcTime time, std::string_view sentence) {
    Line(*m_impl, time, "warn").sentence(sentence);
}

void TierLogWriter::info(UtcTime time, std::string_view sentence) {
    Line(*m_impl, time, "info").sentence(sentence);
}

void TierLogWriter::flush() {
    m_impl->flush();
}

} // namespace tierdeck::gateway
