#include "core/pricing/price_table.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/json_text.h"
#include "core/pricing/catalogue_keys.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

namespace tierdeck::pricing {

namespace {

using Json = nlohmann::json;
using Int128 = __int128;

// Dearer than anything sold by five orders of magnitude; below it `value * 1e6` has room for a wrong last bit
// and still rounds to the number that was written.
constexpr double dearestUsdPerMillion = 1e9;
constexpr std::int64_t forEver = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t picoPerWebSearch = 10'000'000'000; // 10 USD for 1,000
constexpr std::int64_t picoPerNano = 1000;

constexpr std::array<const char*, 5> rateKeys{"input", "output", "cache_read", "cache_write_5m",
                                              "cache_write_1h"};
constexpr std::array<const char*, 11> priceKeys{
    "input",      "output", "cache_read",    "cache_write_5m", "cache_write_1h", "tiers",
    "above_200k", "fast",   "price_history", "price_until",    "price_next"};
constexpr std::array<const char*, 3> peakKeys{"offpeak", "peak_hours_utc", "peak_multiplier"};

constexpr auto entryKeys = std::to_array<std::string_view>(
    {"input",          "output",          "cache_read",     "cache_write_5m",
     "cache_write_1h", "tiers",           "above_200k",     "fast",
     "price_history",  "price_until",     "price_next",     "offpeak",
     "peak_hours_utc", "peak_multiplier", "context_window", "context_window_1m_beta",
     "max_output",     "release_date",    "aliases",        "source",
     "limits_assumed", "secondary",       "tier_note"});

struct Step {
    std::int64_t abovePromptTokens = -1;
    Rates standard;
    Rates fast;
};

/// Prices by prompt size, the smallest first; the last step that the prompt exceeds prices the whole request.
using Steps = std::vector<Step>;

struct Period {
    std::int64_t untilMs = forEver; ///< exclusive
    Steps steps;
    Steps peakSteps; ///< in peak hours; empty where the hour does not matter
};

struct Entry {
    ModelFacts facts;
    std::vector<Period> periods; ///< the oldest first; empty: unpriced
    std::uint32_t peakHours = 0; ///< bit n: the hour from n:00 UTC
    bool wildcard = false;

    [[nodiscard]] std::string_view vendor() const {
        return std::string_view(facts.id).substr(0, facts.id.find('/'));
    }
};

struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

template <typename Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

std::int64_t scaled(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
    const Int128 product = Int128(value) * numerator;
    return static_cast<std::int64_t>((2 * product + denominator) / (2 * Int128(denominator)));
}

/// `step` as it would be if the prices it is a surcharge on were `to` instead of `from`.
Rates rebased(const Rates& step, const Rates& from, const Rates& to) {
    const auto one = [](std::int64_t stepPrice, std::int64_t fromPrice, std::int64_t toPrice) {
        return PicoUsdPerToken(fromPrice > 0 ? scaled(stepPrice, toPrice, fromPrice) : toPrice);
    };
    const auto optional =
        [&](const std::optional<PicoUsdPerToken>& stepPrice, const std::optional<PicoUsdPerToken>& fromPrice,
            const std::optional<PicoUsdPerToken>& toPrice) -> std::optional<PicoUsdPerToken> {
        if (!toPrice || !stepPrice || !fromPrice)
            return toPrice;
        return one(stepPrice->value, fromPrice->value, toPrice->value);
    };
    return {one(step.input.value, from.input.value, to.input.value),
            one(step.output.value, from.output.value, to.output.value),
            optional(step.cachedInput, from.cachedInput, to.cachedInput),
            optional(step.cacheWrite5m, from.cacheWrite5m, to.cacheWrite5m),
            optional(step.cacheWrite1h, from.cacheWrite1h, to.cacheWrite1h)};
}

/// Reads one document's entries. The first thing that is wrong ends the reading, with the key in the
/// sentence.
class EntryReader {
public:
    EntryReader(std::string_view layer, std::string id)
        : m_layer(layer)
        , m_id(std::move(id)) {}

    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

    Entry read(const Json& json) {
        Entry entry;
        entry.facts.id = m_id;
        entry.wildcard = m_id.size() > 2 && m_id.ends_with("/*");
        entry.facts.contextWindow = count(json, "context_window");
        entry.facts.maxOutput = count(json, "max_output");
        if (const auto released = json.find("release_date"); released != json.end() && released->is_string())
            entry.facts.released = released->get<std::string>();
        if (!m_error && saysAPrice(json))
            readPeriods(json, entry);
        return entry;
    }

    [[nodiscard]] static bool saysAPrice(const Json& json) {
        return std::any_of(priceKeys.begin(), priceKeys.end(),
                           [&](const char* key) { return json.contains(key); }) ||
               std::any_of(peakKeys.begin(), peakKeys.end(),
                           [&](const char* key) { return json.contains(key); });
    }

private:
    void fail(std::string_view where, std::string_view what) {
        if (m_error)
            return;
        std::string pointer = "/" + escapePointerToken(m_id);
        if (!where.empty())
            pointer += "/" + std::string(where);
        m_error = Error{ErrorCode::InvalidInput,
                        std::string(m_layer) + ": the price of " + m_id + " is wrong: " + std::string(where) +
                            (where.empty() ? "" : " ") + std::string(what) + ".",
                        std::move(pointer)};
    }

    std::optional<std::int64_t> count(const Json& json, const char* key) {
        const auto found = json.find(key);
        if (found == json.end() || found->is_null())
            return std::nullopt;
        const double tokens = found->is_number() ? found->get<double>() : 0.0;
        if (!(tokens >= 1.0 && tokens <= 1e15) || tokens != std::floor(tokens)) {
            fail(key, "must be a whole number of tokens above 0");
            return std::nullopt;
        }
        return static_cast<std::int64_t>(tokens);
    }

    std::int64_t price(const Json& value, const std::string& where) {
        const double usdPerMillion = value.is_number() ? value.get<double>() : -1.0;
        if (!(usdPerMillion >= 0.0 && usdPerMillion <= dearestUsdPerMillion)) {
            fail(where, "must be a number of USD per million tokens, at least 0");
            return 0;
        }
        const std::int64_t pico = std::llround(usdPerMillion * 1e6);
        if (pico == 0 && usdPerMillion > 0.0)
            fail(where, "is too small to be counted; the smallest price is 0.000001");
        return pico;
    }

    /// Classes that `json` does not name follow its input price, as they do in `base` (which may be null).
    Rates rates(const Json& json, const Rates* base, const std::string& where) {
        if (!json.is_object()) {
            fail(where, "must be an object");
            return {};
        }
        std::array<std::optional<std::int64_t>, rateKeys.size()> named;
        for (std::size_t i = 0; i < rateKeys.size(); ++i) {
            const auto found = json.find(rateKeys[i]);
            const std::string at = where.empty() ? rateKeys[i] : where + "/" + rateKeys[i];
            if (found == json.end() ? i == 0 || (i == 1 && !base) : i < 2 && found->is_null())
                fail(at, "is missing");
            else if (found != json.end() && !found->is_null())
                named[i] = price(*found, at);
        }
        const std::int64_t input = named[0].value_or(0);
        const auto follow = [&](std::size_t index, const std::optional<PicoUsdPerToken>& ofBase) {
            if (named[index] || json.contains(rateKeys[index]) || !base || !ofBase)
                return named[index] ? std::optional(PicoUsdPerToken(*named[index])) : std::nullopt;
            return std::optional(PicoUsdPerToken(
                base->input.value > 0 ? scaled(ofBase->value, input, base->input.value) : ofBase->value));
        };
        Rates result;
        result.input = PicoUsdPerToken(input);
        result.output =
            follow(1, base ? std::optional(base->output) : std::nullopt).value_or(PicoUsdPerToken());
        result.cachedInput = follow(2, base ? base->cachedInput : std::nullopt);
        result.cacheWrite5m = follow(3, base ? base->cacheWrite5m : std::nullopt);
        result.cacheWrite1h = follow(4, base ? base->cacheWrite1h : std::nullopt);
        return result;
    }

    /// The steps of a price block; what a dated block does not say follows `inherited`.
    Steps steps(const Json& json, const std::string& where, const Steps* inherited) {
        const std::string prefix = where.empty() ? std::string() : where + "/";
        const Rates* heir = inherited ? &inherited->front().standard : nullptr;
        const Rates base = rates(json, heir, where);
        Steps result{{-1, base, base}};
        if (json.is_object()) {
            if (const auto tiers = json.find("tiers"); tiers != json.end() && !tiers->is_null())
                readTiers(*tiers, base, prefix, result);
            if (const auto above = json.find("above_200k"); above != json.end() && !above->is_null())
                result.push_back({200'000, rates(*above, &base, prefix + "above_200k"), {}});
        }
        if (result.size() == 1 && inherited) {
            for (std::size_t i = 1; i < inherited->size(); ++i) {
                const Step& step = (*inherited)[i];
                result.push_back({step.abovePromptTokens, rebased(step.standard, *heir, base), {}});
            }
        }
        std::sort(result.begin(), result.end(),
                  [](const Step& a, const Step& b) { return a.abovePromptTokens < b.abovePromptTokens; });
        for (std::size_t i = 1; i < result.size(); ++i) {
            if (result[i].abovePromptTokens == result[i - 1].abovePromptTokens)
                fail(prefix + "tiers", "names one prompt size twice");
        }

        Rates fast = inherited ? rebased(inherited->front().fast, *heir, base) : base;
        if (const auto given = json.is_object() ? json.find("fast") : json.end();
            given != json.end() && !given->is_null())
            fast = rates(*given, &base, prefix + "fast");
        for (Step& step : result)
            step.fast = rebased(step.standard, base, fast);
        return result;
    }

    void readTiers(const Json& tiers, const Rates& base, const std::string& prefix, Steps& into) {
        if (!tiers.is_array()) {
            fail(prefix + "tiers", "must be a list");
            return;
        }
        for (std::size_t i = 0; i < tiers.size(); ++i) {
            const std::string at = prefix + "tiers/" + std::to_string(i);
            const Rates own = rates(tiers[i], &base, at);
            if (m_error)
                return;
            const std::optional<std::int64_t> bound = count(tiers[i], "above_prompt_tokens");
            if (!bound)
                fail(at + "/above_prompt_tokens", "is missing");
            else
                into.push_back({*bound, own, {}});
        }
    }

    /// 00:00 UTC of the day that `json[key]` names; nullopt where it is absent or null.
    std::optional<std::int64_t> dayMs(const Json& json, const char* key, const std::string& where) {
        const auto found = json.find(key);
        if (found == json.end() || found->is_null())
            return std::nullopt;
        const std::string text = found->is_string() ? found->get<std::string>() : std::string();
        int year = 0;
        unsigned month = 0;
        unsigned day = 0;
        const auto number = [&](std::size_t from, std::size_t length, auto& into) {
            const char* begin = text.data() + from;
            return std::from_chars(begin, begin + length, into).ptr == begin + length;
        };
        if (text.size() == 10 && text[4] == '-' && text[7] == '-' && number(0, 4, year) &&
            number(5, 2, month) && number(8, 2, day)) {
            const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                                   std::chrono::day(day)};
            if (date.ok())
                return UtcTime(std::chrono::sys_days(date)).time_since_epoch().count();
        }
        fail(where, "must be a date like \"2026-12-31\"");
        return std::nullopt;
    }

    void readPeriods(const Json& json, Entry& entry) {
        const Steps now = steps(json, {}, nullptr);
        if (m_error)
            return;

        if (const auto history = json.find("price_history"); history != json.end() && !history->is_null()) {
            if (!history->is_array())
                return fail("price_history", "must be a list");
            for (std::size_t i = 0; i < history->size(); ++i) {
                const Json& past = (*history)[i];
                const std::string at = "price_history/" + std::to_string(i);
                Steps pastSteps = steps(past, at, &now);
                if (m_error)
                    return;
                // Without an end nobody can tell when it was in force: it is a note, not a price.
                if (const auto until = dayMs(past, "until", at + "/until"))
                    entry.periods.push_back({*until, std::move(pastSteps), {}});
            }
            std::sort(entry.periods.begin(), entry.periods.end(),
                      [](const Period& a, const Period& b) { return a.untilMs < b.untilMs; });
        }

        Period current{forEver, now, {}};
        readPeak(json, now, entry, current);
        const auto lastDay = dayMs(json, "price_until", "price_until");
        const auto next = json.find("price_next");
        // An announced price without a date is not in force.
        if (lastDay && next != json.end() && !next->is_null()) {
            current.untilMs = *lastDay + std::chrono::milliseconds(std::chrono::days(1)).count();
            Steps nextSteps = steps(*next, "price_next", &now);
            entry.periods.push_back(std::move(current));
            entry.periods.push_back({forEver, std::move(nextSteps), {}});
        } else {
            entry.periods.push_back(std::move(current));
        }
    }

    /// Hours come as "01-04,06-10", the end exclusive. The entry's own rates are the peak's where `offpeak`
    /// is given, and the off-peak ones where `peak_multiplier` is.
    void readPeak(const Json& json, const Steps& now, Entry& entry, Period& current) {
        const auto hours = json.find("peak_hours_utc");
        const auto offpeak = json.find("offpeak");
        const auto multiplier = json.find("peak_multiplier");
        if (hours == json.end() || hours->is_null()) {
            if (offpeak != json.end() || multiplier != json.end())
                fail("peak_hours_utc", "is missing");
            return;
        }
        if (!hours->is_string() || !readHours(hours->get<std::string>(), entry.peakHours))
            return fail("peak_hours_utc", "must be hours like \"01-04,06-10\"");
        if (offpeak != json.end()) {
            current.peakSteps = now;
            current.steps = steps(*offpeak, "offpeak", &now);
        } else if (multiplier != json.end()) {
            if (!multiplier->is_number() ||
                !(multiplier->get<double>() > 0.0 && multiplier->get<double>() <= 1000.0))
                return fail("peak_multiplier", "must be a number above 0");
            const std::int64_t millionths = std::llround(multiplier->get<double>() * 1e6);
            current.peakSteps = now;
            for (Step& step : current.peakSteps) {
                multiply(step.standard, millionths, 1'000'000);
                multiply(step.fast, millionths, 1'000'000);
            }
        }
    }

    static bool readHours(std::string_view text, std::uint32_t& hours) {
        while (!text.empty()) {
            const std::string_view range = text.substr(0, text.find(','));
            text.remove_prefix(std::min(text.size(), range.size() + 1));
            unsigned from = 0;
            unsigned to = 0;
            const auto first = std::from_chars(range.data(), range.data() + range.size(), from);
            if (first.ec != std::errc() || first.ptr == range.data() + range.size() || *first.ptr != '-')
                return false;
            const auto second = std::from_chars(first.ptr + 1, range.data() + range.size(), to);
            if (second.ec != std::errc() || second.ptr != range.data() + range.size() || from > 23 || to > 24)
                return false;
            const unsigned span = from == 0 && to == 24 ? 24 : (to + 24 - from) % 24;
            if (span == 0)
                return false;
            for (unsigned i = 0; i < span; ++i)
                hours |= 1u << (from + i) % 24;
        }
        return hours != 0;
    }

public:
    static void multiply(Rates& rates, std::int64_t numerator, std::int64_t denominator) {
        const auto one = [&](PicoUsdPerToken& price) {
            price.value = scaled(price.value, numerator, denominator);
        };
        one(rates.input);
        one(rates.output);
        for (auto* price : {&rates.cachedInput, &rates.cacheWrite5m, &rates.cacheWrite1h}) {
            if (*price)
                one(**price);
        }
    }

private:
    std::string_view m_layer;
    std::string m_id;
    std::optional<Error> m_error;
};

bool isDigits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `id` without a date at its end ("-20250514", "@20250514", "-2025-11-13"); `id` itself where there is none.
std::string_view withoutDate(std::string_view id) {
    const auto plausible = [](std::string_view year, std::string_view month, std::string_view day) {
        return isDigits(year) && isDigits(month) && isDigits(day) && year.starts_with("20") &&
               month >= "01" && month <= "12" && day >= "01" && day <= "31";
    };
    const std::size_t size = id.size();
    if (size > 9 && (id[size - 9] == '-' || id[size - 9] == '@') &&
        plausible(id.substr(size - 8, 4), id.substr(size - 4, 2), id.substr(size - 2)))
        return id.substr(0, size - 9);
    if (size > 11 && id[size - 11] == '-' && id[size - 6] == '-' && id[size - 3] == '-' &&
        plausible(id.substr(size - 10, 4), id.substr(size - 5, 2), id.substr(size - 2)))
        return id.substr(0, size - 11);
    return id;
}

struct BedrockId {
    std::string_view model; ///< as Anthropic names it
    bool regional = false;  ///< bound to a region, which costs a tenth more
};

std::optional<BedrockId> parseBedrock(std::string_view name) {
    BedrockId id;
    for (const std::string_view region : {"us.", "eu.", "apac.", "jp.", "global."}) {
        if (name.starts_with(region)) {
            name.remove_prefix(region.size());
            id.regional = region != "global.";
            break;
        }
    }
    constexpr std::string_view vendor = "anthropic.";
    if (!name.starts_with(vendor))
        return std::nullopt;
    name.remove_prefix(vendor.size());
    if (const std::size_t dash = name.rfind("-v"); dash != std::string_view::npos && dash > 0) {
        const std::string_view version = name.substr(dash + 2);
        const std::size_t colon = version.find(':');
        if (isDigits(version.substr(0, colon)) &&
            (colon == std::string_view::npos || isDigits(version.substr(colon + 1))))
            name = name.substr(0, dash);
    }
    id.model = name;
    return id;
}

/// A text put together on the stack; ids are short, and a lookup must not allocate.
class ShortText {
public:
    std::string_view join(std::string_view first, char separator, std::string_view second) {
        const std::size_t size = first.size() + 1 + second.size();
        if (size > m_buffer.size()) {
            m_long.assign(first).append(1, separator).append(second);
            return m_long;
        }
        std::memcpy(m_buffer.data(), first.data(), first.size());
        m_buffer[first.size()] = separator;
        std::memcpy(m_buffer.data() + first.size() + 1, second.data(), second.size());
        return {m_buffer.data(), size};
    }

private:
    std::array<char, 192> m_buffer;
    std::string m_long;
};

} // namespace

struct PriceTable::Data {
    ByText<Entry> entries;
    ByText<const Entry*> aliases;
    ByText<const Entry*> byName;    ///< by what follows the vendor; null where two vendors sell the name
    ByText<const Entry*> wildcards; ///< by provider
    std::string version;

    struct Match {
        const Entry* entry = nullptr;
        bool regional = false;
    };

    [[nodiscard]] const Entry* exactOrAlias(std::string_view id) const {
        if (const auto exact = entries.find(id); exact != entries.end() && !exact->second.wildcard)
            return &exact->second;
        const auto alias = aliases.find(id);
        return alias == aliases.end() ? nullptr : alias->second;
    }

    /// `id` with ever more of its prefixes gone, at last as a vendor's bare name.
    [[nodiscard]] const Entry* withoutPrefixes(std::string_view id) const {
        for (std::size_t slash = id.find('/'); slash != std::string_view::npos; slash = id.find('/')) {
            id.remove_prefix(slash + 1);
            if (const Entry* found = exactOrAlias(id))
                return found;
        }
        const auto named = byName.find(id);
        return named == byName.end() ? nullptr : named->second;
    }

    [[nodiscard]] Match find(std::string_view provider, std::string_view model) const {
        ShortText joined;
        const std::string_view id = provider.empty() ? model : joined.join(provider, '/', model);
        if (const Entry* found = exactOrAlias(id))
            return {found};
        if (const std::size_t slash = id.find('/'); slash != std::string_view::npos) {
            if (const auto local = wildcards.find(id.substr(0, slash)); local != wildcards.end())
                return {local->second};
        }
        if (const Entry* found = withoutPrefixes(id))
            return {found};
        const std::string_view undated = withoutDate(id);
        if (undated.size() != id.size()) {
            if (const Entry* found = exactOrAlias(undated))
                return {found};
            if (const Entry* found = withoutPrefixes(undated))
                return {found};
        }
        const std::size_t lastSlash = id.rfind('/');
        if (const auto bedrock =
                parseBedrock(lastSlash == std::string_view::npos ? id : id.substr(lastSlash + 1))) {
            ShortText name;
            const std::string_view vendorId = name.join("anthropic", '/', bedrock->model);
            const Entry* found = exactOrAlias(vendorId);
            if (!found)
                found = exactOrAlias(withoutDate(vendorId));
            return {found, bedrock->regional};
        }
        return {};
    }

    [[nodiscard]] static std::optional<NanoUsd> costOf(const Entry& entry, bool regional,
                                                       const PricedRequest& request, Int128 prompt);

    [[nodiscard]] static const Step* step(const Entry& entry, UtcTime time, Int128 promptTokens) {
        if (entry.periods.empty())
            return nullptr;
        const std::int64_t ms = time.time_since_epoch().count();
        std::size_t index = 0;
        while (index + 1 < entry.periods.size() && ms >= entry.periods[index].untilMs)
            ++index;
        const Period& period = entry.periods[index];
        const Steps* steps = &period.steps;
        if (!period.peakSteps.empty()) {
            const auto hours = std::chrono::floor<std::chrono::hours>(time);
            const auto hourOfDay = (hours - std::chrono::floor<std::chrono::days>(hours)).count();
            if ((entry.peakHours >> hourOfDay) & 1u)
                steps = &period.peakSteps;
        }
        const Step* result = &steps->front();
        for (std::size_t i = 1; i < steps->size() && promptTokens > (*steps)[i].abovePromptTokens; ++i)
            result = &(*steps)[i];
        return result;
    }
};

PriceTable::PriceTable()
    : m_data(std::make_shared<Data>()) {}

Result<PriceTable> PriceTable::parse(std::string_view catalogue, std::string_view overrides) {
    return fromLayers({{"the price catalogue", catalogue}, {"prices.json", overrides}});
}

namespace {

/// The layers as one document, each entry checked when its layer is added, so that the sentence names the
/// right file.
class Merger {
public:
    struct Merged {
        Json json;
        Entry entry;
    };

    [[nodiscard]] Result<void> add(const PriceLayer& layer) {
        Result<Json> document = parseLayer(layer);
        if (!document)
            return tl::unexpected<Error>(document.error());
        ByText<std::string> names;
        for (auto& [key, value] : document->items()) {
            if (key == "_meta") {
                takeDate(value);
                continue;
            }
            const std::string prefix =
                layer.provider.empty() ? std::string() : std::string(layer.provider) + "/";
            const std::string id = key.starts_with(prefix) ? key : prefix + key;
            if (Result<void> added = addEntry(layer, key, id, value); !added)
                return added;
            const auto [at, isNew] = names.emplace(id.substr(id.find('/') + 1), id);
            if (!isNew)
                at->second.clear();
        }
        // A name that a lower layer sells keeps its vendor: the user's own price for azure-gpt/gpt-5.2 must
        // not make "gpt-5.2" ambiguous. Two vendors within one layer do.
        m_names.merge(names);
        return {};
    }

    ByText<Merged> entries;

    [[nodiscard]] const ByText<std::string>& names() const { return m_names; }

    [[nodiscard]] const std::string& date() const { return m_date; }

private:
    static Result<Json> parseLayer(const PriceLayer& layer) {
        Json document = Json::object();
        if (!layer.json.empty()) {
            try {
                document = Json::parse(layer.json);
            } catch (const Json::parse_error& error) {
                return failure(ErrorCode::ParseFailed,
                               std::string(layer.name) + " is not JSON; mend it or take it away.",
                               "byte " + std::to_string(error.byte));
            } catch (const Json::exception&) { // a number beyond every double
                return failure(ErrorCode::ParseFailed,
                               std::string(layer.name) +
                                   " holds a number that is too large; mend it or take it away.");
            }
        }
        if (!document.is_object())
            return failure(ErrorCode::InvalidInput,
                           std::string(layer.name) + " must be an object of models and their prices.");
        if (layer.free && !layer.provider.empty() && !document.contains("*"))
            document["*"] = {{"input", 0}, {"output", 0}, {"cache_read", 0}};
        return document;
    }

    void takeDate(const Json& meta) {
        const auto date = meta.is_object() ? meta.find("data_current_to") : meta.end();
        if (date != meta.end() && date->is_string() && m_date.empty())
            m_date = date->get<std::string>();
    }

    Result<void> addEntry(const PriceLayer& layer, const std::string& key, const std::string& id,
                          const Json& value) {
        const std::size_t slash = id.find('/');
        const std::size_t star = id.find('*');
        const bool allOfProvider = star == id.size() - 1 && star == slash + 1;
        if (slash == std::string::npos || slash == 0 || slash + 1 == id.size() ||
            (star != std::string::npos && !allOfProvider))
            return failure(ErrorCode::InvalidInput,
                           std::string(layer.name) + ": '" + key +
                               "' is no model; write provider/model, or provider/* for all of a provider.",
                           "/" + escapePointerToken(key));
        if (value.is_null()) {
            entries.erase(id);
            return {};
        }
        if (!value.is_object())
            return failure(ErrorCode::InvalidInput,
                           std::string(layer.name) + ": the price of " + id + " must be an object.",
                           "/" + escapePointerToken(key));
        Merged& merged = entries[id];
        if (!merged.json.is_object())
            merged.json = Json::object();
        if (EntryReader::saysAPrice(value)) {
            for (const char* priced : priceKeys)
                merged.json.erase(priced);
            for (const char* priced : peakKeys)
                merged.json.erase(priced);
        }
        merged.json.update(value);
        EntryReader reader(layer.name, id);
        merged.entry = reader.read(merged.json);
        if (reader.error())
            return tl::unexpected<Error>(*reader.error());
        return {};
    }

    ByText<std::string> m_names; ///< bare name → id; "" where two vendors sell it
    std::string m_date;
};

} // namespace

std::span<const std::string_view> catalogueKeys() {
    return entryKeys;
}

Result<PriceTable> PriceTable::fromLayers(const std::vector<PriceLayer>& layers) {
    Merger merger;
    // What is simulated costs nothing by declaration, whatever name stands behind the slash.
    Result<void> added = merger.add({"simulated", {}, "sim", true});
    std::string bytes;
    for (const PriceLayer& layer : layers) {
        if (added)
            added = merger.add(layer);
        bytes.append(layer.json).append(1, '\0').append(layer.provider).append(1, layer.free ? '1' : '0');
    }
    if (!added)
        return tl::unexpected<Error>(added.error());

    auto data = std::make_shared<Data>();
    for (auto& [id, merged] : merger.entries) {
        const Entry& entry = data->entries.emplace(id, std::move(merged.entry)).first->second;
        if (entry.wildcard)
            data->wildcards.emplace(std::string(entry.vendor()), &entry);
        const auto aliases = merged.json.find("aliases");
        if (aliases == merged.json.end() || !aliases->is_array())
            continue;
        for (const Json& alias : *aliases) {
            if (alias.is_string())
                data->aliases.insert_or_assign(alias.get<std::string>(), &entry);
        }
    }
    for (const auto& [name, id] : merger.names()) {
        const auto entry = data->entries.find(id);
        if (entry != data->entries.end() && !entry->second.wildcard)
            data->byName.emplace(name, &entry->second);
    }
    data->version = (merger.date().empty() ? "undated" : merger.date()) + "/" + fingerprintOf(bytes).text();
    PriceTable table;
    table.m_data = std::move(data);
    return table;
}

std::optional<NanoUsd> ModelPrice::cost(const PricedRequest& request) const {
    if (!m_entry)
        return std::nullopt;
    const TokenUsage& usage = request.usage;
    return PriceTable::Data::costOf(*static_cast<const Entry*>(m_entry), m_regional, request,
                                    Int128(usage.input) + usage.cachedInput + usage.cacheWrite5m +
                                        usage.cacheWrite1h);
}

std::optional<NanoUsd> PriceTable::costOfSum(const PricedRequest& sum, std::int64_t promptTokens) const {
    return price(sum.provider, sum.model).costOfSum(sum, promptTokens);
}

std::optional<NanoUsd> PriceTable::Data::costOf(const Entry& entry, bool regional,
                                                const PricedRequest& request, Int128 prompt) {
    const TokenUsage& usage = request.usage;
    for (const std::int64_t count : {usage.input, usage.cachedInput, usage.cacheWrite5m, usage.cacheWrite1h,
                                     usage.output, usage.webSearches}) {
        if (count < 0)
            return std::nullopt;
    }
    const Step* step = Data::step(entry, request.time, prompt);
    if (!step)
        return std::nullopt;

    const Rates& rates = request.speed == Speed::Fast ? step->fast : step->standard;
    const auto priceOf = [](const std::optional<PicoUsdPerToken>& rate) { return rate ? rate->value : 0; };
    Int128 pico = Int128(usage.input) * rates.input.value + Int128(usage.output) * rates.output.value +
                  Int128(usage.cachedInput) * rates.cachedInput.value_or(rates.input).value +
                  Int128(usage.cacheWrite5m) * priceOf(rates.cacheWrite5m) +
                  Int128(usage.cacheWrite1h) * priceOf(rates.cacheWrite1h);

    Int128 denominator = 1;
    if (regional || (request.inferenceUs && entry.vendor() == "anthropic")) {
        pico *= 11;
        denominator *= 10;
    }
    if (request.batch)
        denominator *= 2;
    if (!entry.wildcard)
        pico += Int128(usage.webSearches) * picoPerWebSearch * denominator;

    const Int128 divisor = picoPerNano * denominator;
    const Int128 nano = (2 * pico + divisor) / (2 * divisor);
    if (nano > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return NanoUsd(static_cast<std::int64_t>(nano));
}

std::optional<NanoUsd> ModelPrice::costOfSum(const PricedRequest& sum, std::int64_t promptTokens) const {
    if (!m_entry)
        return std::nullopt;
    return PriceTable::Data::costOf(*static_cast<const Entry*>(m_entry), m_regional, sum, promptTokens);
}

std::optional<Rates> ModelPrice::rates(UtcTime time, std::int64_t promptTokens) const {
    if (!m_entry)
        return std::nullopt;
    const auto& entry = *static_cast<const Entry*>(m_entry);
    const Step* step = PriceTable::Data::step(entry, time, promptTokens);
    if (!step)
        return std::nullopt;
    Rates result = step->standard;
    if (m_regional)
        EntryReader::multiply(result, 11, 10);
    return result;
}

ModelPrice PriceTable::price(std::string_view provider, std::string_view model) const {
    const Data::Match match = m_data->find(provider, model);
    ModelPrice price;
    price.m_table = m_data;
    price.m_entry = match.entry;
    price.m_regional = match.regional;
    return price;
}

std::optional<NanoUsd> PriceTable::cost(const PricedRequest& request) const {
    return price(request.provider, request.model).cost(request);
}

std::optional<Rates> PriceTable::rates(std::string_view provider, std::string_view model, UtcTime time,
                                       std::int64_t promptTokens) const {
    return price(provider, model).rates(time, promptTokens);
}

std::optional<ModelFacts> PriceTable::facts(std::string_view provider, std::string_view model) const {
    const Data::Match match = m_data->find(provider, model);
    return match.entry ? std::optional(match.entry->facts) : std::nullopt;
}

std::optional<PriceTable::Rise> PriceTable::lastRise(std::string_view provider, std::string_view model,
                                                     UtcTime from, UtcTime until) const {
    const Data::Match match = m_data->find(provider, model);
    if (!match.entry)
        return std::nullopt;
    const std::vector<Period>& periods = match.entry->periods;
    for (std::size_t i = periods.size(); i-- > 1;) {
        const UtcTime since{std::chrono::milliseconds(periods[i - 1].untilMs)};
        const Rates& before = periods[i - 1].steps.front().standard;
        const Rates& after = periods[i].steps.front().standard;
        if (since > from && since <= until && (after.input > before.input || after.output > before.output))
            return Rise{since, before, after};
    }
    return std::nullopt;
}

std::optional<std::int64_t> PriceTable::contextWindow(std::string_view provider,
                                                      std::string_view model) const {
    const Data::Match match = m_data->find(provider, model);
    return match.entry ? match.entry->facts.contextWindow : std::nullopt;
}

std::vector<std::string> PriceTable::ids(std::string_view provider) const {
    std::vector<std::string> result;
    for (const auto& [id, entry] : m_data->entries) {
        if (!entry.wildcard && (provider.empty() || entry.vendor() == provider))
            result.push_back(id);
    }
    std::sort(result.begin(), result.end());
    return result;
}

const std::string& PriceTable::version() const {
    return m_data->version;
}

} // namespace tierdeck::pricing
