// What a new workspace starts with: the providers found in the environment, else the simulated one; balanced
// and coding from the provider at hand, dynamic on. Used by `tierctl init` and the app's first start. Any
// thread.
#pragma once

#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"

#include <string>
#include <vector>

namespace tierdeck::preferences {

struct FirstSetup {
    std::vector<std::string> providers; ///< names, the one at hand first
    std::vector<std::string> written;   ///< paths made by this call; what stood is never overwritten
};

struct FoundLocal {
    std::string name;    ///< "ollama"
    std::string baseUrl; ///< "http://127.0.0.1:11434/v1"
    std::vector<std::string> models;
};

/// `local`: a local runtime that answered, looked for by the caller (core/preferences has no network).
[[nodiscard]] Result<FirstSetup> initialiseWorkspace(const Workspace& workspace, const SecretSource& secrets,
                                                     const std::vector<FoundLocal>& local);

} // namespace tierdeck::preferences
