#include "core/gateway/tier_log_writer.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/utf8.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <mutex>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t fileBytes = 16u << 20;
constexpr std::size_t olderFiles = 7; // eight in all
constexpr std::size_t bufferBytes = 64u << 10;
constexpr std::size_t usualLine = 320;

/// What keeps a value from standing in a line as it is.
constexpr std::array<bool, 256> breaksWord = [] {
    std::array<bool, 256> breaks{};
    for (unsigned i = 0; i < breaks.size(); ++i)
        breaks[i] = isControl(static_cast<char>(i));
    for (const char c : {' ', '"', '\'', '=', '\\'})
        breaks[static_cast<unsigned char>(c)] = true;
    return breaks;
}();

/// A value that a program can take apart again: quoted where it holds more than one plain word.
void addValue(std::string& line, std::string_view value) {
    const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), [](char c) {
        return breaksWord[static_cast<unsigned char>(c)];
    });
    if (plain) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\')
            line += '\\';
        line += c;
    }
    line += '"';
}

void add(std::string& line, std::string_view key, std::string_view value) {
    if (value.empty())
        return;
    line += ' ';
    line += key;
    line += '=';
    addValue(line, value);
}

void add(std::string& line, std::string_view key, std::int64_t value) {
    std::array<char, 20> digits; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    line += ' ';
    line += key;
    line += '=';
    line.append(digits.data(), written.ptr);
}

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

void addPlace(std::string& line, const routing::RequestRecord& record) {
    add(line, "session", record.session);
    add(line, "turn", record.turn);
    add(line, "request", record.request.value);
}

std::string_view tierName(const routing::RequestRecord& record) {
    return record.tier ? std::string_view(*record.tier) : std::string_view("-");
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

    void write(UtcTime time, std::string_view level, std::string_view rest) {
        const std::lock_guard lock(mutex);
        const auto begin = lines.size();
        lines.append(toRfc3339(time)).append(" [").append(level).append("] ").append(rest);
        // One line an event, whatever names from outside hold.
        if (holdsControl(std::string_view(lines).substr(begin)))
            std::replace_if(lines.begin() + static_cast<std::ptrdiff_t>(begin), lines.end(), isControl, ' ');
        lines += '\n';
        if (lines.size() >= bufferBytes)
            passOn();
    }

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
    std::mutex mutex;
    std::string lines; ///< whole ones
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
    std::string line;
    line.reserve(usualLine);
    const auto source = routing::toString(decision.source);
    const auto place = [&] {
        add(line, "model", decision.model.text());
        addPlace(line, record);
        add(line, "client", record.client);
        add(line, "project", record.project);
        add(line, "agent", record.agent);
    };
    if (decision.source == routing::TierSource::Dynamic && decision.tier &&
        *decision.tier != decision.startingTier) {
        line = "Dynamic tier upgrade: " + decision.startingTier + " -> " + *decision.tier;
        if (const auto* reason = winningReason(decision); reason && reason->numberCount() >= 2) {
            std::array<char, 64> numbers{};
            std::snprintf(numbers.data(), numbers.size(), " score=%.2f threshold=%.2f", reason->number(0),
                          reason->number(1));
            line += numbers.data();
        }
        addPlace(line, record);
        write(time, "info", line);
        line.clear();
    }
    const std::string detail = routing::sourceDetail(decision);
    line.append("Tier assignment: ").append(tierName(record)).append(" (source: ");
    line.append(detail.empty() ? source : detail).append(")");
    add(line, "tier", tierName(record));
    add(line, "tier_source", source);
    place();
    write(time, "info", line);
}

void TierLogWriter::fallback(UtcTime time, std::string_view from, std::string_view to,
                             std::string_view reason, int attempt, const routing::RequestRecord& record) {
    std::string line = "Fallback: " + std::string(from) + " -> " + std::string(to);
    add(line, "reason", reason);
    add(line, "attempt", attempt);
    addPlace(line, record);
    write(time, "warn", line);
}

void TierLogWriter::complete(UtcTime time, const routing::RequestRecord& record) {
    std::string line;
    line.reserve(usualLine);
    line += "Request complete:";
    add(line, "tier", tierName(record));
    add(line, "model", record.model.value_or("-"));
    add(line, "input", record.usage.input);
    add(line, "cached", record.usage.cachedInput);
    if (const auto written = record.usage.cacheWrite5m + record.usage.cacheWrite1h)
        add(line, "cache_write", written);
    add(line, "output", record.usage.output);
    add(line, "cost_usd", record.cost ? usd(*record.cost) : "unpriced");
    add(line, "latency_ms", record.latencyMs);
    if (record.firstByteMs)
        add(line, "first_byte_ms", *record.firstByteMs);
    add(line, "status", record.status);
    if (record.status != "ok")
        add(line, "http", record.httpStatus);
    if (record.simulated)
        add(line, "simulated", 1);
    addPlace(line, record);
    write(time, record.status == "ok" || record.status == "cancelled" ? "info" : "warn", line);
}

void TierLogWriter::mismatch(UtcTime time, const routing::RequestRecord& record) {
    std::string line = "Model mismatch:";
    add(line, "requested", record.model.value_or("-"));
    add(line, "returned", record.modelReturned);
    addPlace(line, record);
    write(time, "warn", line);
}

void TierLogWriter::reloaded(UtcTime time, std::string_view file, std::string_view fingerprint) {
    std::string line = "Preferences: " + std::string(file) + " reloaded";
    add(line, "fingerprint", fingerprint);
    write(time, "info", line);
}

void TierLogWriter::remark(UtcTime time, std::string_view sentence, const routing::RequestRecord& record) {
    std::string line(sentence);
    addPlace(line, record);
    write(time, "warn", line);
}

void TierLogWriter::warning(UtcTime time, std::string_view sentence) {
    write(time, "warn", sentence);
}

void TierLogWriter::info(UtcTime time, std::string_view sentence) {
    write(time, "info", sentence);
}

void TierLogWriter::flush() {
    m_impl->flush();
}

void TierLogWriter::write(UtcTime time, std::string_view level, std::string_view rest) {
    m_impl->write(time, level, rest);
}

} // namespace tierdeck::gateway
