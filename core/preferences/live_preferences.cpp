#include "core/preferences/live_preferences.h"

#include "core/foundation/atomic_file.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/skills.h"
#include "core/preferences/trusted_commands.h"

#include <array>
#include <atomic>
#include <mutex>

namespace tierdeck::preferences {

namespace {

using namespace std::chrono_literals;

constexpr auto betweenLooks = 20ms;
constexpr std::size_t fileCount = 4;

enum File : std::size_t { Router, Llm, Prices, UserHead };

/// Everything that a policy is made of, as it stood on the disk at one look.
struct Sources {
    std::array<FileStamp, fileCount> stamps;
    PreferencesTexts texts;
    std::vector<std::filesystem::path> skillFolders;
    SkillsReading skills;
    std::string unreadable; ///< why one of the files could not be read; "" when all could
};

std::array<std::filesystem::path, fileCount> pathsIn(const Workspace& workspace) {
    return {workspace.modelRouterFile(), workspace.llmFile(), workspace.pricesFile(),
            workspace.userHeadFile()};
}

std::array<FileStamp, fileCount> stampsOf(const std::array<std::filesystem::path, fileCount>& paths) {
    return {stampOf(paths[Router]), stampOf(paths[Llm]), stampOf(paths[Prices]), stampOf(paths[UserHead])};
}

Sources readSources(const Workspace& workspace) {
    Sources sources;
    const auto paths = pathsIn(workspace);
    sources.stamps = stampsOf(paths); // before the texts: a change in between shows at the next look
    const std::array<std::optional<std::string>*, fileCount> texts{
        &sources.texts.modelRouter, &sources.texts.llm, &sources.texts.prices, &sources.texts.userHead};
    for (std::size_t i = 0; i < fileCount; ++i) {
        auto text = readFile(paths[i]);
        if (text)
            *texts[i] = std::move(*text);
        else if (text.error().code != ErrorCode::NotFound && i != UserHead) // routing does without that one
            sources.unreadable = text.error().message;
    }
    sources.skillFolders = skillFolders(workspace, sources.texts.modelRouter.value_or(""));
    sources.skills = readSkills(sources.skillFolders);
    return sources;
}

std::string firstError(const PolicyReading& reading) {
    const Problem& problem = reading.problems.front(); // errors stand first
    std::string sentence = problem.file;
    if (!problem.where.empty())
        sentence += " (" + problem.where + ")";
    else if (!problem.pointer.empty())
        sentence += " (" + problem.pointer + ")";
    return sentence + ": " + problem.message;
}

std::string changedNames(const Sources& before, const Sources& after) {
    std::string names;
    const auto add = [&names](bool changed, std::string_view name) {
        if (changed)
            names.append(names.empty() ? "" : ", ").append(name);
    };
    add(before.texts.modelRouter != after.texts.modelRouter, "model-router.json");
    add(before.texts.llm != after.texts.llm, "llm.json");
    add(before.texts.prices != after.texts.prices, "prices.json");
    add(before.texts.userHead != after.texts.userHead, "complexity-head.bin");
    add(before.skills.tiers != after.skills.tiers, "skills");
    return names;
}

} // namespace

struct LivePreferences::State {
    Workspace workspace;
    const Clock& clock;
    const SecretSource& secrets;
    std::array<std::filesystem::path, fileCount> paths;

    /// Of the steady clock; a look is due from here on.
    std::atomic<SteadyTime::rep> nextLook{0};
    std::atomic<bool> reloadWanted{false};
    /// Taken by the one thread that looks; the others go on with what is in force, so that no lock is held
    /// over I/O.
    std::atomic_flag looking;

    // Only by the thread that looks.
    Sources sources; ///< as last read
    Sources inForce; ///< those of the policy in force

    std::mutex snapshotMutex;
    Current snapshot; ///< `reloaded` is always ""

    State(Workspace place, const Clock& time, const SecretSource& keys)
        : workspace(std::move(place))
        , clock(time)
        , secrets(keys)
        , paths(pathsIn(workspace)) {}

    void begin() {
        sources = readSources(workspace);
        (void)bringIntoForce();
        postpone();
    }

    void postpone() {
        const auto next = clock.steadyNow() + betweenLooks;
        nextLook.store(next.time_since_epoch().count(), std::memory_order_relaxed);
    }

    [[nodiscard]] bool isDue() const {
        return clock.steadyNow().time_since_epoch().count() >= nextLook.load(std::memory_order_relaxed) ||
               reloadWanted.load(std::memory_order_relaxed);
    }

    /// The names of the files that came into force with this look; "" for none.
    [[nodiscard]] std::string look() {
        const bool wanted = reloadWanted.exchange(false);
        if (!wanted && stampsOf(paths) == sources.stamps && !sources.skills.stamps.areStale())
            return {};
        Sources found = readSources(workspace);
        // An editor that writes by moving files leaves none for a moment; only a wanted reload takes that for
        // a wish.
        const bool routerGone = inForce.texts.modelRouter && !found.texts.modelRouter;
        const bool llmGone = inForce.texts.llm && !found.texts.llm;
        sources = std::move(found);
        if ((routerGone || llmGone) && !wanted && snapshotPolicy()) {
            say(std::string(routerGone ? "model-router.json" : "llm.json") +
                " is gone; the last good preferences stay in force.");
            return {};
        }
        return bringIntoForce();
    }

    [[nodiscard]] std::string bringIntoForce() {
        // Keys are not looked up here: a keychain may ask the user, and a missing key does not change the
        // policy.
        PolicyReading reading;
        if (sources.unreadable.empty())
            reading = readPolicy(sources.texts, sources.skills.tiers, nullptr);
        const auto former = snapshotPolicy();
        if (!reading.policy) {
            std::string why = sources.unreadable.empty() ? firstError(reading) : sources.unreadable;
            say(why + (former ? " The last good preferences stay in force." : ""));
            return {};
        }
        std::string names = changedNames(inForce, sources);
        inForce = sources;
        const std::lock_guard lock(snapshotMutex);
        if (!former || former->fingerprint != reading.policy->fingerprint)
            snapshot.policy = std::move(reading.policy);
        snapshot.problem.clear();
        return names;
    }

    [[nodiscard]] std::shared_ptr<const routing::Policy> snapshotPolicy() {
        const std::lock_guard lock(snapshotMutex);
        return snapshot.policy;
    }

    void say(std::string problem) {
        const std::lock_guard lock(snapshotMutex);
        snapshot.problem = std::move(problem);
    }
};

LivePreferences::LivePreferences(Workspace workspace, const Clock& clock, const SecretSource& secrets)
    : m_state(std::make_unique<State>(std::move(workspace), clock, secrets)) {
    m_state->begin();
}

LivePreferences::~LivePreferences() = default;

routing::PolicySource::Current LivePreferences::current() {
    std::string reloaded;
    if (m_state->isDue() && !m_state->looking.test_and_set(std::memory_order_acquire)) {
        reloaded = m_state->look();
        m_state->postpone();
        m_state->looking.clear(std::memory_order_release);
    }
    Current current;
    {
        const std::lock_guard lock(m_state->snapshotMutex);
        current = m_state->snapshot;
    }
    current.reloaded = std::move(reloaded);
    return current;
}

std::vector<Problem> LivePreferences::problems() {
    const Sources sources = readSources(m_state->workspace);
    const auto trusted = readTrustedCommands(m_state->workspace);
    const std::vector<TrustedCommand> commands = trusted ? *trusted : std::vector<TrustedCommand>();
    std::vector<Problem> problems =
        readPolicy(sources.texts, sources.skills.tiers, &m_state->secrets, m_state->clock.now(), &commands)
            .problems;
    if (!sources.unreadable.empty())
        problems.insert(problems.begin(), {"", "", Severity::Error, sources.unreadable, {}, {}});
    problems.insert(problems.end(), sources.skills.problems.begin(), sources.skills.problems.end());
    if (!trusted)
        problems.push_back({m_state->workspace.trustedCommandsFile().filename().string(),
                            "",
                            Severity::Warning,
                            trusted.error().message,
                            {},
                            {}});
    return problems;
}

void LivePreferences::reload() {
    m_state->reloadWanted = true;
}

} // namespace tierdeck::preferences
