#include "core/routing/replay.h"

#include "core/routing/complexity.h"
#include "core/routing/tier_resolver.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace tierdeck::routing {

namespace {

using pricing::TokenUsage;

constexpr std::string_view explicitModel = "-";

/// Numbers of names that this replay met, small and dense.
class Names {
public:
    std::uint32_t numberOf(std::string_view name) {
        const auto known = m_numbers.find(std::string(name));
        if (known != m_numbers.end())
            return known->second;
        const auto number = static_cast<std::uint32_t>(m_names.size());
        m_names.emplace_back(name);
        m_numbers.emplace(name, number);
        return number;
    }

    [[nodiscard]] const std::string& nameOf(std::uint32_t number) const { return m_names[number]; }

    [[nodiscard]] std::size_t size() const { return m_names.size(); }

private:
    std::vector<std::string> m_names;
    std::unordered_map<std::string, std::uint32_t> m_numbers;
};

/// Everything that a decision depends on; what differs between requests without mattering is not in it.
struct Key {
    std::uint32_t facts = 0;
    std::uint32_t taskType = 0;
    std::uint32_t project = 0;
    std::uint32_t client = 0;
    std::uint32_t held = 0;   ///< the promotion that the turn holds; 0 for none
    std::uint16_t tokens = 0; ///< how many of the sizes that matter are reached
    std::uint8_t wanted = 0;  ///< by the scores: a place in tiers::four
    bool firstOfTurn = false;

    bool operator==(const Key&) const = default;
};

struct KeyHash {
    std::size_t operator()(const Key& key) const {
        std::uint64_t hash = (std::uint64_t{key.facts} << 32 | key.taskType) * 0x9e3779b97f4a7c15u;
        hash = (hash ^ (std::uint64_t{key.project} << 32 | key.client)) * 0xbf58476d1ce4e5b9u;
        hash = (hash ^ hash >> 29 ^
                (std::uint64_t{key.held} << 32 | std::uint64_t{key.tokens} << 16 |
                 std::uint64_t{key.wanted} << 1 | std::uint64_t{key.firstOfTurn})) *
               0x94d049bb133111ebu;
        return static_cast<std::size_t>(hash ^ hash >> 32);
    }
};

/// What follows from a key.
struct Decided {
    std::uint32_t tier = 0;
    std::uint32_t model = 0;
    bool failed = false;
    bool promoted = false; ///< by the dynamic rung
    bool isFree = false;   ///< simulated
    pricing::ModelPrice price;
};

/// What a session and agent stand at, before and after.
struct Place {
    std::int64_t turn = 0;
    std::uint32_t held = 0;
    bool firstOfTurn = true;
    bool hasCache = false;
    std::uint32_t modelBefore = 0;
    std::uint32_t modelAfter = 0;
    std::int64_t promptTokens = 0;
};

struct FactsEntry {
    RequestFacts facts;
    bool readable = true;
};

void add(ReplaySums& sums, const std::optional<NanoUsd>& cost) {
    ++sums.requests;
    if (cost)
        sums.cost += *cost;
    else
        ++sums.unpricedRequests;
}

/// The sizes of prompts at which a policy may decide otherwise.
std::vector<std::int64_t> sizesThatMatter(const Policy& policy) {
    std::vector<std::int64_t> sizes;
    for (const Rule& rule : policy.rules) {
        if (rule.when.minInputTokens)
            sizes.push_back(*rule.when.minInputTokens);
    }
    const auto addWindow = [&](const ModelId& model) {
        std::optional<std::int64_t> window;
        if (const auto* provider = policy.findProvider(model.provider())) {
            if (const auto* listed = provider->findModel(model.name()))
                window = listed->contextWindow;
        }
        if (!window)
            window = policy.prices.contextWindow(model.provider(), model.name());
        if (!window)
            return;
        // 95 % of it is where another model is looked for; both edges, since which side is meant does not
        // matter.
        for (const std::int64_t size : {*window * 95 / 100, *window * 95 / 100 + 1, *window, *window + 1})
            sizes.push_back(size);
    };
    for (const auto& [name, tier] : policy.tiers) {
        if (tier.model)
            addWindow(*tier.model);
    }
    for (const FallbackMap* map : {&policy.fallbacks, &policy.contextWindowFallbacks}) {
        for (const auto& [name, targets] : *map) {
            for (const FallbackTarget& target : targets) {
                if (target.model)
                    addWindow(*target.model);
            }
        }
    }
    for (const auto& [name, provider] : policy.providers) {
        for (const ProviderModel& model : provider.models) {
            if (const auto id = ModelId::parse(name + "/" + model.id))
                addWindow(*id);
        }
    }
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
}

/// Tokens that were read from or written to a cache which the model does not have are plain input.
TokenUsage asUsageOf(TokenUsage usage, const std::optional<pricing::Rates>& rates) {
    if (!rates)
        return usage;
    if (!rates->cacheWrite5m)
        usage.input += std::exchange(usage.cacheWrite5m, 0);
    if (!rates->cacheWrite1h)
        usage.input += std::exchange(usage.cacheWrite1h, 0);
    return usage;
}

/// Nothing of the prompt is in a cache: what was read is written, where writing has a price, else sent anew.
TokenUsage chilled(TokenUsage usage, const std::optional<pricing::Rates>& rates) {
    (rates && rates->cacheWrite5m ? usage.cacheWrite5m : usage.input) += std::exchange(usage.cachedInput, 0);
    return usage;
}

/// `tokens` of the prompt are in the cache already.
TokenUsage warmed(TokenUsage usage, std::int64_t tokens) {
    for (std::int64_t* from : {&usage.input, &usage.cacheWrite5m, &usage.cacheWrite1h}) {
        const std::int64_t moved = std::min(*from, tokens);
        *from -= moved;
        usage.cachedInput += moved;
        tokens -= moved;
    }
    return usage;
}

std::string counted(std::int64_t count, const char* one, const char* more) {
    return std::to_string(count) + (count == 1 ? one : more);
}

} // namespace

struct Replay::Impl {
    Impl(const Policy& replayPolicy, NameOf names, std::size_t most)
        : policy(replayPolicy)
        , nameOf(std::move(names))
        , mostChanges(most)
        , sizes(sizesThatMatter(replayPolicy)) {
        (void)tierNames.numberOf({}); // 0: none
        (void)models.numberOf({});    // likewise
        explicitTier = tierNames.numberOf(explicitModel);
        for (const Rule& rule : policy.rules) {
            looksAtProject = looksAtProject || rule.when.project;
            looksAtClient = looksAtClient || rule.when.client;
            if (!rule.when.keywords.empty() || !rule.when.headers.empty())
                unseen.push_back(rule.name);
        }
    }

    static std::uint32_t small(std::vector<std::uint32_t>& known, std::int64_t number, Names& names,
                               const NameOf& nameOf) {
        const auto place = static_cast<std::size_t>(number);
        if (place < known.size() && known[place] != 0)
            return known[place] - 1;
        if (place >= known.size())
            known.resize(place + 1);
        const std::uint32_t found = names.numberOf(number == 0 ? std::string() : nameOf(number));
        known[place] = found + 1;
        return found;
    }

    std::uint32_t tierNumber(std::int64_t number) {
        return number == 0 ? explicitTier : small(tierNumbers, number, tierNames, nameOf);
    }

    std::uint32_t modelNumber(std::int64_t number) { return small(modelNumbers, number, models, nameOf); }

    std::uint32_t wordNumber(std::int64_t number) { return small(wordNumbers, number, words, nameOf); }

    Place& placeOf(const ReplayRow& row) {
        if (lastPlace && lastSession == row.session && lastAgent == row.agent)
            return *lastPlace;
        lastSession = row.session;
        lastAgent = row.agent;
        lastPlace = row.agent == 0 ? &mainPlaces[row.session] : &agentPlaces[{row.session, row.agent}];
        return *lastPlace;
    }

    [[nodiscard]] std::uint8_t wantedBy(int score, int codeScore) const {
        const auto wanted = tierForScores(score / 1e4, codeScore / 1e4, policy.classifier);
        const auto found = std::find(tiers::four.begin(), tiers::four.end(), wanted);
        return static_cast<std::uint8_t>(found - tiers::four.begin());
    }

    [[nodiscard]] RouteResult resolveAs(const Key& key, const RequestFacts& facts) const {
        RouteRequest request = requestFrom(facts);
        request.taskType = words.nameOf(key.taskType);
        request.project = words.nameOf(key.project);
        request.client = words.nameOf(key.client);
        SessionState session;
        session.firstOfTurn = key.firstOfTurn;
        session.promotedTier = tierNames.nameOf(key.held);
        return resolve(request, policy, session, {});
    }

    const Decided& decide(const Key& key, const ReplayRow& row) {
        const auto known = decided.find(key);
        if (known != decided.end())
            return known->second;
        RequestFacts facts = classes[key.facts].facts;
        facts.inputTokens = row.inputTokens;
        facts.score = row.score;
        facts.codeScore = row.codeScore;
        const RouteResult found = resolveAs(key, facts);
        Decided made;
        made.failed = !found;
        if (found) {
            made.tier = found->tier ? tierNames.numberOf(*found->tier) : explicitTier;
            made.model = models.numberOf(found->model.text());
            made.promoted = found->source == TierSource::Dynamic && found->tier;
            const auto* provider = policy.findProvider(found->model.provider());
            made.isFree = provider && provider->apiType == ApiType::Simulated;
            made.price = policy.prices.price(found->model.provider(), found->model.name());
        }
        return decided.emplace(key, std::move(made)).first->second;
    }

    /// With how the caches would have been. `unchanged`: the same model serves.
    std::optional<NanoUsd> costAfter(const ReplayRow& row, const Decided& now, const Place& place,
                                     std::uint32_t modelBefore, bool unchanged) {
        if (now.failed || now.isFree || row.usage.total() == 0)
            return NanoUsd(0);
        const bool wasCold = place.hasCache && place.modelBefore != modelBefore;
        const bool isCold = place.hasCache && place.modelAfter != now.model;
        if (unchanged && wasCold == isCold)
            return row.cost;
        pricing::PricedRequest priced;
        priced.time = row.time;
        const auto rates = now.price.rates(row.time, row.usage.prompt());
        const TokenUsage plain = unchanged ? row.usage : asUsageOf(row.usage, rates);
        priced.usage = plain;
        const auto asWas = now.price.cost(priced);
        if (!asWas)
            return unchanged ? row.cost : std::nullopt;
        if (wasCold == isCold)
            return asWas;
        priced.usage = isCold ? chilled(plain, rates) : warmed(plain, place.promptTokens);
        const auto cost = now.price.cost(priced);
        if (!cost)
            return asWas;
        coldCache += NanoUsd(cost->value - asWas->value);
        if (unchanged && row.cost)
            return NanoUsd(row.cost->value + cost->value - asWas->value);
        return cost;
    }

    void add(const ReplayRow& row) {
        Place& place = placeOf(row);
        if (place.turn != row.turn) {
            place.turn = row.turn;
            place.held = 0;
            place.firstOfTurn = true;
        }
        Key key;
        key.facts = static_cast<std::uint32_t>(row.facts);
        key.taskType = wordNumber(row.taskType);
        key.project = looksAtProject ? wordNumber(row.project) : noWord;
        key.client = looksAtClient ? wordNumber(row.client) : noWord;
        key.held = place.held;
        key.tokens = static_cast<std::uint16_t>(
            std::upper_bound(sizes.begin(), sizes.end(), row.inputTokens) - sizes.begin());
        key.wanted = wantedBy(row.score, row.codeScore);
        key.firstOfTurn = place.firstOfTurn;
        const Decided& now = decide(key, row);

        const std::uint32_t tierBefore = tierNumber(row.tier);
        const std::uint32_t modelBefore = modelNumber(row.model);
        const bool sameModel = !now.failed && now.model == modelNumber(row.decidedModel);
        const auto cost = costAfter(row, now, place, modelBefore, sameModel);

        ++requests;
        tierdeck::routing::add(before, row.cost);
        tierdeck::routing::add(after, cost);
        tierdeck::routing::add(at(beforeByTier, tierBefore), row.cost);
        tierdeck::routing::add(at(afterByTier, now.tier), cost);
        ++matrix[std::uint64_t{tierBefore} << 32 | now.tier];
        if (!sameModel || now.tier != tierBefore) {
            ++changedCount;
            if (now.failed)
                ++failedCount;
            if (changes.size() < mostChanges)
                changes.push_back(
                    {row.request, key, tierBefore, modelBefore, row.inputTokens, row.score, row.codeScore});
        }

        const bool isBackground = classes[key.facts].facts.background;
        if (!isBackground) {
            place.firstOfTurn = false;
            if (now.promoted)
                place.held = now.tier;
        }
        place.hasCache = true;
        place.modelBefore = modelBefore;
        // A fallback that served then is taken to serve again.
        place.modelAfter = sameModel ? modelBefore : now.model;
        place.promptTokens = row.usage.prompt();
    }

    static ReplaySums& at(std::vector<ReplaySums>& sums, std::uint32_t tier) {
        if (tier >= sums.size())
            sums.resize(tier + 1);
        return sums[tier];
    }

    struct Change {
        std::int64_t request;
        Key key;
        std::uint32_t tierBefore;
        std::uint32_t modelBefore;
        std::int64_t inputTokens;
        int score;
        int codeScore;
    };

    const Policy& policy;
    const NameOf nameOf;
    const std::size_t mostChanges;
    const std::vector<std::int64_t> sizes;
    bool looksAtProject = false;
    bool looksAtClient = false;
    std::vector<std::string> unseen; ///< rules that look at what is not kept

    Names tierNames;
    Names models;
    Names words;
    const std::uint32_t noWord = words.numberOf({});
    std::uint32_t explicitTier = 0;
    std::vector<std::uint32_t> tierNumbers; ///< by the store's number, plus one
    std::vector<std::uint32_t> modelNumbers;
    std::vector<std::uint32_t> wordNumbers;

    std::vector<FactsEntry> classes;
    std::unordered_map<std::string, std::size_t> classNumbers;
    std::unordered_map<Key, Decided, KeyHash> decided;

    std::unordered_map<std::int64_t, Place> mainPlaces;
    std::map<std::pair<std::int64_t, std::int64_t>, Place> agentPlaces;
    Place* lastPlace = nullptr;
    std::int64_t lastSession = 0;
    std::int64_t lastAgent = 0;

    std::int64_t requests = 0;
    std::int64_t changedCount = 0;
    std::int64_t failedCount = 0;
    std::int64_t imported = 0;
    std::int64_t withoutFacts = 0;
    ReplaySums before;
    ReplaySums after;
    NanoUsd coldCache;
    std::vector<ReplaySums> beforeByTier;
    std::vector<ReplaySums> afterByTier;
    std::unordered_map<std::uint64_t, std::int64_t> matrix;
    std::vector<Change> changes;
};

Replay::Replay(const Policy& policy, NameOf nameOf, std::size_t mostChanges)
    : m_impl(std::make_unique<Impl>(policy, std::move(nameOf), mostChanges)) {}

Replay::~Replay() = default;

std::size_t Replay::addFacts(std::string_view packed) {
    const auto known = m_impl->classNumbers.find(std::string(packed));
    if (known != m_impl->classNumbers.end())
        return known->second;
    const std::size_t number = m_impl->classes.size();
    auto facts = unpackFacts(packed);
    m_impl->classes.push_back({facts ? std::move(*facts) : RequestFacts(), facts.has_value()});
    m_impl->classNumbers.emplace(packed, number);
    return number;
}

void Replay::add(const ReplayRow& row) {
    m_impl->add(row);
}

void Replay::leaveOut(std::int64_t imported, std::int64_t withoutFacts) {
    m_impl->imported += imported;
    m_impl->withoutFacts += withoutFacts;
}

ReplayResult Replay::result() const {
    const Impl& impl = *m_impl;
    ReplayResult result;
    result.requests = impl.requests;
    result.changed = impl.changedCount;
    result.failed = impl.failedCount;
    result.before = impl.before;
    result.after = impl.after;
    result.coldCache = impl.coldCache;
    const auto nameOf = [&](std::uint32_t tier) {
        return tier == 0 ? std::string("none") : impl.tierNames.nameOf(tier);
    };
    for (const auto& [from, to] : {std::pair{&impl.beforeByTier, &result.beforeByTier},
                                   std::pair{&impl.afterByTier, &result.afterByTier}}) {
        for (std::size_t tier = 0; tier < from->size(); ++tier) {
            if ((*from)[tier].requests > 0)
                (*to)[nameOf(static_cast<std::uint32_t>(tier))] = (*from)[tier];
        }
    }
    for (const auto& [pair, count] : impl.matrix)
        result.matrix[nameOf(static_cast<std::uint32_t>(pair >> 32))]
                     [nameOf(static_cast<std::uint32_t>(pair & 0xffffffffu))] = count;

    auto& said = result.assumptions;
    said.emplace_back("Every request takes the tokens that it took then, those of all its attempts and "
                      "climbs together, and "
                      "the scores are those of then.");
    said.emplace_back("Everything is available, and no budget or quota is spent.");
    said.emplace_back(
        "A prompt cache is cold where the model of a session changes: its tokens are paid anew, as "
        "coldCacheUsd says.");
    if (!impl.unseen.empty()) {
        std::string names;
        for (const std::string& name : impl.unseen)
            names.append(names.empty() ? "'" : ", '").append(clipped(name)).append(1, '\'');
        said.push_back(counted(static_cast<std::int64_t>(impl.unseen.size()), " rule looks", " rules look") +
                       " at keywords or headers, which are not kept: they hold where a rule of that name "
                       "matched then (" +
                       names + ").");
    }
    if (impl.policy.dynamicTierEnabled && impl.policy.promotion.breakEvenTurns > 0)
        said.emplace_back("Promotions are not weighed against the warm cache that they lose.");
    if (impl.imported > 0)
        said.push_back(counted(impl.imported, " request was", " requests were") +
                       " never decided here (imported, refused, or answered by the gateway itself) and " +
                       (impl.imported == 1 ? "is" : "are") + " left out.");
    if (impl.withoutFacts > 0)
        said.push_back(counted(impl.withoutFacts, " request stands", " requests stand") +
                       " in the store without what the decision saw and " +
                       (impl.withoutFacts == 1 ? "is" : "are") + " left out.");
    const auto unreadable = std::count_if(impl.classes.begin(), impl.classes.end(),
                                          [](const FactsEntry& entry) { return !entry.readable; });
    if (unreadable > 0)
        said.emplace_back("Some requests were written by a later version and are taken for plain ones.");
    return result;
}

void Replay::eachChange(const std::function<void(const ReplayChange&)>& tell) const {
    const Impl& impl = *m_impl;
    for (const Impl::Change& change : impl.changes) {
        RequestFacts facts = impl.classes[change.key.facts].facts;
        facts.inputTokens = change.inputTokens;
        facts.score = change.score;
        facts.codeScore = change.codeScore;
        const RouteResult found = impl.resolveAs(change.key, facts);
        ReplayChange told{change.request,
                          impl.tierNames.nameOf(change.tierBefore),
                          impl.models.nameOf(change.modelBefore),
                          {},
                          {},
                          {}};
        if (found) {
            told.toTier = found->tier.value_or(std::string(explicitModel));
            told.toModel = found->model.text();
            told.reason = explain(*found);
        } else {
            told.reason = found.error().message;
        }
        tell(told);
    }
}

} // namespace tierdeck::routing
