#include "app/tierctl/command.h"
#include "core/foundation/json_writer.h"
#include "core/routing/feature_vector.h"
#include "core/routing/head_training.h"
#include "core/sessions/label_book.h"
#include "core/sessions/store_reader.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

namespace tierdeck::app {
namespace {

struct LabelOptions {
    std::int64_t request = 0;
    std::string tier;
};

/// Whether `train` has what it learns from: not of requests that were refused, imported or scored by an
/// earlier version.
Result<bool> teaches(const Invocation& invocation, RequestId request) {
    auto store = sessions::StoreReader::open(invocation.workspace.storeFile());
    if (!store)
        return tl::unexpected<Error>(std::move(store.error()));
    auto labels = (*store)->labels();
    if (!labels)
        return tl::unexpected<Error>(std::move(labels.error()));
    const auto label = std::ranges::find(*labels, request, &sessions::LabelledRequest::request);
    return label != labels->end() && routing::unpackFeatures(label->features).has_value();
}

Exit run(const Invocation& invocation, const LabelOptions& options) {
    const bool removes = options.tier == "none";
    if (!removes && !routing::trainedTier(options.tier))
        return fail(invocation, Exit::WrongUsage,
                    "'" + options.tier +
                        "' is no tier that a request could have been; say balanced, smart, coding or "
                        "deep, or none to take a label away.");
    auto book = sessions::LabelBook::open(invocation.workspace.storeFile());
    if (!book)
        return fail(invocation, Exit::WrongUsage, book.error());
    const RequestId request(options.request);
    const auto done =
        removes ? book->remove(request) : book->set(request, options.tier, invocation.clock.now());
    if (!done)
        return fail(invocation, Exit::WrongUsage, done.error());
    std::optional<bool> learnable; // no label, nothing to learn from
    if (!removes) {
        const auto found = teaches(invocation, request);
        if (!found)
            return fail(invocation, Exit::CheckFailed, found.error());
        learnable = *found;
    }
    if (invocation.json) {
        JsonWriter json(invocation.out);
        json.beginObject();
        json.key("request"), json.integer(options.request);
        json.memberOrNull("tier", removes ? std::string() : options.tier);
        json.key("learnable");
        if (learnable)
            json.boolean(*learnable);
        else
            json.null();
        json.endObject();
        invocation.out << '\n';
    } else if (!learnable) {
        invocation.out << "Request " << options.request << " has no label any more.\n";
    } else {
        invocation.out << "Request " << options.request << " should have been " << options.tier
                       << (*learnable ? "; `tierctl train` learns from it.\n"
                                      : ". `tierctl train` cannot learn from it, since none of its features "
                                        "are stored.\n");
    }
    return Exit::Done;
}

} // namespace

void addLabel(CLI::App& line, Command& chosen) {
    auto* const command = line.add_subcommand("label", "Say which tier a request should have had");
    auto options = std::make_shared<LabelOptions>();
    command->add_option("request", options->request, "As `tierctl report requests` names it")
        ->type_name("REQUEST")
        ->required();
    command->add_option("tier", options->tier, "balanced, smart, coding, deep; none takes the label away")
        ->type_name("TIER")
        ->required();
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
