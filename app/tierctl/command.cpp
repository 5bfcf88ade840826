#include "app/tierctl/command.h"

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
