// A decision and everything that explains it. A plain value; any thread.
#pragma once

#include "core/routing/feature_name.h"
#include "core/routing/feature_vector.h"
#include "core/routing/model_id.h"
#include "core/routing/reason.h"
#include "core/routing/tier.h"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::routing {

struct LadderStep {
    enum class Outcome {
        Won,
        Lost,
        Passed
    }; ///< Lost: had an answer, a higher rung won. Passed: had nothing to say
    TierSource source = TierSource::Default;
    std::string tier; ///< "" where the rung had none, or an explicit model
    Outcome outcome = Outcome::Passed;
    Reason reason; ///< without what follows from the outcome: sentence() says all of it
};

[[nodiscard]] std::string_view toString(LadderStep::Outcome outcome);
/// What the rung has to say, as one plain sentence. `winner`: the rung that decided.
[[nodiscard]] std::string sentence(const LadderStep& step, TierSource winner);

struct PlannedAttempt {
    ModelId model;
    Reason reason; ///< why it is in the plan, at this place
    enum class Kind { Decided, Host, Fallback, LowerTier, LastResort, Climb } kind = Kind::Decided;
    /// To be added to the request when it goes to this model: one that takes a temperature may stand before
    /// one that refuses it.
    std::optional<double> temperature = std::nullopt;
};

[[nodiscard]] std::string_view toString(PlannedAttempt::Kind kind);

struct Exclusion {
    ModelId model; ///< empty where the client listed a bare name that stands for none: see nameOf()
    Reason reason;
};

/// The model that was left out, else the name that stands for none.
[[nodiscard]] std::string_view nameOf(const Exclusion& exclusion);

struct FeatureContribution {
    FeatureName name;
    double value = 0;
    double contribution = 0;     ///< to the score, before it is squashed
    double codeContribution = 0; ///< to codeScore, likewise
};

struct RouteDecision {
    std::optional<std::string> tier; ///< asked for by the rung that won; nullopt for an explicit model
    ModelId model;                   ///< what serves it: attempts[0].model
    /// The tier whose fallbacks, temperature and reasoning count: `tier`, or a lower one where a budget that
    /// is spent made it fall, or the one climbed to; "" for an explicit model. Not stored.
    std::string servedAs;
    TierSource source = TierSource::Default;
    std::string startingTier;
    double score = 0;     ///< difficulty, 0–1
    double codeScore = 0; ///< 0–1
    /// The one that `flip` speaks of, which may be that of codeScore; else the nearest of difficulty.
    std::optional<double> threshold;
    std::optional<double> margin; ///< the score that is held against it − threshold
    Reason flip;                  ///< the smallest change that would have flipped it
    std::vector<FeatureContribution> features;
    FeatureVector vector; ///< for replay and training; pack() stores it apart from the decision
    std::vector<PlannedAttempt> attempts; ///< each model once
    std::vector<Exclusion> excluded;
    std::vector<LadderStep> ladder;    ///< all rungs, highest first
    std::string policy;                ///< fingerprint
    std::optional<double> temperature; ///< that of attempts[0]; the rule of model-router.json holds
    std::string reasoning;             ///< to be added to the request; "" for none
    std::string unsetWanted;           ///< a promotion wanted this tier, which is not set; "" otherwise
    /// Facts beside the ladder and the plan: what a promotion would cost in lost cache, a window that is
    /// nearly full, what a budget did. Sentences without a full stop.
    std::vector<Reason> notes;
    /// The routing model's answer could change this decision: see ClassifierAnswer. Not stored.
    bool asksClassifier = false;
};

struct RouteFailure {
    enum class Code {
        ModelNotFound,
        UnknownTier,
        TierUnset,
        NothingLeft,
        WindowExceeded, ///< no model that may serve holds the prompt: 413
        BudgetExceeded, ///< a budget that blocks is spent, and nothing local serves: 402
    };
    Code code = Code::ModelNotFound;
    std::string message;           ///< one plain sentence that says what to do
    std::vector<std::string> near; ///< names that were perhaps meant
    std::vector<Exclusion> excluded;

    /// The rung that won, and what it asked for; of RouteDecision's members the same.
    struct Decided {
        std::optional<std::string> tier;
        TierSource source = TierSource::Default;
        std::string startingTier;
    };

    std::optional<Decided> decided; ///< nullopt where it did not come so far
};

/// "model_not_found", "unknown_tier", "tier_unset", "nothing_left", "context_length_exceeded",
/// "budget_exceeded".
[[nodiscard]] std::string_view toString(RouteFailure::Code code);

using RouteResult = tl::expected<RouteDecision, RouteFailure>;

/// "skill 'refactor'", "rule 'Security reviews'"; "" where the rung says it all.
[[nodiscard]] std::string sourceDetail(const RouteDecision& decision);
/// The one sentence that log, CLI and app show: "coding, because skill 'refactor' asks for it;
/// openai/gpt-5.2".
[[nodiscard]] std::string explain(const RouteDecision& decision);
/// All of it as sentences, one a line: the ladder with its losers, the plan, what was left out.
[[nodiscard]] std::vector<std::string> explainFully(const RouteDecision& decision);

} // namespace tierdeck::routing
