#include "core/routing/packed_decision.h"

#include "core/foundation/utf8.h"
#include "core/routing/complexity_features.h"
#include "core/routing/packed_digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace tierdeck::routing {

namespace {

// The layout, in order; `n` is a number, `w` a word, `s` a signed number, `r` a reason:
//   version n:flags n:source w:tier? w:startingTier w:model? s:score s:codeScore s:threshold? s:margin?
//   w:policy w:reasoning? w:unsetWanted? s:temperature? r:flip
//   n:count { n:feature w:name? s:value s:contribution s:codeContribution }
//   n:count { n:kind w:model r:reason s:temperature? }     the attempts
//   n:count { w:model r:reason }                           what was excluded
//   n:count { n:rung w:tier? r:reason }                    the ladder
//   n:count { r:reason }?                                  the notes
// A number is written in digits of five bits, the lowest first; the sixth bit says that more follow. A word
// is its length and its bytes, or the place of the same word further up. A reason is its phrase, the counts
// of its words and numbers where it has any, and these.
constexpr char version = '1';

constexpr double scoreUnit = 1e4;
constexpr double featureUnit = 1e3;
constexpr double greatest = 1e15; ///< in units; what is beyond it is written as it

enum Flag : std::uint64_t {
    HasTier = 1,
    HasThreshold = 2,
    HasMargin = 4,
    HasReasoning = 8,
    HasUnsetWanted = 16,
    // What follows from other fields in every decision that resolve() makes.
    MarginIsOther = 32,
    ModelIsOther = 64,
    TemperatureIsOther = 128,
    HasOtherTemperature = 256,
    HasNotes = 512,
};

/// Words that need not be written out.
constexpr std::array<std::string_view, 6> knownWords{tiers::balanced, tiers::smart,      tiers::coding,
                                                     tiers::deep,     tiers::background, "every model"};
/// Beyond these many words none is looked up; the time to write a decision stays in proportion to its size.
constexpr std::size_t mostWords = 64;

class Writer {
public:
    Writer() {
        grow(0);
        *m_at++ = version;
        m_words.reserve(24);
        m_words.assign(knownWords.begin(), knownWords.end());
    }

    [[nodiscard]] std::string take() {
        m_text.resize(size());
        return std::move(m_text);
    }

    void number(std::uint64_t value) {
        char* at = m_at;
        for (; value >= 32; value >>= 5)
            *at++ = digits[(value & 31) | 32];
        *at++ = digits[value];
        m_at = at;
        if (room() < mostDigits)
            grow(0);
    }

    void number(double value, double unit) {
        const double scaled = std::isnan(value) ? 0.0 : std::clamp(value * unit, -greatest, greatest);
        const auto whole = wholeOf<std::int64_t>(scaled);
        number(whole < 0 ? static_cast<std::uint64_t>(-whole) * 2 - 1
                         : static_cast<std::uint64_t>(whole) * 2);
    }

    void word(std::string_view value) {
        const auto known = std::find(m_words.begin(), m_words.end(), value);
        if (known != m_words.end()) {
            number(static_cast<std::uint64_t>(known - m_words.begin()) * 2 + 1);
            return;
        }
        if (m_words.size() < mostWords && !value.empty())
            m_words.push_back(value);
        if (isPrintableAscii(value) || isUtf8(value)) {
            literal(value);
            return;
        }
        // Names come from outside; what is stored must be text whatever they hold.
        std::string clean;
        for (std::size_t at = 0; at < value.size();) {
            const std::size_t length = utf8SequenceLength(value.substr(at));
            clean += length ? value.substr(at, length) : std::string_view("\xEF\xBF\xBD");
            at += length ? length : 1;
        }
        literal(clean);
    }

    void reason(const Reason& reason) {
        const std::size_t words = reason.wordCount();
        const std::size_t numbers = reason.numberCount();
        const bool more = words + numbers > 0;
        number(std::uint64_t(reason.phrase()) * 2 + more);
        if (more)
            number(words + numbers * (Reason::mostWords + 1));
        for (std::size_t i = 0; i < words; ++i)
            word(reason.word(i));
        for (std::size_t i = 0; i < numbers; ++i)
            number(reason.number(i), scoreUnit);
    }

private:
    static bool isUtf8(std::string_view value) {
        for (std::size_t at = 0; at < value.size();) {
            const std::size_t length = utf8SequenceLength(value.substr(at));
            if (length == 0)
                return false;
            at += length;
        }
        return true;
    }

    void literal(std::string_view value) {
        number(std::uint64_t(value.size()) * 2);
        if (room() < value.size() + mostDigits)
            grow(value.size());
        m_at += value.copy(m_at, value.size());
    }

    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(m_at - m_text.data()); }

    [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(m_end - m_at); }

    void grow(std::size_t bytes) {
        const std::size_t before = size();
        m_text.resize(before * 2 + bytes + usualBytes);
        m_at = m_text.data() + before;
        m_end = m_text.data() + m_text.size();
    }

    static constexpr std::size_t mostDigits = 13; ///< of 64 bits
    static constexpr std::size_t usualBytes = 320;

    std::string m_text;
    /// Where the next number goes, for which there always is room. Most of the text is digits, and a string
    /// that is added to one by one ends itself anew with each.
    char* m_at = m_text.data();
    char* m_end = m_at;
    std::vector<std::string_view> m_words;
};

/// After the first thing that cannot be read it gives zeros and empty words, and `failed` stays true.
class Reader {
public:
    explicit Reader(std::string_view text)
        : m_text(text)
        , m_words(knownWords.begin(), knownWords.end()) {
        if (m_text.empty() || m_text[0] != version)
            m_failed = true;
        m_at = 1;
    }

    [[nodiscard]] bool failed() const { return m_failed; }

    void fail() { m_failed = true; }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 60 && !m_failed; shift += 5) {
            const int digit =
                m_at < m_text.size() ? digitValues[static_cast<unsigned char>(m_text[m_at++])] : -1;
            if (digit < 0)
                break;
            value |= std::uint64_t(digit & 31) << shift;
            if (digit < 32)
                return value;
        }
        m_failed = true;
        return 0;
    }

    /// A number that stands for one of `count` values.
    std::uint64_t numberBelow(std::uint64_t count) {
        const std::uint64_t value = number();
        if (value >= count)
            m_failed = true;
        return m_failed ? 0 : value;
    }

    /// How many entries follow; each takes at least a byte.
    std::size_t count() { return static_cast<std::size_t>(numberBelow(m_text.size())); }

    double number(double unit) {
        const std::uint64_t value = number();
        const double half = std::min(static_cast<double>(value / 2 + value % 2), greatest);
        return value == 0 ? 0.0 : (value % 2 ? -half : half) / unit;
    }

    std::string word() {
        const std::uint64_t head = number();
        if (m_failed)
            return {};
        if (head % 2) {
            if (head / 2 < m_words.size())
                return std::string(m_words[static_cast<std::size_t>(head / 2)]);
            m_failed = true;
            return {};
        }
        if (head / 2 > m_text.size() - m_at) {
            m_failed = true;
            return {};
        }
        const std::string_view value = m_text.substr(m_at, static_cast<std::size_t>(head / 2));
        m_at += value.size();
        if (m_words.size() < mostWords && !value.empty())
            m_words.push_back(value);
        return std::string(value);
    }

    ModelId model() {
        const std::string text = word();
        auto model = ModelId::parse(text);
        if (!model && !text.empty())
            m_failed = true;
        return model.value_or(ModelId());
    }

    Reason reason() {
        constexpr std::uint64_t mostPhrases = 256;
        const std::uint64_t head = number();
        Reason reason(static_cast<Phrase>(std::min(head / 2, mostPhrases - 1)));
        if (head % 2 == 0)
            return reason;
        const std::uint64_t counts = number();
        const std::uint64_t words = counts % (Reason::mostWords + 1);
        const std::uint64_t numbers = counts / (Reason::mostWords + 1);
        for (std::uint64_t i = 0; i < words && !m_failed; ++i)
            reason.addWord(word());
        for (std::uint64_t i = 0; i < numbers && !m_failed; ++i)
            reason.addNumber(number(scoreUnit));
        return reason;
    }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
    std::vector<std::string_view> m_words;
    bool m_failed = false;
};

constexpr std::uint64_t outcomes = 3;
constexpr std::uint64_t rungs = static_cast<std::uint64_t>(TierSource::Default) + 1;
constexpr std::uint64_t attemptKinds = static_cast<std::uint64_t>(PlannedAttempt::Kind::Climb) + 1;

/// What the margin is unless the decision says otherwise.
std::optional<double> usualMargin(const RouteDecision& decision) {
    if (!decision.threshold)
        return std::nullopt;
    return std::round((decision.score - *decision.threshold) * scoreUnit) / scoreUnit;
}

ModelId usualModel(const RouteDecision& decision) {
    return decision.attempts.empty() ? ModelId() : decision.attempts.front().model;
}

std::optional<double> usualTemperature(const RouteDecision& decision) {
    return decision.attempts.empty() ? std::nullopt : decision.attempts.front().temperature;
}

std::uint64_t flagsOf(const RouteDecision& decision) {
    std::uint64_t flags = 0;
    const auto set = [&](bool holds, Flag flag) { flags |= holds ? std::uint64_t(flag) : 0; };
    set(decision.tier.has_value(), HasTier);
    set(decision.threshold.has_value(), HasThreshold);
    set(decision.margin.has_value(), HasMargin);
    set(!decision.reasoning.empty(), HasReasoning);
    set(!decision.unsetWanted.empty(), HasUnsetWanted);
    set(decision.margin && decision.margin != usualMargin(decision), MarginIsOther);
    set(!decision.notes.empty(), HasNotes);
    set(decision.model != usualModel(decision), ModelIsOther);
    if (decision.temperature != usualTemperature(decision)) {
        set(true, TemperatureIsOther);
        set(decision.temperature.has_value(), HasOtherTemperature);
    }
    return flags;
}

FeatureContribution readFeature(Reader& reader) {
    FeatureContribution feature;
    const std::uint64_t number = reader.number();
    feature.name = number == 0 ? FeatureName(reader.word()) : FeatureName::ofNumber(number);
    feature.value = reader.number(featureUnit);
    feature.contribution = reader.number(featureUnit);
    feature.codeContribution = reader.number(featureUnit);
    return feature;
}

} // namespace

std::string pack(const RouteDecision& decision) {
    Writer writer;
    const std::uint64_t flags = flagsOf(decision);
    writer.number(flags);
    writer.number(static_cast<std::uint64_t>(decision.source));
    if (decision.tier)
        writer.word(*decision.tier);
    writer.word(decision.startingTier);
    if (flags & ModelIsOther)
        writer.word(decision.model.text());
    writer.number(decision.score, scoreUnit);
    writer.number(decision.codeScore, scoreUnit);
    if (decision.threshold)
        writer.number(*decision.threshold, scoreUnit);
    if (flags & MarginIsOther)
        writer.number(*decision.margin, scoreUnit);
    writer.word(decision.policy);
    if (flags & HasReasoning)
        writer.word(decision.reasoning);
    if (flags & HasUnsetWanted)
        writer.word(decision.unsetWanted);
    if (flags & HasOtherTemperature)
        writer.number(*decision.temperature, scoreUnit);
    writer.reason(decision.flip);

    writer.number(std::uint64_t(decision.features.size()));
    for (const FeatureContribution& feature : decision.features) {
        writer.number(std::uint64_t(feature.name.number()));
        if (feature.name.number() == 0)
            writer.word(feature.name.unnumbered());
        writer.number(feature.value, featureUnit);
        writer.number(feature.contribution, featureUnit);
        writer.number(feature.codeContribution, featureUnit);
    }
    writer.number(std::uint64_t(decision.attempts.size()));
    for (const PlannedAttempt& attempt : decision.attempts) {
        writer.number(static_cast<std::uint64_t>(attempt.kind) * 2 + attempt.temperature.has_value());
        writer.word(attempt.model.text());
        writer.reason(attempt.reason);
        if (attempt.temperature)
            writer.number(*attempt.temperature, scoreUnit);
    }
    writer.number(std::uint64_t(decision.excluded.size()));
    for (const Exclusion& exclusion : decision.excluded) {
        writer.word(exclusion.model.text());
        writer.reason(exclusion.reason);
    }
    writer.number(std::uint64_t(decision.ladder.size()));
    for (const LadderStep& step : decision.ladder) {
        // In this order a rung that passed, as most do, takes one digit.
        writer.number(
            (!step.tier.empty() * outcomes + (outcomes - 1 - static_cast<std::uint64_t>(step.outcome))) *
                rungs +
            static_cast<std::uint64_t>(step.source));
        if (!step.tier.empty())
            writer.word(step.tier);
        writer.reason(step.reason);
    }
    if (flags & HasNotes) {
        writer.number(std::uint64_t(decision.notes.size()));
        for (const Reason& note : decision.notes)
            writer.reason(note);
    }
    return writer.take();
}

Result<RouteDecision> unpack(std::string_view packed) {
    Reader reader(packed);
    RouteDecision decision;
    const std::uint64_t flags = reader.number();
    decision.source = static_cast<TierSource>(reader.numberBelow(rungs));
    if (flags & HasTier)
        decision.tier = reader.word();
    decision.startingTier = reader.word();
    if (flags & ModelIsOther)
        decision.model = reader.model();
    decision.score = reader.number(scoreUnit);
    decision.codeScore = reader.number(scoreUnit);
    if (flags & HasThreshold)
        decision.threshold = reader.number(scoreUnit);
    if (flags & MarginIsOther)
        decision.margin = reader.number(scoreUnit);
    else if (flags & HasMargin)
        decision.margin = usualMargin(decision);
    decision.policy = reader.word();
    if (flags & HasReasoning)
        decision.reasoning = reader.word();
    if (flags & HasUnsetWanted)
        decision.unsetWanted = reader.word();
    if (flags & HasOtherTemperature)
        decision.temperature = reader.number(scoreUnit);
    decision.flip = reader.reason();

    for (std::size_t n = reader.count(); n > 0 && !reader.failed(); --n)
        decision.features.push_back(readFeature(reader));
    for (std::size_t n = reader.count(); n > 0 && !reader.failed(); --n) {
        PlannedAttempt attempt;
        const std::uint64_t kind = reader.numberBelow(attemptKinds * 2);
        attempt.kind = static_cast<PlannedAttempt::Kind>(kind / 2);
        attempt.model = reader.model();
        attempt.reason = reader.reason();
        if (kind % 2)
            attempt.temperature = reader.number(scoreUnit);
        decision.attempts.push_back(std::move(attempt));
    }
    for (std::size_t n = reader.count(); n > 0 && !reader.failed(); --n) {
        Exclusion exclusion;
        exclusion.model = reader.model();
        exclusion.reason = reader.reason();
        decision.excluded.push_back(std::move(exclusion));
    }
    for (std::size_t n = reader.count(); n > 0 && !reader.failed(); --n) {
        LadderStep step;
        const std::uint64_t rung = reader.numberBelow(2 * outcomes * rungs);
        step.source = static_cast<TierSource>(rung % rungs);
        step.outcome = static_cast<LadderStep::Outcome>(outcomes - 1 - rung / rungs % outcomes);
        if (rung / rungs >= outcomes)
            step.tier = reader.word();
        step.reason = reader.reason();
        decision.ladder.push_back(std::move(step));
    }
    if (flags & HasNotes) {
        for (std::size_t n = reader.count(); n > 0 && !reader.failed(); --n)
            decision.notes.push_back(reader.reason());
    }
    if (reader.failed())
        return failure(ErrorCode::ParseFailed,
                       "The stored decision cannot be read: it is damaged, or a later version wrote it.");
    if (!(flags & ModelIsOther))
        decision.model = usualModel(decision);
    if (!(flags & TemperatureIsOther))
        decision.temperature = usualTemperature(decision);
    return decision;
}

} // namespace tierdeck::routing
