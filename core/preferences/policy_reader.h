// Makes the policy from the text of the preferences and says what is wrong with them. Pure but for the skills
// it is given; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/preferences/problem.h"
#include "core/routing/policy.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::preferences {

struct TrustedCommand;

struct PreferencesTexts {
    std::optional<std::string> modelRouter; ///< nullopt: there is no such file
    std::optional<std::string> llm;
    std::optional<std::string> prices;
    std::optional<std::string> userHead = std::nullopt; ///< the bytes of state/complexity-head.bin
};

struct PolicyReading {
    std::shared_ptr<const routing::Policy> policy; ///< null where there are errors
    std::vector<Problem> problems;                 ///< errors first, in the order of the files
};

/// `secrets` may be null: then "key absent" is not checked. `skillTiers` as found in the skills folders.
/// `now` is for the check of prices that rose; the epoch leaves it out. `trusted`: what gates may run; null
/// leaves that check out.
[[nodiscard]] PolicyReading readPolicy(const PreferencesTexts& texts,
                                       const std::map<std::string, std::string, std::less<>>& skillTiers,
                                       const SecretSource* secrets, UtcTime now = {},
                                       const std::vector<TrustedCommand>* trusted = nullptr);

/// The pointer, in the form that the file has, of what one of the seven first keys says, or of `providers` in
/// llm.json. nullopt where it is unset.
[[nodiscard]] std::optional<std::string> findKey(std::string_view fileText, std::string_view key);

} // namespace tierdeck::preferences
