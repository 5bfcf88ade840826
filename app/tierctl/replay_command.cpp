#include "app/tierctl/command.h"
#include "app/tierctl/report_table.h"
#include "app/tierctl/text_table.h"
#include "app/tierctl/time_zone.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_writer.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/skills.h"
#include "core/routing/policy.h"
#include "core/sessions/replay_store.h"
#include "core/sessions/store_reader.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>

namespace tierdeck::app {
namespace {

using routing::ReplayChange;
using routing::ReplayResult;
using routing::ReplaySums;
using sessions::StoreReplay;

constexpr auto right = TextTable::Align::Right;
constexpr std::size_t shownToPeople = 20;

struct Options {
    std::string config;
    std::string since;
};

/// The policy to replay under: that in force, or that of a file (or of a folder with both files) over the
/// workspace's others.
tl::expected<std::shared_ptr<const routing::Policy>, Exit> policyFor(const Invocation& invocation,
                                                                     const std::string& config) {
    if (config.empty()) {
        return usablePolicy(invocation);
    }
    const auto read = [](const std::filesystem::path& path) -> std::optional<std::string> {
        auto text = readFile(path);
        return text ? std::optional(std::move(*text)) : std::nullopt;
    };
    std::error_code ignored;
    const bool isFolder = std::filesystem::is_directory(config, ignored);
    const std::filesystem::path folder(config);
    auto router = readFile(isFolder ? folder / "model-router.json" : folder);
    if (!router) {
        return tl::unexpected(fail(invocation, Exit::WrongUsage, router.error()));
    }
    preferences::PreferencesTexts texts;
    texts.modelRouter = std::move(*router);
    texts.llm = read(invocation.workspace.llmFile());
    if (isFolder && std::filesystem::exists(folder / "llm.json", ignored)) {
        texts.llm = read(folder / "llm.json");
    }
    texts.prices = read(invocation.workspace.pricesFile());
    const auto skills =
        preferences::readSkills(preferences::skillFolders(invocation.workspace, *texts.modelRouter));
    auto reading = preferences::readPolicy(texts, skills.tiers, nullptr);
    if (!reading.policy) {
        sayErrors(invocation, reading.problems);
        return tl::unexpected(fail(invocation, Exit::PreferencesInvalid,
                                   config + " has errors, so nothing can be replayed under it."));
    }
    return reading.policy;
}

void writeByTier(JsonWriter& json, const std::map<std::string, ReplaySums>& byTier) {
    json.beginObject();
    for (const auto& [tier, sums] : byTier) {
        json.key(tier), json.beginObject();
        json.key("requests"), json.integer(sums.requests);
        json.key("costUsd"), json.usd(sums.cost);
        json.key("unpricedRequests"), json.integer(sums.unpricedRequests);
        json.endObject();
    }
    json.endObject();
}

void writeJson(const Invocation& invocation, const StoreReplay& replayed) {
    const ReplayResult& result = replayed.result;
    JsonWriter json(invocation.out);
    json.beginObject();
    json.key("requests"), json.integer(result.requests);
    json.key("before"), json.beginObject();
    json.key("costUsd"), json.usd(result.before.cost);
    json.key("unpricedRequests"), json.integer(result.before.unpricedRequests);
    json.key("byTier"), writeByTier(json, result.beforeByTier);
    json.endObject();
    json.key("after"), json.beginObject();
    json.key("costUsd"), json.usd(result.after.cost);
    json.key("unpricedRequests"), json.integer(result.after.unpricedRequests);
    json.key("byTier"), writeByTier(json, result.afterByTier);
    json.key("coldCacheUsd"), json.usd(result.coldCache);
    json.endObject();
    json.key("matrix"), json.beginObject();
    for (const auto& [from, row] : result.matrix) {
        json.key(from), json.beginObject();
        for (const auto& [to, count] : row) {
            json.key(to), json.integer(count);
        }
        json.endObject();
    }
    json.endObject();
    json.key("changedRequests"), json.integer(result.changed);
    json.key("failedRequests"), json.integer(result.failed);
    json.key("changed"), json.beginArray();
    for (const ReplayChange& change : replayed.changes) {
        json.beginObject();
        json.key("request"), json.integer(change.request);
        json.member("from", change.fromTier);
        json.memberOrNull("to", change.toTier);
        json.memberOrNull("fromModel", change.fromModel);
        json.memberOrNull("toModel", change.toModel);
        json.member("reason", change.reason);
        json.endObject();
    }
    json.endArray();
    json.key("assumptions"), json.texts(result.assumptions);
    json.endObject();
    invocation.out << '\n';
}

void writeMatrix(std::ostream& out, const ReplayResult& result) {
    std::set<std::string> reached;
    for (const auto& [from, row] : result.matrix) {
        for (const auto& [to, count] : row) {
            reached.insert(to);
        }
    }
    TextTable table;
    table.column("requests, from ↓ to →");
    for (const std::string& tier : reached) {
        table.column(tier, right);
    }
    for (const auto& [from, row] : result.matrix) {
        std::vector<std::string> cells{from};
        for (const std::string& tier : reached) {
            const auto found = row.find(tier);
            cells.push_back(found == row.end() ? "" : groupedText(found->second));
        }
        table.row(std::move(cells));
    }
    table.print(out);
}

void writeText(const Invocation& invocation, const StoreReplay& replayed) {
    std::ostream& out = invocation.out;
    const ReplayResult& result = replayed.result;
    const auto unpriced = [](const ReplaySums& sums) {
        return sums.unpricedRequests == 0 ? std::string()
                                          : ", and " + groupedText(sums.unpricedRequests) + " unpriced";
    };
    out << "Requests   " << groupedText(result.requests) << ", of which " << groupedText(result.changed)
        << " would have been served otherwise\n"
        << "Before     " << moneyText(result.before.cost) << " USD" << unpriced(result.before) << '\n'
        << "After      " << moneyText(result.after.cost) << " USD" << unpriced(result.after) << '\n'
        << "           of which " << decimalText(result.coldCache.value, 9)
        << " USD for caches that the change of models leaves cold\n\n";
    if (result.requests > 0) {
        writeMatrix(out, result);
    }
    if (!replayed.changes.empty()) {
        TextTable changes;
        changes.column("request", right);
        changes.column("from");
        changes.column("to");
        changes.column("why");
        std::size_t shown = 0;
        for (const ReplayChange& change : replayed.changes) {
            if (shown++ == shownToPeople) {
                break;
            }
            const std::string to = change.toTier.empty() ? "nothing" : change.toTier;
            const bool sameTier = to == change.fromTier;
            changes.row({std::to_string(change.request), sameTier ? change.fromModel : change.fromTier,
                         sameTier ? change.toModel : to, change.reason});
        }
        out << '\n';
        changes.print(out);
        if (result.changed > static_cast<std::int64_t>(shownToPeople)) {
            out << "… and " << groupedText(result.changed - static_cast<std::int64_t>(shownToPeople))
                << " more; --json tells all.\n";
        }
    }
    out << "\nTaken for granted:\n";
    for (const std::string& assumption : result.assumptions) {
        out << "  " << assumption << '\n';
    }
}

/// Days are the store's.
Result<UtcTime> momentFrom(const Invocation& invocation, const std::string& text) {
    std::string zoneName;
    if (const auto reader = sessions::StoreReader::open(invocation.workspace.storeFile())) {
        zoneName = (*reader)->timeZone();
    }
    const auto zone = TimeZone::find(zoneName);
    return zone ? zone->parseMoment(text, invocation.clock.now()) : tl::unexpected<Error>(zone.error());
}

Exit run(const Invocation& invocation, const Options& options) {
    const auto policy = policyFor(invocation, options.config);
    if (!policy) {
        return policy.error();
    }
    sessions::ReplayOptions replayOptions;
    replayOptions.mostChanges = invocation.json ? replayOptions.mostChanges : shownToPeople;
    if (!options.since.empty()) {
        const auto since = momentFrom(invocation, options.since);
        if (!since) {
            return fail(invocation, Exit::WrongUsage, since.error());
        }
        replayOptions.since = *since;
    }
    const bool isTerminal = ::isatty(STDERR_FILENO) == 1;
    if (isTerminal) {
        replayOptions.onProgress = [&](std::int64_t done) {
            invocation.err << '\r' << groupedText(done) << " requests" << std::flush;
        };
    }
    auto replayed = sessions::replayStore(invocation.workspace.storeFile(), **policy, replayOptions);
    if (isTerminal) {
        invocation.err << "\r                              \r" << std::flush;
    }
    if (!replayed && replayed.error().code == ErrorCode::NotFound) {
        routing::Replay nothing(
            **policy, [](std::int64_t) { return std::string(); }, 0);
        replayed = StoreReplay{nothing.result(), {}}; // a missing workspace is an empty one
    }
    if (!replayed) {
        return fail(invocation, Exit::CheckFailed, replayed.error());
    }
    if (invocation.json) {
        writeJson(invocation, *replayed);
    } else {
        writeText(invocation, *replayed);
    }
    return Exit::Done;
}

} // namespace

void addReplay(CLI::App& line, Command& chosen) {
    CLI::App* command = line.add_subcommand(
        "replay", "What the stored requests would have become, and cost, under another configuration");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("--config", options->config,
                     "A model-router.json, or a folder with one and a llm.json (default: those in force)")
        ->type_name("FILE");
    command->add_option("--since", options->since, "From this time on: a date, RFC 3339, or a span (7d)")
        ->type_name("D");
    command->callback([&chosen, options] {
        chosen = [options](const Invocation& invocation) { return run(invocation, *options); };
    });
}

} // namespace tierdeck::app
