#include "core/routing/provider_wishes.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace tierdeck::routing {

namespace {

using Json = nlohmann::json;

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// The place of the name in the list; the list's size where it has none.
std::size_t placeIn(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& other) {
        return equalsIgnoringCase(other, name);
    });
    return static_cast<std::size_t>(found - names.begin());
}

bool isIn(const std::vector<std::string>& names, std::string_view name) {
    return placeIn(names, name) < names.size();
}

/// null, false, "allow" and empty lists and objects wish for nothing.
bool wishesNothing(const Json& value) {
    return value.is_null() || value == false || value == "allow" || (value.is_structured() && value.empty());
}

Result<std::vector<std::string>> readNames(const Json& value, std::string_view key) {
    std::vector<std::string> names;
    const auto isText = [](const Json& entry) { return entry.is_string(); };
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), isText))
        return failure(ErrorCode::InvalidInput,
                       "'provider." + std::string(key) + "' must be a list of providers' names.");
    for (const Json& entry : value)
        names.push_back(entry.get<std::string>());
    return names;
}

/// "price", or {"by": "price"}. How many tokens a second a host gives is not measured here.
std::optional<HostWishes::Sort> sortFrom(const Json& value) {
    const Json* by = &value;
    if (value.is_object() && value.contains("by"))
        by = &value["by"];
    if (*by == "price")
        return HostWishes::Sort::Price;
    return *by == "latency" ? std::optional(HostWishes::Sort::Latency) : std::nullopt;
}

/// In USD a million tokens, as a number or as a number in quotation marks.
std::optional<PicoUsdPerToken> priceFrom(const Json& value) {
    constexpr double mostUsd = 1e6;
    double usd = -1;
    if (value.is_number()) {
        usd = value.get<double>();
    } else if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        const char* const end = text.data() + text.size();
        if (const auto [stop, error] = std::from_chars(text.data(), end, usd);
            error != std::errc() || stop != end)
            return std::nullopt;
    }
    if (!(usd >= 0 && usd <= mostUsd))
        return std::nullopt;
    return PicoUsdPerToken(std::llround(usd * 1e6));
}

/// Narrows a list of attempts; what it drops goes to `excluded`.
class Narrower {
public:
    Narrower(std::vector<PlannedAttempt>& attempts, std::vector<Exclusion>& excluded,
             const ProviderWishes& wishes, const Policy& policy)
        : m_attempts(attempts)
        , m_excluded(excluded)
        , m_wishes(wishes)
        , m_policy(policy) {}

    void dropUnwanted() {
        dropIf([this](const PlannedAttempt& attempt) -> Reason {
            const std::string_view provider = attempt.model.provider();
            if (isAtOpenRouter(attempt.model))
                return {};
            if (!m_wishes.only.empty() && !isIn(m_wishes.only, provider))
                return {Phrase::NotInOnly, {provider}};
            if (isIn(m_wishes.ignore, provider))
                return {Phrase::InIgnore, {provider}};
            return {};
        });
    }

    /// The hosts of one model change places among themselves; those of other models keep theirs.
    void putInOrder() {
        if (m_wishes.order.empty())
            return;
        for (std::size_t first = 0; first < m_attempts.size(); ++first) {
            const ModelId original = m_policy.originalOf(m_attempts[first].model);
            const auto isHost = [&](const PlannedAttempt& attempt) {
                return m_policy.originalOf(attempt.model) == original;
            };
            const auto begin = m_attempts.begin() + static_cast<std::ptrdiff_t>(first);
            if (std::any_of(m_attempts.begin(), begin, isHost))
                continue; // were put in order with the first of them
            std::vector<std::size_t> places;
            for (std::size_t i = first; i < m_attempts.size(); ++i) {
                if (isHost(m_attempts[i]) && !isAtOpenRouter(m_attempts[i].model))
                    places.push_back(i);
            }
            putInOrder(places);
        }
    }

    /// What is left without `allowFallbacks`: see the header.
    void dropFallbacks() {
        std::vector<ModelId> asked;
        for (const PlannedAttempt& attempt : m_attempts) {
            if (asked.empty() || isListed(attempt))
                asked.push_back(m_policy.originalOf(attempt.model));
        }
        std::vector<ModelId> begun;
        std::vector<ModelId> ordered;
        for (const PlannedAttempt& attempt : m_attempts) {
            if (isIn(m_wishes.order, attempt.model.provider()))
                ordered.push_back(m_policy.originalOf(attempt.model));
        }
        const auto contains = [](const std::vector<ModelId>& models, const ModelId& model) {
            return std::find(models.begin(), models.end(), model) != models.end();
        };
        dropIf([&](const PlannedAttempt& attempt) -> Reason {
            const ModelId& original = m_policy.originalOf(attempt.model);
            const bool isFirst = !contains(begun, original);
            begun.push_back(original);
            const bool isOrdered = isIn(m_wishes.order, attempt.model.provider());
            const bool atWantedHost = contains(ordered, original)
                                          ? isOrdered || (isFirst && isAtOpenRouter(attempt.model))
                                          : isFirst;
            return contains(asked, original) && atWantedHost ? Reason() : Reason(Phrase::NoFallbacksWanted);
        });
    }

    void dropAll() {
        dropIf([](const PlannedAttempt&) { return Reason(Phrase::NoFallbacksWanted); });
    }

private:
    static bool isListed(const PlannedAttempt& attempt) {
        const Phrase phrase = attempt.reason.phrase();
        return phrase >= Phrase::Listed && phrase <= Phrase::ListedLocal;
    }

    [[nodiscard]] bool isAtOpenRouter(const ModelId& model) const {
        const ProviderSettings* provider = m_policy.findProvider(model.provider());
        return provider && provider->isOpenRouter();
    }

    [[nodiscard]] std::size_t placeOf(const PlannedAttempt& attempt) const {
        return placeIn(m_wishes.order, attempt.model.provider());
    }

    /// The attempts at these places change among them.
    void putInOrder(const std::vector<std::size_t>& places) {
        std::vector<std::size_t> sorted = places;
        std::stable_sort(sorted.begin(), sorted.end(), [this](std::size_t a, std::size_t b) {
            return placeOf(m_attempts[a]) < placeOf(m_attempts[b]);
        });
        std::vector<PlannedAttempt> hosts;
        for (std::size_t i = 0; i < places.size(); ++i) {
            PlannedAttempt attempt = m_attempts[sorted[i]];
            if (sorted[i] > places[i] && attempt.kind == PlannedAttempt::Kind::Host)
                attempt.reason = {Phrase::PutForward, {attempt.model.provider()}};
            hosts.push_back(std::move(attempt));
        }
        for (std::size_t i = 0; i < places.size(); ++i)
            m_attempts[places[i]] = std::move(hosts[i]);
    }

    /// `whyNot` gives an empty reason for what stays.
    template <typename WhyNot>
    void dropIf(WhyNot whyNot) {
        std::vector<PlannedAttempt> kept;
        for (PlannedAttempt& attempt : m_attempts) {
            if (Reason why = whyNot(attempt); !why.empty())
                m_excluded.push_back({std::move(attempt.model), std::move(why)});
            else
                kept.push_back(std::move(attempt));
        }
        m_attempts = std::move(kept);
    }

    std::vector<PlannedAttempt>& m_attempts;
    std::vector<Exclusion>& m_excluded;
    const ProviderWishes& m_wishes;
    const Policy& m_policy;
};

Result<void> readMaxPrice(const Json& value, ProviderWishes& wishes) {
    const auto mistake = [] {
        return failure(ErrorCode::InvalidInput,
                       "'provider.max_price' must be an object of prices in USD a million "
                       "tokens, such as {\"prompt\": 1, \"completion\": 2}.");
    };
    if (!value.is_object())
        return mistake();
    bool areOthersNamed = false;
    for (const auto& [what, price] : value.items()) {
        if (price.is_null())
            continue;
        if (what != "prompt" && what != "completion") { // an image, a request
            areOthersNamed = true;
            continue;
        }
        const auto most = priceFrom(price);
        if (!most)
            return mistake();
        (what == "prompt" ? wishes.hosts.maxPromptPrice : wishes.hosts.maxCompletionPrice) = most;
    }
    if (areOthersNamed)
        wishes.notCarriedOut.emplace_back("max_price");
    return {};
}

} // namespace

Result<ProviderWishes> readProviderWishes(std::string_view json) {
    const Json document = Json::parse(json, nullptr, false);
    if (document.is_discarded())
        return failure(ErrorCode::ParseFailed, "'provider' is not valid JSON.");
    ProviderWishes wishes;
    if (document.is_null())
        return wishes;
    if (!document.is_object())
        return failure(ErrorCode::InvalidInput,
                       "'provider' must be an object such as {\"order\": [\"openai\"]}.");
    const std::array<std::pair<std::string_view, std::vector<std::string>*>, 3> lists{
        {{"order", &wishes.order}, {"only", &wishes.only}, {"ignore", &wishes.ignore}}};
    for (const auto& [key, value] : document.items()) {
        if (value.is_null())
            continue;
        const auto list = std::find_if(lists.begin(), lists.end(),
                                       [&key = key](const auto& entry) { return entry.first == key; });
        if (list != lists.end()) {
            auto names = readNames(value, key);
            if (!names)
                return tl::unexpected<Error>(std::move(names.error()));
            *list->second = std::move(*names);
        } else if (key == "allow_fallbacks") {
            if (!value.is_boolean())
                return failure(ErrorCode::InvalidInput, "'provider.allow_fallbacks' must be true or false.");
            wishes.allowFallbacks = value.get<bool>();
        } else if (const auto sort = key == "sort" ? sortFrom(value) : std::nullopt) {
            wishes.hosts.sort = *sort;
        } else if (key == "max_price") {
            if (auto done = readMaxPrice(value, wishes); !done)
                return tl::unexpected<Error>(std::move(done.error()));
        } else if (constexpr std::size_t mostNoted = 16;
                   !wishesNothing(value) && wishes.notCarriedOut.size() < mostNoted) {
            wishes.notCarriedOut.push_back(clipped(key));
        }
    }
    return wishes;
}

RouteResult narrow(RouteDecision decision, const ProviderWishes& wishes, const Policy& policy) {
    if (wishes.empty())
        return decision;
    const std::string wanted = decision.tier ? *decision.tier : decision.model.text();
    Narrower narrower(decision.attempts, decision.excluded, wishes, policy);
    narrower.dropUnwanted();
    narrower.putInOrder();
    if (!wishes.allowFallbacks)
        narrower.dropFallbacks();
    if (decision.attempts.empty())
        return tl::unexpected<RouteFailure>(
            nothingLeft(wanted, std::move(decision),
                        "Wish for less in the request's 'provider', or name providers of llm.json there."));
    decision.model = decision.attempts.front().model;
    decision.temperature = decision.attempts.front().temperature;
    return decision;
}

void narrow(FallbackPlan& plan, const ProviderWishes& wishes, const Policy& policy) {
    Narrower narrower(plan.attempts, plan.excluded, wishes, policy);
    narrower.dropUnwanted();
    narrower.putInOrder();
    if (!wishes.allowFallbacks)
        narrower.dropAll();
}

} // namespace tierdeck::routing
