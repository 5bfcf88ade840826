#include "app/tierctl/command.h"

#include "core/preferences/live_preferences.h"

namespace tierdeck::app {

Exit fail(const Invocation& invocation, Exit exit, const Error& error) {
    invocation.err << "tierctl: " << error.message;
    if (!error.detail.empty()) {
        invocation.err << " (" << error.detail << ")";
    }
    invocation.err << '\n';
    return exit;
}

Exit fail(const Invocation& invocation, Exit exit, const std::string& sentence) {
    return fail(invocation, exit, Error{ErrorCode::InvalidInput, sentence, {}});
}

tl::expected<std::shared_ptr<const routing::Policy>, Exit> usablePolicy(const Invocation& invocation) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    if (auto policy = live.current().policy) {
        return policy;
    }
    sayErrors(invocation, live.problems());
    return tl::unexpected(fail(invocation, Exit::PreferencesInvalid,
                               "The preferences have errors; `tierctl check` lists them with their fixes."));
}

void sayErrors(const Invocation& invocation, const std::vector<preferences::Problem>& problems) {
    for (const preferences::Problem& problem : problems) {
        if (problem.severity == preferences::Severity::Error) {
            invocation.err << "tierctl: " << problem.file << problem.pointer << ": " << problem.message;
            if (!problem.where.empty()) {
                invocation.err << " (" << problem.where << ")";
            }
            invocation.err << '\n';
        }
    }
}

} // namespace tierdeck::app
