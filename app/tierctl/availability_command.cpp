#include "app/tierctl/command.h"
#include "app/tierctl/text_table.h"
#include "app/tierctl/time_zone.h"
#include "core/foundation/glob.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/availability_file.h"
#include "core/preferences/live_preferences.h"
#include "core/sessions/store_reader.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace tierdeck::app {
namespace {

using routing::AvailabilityState;
using routing::Exhaustion;

struct SetOptions {
    std::string target;
    std::string state;
    std::string resets;
    std::string reason;
};

/// A person's days are the store's, as in reports; the machine's where there is no store yet.
Result<TimeZone> zoneOf(const Workspace& workspace) {
    const auto store = sessions::StoreReader::open(workspace.storeFile());
    return TimeZone::find(store ? (*store)->timeZone() : std::string());
}

/// What holds now: what was said, and quotas that are full by their own account.
std::vector<Exhaustion> holdingNow(const AvailabilityState& state, const routing::Policy* policy,
                                   UtcTime now) {
    std::vector<Exhaustion> holding;
    for (const Exhaustion& one : state.exhausted) {
        if (!one.until || *one.until > now) {
            holding.push_back(one);
        }
    }
    if (policy) {
        for (const auto& [name, provider] : policy->providers) {
            const routing::ProviderQuota quota = routing::quotaOf(provider);
            const auto fullest = state.fullestWindow(quota, now);
            const bool known =
                std::ranges::any_of(holding, [&](const Exhaustion& one) { return one.target == quota.name; });
            if (fullest && fullest->percentUsed >= 100 && fullest->resetsAt && !known) {
                holding.push_back({quota.name, fullest->resetsAt, "the quota is used up",
                                   Exhaustion::Source::Headers, now});
            }
        }
    }
    return holding;
}

void writeJson(const Invocation& invocation, const std::vector<Exhaustion>& entries) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.key("entries"), json.beginArray();
    for (const Exhaustion& entry : entries) {
        json.beginObject();
        json.member("target", entry.target);
        json.member("state", "exhausted");
        json.memberOrNull("until", entry.until ? toRfc3339(*entry.until) : "");
        json.member("reason", entry.reason);
        json.member("source", toString(entry.source));
        json.member("since", toRfc3339(entry.since));
        json.endObject();
    }
    json.endArray();
    json.endObject();
    invocation.out << '\n';
}

void writeText(const Invocation& invocation, const std::vector<Exhaustion>& entries) {
    if (entries.empty()) {
        invocation.out << "Everything is available.\n";
        return;
    }
    const auto zone = zoneOf(invocation.workspace);
    TextTable table;
    table.column("target");
    table.column("state");
    table.column("until");
    table.column("said by");
    table.column("reason");
    for (const Exhaustion& entry : entries) {
        table.row({entry.target, "exhausted",
                   !entry.until ? "it is cleared"
                   : zone       ? zone->text(*entry.until)
                                : toRfc3339(*entry.until),
                   std::string(toString(entry.source)), entry.reason});
    }
    table.print(invocation.out);
}

Exit show(const Invocation& invocation, const AvailabilityState& state) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const auto policy = live.current().policy;
    const auto entries = holdingNow(state, policy.get(), invocation.clock.now());
    if (invocation.json) {
        writeJson(invocation, entries);
    } else {
        writeText(invocation, entries);
    }
    return Exit::Done;
}

Exit list(const Invocation& invocation) {
    const auto state = preferences::readAvailability(invocation.workspace);
    return state ? show(invocation, *state) : fail(invocation, Exit::CheckFailed, state.error());
}

/// A word on stderr where nothing is called so, since it may be a slip of the pen.
void warnIfUnknown(const Invocation& invocation, const std::string& target) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const auto policy = live.current().policy;
    if (!policy) {
        return;
    }
    const std::string provider = target.substr(0, target.find('/'));
    const bool known = std::ranges::any_of(policy->providers, [&](const auto& entry) {
        const auto& [name, settings] = entry;
        return matchesGlob(provider, name) ||
               (target == provider && settings.quota && settings.quota->name == target);
    });
    if (!known) {
        invocation.err << "tierctl: there is no provider or quota '" << provider
                       << "' in llm.json now; it will count when there is one.\n";
    }
}

Exit set(const Invocation& invocation, const SetOptions& options) {
    if (options.state != "exhausted") {
        return fail(invocation, Exit::WrongUsage,
                    "The only state to set is 'exhausted'; `tierctl availability clear " + options.target +
                        "` takes it back.");
    }
    if (options.target.empty() || options.target.front() == '/' || options.target.back() == '/') {
        return fail(invocation, Exit::WrongUsage,
                    "Name a provider (openai), a model (openai/gpt-5.2, openai/*) or a quota (codex-cli).");
    }
    const UtcTime now = invocation.clock.now();
    Exhaustion entry{options.target, std::nullopt, options.reason, Exhaustion::Source::Command, now};
    if (!options.resets.empty()) {
        const auto zone = zoneOf(invocation.workspace);
        const auto until =
            zone ? zone->parseFuture(options.resets, now) : tl::unexpected<Error>(zone.error());
        if (!until) {
            return fail(invocation, Exit::WrongUsage, until.error());
        }
        entry.until = *until;
    }
    warnIfUnknown(invocation, options.target);
    const auto state = preferences::updateAvailability(invocation.workspace, now,
                                                       [&](AvailabilityState& all) { all.add(entry); });
    return state ? show(invocation, *state) : fail(invocation, Exit::CheckFailed, state.error());
}

Exit clear(const Invocation& invocation, const std::string& target) {
    bool found = false;
    const auto state =
        preferences::updateAvailability(invocation.workspace, invocation.clock.now(),
                                        [&](AvailabilityState& all) { found = all.clear(target); });
    if (!state) {
        return fail(invocation, Exit::CheckFailed, state.error());
    }
    if (!found) {
        return fail(invocation, Exit::WrongUsage,
                    "Nothing was said of '" + target + "'; `tierctl availability` lists what was.");
    }
    return show(invocation, *state);
}

} // namespace

void addAvailability(CLI::App& line, Command& chosen) {
    CLI::App* command =
        line.add_subcommand("availability", "What is exhausted, and until when; set or cleared by hand");
    command->require_subcommand(0, 1);
    command->callback([&chosen, command] {
        if (command->get_subcommands().empty()) {
            chosen = list;
        }
    });

    const auto options = std::make_shared<SetOptions>();
    CLI::App* setting = command->add_subcommand("set", "Say that something is used up");
    setting
        ->add_option("TARGET", options->target,
                     "A provider, provider/model with * as the wildcard, or a quota's name")
        ->required();
    setting->add_option("STATE", options->state, "exhausted")->required();
    setting
        ->add_option("--resets", options->resets,
                     "When it ends by itself: a date, RFC 3339, or a span from now (3h, 2d)")
        ->type_name("WHEN");
    setting->add_option("--reason", options->reason, "Why, for those who read it later");
    setting->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return set(invocation, *options); };
    });

    const auto target = std::make_shared<std::string>();
    CLI::App* clearing = command->add_subcommand("clear", "Say that it can be used again");
    clearing->add_option("TARGET", *target, "As it was set")->required();
    clearing->callback([&chosen, target] {
        chosen = [target](const Invocation& invocation) { return clear(invocation, *target); };
    });
}

} // namespace tierdeck::app
