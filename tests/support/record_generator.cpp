#include "tests/support/record_generator.h"

#include "core/routing/feature_vector.h"
#include "core/routing/model_id.h"
#include "core/routing/packed_decision.h"
#include "core/routing/route_decision.h"
#include "core/routing/tier.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace tierdeck::testing {

namespace {

using routing::AttemptRecord;
using routing::Phrase;
using routing::Reason;
using routing::RequestRecord;
using routing::TierSource;
using std::chrono::milliseconds;

constexpr std::int64_t msOfMinute = 60'000;
constexpr std::int64_t msOfHour = 60 * msOfMinute;
constexpr std::int64_t msOfDay = 24 * msOfHour;

/// Pico-dollars a token: a price of 1 USD per million tokens is 1,000,000.
struct Rates {
    std::int64_t input;
    std::int64_t output;
    std::int64_t cached;
    std::int64_t write5m;
    std::int64_t write1h;
};

enum class Pricing { Priced, Unpriced, Free };

struct Model {
    std::string_view id;
    Pricing pricing;
    Rates rates;
    bool writesCache;       ///< bills what it puts into its cache
    double msPerToken;      ///< of output
    std::int64_t firstByte; ///< ms
};

constexpr std::array models{
    Model{"openai/gpt-5.1", Pricing::Priced, {1'250'000, 10'000'000, 125'000, 0, 0}, false, 9, 420},
    Model{"openai/gpt-5.2", Pricing::Priced, {1'750'000, 14'000'000, 175'000, 0, 0}, false, 12, 610},
    Model{"openai/gpt-5.2-codex", Pricing::Priced, {1'750'000, 14'000'000, 175'000, 0, 0}, false, 11, 560},
    Model{"anthropic/claude-sonnet-4-20250514",
          Pricing::Priced,
          {3'000'000, 15'000'000, 300'000, 3'750'000, 6'000'000},
          true,
          14,
          700},
    Model{"anthropic/claude-opus-4-20250514",
          Pricing::Priced,
          {15'000'000, 75'000'000, 1'500'000, 18'750'000, 30'000'000},
          true,
          24,
          1300},
    Model{"openrouter/quill/quill-large-preview", Pricing::Unpriced, {}, false, 10, 800},
    Model{"ollama/qwen3:8b", Pricing::Free, {}, false, 18, 150},
    Model{"sim/steady", Pricing::Free, {}, false, 33, 5},
};
constexpr std::size_t gpt51 = 0;
constexpr std::size_t gpt52 = 1;
constexpr std::size_t codex52 = 2;
constexpr std::size_t sonnet = 3;
constexpr std::size_t opus = 4;
constexpr std::size_t unpriced = 5;
constexpr std::size_t local = 6;
constexpr std::size_t simulated = 7;

struct TierPlan {
    std::string_view tier;
    std::size_t model;
    std::size_t fallback;
};

constexpr std::array tierPlans{
    TierPlan{"background", local, gpt51}, TierPlan{"balanced", gpt51, gpt52},
    TierPlan{"smart", sonnet, gpt52},     TierPlan{"coding", codex52, sonnet},
    TierPlan{"deep", opus, gpt52},        TierPlan{"review", unpriced, sonnet},
};
constexpr std::size_t balanced = 1;
constexpr std::size_t smart = 2;
constexpr std::size_t coding = 3;
constexpr std::size_t deep = 4;
constexpr std::size_t review = 5;

struct Client {
    std::string_view name;
    std::string_view sessionSource;
    bool agent; ///< works in tool loops
    bool imported;
    std::string_view source;
};

constexpr std::array clients{
    Client{"codex", "session-id", true, false, "gateway"},
    Client{"codex", "session-id", true, false, "gateway"},
    Client{"claude-code", "x-claude-code-session-id", true, false, "gateway"},
    Client{"claude-code", "x-claude-code-session-id", true, false, "gateway"},
    Client{"opencode", "x-opencode-session", true, false, "gateway"},
    Client{"open-webui", "message hash", false, false, "gateway"},
    Client{"notes-app", "x-tierdeck-session", false, false, "gateway"},
    Client{"claude-code", "log", true, true, "claude-code"},
    Client{"codex", "log", true, true, "codex"},
};

constexpr std::array<std::string_view, 9> projects{
    "shop", "shop", "router", "billing", "docs-site", "mobile", "warehouse-etl", "infra", ""};
constexpr std::array<std::string_view, 8> verbs{"Fix", "Refactor", "Review", "Explain",
                                                "Add", "Speed up", "Test",   "Port"};
constexpr std::array<std::string_view, 12> things{
    "the checkout flow", "flaky login tests",   "invoice rounding",  "the search index",
    "image uploads",     "dark mode",           "the CSV export",    "retry handling",
    "session time-outs", "database migrations", "the release notes", "memory use"};
constexpr std::array<std::string_view, 6> taskTypes{"", "", "", "code", "review", "summary"};
constexpr std::array<std::string_view, 3> skills{"refactor", "security-review", "release"};
constexpr std::array<int, 3> retryStatuses{429, 503, 529};

/// How busy an hour is, from midnight.
constexpr std::array<double, 24> busyness{0.05, 0.03, 0.02, 0.02, 0.02, 0.04, 0.10, 0.30,
                                          0.70, 1.00, 1.00, 0.90, 0.60, 0.80, 1.00, 1.00,
                                          0.90, 0.70, 0.45, 0.35, 0.35, 0.30, 0.20, 0.10};

std::string hex(Random& random, int digits) {
    static constexpr char alphabet[] = "0123456789abcdef";
    std::string text;
    for (int i = 0; i < digits; ++i)
        text += alphabet[random.below(16)];
    return text;
}

std::int64_t costOf(const Rates& rates, const pricing::TokenUsage& usage) {
    const std::int64_t pico = usage.input * rates.input + usage.cachedInput * rates.cached +
                              usage.cacheWrite5m * rates.write5m + usage.cacheWrite1h * rates.write1h +
                              usage.output * rates.output;
    return (pico + 500) / 1000;
}

/// One request as its session's shape knows it.
struct Beat {
    std::int64_t offsetMs = 0; ///< since the session began
    int turn = 1;
    int agent = 0; ///< 0: the main one
};

/// A session's requests without their content, so that they can be counted and placed before anything is
/// written.
struct Shape {
    std::size_t client = 0;
    std::vector<Beat> beats; ///< by offset
};

Shape shapeOf(std::uint64_t seed, int longestSession) {
    Random random(seed);
    Shape shape;
    shape.client = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(clients.size())));
    const bool agent = clients[shape.client].agent;
    const auto turns = static_cast<int>(random.skewed(1, std::max(1, longestSession), 4.0));
    std::int64_t now = 0;
    for (int turn = 1; turn <= turns; ++turn) {
        const std::int64_t requests = agent ? random.skewed(1, 30, 2.2) : 1;
        for (std::int64_t request = 0; request < requests; ++request) {
            shape.beats.push_back({now, turn, 0});
            if (agent && random.chance(0.02)) {
                // A sub-agent works beside the main one.
                const auto number = static_cast<int>(1 + random.below(3));
                const std::int64_t steps = random.skewed(2, 12);
                std::int64_t then = now;
                for (std::int64_t step = 0; step < steps; ++step) {
                    then += 2'000 + random.below(12'000);
                    shape.beats.push_back({then, turn, number});
                }
            }
            now += 3'000 + random.skewed(0, 90'000);
        }
        // Thinking, a meeting, now and then a night.
        now += random.chance(0.02) ? 10 * msOfHour + random.below(8 * msOfHour)
                                   : 15'000 + random.skewed(0, 40 * msOfMinute);
    }
    std::stable_sort(shape.beats.begin(), shape.beats.end(),
                     [](const Beat& a, const Beat& b) { return a.offsetMs < b.offsetMs; });
    return shape;
}

struct SessionPlan {
    std::uint64_t seed = 0;
    std::int64_t startMs = 0;
    std::size_t requests = 0; ///< the last one planned is cut
};

/// What a turn asked for.
struct TurnPlan {
    std::size_t tier = balanced;
    std::optional<std::size_t> promotedTo;
    std::int64_t promotedAt = 0; ///< from which of its requests on
    bool wantedUnset = false;    ///< the promotion was to deep, when that had no model yet
    TierSource source = TierSource::Default;
    std::string_view name;            ///< of the skill or rule that decided
    std::optional<std::size_t> model; ///< explicit
    std::string_view taskType;
    std::uint64_t prompt = 0; ///< stands for its words
};

Reason answerOf(TierSource source, const TurnPlan& turn, const routing::RouteDecision& decision) {
    const std::string_view tier = decision.tier ? *decision.tier : std::string_view();
    switch (source) {
    case TierSource::User:
        return {Phrase::UserAsked, {decision.tier ? tier : decision.model.text()}};
    case TierSource::Skill:
        return {Phrase::SkillAsks, {turn.name, tier}};
    case TierSource::Dynamic:
        return {Phrase::DifficultyReaches, {decision.startingTier, tier}, {decision.score, 0.52}};
    case TierSource::Declared:
        return {Phrase::DeclaredTier, {tier}};
    case TierSource::Rule:
        return {Phrase::RuleNames, {turn.name, tier}};
    case TierSource::TaskType:
        return {Phrase::TaskNames, {turn.taskType, tier}};
    case TierSource::Default:
        break;
    }
    return Phrase::DefaultServes;
}

Reason silence(TierSource source, const routing::RouteDecision& decision) {
    static constexpr std::array phrases{Phrase::UserSilent,   Phrase::NoSkill,       Phrase::BelowThresholds,
                                        Phrase::NoModelNamed, Phrase::NoRuleMatches, Phrase::NoTaskType};
    const Phrase phrase = phrases[static_cast<std::size_t>(source)];
    if (phrase == Phrase::BelowThresholds)
        return {phrase, {}, {decision.score, 0.52, decision.codeScore, 0.5}};
    return phrase;
}

/// So much of the whole time has passed before the deep tier has a model.
constexpr double ageWithoutDeep = 0.3;

TurnPlan planTurn(Random& random, const Client& client, double age) {
    TurnPlan plan;
    plan.taskType = random.pick(taskTypes);
    const double dice = random.unit();
    if (dice < 0.04) {
        plan.model = random.chance(0.3) ? simulated : random.chance(0.5) ? gpt52 : sonnet;
        plan.source = TierSource::User;
    } else if (dice < 0.08) {
        plan.source = TierSource::User;
        plan.tier = deep;
    } else if (dice < 0.18) {
        plan.source = TierSource::Skill;
        plan.name = random.pick(skills);
        plan.tier = random.chance(0.7) ? coding : smart;
    } else if (dice < 0.45 && client.agent) {
        plan.source = TierSource::Declared;
        plan.tier = random.chance(0.75) ? coding : smart;
    } else if (dice < 0.53) {
        plan.source = TierSource::Rule;
        plan.name = "Security reviews";
        plan.tier = random.chance(0.6) ? review : smart;
    } else if (dice < 0.62 && !plan.taskType.empty()) {
        plan.source = TierSource::TaskType;
        plan.tier = plan.taskType == "summary" ? 0 : plan.taskType == "code" ? coding : smart;
    } else if (random.chance(0.16 + 0.14 * age)) {
        // The older the habit, the more is promoted: the split of tiers drifts over the months.
        plan.source = TierSource::Dynamic;
        plan.promotedTo = random.chance(0.5) ? smart : random.chance(0.6) ? coding : deep;
        plan.promotedAt = random.chance(0.6) ? 0 : 1 + random.below(3);
        // In the beginning nobody had set the deep tier.
        if (plan.promotedTo == deep && age < ageWithoutDeep) {
            plan.promotedTo = smart;
            plan.wantedUnset = true;
        }
    }
    return plan;
}

} // namespace

namespace {

/// Scores that the decision follows from under the usual thresholds.
void scoreLike(routing::RouteDecision& decision, double difficulty, double code) {
    const bool promoted = decision.source == TierSource::Dynamic && decision.tier;
    const bool isCoding = promoted && *decision.tier == "coding";
    const bool isDeep = promoted && *decision.tier == "deep";
    const double from = promoted && !isCoding ? isDeep ? 0.8 : 0.52 : 0.0;
    const double to = isDeep ? 1.0 : promoted && !isCoding ? 0.79 : 0.51;
    const auto rounded = [](double score) { return std::floor(score * 1e4) / 1e4; };
    decision.score = rounded(from + (to - from) * difficulty);
    decision.codeScore = rounded(isCoding ? 0.5 + 0.5 * code : 0.49 * code);
}

routing::RequestFacts factsOf(const TurnPlan& turn, const routing::RouteDecision& decision,
                              std::int64_t contextTokens) {
    routing::RequestFacts facts;
    const std::string tier = decision.tier.value_or("");
    facts.declaredModel = "auto";
    if (turn.source == TierSource::User)
        facts.userOverride = {tier, decision.tier ? std::string() : decision.model.text()};
    else if (turn.source == TierSource::Declared)
        facts.declaredModel = "tier-" + tier;
    else if (turn.source == TierSource::Rule)
        facts.rule = turn.name;
    else if (turn.source == TierSource::Skill) {
        facts.skill = turn.name;
        facts.skillTier = tier;
    }
    facts.toolsOffered = static_cast<int>(8 + turn.prompt % 24);
    facts.inputTokens = contextTokens;
    facts.messages = static_cast<int>(1 + contextTokens / 900);
    facts.score = static_cast<int>(std::lround(decision.score * 1e4));
    facts.codeScore = static_cast<int>(std::lround(decision.codeScore * 1e4));
    return facts;
}

/// As long as most are, with as much in common among the requests of a turn.
std::string featuresOf(const TurnPlan& turn, const routing::RouteDecision& decision) {
    Random prompt(turn.prompt);
    routing::FeatureVector vector;
    for (auto& value : vector.dense)
        value = static_cast<routing::Thousandths>(prompt.chance(0.6) ? 0 : prompt.below(1001));
    vector.dense.back() = static_cast<routing::Thousandths>(std::lround(decision.score * 1e3));
    vector.difficulty = decision.score;
    vector.code = decision.codeScore;
    std::uint32_t id = 0;
    const std::int64_t step = 8 + prompt.below(500);
    while ((id += static_cast<std::uint32_t>(1 + prompt.below(2 * step))) < routing::bucketCount &&
           !vector.buckets.full())
        vector.buckets.add({static_cast<std::uint16_t>(id & (routing::bucketCount - 1)), prompt.chance(0.5)});
    return pack(vector);
}

} // namespace

// -------------------------------------------------------------------------------------------------------
// Random

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t Random::next() {
    m_state += 0x9e3779b97f4a7c15u;
    std::uint64_t mixed = m_state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

std::int64_t Random::below(std::int64_t bound) {
    return bound <= 1 ? 0 : static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
}

double Random::unit() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::int64_t Random::skewed(std::int64_t low, std::int64_t high, double power) {
    const double part = std::pow(unit(), power);
    return low + static_cast<std::int64_t>(part * static_cast<double>(high - low + 1));
}

// ----------------------------------------------------------------------------------------------
// RecordGenerator

struct RecordGenerator::Impl {
    explicit Impl(GeneratorOptions generatorOptions)
        : options(generatorOptions)
        , random(options.seed) {
        plan();
    }

    void plan();
    std::int64_t startTime(std::int64_t beginMs, std::int64_t endMs);
    std::vector<RequestRecord> write(const SessionPlan& plan) const;
    void writeRequest(RequestRecord& record, Random& content, const TurnPlan& turn, std::size_t tier,
                      std::int64_t contextTokens, bool coldCache) const;
    void openDueSessions();

    /// A session under way, with its records and how far they were given.
    struct Open {
        std::vector<RequestRecord> records;
        std::size_t at = 0;

        [[nodiscard]] std::pair<UtcTime, std::string_view> key() const {
            return {records[at].time, records[at].session};
        }
    };

    struct Later {
        bool operator()(const std::unique_ptr<Open>& a, const std::unique_ptr<Open>& b) const {
            return b->key() < a->key();
        }
    };

    GeneratorOptions options;
    Random random;
    std::vector<SessionPlan> plans; ///< by start
    std::size_t nextPlan = 0;
    std::vector<std::unique_ptr<Open>> open; ///< a heap, the earliest next request first
    std::int64_t given = 0;
};

void RecordGenerator::Impl::plan() {
    const std::int64_t endMs = options.end.time_since_epoch().count();
    const std::int64_t beginMs = endMs - options.days * msOfDay;
    std::int64_t planned = 0;
    while (planned < options.requests) {
        SessionPlan session;
        session.seed = random.next();
        const Shape shape = shapeOf(session.seed, options.longestSession);
        session.requests = static_cast<std::size_t>(std::min<std::int64_t>(
            static_cast<std::int64_t>(shape.beats.size()), options.requests - planned));
        // No session may run beyond the end, with an hour left for its last reply.
        const std::int64_t lengthMs = shape.beats[session.requests - 1].offsetMs;
        session.startMs = std::min(startTime(beginMs, endMs), endMs - msOfHour - lengthMs);
        planned += static_cast<std::int64_t>(session.requests);
        plans.push_back(session);
    }
    std::sort(plans.begin(), plans.end(), [](const auto& a, const auto& b) {
        return std::pair(a.startMs, a.seed) < std::pair(b.startMs, b.seed);
    });
}

std::int64_t RecordGenerator::Impl::startTime(std::int64_t beginMs, std::int64_t endMs) {
    for (;;) {
        const std::int64_t ms = beginMs + random.below(endMs - beginMs);
        const auto hour = static_cast<std::size_t>(ms / msOfHour % 24);
        const std::int64_t weekday = (ms / msOfDay + 3) % 7; // from Monday
        if (random.chance(busyness[hour] * (weekday >= 5 ? 0.25 : 1.0)))
            return ms;
    }
}

void RecordGenerator::Impl::writeRequest(RequestRecord& record, Random& content, const TurnPlan& turn,
                                         std::size_t tier, std::int64_t contextTokens, bool coldCache) const {
    const TierPlan& plan = tierPlans[tier];
    const bool imported = record.source != "gateway";
    std::size_t served = turn.model.value_or(plan.model);
    record.status = "ok";
    record.httpStatus = 200;

    routing::RouteDecision decision;
    if (!turn.model)
        decision.tier = std::string(plan.tier);
    decision.source = turn.source;
    decision.startingTier = std::string(tierPlans[turn.tier].tier);
    decision.model = *routing::ModelId::parse(models[served].id);
    scoreLike(decision, content.unit(), content.unit());
    if (turn.wantedUnset && turn.source == TierSource::Dynamic)
        decision.unsetWanted = std::string(tierPlans[deep].tier);
    decision.policy = "00c0ffee00c0ffee";
    decision.attempts.push_back({decision.model, {Phrase::TierModel, {plan.tier}}, {}});
    decision.attempts.push_back({*routing::ModelId::parse(models[plan.fallback].id),
                                 {Phrase::FallbackOf, {plan.tier}},
                                 routing::PlannedAttempt::Kind::Fallback});
    for (const TierSource source :
         {TierSource::User, TierSource::Skill, TierSource::Dynamic, TierSource::Declared, TierSource::Rule,
          TierSource::TaskType, TierSource::Default}) {
        routing::LadderStep step;
        step.source = source;
        using Outcome = routing::LadderStep::Outcome;
        step.outcome = source == turn.source           ? Outcome::Won
                       : source == TierSource::Default ? Outcome::Lost
                                                       : Outcome::Passed;
        if (step.outcome == Outcome::Won && !turn.model)
            step.tier = std::string(plan.tier);
        else if (step.outcome == Outcome::Lost)
            step.tier = "balanced";
        step.reason =
            step.outcome == Outcome::Passed ? silence(source, decision) : answerOf(source, turn, decision);
        decision.ladder.push_back(std::move(step));
    }

    const double fate = content.unit();
    if (!imported && !turn.model && fate < 0.03) {
        const int status = content.pick(retryStatuses);
        AttemptRecord failed;
        failed.provider = decision.model.provider();
        failed.model = decision.model.text();
        failed.outcome = "http_" + std::to_string(status);
        failed.httpStatus = status;
        failed.latencyMs = 150 + content.below(900);
        failed.reason = render(decision.attempts.front().reason);
        record.attempts.push_back(failed);
        if (fate < 0.004) {
            record.status = "error";
            record.httpStatus = status;
        } else {
            served = plan.fallback;
        }
    } else if (fate < 0.045) {
        record.status = "cancelled";
        record.httpStatus = 499;
        record.usageEstimated = content.chance(0.5);
    }

    const Model& model = models[served];
    const auto id = *routing::ModelId::parse(model.id);
    record.model = id.text();
    record.provider = id.provider();
    record.simulated = served == simulated;
    if (!imported) {
        if (!turn.model)
            record.tier = std::string(plan.tier);
        record.tierSource = toString(turn.source);
        record.startingTier = decision.startingTier;
    }
    if (record.status != "error") {
        record.usage.output = content.skewed(20, 4'000);
        if (record.status == "cancelled")
            record.usage.output /= 3;
        if (content.chance(0.3))
            record.usage.reasoning = record.usage.output / 2;
        const std::int64_t fresh = std::min(contextTokens, 200 + content.skewed(0, 6'000));
        const std::int64_t old = contextTokens - fresh;
        if (coldCache || old < 1024)
            (model.writesCache ? record.usage.cacheWrite5m : record.usage.input) = contextTokens;
        else {
            record.usage.cachedInput = old;
            (model.writesCache ? record.usage.cacheWrite5m : record.usage.input) = fresh;
        }
        if (model.writesCache && content.chance(0.05))
            std::swap(record.usage.cacheWrite1h, record.usage.cacheWrite5m);
        if (content.chance(0.01))
            record.usage.webSearches = 1 + content.below(3);
        record.modelReturned = id.name();
        record.messageId = (model.writesCache ? "msg_" : "chatcmpl-") + hex(content, 24);
        record.firstByteMs = model.firstByte + content.below(model.firstByte + 1);
    }
    if (model.pricing == Pricing::Priced)
        record.cost = NanoUsd(costOf(model.rates, record.usage));
    else if (model.pricing == Pricing::Free)
        record.cost = NanoUsd(0);
    record.priceVersion = "2026-10-07/5eed";
    record.latencyMs = record.firstByteMs.value_or(200) +
                       static_cast<std::int64_t>(model.msPerToken * static_cast<double>(record.usage.output));
    if (!imported) {
        if (record.status != "error") {
            AttemptRecord last;
            last.provider = record.provider;
            last.model = *record.model;
            last.outcome = record.status;
            last.httpStatus = record.status == "ok" ? 200 : 0;
            last.latencyMs = record.latencyMs;
            last.reason = render(decision.attempts[record.attempts.empty() ? 0 : 1].reason);
            record.attempts.push_back(last);
        }
        for (const AttemptRecord& attempt : record.attempts) {
            if (attempt.httpStatus != 200)
                record.latencyMs += attempt.latencyMs;
        }
        record.reason = explain(decision);
        if (options.decisions) {
            record.decision = pack(decision);
            record.facts = factsOf(turn, decision, contextTokens);
            record.features = featuresOf(turn, decision);
        }
    }
}

std::vector<RequestRecord> RecordGenerator::Impl::write(const SessionPlan& session) const {
    const Shape shape = shapeOf(session.seed, options.longestSession);
    Random content(session.seed ^ 0x5eedu);
    const Client& client = clients[shape.client];
    RequestRecord common;
    common.session = hex(content, 8) + '-' + hex(content, 4) + '-' + hex(content, 12);
    common.sessionSource = client.sessionSource;
    common.source = client.source;
    common.client = client.name;
    common.clientSource = client.imported ? "" : "user-agent";
    common.project = client.agent ? content.pick(projects) : std::string_view();
    common.projectSource = common.project.empty() || client.imported ? "" : "x-codex-turn-metadata";
    if (content.chance(0.8))
        common.title = std::string(content.pick(verbs)) + ' ' + std::string(content.pick(things));
    if (client.agent && content.chance(0.05))
        common.parentSession = hex(content, 8) + '-' + hex(content, 4) + '-' + hex(content, 12);

    const std::int64_t beginMs = options.end.time_since_epoch().count() - options.days * msOfDay;
    const double age =
        static_cast<double>(session.startMs - beginMs) / static_cast<double>(options.days * msOfDay);
    std::vector<TurnPlan> turns;
    std::vector<std::int64_t> requestsOfTurn;
    std::int64_t context = client.agent ? 14'000 + content.below(12'000) : 300 + content.below(2'000);
    std::int64_t lastMs = std::numeric_limits<std::int64_t>::min();
    std::array<std::string, 4> agents{"", "", "", ""};
    std::vector<RequestRecord> records;
    records.reserve(session.requests);
    for (std::size_t i = 0; i < session.requests; ++i) {
        const Beat& beat = shape.beats[i];
        while (turns.size() < static_cast<std::size_t>(beat.turn)) {
            turns.push_back(planTurn(content, client, age));
            turns.back().prompt = session.seed + turns.size();
            requestsOfTurn.push_back(0);
        }
        const auto turnIndex = static_cast<std::size_t>(beat.turn - 1);
        const TurnPlan& turn = turns[turnIndex];
        const std::int64_t place = requestsOfTurn[turnIndex]++;

        RequestRecord record = common;
        record.turn = beat.turn;
        record.time = UtcTime(milliseconds(session.startMs + beat.offsetMs));
        record.taskType = turn.taskType;
        if (beat.agent != 0) {
            auto& name = agents[static_cast<std::size_t>(beat.agent)];
            if (name.empty())
                name = "agent-" + hex(content, 8);
            record.agent = name;
            record.agentSource = "x-claude-code-agent-id";
        }
        const bool promoted = turn.promotedTo && place >= turn.promotedAt;
        const std::size_t tier = promoted ? *turn.promotedTo : turn.tier;
        // Providers forget after five minutes.
        const bool cold = lastMs == std::numeric_limits<std::int64_t>::min() ||
                          beat.offsetMs - lastMs > 5 * msOfMinute || beat.agent != 0;
        lastMs = beat.offsetMs;
        TurnPlan now = turn;
        if (!promoted && now.promotedTo)
            now.source = TierSource::Default;
        writeRequest(record, content, now, tier, beat.agent != 0 ? context / 3 : context, cold);
        context += record.usage.output + content.skewed(100, 5'000);
        if (context > 180'000)
            context /= 6; // compacted
        records.push_back(std::move(record));
    }
    return records;
}

void RecordGenerator::Impl::openDueSessions() {
    while (nextPlan < plans.size() &&
           (open.empty() || UtcTime(milliseconds(plans[nextPlan].startMs)) <= open.front()->key().first)) {
        open.push_back(std::make_unique<Open>(Open{write(plans[nextPlan++]), 0}));
        std::push_heap(open.begin(), open.end(), Later());
    }
}

RecordGenerator::RecordGenerator(GeneratorOptions options)
    : m_impl(std::make_unique<Impl>(options)) {}

RecordGenerator::~RecordGenerator() = default;

std::optional<RequestRecord> RecordGenerator::next() {
    m_impl->openDueSessions();
    auto& open = m_impl->open;
    if (open.empty())
        return std::nullopt;
    std::pop_heap(open.begin(), open.end(), Impl::Later());
    Impl::Open& session = *open.back();
    RequestRecord record = std::move(session.records[session.at++]);
    record.request = RequestId(m_impl->options.firstRequest + m_impl->given++);
    if (session.at < session.records.size())
        std::push_heap(open.begin(), open.end(), Impl::Later());
    else
        open.pop_back();
    return record;
}

std::vector<RequestRecord> RecordGenerator::all() {
    std::vector<RequestRecord> records;
    while (auto record = next())
        records.push_back(std::move(*record));
    return records;
}

} // namespace tierdeck::testing
