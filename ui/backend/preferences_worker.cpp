#include "ui/backend/preferences_worker.h"

#include "core/foundation/atomic_file.h"
#include "core/preferences/policy_reader.h"
#include "core/preferences/skills.h"
#include "core/preferences/trusted_commands.h"
#include "core/pricing/price_table.h"

#include <QFileSystemWatcher>
#include <QMetaObject>
#include <QTimer>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace tierdeck::ui {

namespace {

using preferences::PreferencesFile;

constexpr std::string_view routerWrapper = "modelRouter";
/// Of the simulated provider, which takes any name: those that answer as a real one would.
constexpr std::array<std::string_view, 3> simulatedModels{"fast", "steady", "slow"};

std::optional<std::string> textOf(const std::filesystem::path& path) {
    auto bytes = readFile(path);
    return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

double usdPerMillion(PicoUsdPerToken price) {
    return static_cast<double>(price.value) / 1e6;
}

ModelChoice choiceOf(const routing::ProviderSettings& provider, const std::string& id,
                     const routing::Policy& policy, UtcTime now) {
    ModelChoice choice;
    choice.id = QString::fromStdString(provider.name + "/" + id);
    choice.isLocal = provider.local;
    choice.isSimulated = provider.apiType == routing::ApiType::Simulated;
    std::string pricedProvider = provider.name;
    std::string pricedModel = id;
    if (const routing::ProviderModel* const own = provider.findModel(id)) {
        choice.contextWindow = own->contextWindow;
        if (own->sameAs && !policy.prices.rates(provider.name, id, now)) {
            pricedProvider = own->sameAs->provider();
            pricedModel = own->sameAs->name();
        }
    }
    if (const auto rates = policy.prices.rates(pricedProvider, pricedModel, now)) {
        choice.inputUsdPerMillion = usdPerMillion(rates->input);
        choice.outputUsdPerMillion = usdPerMillion(rates->output);
    }
    if (!choice.contextWindow) {
        if (const auto facts = policy.prices.facts(pricedProvider, pricedModel))
            choice.contextWindow = facts->contextWindow;
    }
    return choice;
}

/// The models that the user lists for a provider, then those that the catalogue knows of it.
ModelChoices choicesOf(const routing::Policy& policy, UtcTime now) {
    ModelChoices choices;
    for (const std::string& name : policy.providerOrder) {
        const routing::ProviderSettings* const provider = policy.findProvider(name);
        if (provider == nullptr)
            continue;
        std::set<std::string, std::less<>> offered;
        const auto offer = [&](const std::string& id) {
            if (!id.empty() && offered.insert(id).second)
                choices.push_back(choiceOf(*provider, id, policy, now));
        };
        for (const routing::ProviderModel& model : provider->models)
            offer(model.id);
        if (provider->apiType == routing::ApiType::Simulated) {
            for (const std::string_view model : simulatedModels)
                offer(std::string(model));
        }
        for (const std::string& id : policy.prices.ids(name))
            offer(id.substr(std::min(id.size(), name.size() + 1)));
    }
    return choices;
}

} // namespace

/// Remembers which keys are there, never a key: a check runs after every few keystrokes, and a keychain may
/// ask its user each time it is asked. One that was not there is asked for again after a while: it may have
/// been added.
class KnownKeys final : public SecretSource {
public:
    KnownKeys(const SecretSource& secrets, const Clock& clock)
        : m_secrets(secrets)
        , m_clock(clock) {}

    void forget() { m_known.clear(); }

    [[nodiscard]] Result<std::string> fromEnvironment(const std::string& variable) const override {
        return known("environment " + variable, [&] { return m_secrets.fromEnvironment(variable); });
    }

    [[nodiscard]] Result<std::string> fromKeychain(const std::string& entry) const override {
        return known("keychain " + entry, [&] { return m_secrets.fromKeychain(entry); });
    }

    [[nodiscard]] Result<std::string> fromFile(const std::string& path) const override {
        return known("file " + path, [&] { return m_secrets.fromFile(path); });
    }

private:
    template <typename Ask>
    [[nodiscard]] Result<std::string> known(const std::string& name, Ask ask) const {
        auto found = m_known.find(name);
        if (found == m_known.end() ||
            (found->second.absence && m_clock.steadyNow() - found->second.asked > absentFor)) {
            const Result<std::string> key = ask();
            const Answer answer{key ? std::nullopt : std::optional(key.error()), m_clock.steadyNow()};
            found = m_known.insert_or_assign(name, answer).first;
        }
        if (found->second.absence)
            return tl::unexpected(*found->second.absence);
        return std::string("present");
    }

    struct Answer {
        std::optional<Error> absence; ///< nullopt: the key is there
        SteadyTime asked;
    };

    static constexpr std::chrono::seconds absentFor{30};

    const SecretSource& m_secrets;
    const Clock& m_clock;
    mutable std::map<std::string, Answer> m_known;
};

/// The part that lives in the worker's thread and touches the files.
class PreferencesWorker::Keeper final : public QObject {
public:
    Keeper(const Workspace& workspace, const SecretSource* secrets, const Clock& clock, Timing timing,
           PreferencesWorker& front)
        : m_workspace(workspace)
        , m_clock(clock)
        , m_timing(timing)
        , m_front(front)
        , m_debounce(this)
        , m_poll(this)
        , m_watcher(this) {
        if (secrets != nullptr)
            m_keys.emplace(*secrets, clock);
        m_debounce.setSingleShot(true);
        m_debounce.setInterval(timing.debounce);
        connect(&m_debounce, &QTimer::timeout, this, [this] { look(); });
        connect(&m_poll, &QTimer::timeout, this, [this] { look(); });
        connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { m_debounce.start(); });
        connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { m_debounce.start(); });
    }

    void load() {
        auto file = read();
        remember(file);
        m_surroundings = surroundings();
        if (m_keys)
            m_keys->forget();
        m_poll.start(m_timing.poll);
        watchAgain();
        tell([front = &m_front, file = std::make_shared<const Loaded>(std::move(file))] {
            Q_EMIT front->loaded(file);
        });
    }

    void check(std::uint64_t number, const std::optional<std::string>& routerText) {
        auto check = std::make_shared<PreferencesCheck>();
        check->number = number;
        const preferences::PreferencesTexts texts{routerText, textOf(m_workspace.llmFile()),
                                                  textOf(m_workspace.pricesFile())};
        const preferences::SkillsReading skills =
            preferences::readSkills(preferences::skillFolders(m_workspace, routerText.value_or("")));
        m_skillStamps = skills.stamps;
        // A file that cannot be read confirms nothing.
        const auto trusted = preferences::readTrustedCommands(m_workspace)
                                 .value_or(std::vector<preferences::TrustedCommand>());
        preferences::PolicyReading reading = preferences::readPolicy(
            texts, skills.tiers, m_keys ? &*m_keys : nullptr, m_clock.now(), &trusted);
        check->problems = std::move(reading.problems);
        check->problems.insert(check->problems.end(), skills.problems.begin(), skills.problems.end());
        // Pickers offer models also while model-router.json has errors.
        std::shared_ptr<const routing::Policy> providers = reading.policy;
        if (!providers)
            providers = preferences::readPolicy({std::nullopt, texts.llm, texts.prices}, {}, nullptr).policy;
        check->policy = std::move(reading.policy);
        auto models = std::make_shared<ModelChoices>();
        if (providers) {
            *models = choicesOf(*providers, m_clock.now());
            check->hasProviders = !providers->providers.empty();
        }
        check->models = std::move(models);
        tell([front = &m_front, check = std::shared_ptr<const PreferencesCheck>(std::move(check))] {
            if (check->number == front->m_checkNumber)
                Q_EMIT front->checked(check);
        });
    }

    void save(PreferencesFile file) {
        auto outcome = std::make_shared<PreferencesSave>(PreferencesSave{{}, std::move(file)});
        outcome->result = outcome->file.save();
        if (outcome->result)
            m_known = outcome->file.savedText();
        watchAgain();
        const bool conflict = !outcome->result && outcome->result.error().code == ErrorCode::Conflict;
        tell([front = &m_front, outcome = std::shared_ptr<const PreferencesSave>(std::move(outcome))] {
            Q_EMIT front->saved(outcome);
        });
        if (conflict)
            look(); // what it changed to, for the one who has to choose
    }

private:
    [[nodiscard]] Loaded read() const {
        return PreferencesFile::load(m_workspace.modelRouterFile(), m_workspace.historyFolder(),
                                     std::string(routerWrapper));
    }

    void remember(const Loaded& file) {
        m_stamp = stampOf(m_workspace.modelRouterFile());
        m_known = file && file->exists() ? std::optional(file->savedText()) : std::nullopt;
        m_readable = file.has_value();
    }

    void look() {
        m_debounce.stop();
        watchAgain();
        lookAtRouter();
        const auto now = surroundings();
        if (now != m_surroundings || m_skillStamps.areStale()) {
            m_surroundings = now;
            m_skillStamps = {};
            if (m_keys)
                m_keys->forget();
            tell([front = &m_front] { Q_EMIT front->surroundingsChanged(); });
        }
    }

    void lookAtRouter() {
        const FileStamp stamp = stampOf(m_workspace.modelRouterFile());
        if (stamp == m_stamp && m_readable)
            return;
        auto file = read();
        m_stamp = stamp;
        const auto text = file && file->exists() ? std::optional(file->savedText()) : std::nullopt;
        if (file.has_value() == m_readable && text == m_known)
            return; // touched, or saved by ourselves
        m_readable = file.has_value();
        m_known = text;
        tell([front = &m_front, file = std::make_shared<const Loaded>(std::move(file))] {
            Q_EMIT front->changedOutside(file);
        });
    }

    [[nodiscard]] std::array<FileStamp, 3> surroundings() const {
        return {stampOf(m_workspace.llmFile()), stampOf(m_workspace.pricesFile()),
                stampOf(m_workspace.trustedCommandsFile())};
    }

    /// A watcher forgets a file that was replaced and still lists it: all are added anew after each change.
    void watchAgain() {
        if (!m_timing.watch)
            return;
        const QStringList listed = m_watcher.files() + m_watcher.directories();
        if (!listed.isEmpty())
            m_watcher.removePaths(listed);
        QStringList paths;
        for (const std::filesystem::path& path :
             {m_workspace.preferencesFolder(), m_workspace.modelRouterFile(), m_workspace.llmFile(),
              m_workspace.pricesFile(), m_workspace.trustedCommandsFile()}) {
            if (stampOf(path).size >= 0)
                paths.append(QString::fromStdString(path.string()));
        }
        if (!paths.isEmpty())
            m_watcher.addPaths(paths);
    }

    /// Runs on the GUI thread, in the order told.
    template <typename Function>
    void tell(Function function) {
        QMetaObject::invokeMethod(&m_front, std::move(function), Qt::QueuedConnection);
    }

    const Workspace m_workspace;
    std::optional<KnownKeys> m_keys;
    const Clock& m_clock;
    const Timing m_timing;
    PreferencesWorker& m_front;
    QTimer m_debounce;
    QTimer m_poll;
    QFileSystemWatcher m_watcher;

    FileStamp m_stamp;                  ///< of model-router.json when it was last read
    std::optional<std::string> m_known; ///< its text, as the one who edits knows it
    bool m_readable = true;
    std::array<FileStamp, 3> m_surroundings;
    preferences::SkillStamps m_skillStamps;
};

PreferencesWorker::PreferencesWorker(Workspace workspace, const SecretSource* secrets, const Clock& clock,
                                     QObject* parent)
    : PreferencesWorker(std::move(workspace), secrets, clock, Timing(), parent) {}

PreferencesWorker::PreferencesWorker(Workspace workspace, const SecretSource* secrets, const Clock& clock,
                                     Timing timing, QObject* parent)
    : QObject(parent)
    , m_workspace(std::move(workspace))
    , m_keeper(new Keeper(m_workspace, secrets, clock, timing, *this)) {
    m_thread.setObjectName(QStringLiteral("preferences"));
    m_keeper->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_keeper, &QObject::deleteLater);
    m_thread.start();
}

PreferencesWorker::~PreferencesWorker() {
    m_thread.quit();
    m_thread.wait();
}

void PreferencesWorker::load() {
    QMetaObject::invokeMethod(m_keeper, [keeper = m_keeper] { keeper->load(); });
}

std::uint64_t PreferencesWorker::check(std::optional<std::string> routerText) {
    ++m_checkNumber;
    QMetaObject::invokeMethod(m_keeper, [keeper = m_keeper, number = m_checkNumber,
                                         text = std::move(routerText)] { keeper->check(number, text); });
    return m_checkNumber;
}

void PreferencesWorker::save(preferences::PreferencesFile file) {
    QMetaObject::invokeMethod(
        m_keeper, [keeper = m_keeper, file = std::move(file)]() mutable { keeper->save(std::move(file)); });
}

} // namespace tierdeck::ui
