#include "core/routing/request_facts.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tierdeck::routing {

namespace {

// A field is a letter, its length, ':' and its bytes: "m4:auto". Fields with their default are left out, so
// that most requests need a dozen bytes.

constexpr std::size_t mostBytesOfName = 200;

struct Flag {
    char letter;
    bool RequestFacts::*member;
};

constexpr Flag flags[] = {{'i', &RequestFacts::hasImages},
                          {'r', &RequestFacts::reasoning},
                          {'p', &RequestFacts::planMode},
                          {'s', &RequestFacts::subagent},
                          {'b', &RequestFacts::background}};

template <typename Facts, typename Visit>
void visitNames(Facts& facts, const Visit& visit) {
    visit('m', facts.declaredModel);
    visit('u', facts.userOverride.tier);
    visit('o', facts.userOverride.model);
    visit('k', facts.skill);
    visit('l', facts.skillTier);
    visit('n', facts.rule);
    visit('c', facts.classifierTier);
    visit('a', facts.token);
}

std::string cut(std::string_view name) {
    return std::string(name.substr(0, mostBytesOfName));
}

int tenThousandths(double score) {
    return static_cast<int>(std::lround(std::clamp(score, 0.0, 1.0) * 1e4));
}

} // namespace

RequestFacts factsOf(const RouteRequest& request, const SessionState& session,
                     const RouteDecision& decision) {
    RequestFacts facts;
    facts.declaredModel = cut(request.declaredModel);
    const UserOverride& said = request.userOverride.empty() ? session.turnOverride : request.userOverride;
    facts.userOverride = {cut(said.tier), cut(said.model)};
    facts.skill = cut(request.skill);
    facts.skillTier = cut(request.skillTier);
    if (request.classifierAnswer.kind == ClassifierAnswer::Kind::Tier)
        facts.classifierTier = cut(request.classifierAnswer.tier);
    facts.token = cut(request.token);
    for (const LadderStep& step : decision.ladder) {
        if (step.source == TierSource::Rule && step.reason.phrase() == Phrase::RuleNames)
            facts.rule = step.reason.word(0);
    }
    facts.toolsOffered = request.toolsOffered;
    facts.hasImages = request.hasImages;
    facts.reasoning = request.reasoning;
    facts.planMode = request.planMode;
    facts.subagent = request.subagent;
    facts.background = request.background;
    facts.inputTokens = request.inputTokens;
    facts.messages = request.messages;
    facts.score = tenThousandths(decision.score);
    facts.codeScore = tenThousandths(decision.codeScore);
    return facts;
}

RouteRequest requestFrom(const RequestFacts& facts) {
    RouteRequest request;
    request.declaredModel = facts.declaredModel;
    request.userOverride = facts.userOverride;
    request.skill = facts.skill;
    request.skillTier = facts.skillTier;
    request.token = facts.token;
    if (!facts.classifierTier.empty())
        request.classifierAnswer = {ClassifierAnswer::Kind::Tier, facts.classifierTier, {}};
    request.inputTokens = facts.inputTokens;
    request.scores = KnownScores{facts.score / 1e4, facts.codeScore / 1e4};
    request.ruleThen = facts.rule;
    request.toolsOffered = facts.toolsOffered;
    request.messages = facts.messages;
    request.hasImages = facts.hasImages;
    request.reasoning = facts.reasoning;
    request.planMode = facts.planMode;
    request.subagent = facts.subagent;
    request.background = facts.background;
    return request;
}

std::string pack(const RequestFacts& facts) {
    std::string packed;
    const auto add = [&packed](char letter, std::string_view value) {
        if (value.empty())
            return;
        packed += letter;
        packed += std::to_string(value.size());
        packed += ':';
        packed += value;
    };
    visitNames(facts, [&add](char letter, const std::string& value) { add(letter, value); });
    if (facts.toolsOffered != 0)
        add('t', std::to_string(facts.toolsOffered));
    std::string set;
    for (const Flag& flag : flags) {
        if (facts.*flag.member)
            set += flag.letter;
    }
    add('f', set);
    return packed;
}

Result<RequestFacts> unpackFacts(std::string_view packed) {
    RequestFacts facts;
    while (!packed.empty()) {
        const char letter = packed.front();
        std::size_t size = 0;
        const auto read = std::from_chars(packed.data() + 1, packed.data() + packed.size(), size);
        packed.remove_prefix(static_cast<std::size_t>(read.ptr - packed.data()));
        if (read.ec != std::errc() || packed.empty() || packed.front() != ':' || packed.size() - 1 < size)
            return failure(ErrorCode::ParseFailed, "The facts of this request cannot be read.");
        const std::string_view value = packed.substr(1, size);
        packed.remove_prefix(1 + size);
        visitNames(facts, [&](char known, std::string& name) {
            if (known == letter)
                name = value;
        });
        if (letter == 't') {
            const auto number =
                std::from_chars(value.data(), value.data() + value.size(), facts.toolsOffered);
            if (number.ec != std::errc() || number.ptr != value.data() + value.size())
                return failure(ErrorCode::ParseFailed, "The facts of this request cannot be read.");
        } else if (letter == 'f') {
            for (const Flag& flag : flags)
                facts.*flag.member = value.find(flag.letter) != std::string_view::npos;
        }
    }
    return facts;
}

} // namespace tierdeck::routing
