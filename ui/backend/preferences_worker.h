// The preferences as the app sees them: a thread of its own reads, checks, saves and watches the three files;
// what is in hand for editing is a value that travels there and back. Made by the composition root; every
// member function is called on the GUI thread, every signal is emitted there.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"
#include "core/preferences/preferences_file.h"
#include "core/preferences/problem.h"
#include "core/routing/policy.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::ui {

/// A model that a picker offers, with what it costs and holds.
struct ModelChoice {
    QString id; ///< "openai/gpt-5.2"
    std::optional<double> inputUsdPerMillion;
    std::optional<double> outputUsdPerMillion;
    std::optional<std::int64_t> contextWindow; ///< tokens
    bool isLocal = false;
    bool isSimulated = false;

    [[nodiscard]] bool isPriced() const { return inputUsdPerMillion && outputUsdPerMillion; }
};

using ModelChoices = std::vector<ModelChoice>;

/// What the checks say about a text of model-router.json together with the other files as they are on disk.
struct PreferencesCheck {
    std::uint64_t number = 0;
    std::vector<preferences::Problem> problems;
    std::shared_ptr<const routing::Policy> policy; ///< null where there are errors
    std::shared_ptr<const ModelChoices> models;    ///< of the providers in llm.json, in their order
    bool hasProviders = false;
};

/// What became of a save: on success the file as it stands now, on failure the one that was sent.
struct PreferencesSave {
    Result<void> result;
    preferences::PreferencesFile file;
};

class PreferencesWorker final : public QObject {
    Q_OBJECT
public:
    struct Timing {
        std::chrono::milliseconds debounce{150}; ///< editors write a file in several steps
        std::chrono::milliseconds poll{2000};    ///< for file systems that do not tell
        bool watch = true;
    };

    using Loaded = Result<preferences::PreferencesFile>;

    /// `secrets` may be null: then "key absent" is not checked. Both references must outlive the worker.
    PreferencesWorker(Workspace workspace, const SecretSource* secrets, const Clock& clock,
                      QObject* parent = nullptr);
    PreferencesWorker(Workspace workspace, const SecretSource* secrets, const Clock& clock, Timing timing,
                      QObject* parent = nullptr);
    ~PreferencesWorker() override; ///< waits for a save that is under way

    [[nodiscard]] const Workspace& workspace() const { return m_workspace; }

    /// Reads model-router.json; answered by loaded().
    void load();
    /// Checks a text of model-router.json, nullopt where there is no such file. Answered by checked() unless
    /// a newer check was asked for meanwhile.
    std::uint64_t check(std::optional<std::string> routerText);
    /// Refuses where the file changed since it was read. Answered by saved().
    void save(preferences::PreferencesFile file);

Q_SIGNALS:
    void loaded(std::shared_ptr<const tierdeck::ui::PreferencesWorker::Loaded> file);
    /// model-router.json is not what was last loaded or saved. `file` is what it is now.
    void changedOutside(std::shared_ptr<const tierdeck::ui::PreferencesWorker::Loaded> file);
    void checked(std::shared_ptr<const tierdeck::ui::PreferencesCheck> check);
    /// llm.json, prices.json, a skill or what gates may run changed: what was checked may read differently
    /// now.
    void surroundingsChanged();
    void saved(std::shared_ptr<const tierdeck::ui::PreferencesSave> save);

private:
    class Keeper;

    Workspace m_workspace;
    QThread m_thread;
    Keeper* m_keeper = nullptr; ///< lives in m_thread
    std::uint64_t m_checkNumber = 0;
};

} // namespace tierdeck::ui
