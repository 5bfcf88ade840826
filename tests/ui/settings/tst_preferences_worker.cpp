#include "core/preferences/trusted_commands.h"
#include "tests/ui/settings/settings_fixture.h"
#include "ui/backend/preferences_worker.h"

#include <QtTest>

#include <unistd.h>

#include <atomic>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::preferences::PreferencesFile;
using tierdeck::ui::test::PreferencesFolder;
using tierdeck::ui::test::sampleRouter;

namespace {

constexpr PreferencesWorker::Timing quick{std::chrono::milliseconds(10), std::chrono::milliseconds(50), true};

class Listener : public QObject {
public:
    explicit Listener(PreferencesWorker& worker) {
        connect(&worker, &PreferencesWorker::loaded, this, [this](const auto& file) { loaded = file; });
        connect(&worker, &PreferencesWorker::changedOutside, this, [this](const auto& file) {
            outside = file;
            ++outsideChanges;
        });
        connect(&worker, &PreferencesWorker::checked, this, [this](const auto& check) {
            checked = check;
            ++checks;
        });
        connect(&worker, &PreferencesWorker::saved, this, [this](const auto& save) { saved = save; });
        connect(&worker, &PreferencesWorker::surroundingsChanged, this, [this] { ++surroundings; });
    }

    std::shared_ptr<const PreferencesWorker::Loaded> loaded;
    std::shared_ptr<const PreferencesWorker::Loaded> outside;
    std::shared_ptr<const PreferencesCheck> checked;
    std::shared_ptr<const PreferencesSave> saved;
    int outsideChanges = 0;
    int checks = 0;
    int surroundings = 0;
};

} // namespace

class TestPreferencesWorker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void loadsAndSaves();
    void savingIsNoOutsideChange();
    void tellsOfOutsideChanges();
    void noticesByPollingAlone();
    void refusesToOverwriteWhatItDoesNotKnow();
    void saysWhyItCannotSave();
    void checksATextBesideTheFiles();
    void offersModelsAlsoWhileThereAreErrors();
    void newestCheckWins();
    void tellsWhenProvidersChange();
    void knowsWhatGatesMayRun();
    void asksForEachKeyOnce();
};

void TestPreferencesWorker::loadsAndSaves() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    QVERIFY(*listener.loaded);
    PreferencesFile file = **listener.loaded;
    QCOMPARE(QByteArray::fromStdString(file.text()), sampleRouter);
    QVERIFY(file.set("/modelRouter/temperature", "0.5"));
    worker.save(file);
    QTRY_VERIFY(listener.saved);
    QVERIFY(listener.saved->result);
    QVERIFY(!listener.saved->file.isModified());
    QVERIFY(folder.router().contains("\"temperature\": 0.5"));
}

void TestPreferencesWorker::savingIsNoOutsideChange() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    PreferencesFile file = **listener.loaded;
    QVERIFY(file.set("/modelRouter/temperature", "0.5"));
    worker.save(file);
    QTRY_VERIFY(listener.saved);
    // A change that is one comes later and is the only one that is told.
    folder.writeRouter(sampleRouter);
    QTRY_COMPARE(listener.outsideChanges, 1);
    QCOMPARE(QByteArray::fromStdString((*listener.outside)->text()), sampleRouter);
}

void TestPreferencesWorker::tellsOfOutsideChanges() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock,
                             {std::chrono::milliseconds(10), std::chrono::hours(1), true});
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    const auto replace = [&](const QByteArray& bytes) { // as editors do
        const std::filesystem::path beside = folder.workspace().preferencesFolder() / "model-router.json.new";
        PreferencesFolder::write(beside, bytes);
        std::filesystem::rename(beside, folder.workspace().modelRouterFile());
    };
    replace("{}");
    QTRY_COMPARE(listener.outsideChanges, 1);
    replace("{ }"); // after an atomic replace the watch must still hold
    QTRY_COMPARE(listener.outsideChanges, 2);
    folder.writeRouter("{ broken");
    QTRY_COMPARE(listener.outsideChanges, 3);
    QVERIFY((*listener.outside)->parseError().has_value());
    std::filesystem::remove(folder.workspace().modelRouterFile());
    QTRY_COMPARE(listener.outsideChanges, 4);
    QVERIFY(!(*listener.outside)->exists());
}

void TestPreferencesWorker::noticesByPollingAlone() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock,
                             {std::chrono::milliseconds(10), std::chrono::milliseconds(20), false});
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    folder.writeRouter("{}");
    QTRY_COMPARE(listener.outsideChanges, 1);
}

void TestPreferencesWorker::refusesToOverwriteWhatItDoesNotKnow() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock,
                             {std::chrono::hours(1), std::chrono::hours(1), false});
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    PreferencesFile file = **listener.loaded;
    QVERIFY(file.set("/modelRouter/temperature", "0.5"));
    folder.writeRouter("{}");
    worker.save(file);
    QTRY_VERIFY(listener.saved);
    QVERIFY(!listener.saved->result);
    QCOMPARE(listener.saved->result.error().code, ErrorCode::Conflict);
    QCOMPARE(folder.router(), QByteArray("{}"));
    QTRY_COMPARE(listener.outsideChanges, 1); // what stands there now comes right behind
    QCOMPARE(listener.saved->file.text(), file.text());
}

void TestPreferencesWorker::saysWhyItCannotSave() {
    // A file where the folder should be stops everyone, root too.
    QTemporaryDir folder;
    const Workspace workspace(folder.path().toStdString());
    PreferencesFolder::write(workspace.preferencesFolder(), "in the way");
    SystemClock clock;
    PreferencesWorker worker(workspace, nullptr, clock, quick);
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    auto file = PreferencesFile::load(workspace.modelRouterFile(), workspace.historyFolder(), "modelRouter");
    if (!file)
        return; // then the page shows why it cannot be read
    QVERIFY(file->set("/modelRouter/temperature", "0.5"));
    worker.save(*file);
    QTRY_VERIFY(listener.saved);
    QVERIFY(!listener.saved->result);
    QVERIFY(!listener.saved->result.error().message.empty());
}

void TestPreferencesWorker::checksATextBesideTheFiles() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.check(sampleRouter.toStdString());
    QTRY_COMPARE(listener.checks, 1);
    QVERIFY(listener.checked->policy);
    QVERIFY(!preferences::hasErrors(listener.checked->problems));
    QVERIFY(listener.checked->hasProviders);
    const auto coding = routing::servingModel(*listener.checked->policy, "coding");
    QVERIFY(coding);
    QCOMPARE(coding->model.text(), std::string("openai/gpt-5.2"));

    worker.check(R"({"balancedModel": "gpt-5.1", "temperature": 9})");
    QTRY_COMPARE(listener.checks, 2);
    QVERIFY(!listener.checked->policy);
    QVERIFY(preferences::hasErrors(listener.checked->problems));
    worker.check(std::nullopt);
    QTRY_COMPARE(listener.checks, 3);
    QVERIFY(listener.checked->policy);
}

void TestPreferencesWorker::offersModelsAlsoWhileThereAreErrors() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.check(R"({"balancedModel": 7})");
    QTRY_COMPARE(listener.checks, 1);
    QVERIFY(!listener.checked->policy);
    const ModelChoices& models = *listener.checked->models;
    const auto find = [&](const char* id) {
        return std::find_if(models.begin(), models.end(),
                            [&](const ModelChoice& choice) { return choice.id == QString::fromLatin1(id); });
    };
    QVERIFY(find("openai/gpt-5.2") != models.end());
    QVERIFY(find("openai/gpt-5.2")->isPriced());
    QVERIFY(find("openai/gpt-5.2")->contextWindow.has_value());
    QVERIFY(find("anthropic/claude-opus-4-20250514") != models.end());
    QVERIFY(find("ollama/qwen3")->isLocal);
    QVERIFY(find("sim/steady")->isSimulated);
    QVERIFY(std::none_of(models.begin(), models.end(), [](const ModelChoice& choice) {
        return choice.id.startsWith(QStringLiteral("google/")); // no such provider: it could not be called
    }));
    QVERIFY(find("openai/gpt-5.2") <
            find("anthropic/claude-opus-4-20250514")); // providers in the file's order
}

void TestPreferencesWorker::newestCheckWins() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    std::uint64_t last = 0;
    for (int i = 0; i < 20; ++i)
        last = worker.check(R"({"temperature": )" + std::to_string(i) + "}");
    QTRY_VERIFY(listener.checked && listener.checked->number == last);
    QCOMPARE(listener.checks, 1);
}

void TestPreferencesWorker::tellsWhenProvidersChange() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    PreferencesFolder::write(folder.workspace().llmFile(),
                             R"({"providers": {"sim": {"apiType": "simulated"}}})");
    QTRY_COMPARE(listener.surroundings, 1);
    QCOMPARE(listener.outsideChanges, 0);
    PreferencesFolder::write(folder.workspace().pricesFile(), "{}");
    QTRY_COMPARE(listener.surroundings, 2);
}

void TestPreferencesWorker::knowsWhatGatesMayRun() {
    const PreferencesFolder folder;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), nullptr, clock, quick);
    Listener listener(worker);
    worker.load();
    QTRY_VERIFY(listener.loaded);
    const std::string router = R"({"balancedModel": "sim/steady", "cascade":
        {"enabled": true, "gates": [{"kind": "command", "run": ["./check.sh"]}]}})";
    const auto gateProblems = [&] {
        const auto& problems = listener.checked->problems;
        return std::count_if(problems.begin(), problems.end(), [](const preferences::Problem& problem) {
            return problem.pointer == "/cascade/gates/0";
        });
    };
    worker.check(router);
    QTRY_COMPARE(listener.checks, 1);
    QCOMPARE(gateProblems(), 1);
    QVERIFY(preferences::trustCommand(folder.workspace(), {"./check.sh"}, clock.now()));
    QTRY_VERIFY(listener.surroundings > 0);
    worker.check(router);
    QTRY_COMPARE(listener.checks, 2);
    QCOMPARE(gateProblems(), 0);
}

void TestPreferencesWorker::asksForEachKeyOnce() {
    class CountingSecrets final : public SecretSource {
    public:
        Result<std::string> fromEnvironment(const std::string&) const override {
            ++asked;
            return failure(ErrorCode::NotFound, "The variable is not set.");
        }

        Result<std::string> fromKeychain(const std::string&) const override {
            ++asked;
            return std::string("the key itself");
        }

        Result<std::string> fromFile(const std::string&) const override {
            return failure(ErrorCode::NotFound, "There is no such file.");
        }

        mutable std::atomic<int> asked = 0;
    };

    const PreferencesFolder folder(sampleRouter, R"({"providers": {
        "openai": {"apiType": "openai", "apiKey": {"env": "OPENAI_API_KEY"}},
        "anthropic": {"apiType": "anthropic", "apiKey": {"keychain": "anthropic"}}}})");
    const CountingSecrets secrets;
    SystemClock clock;
    PreferencesWorker worker(folder.workspace(), &secrets, clock, quick);
    Listener listener(worker);
    worker.load();
    for (int i = 1; i <= 3; ++i) {
        worker.check(sampleRouter.toStdString());
        QTRY_COMPARE(listener.checks, i);
    }
    QCOMPARE(secrets.asked, 2); // a keychain may ask its user: not after every keystroke
    const auto absent = [&] {
        return std::count_if(listener.checked->problems.begin(), listener.checked->problems.end(),
                             [](const preferences::Problem& problem) {
                                 return problem.message.find("OPENAI_API_KEY") != std::string::npos;
                             });
    };
    QCOMPARE(absent(), 1);
    // Who changes llm.json perhaps set the key, too.
    PreferencesFolder::write(
        folder.workspace().llmFile(),
        R"({"providers": {"openai": {"apiType": "openai", "apiKey": {"env": "OPENAI_API_KEY"}}}})");
    QTRY_COMPARE(listener.surroundings, 1);
    worker.check(sampleRouter.toStdString());
    QTRY_COMPARE(listener.checks, 4);
    QCOMPARE(secrets.asked, 3);
}

QTEST_GUILESS_MAIN(TestPreferencesWorker)
#include "tst_preferences_worker.moc"
