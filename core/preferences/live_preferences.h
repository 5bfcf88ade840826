// The policy in force: reads the workspace's preferences, and again when inode, size or mtime of a file
// changed (looked at most once in 20 ms). A file that has become invalid leaves the last good policy in
// force. Thread-safe; owned by whoever serves (gateway host, tierctl command).
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"
#include "core/preferences/problem.h"
#include "core/routing/policy.h"

#include <memory>
#include <vector>

namespace tierdeck::preferences {

class LivePreferences final : public routing::PolicySource {
public:
    LivePreferences(Workspace workspace, const Clock& clock, const SecretSource& secrets);
    ~LivePreferences() override;

    [[nodiscard]] Current current() override;
    /// Of the files as they are on disk now; looks at them first.
    [[nodiscard]] std::vector<Problem> problems();
    /// Reads the files at the next look whatever their stamps say (SIGHUP).
    void reload();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace tierdeck::preferences
