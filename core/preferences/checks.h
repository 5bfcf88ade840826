// What is wrong with preferences that are readable: the rules between keys, files and the price catalogue.
// Private to preferences; pure but for the keys it asks a SecretSource for.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/preferences/llm_reader.h"
#include "core/preferences/model_router_reader.h"
#include "core/preferences/trusted_commands.h"

namespace tierdeck::preferences {

struct CheckedPreferences {
    const routing::Policy& policy;
    const RouterReading& router;
    const LlmReading& llm;
    const SecretSource* secrets; ///< null: whether keys are there is not asked
    UtcTime now{};               ///< the epoch: whether prices rose lately is not asked
    const std::vector<TrustedCommand>* trusted = nullptr; ///< null: whether gates may run is not asked
};

struct CheckFindings {
    Findings& router;
    Findings& llm;
    Findings& skills;
};

void checkPreferences(const CheckedPreferences& preferences, const CheckFindings& findings);

} // namespace tierdeck::preferences
