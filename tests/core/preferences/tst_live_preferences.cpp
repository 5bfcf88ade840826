#include "core/preferences/live_preferences.h"
#include "core/preferences/trusted_commands.h"
#include "core/routing/complexity_head.h"
#include "tests/core/preferences/preferences_support.h"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace tierdeck;
using namespace tierdeck::testing;
using namespace std::chrono_literals;
using preferences::LivePreferences;
namespace fs = std::filesystem;

namespace {

std::string router(const std::string& model) {
    return "{\"modelRouter\": {\"balancedModel\": \"" + model + "\"}}";
}

std::string balanced(const routing::PolicySource::Current& current) {
    const auto& model = current.policy->tiers.find("balanced")->second.model;
    return model ? model->text() : "(unset)";
}

bool isWarnedOf(const std::vector<preferences::Problem>& problems) {
    return std::any_of(problems.begin(), problems.end(), [](const preferences::Problem& problem) {
        return problem.file == "complexity-head.bin" && problem.severity == preferences::Severity::Warning;
    });
}

} // namespace

class TestLivePreferences : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_workspace = std::make_unique<Workspace>(m_temporary->path().toStdString());
        put(m_workspace->modelRouterFile(), router("sim/one"));
        put(m_workspace->llmFile(), llmSample);
    }

    void aChangeTakesEffectOnTheNextLook() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        auto current = live.current();
        QCOMPARE(balanced(current), std::string("sim/one"));
        QCOMPARE(current.reloaded, std::string());
        QCOMPARE(current.problem, std::string());
        const auto first = current.policy;

        put(m_workspace->modelRouterFile(), router("sim/two"));
        m_clock.pass(19ms);
        QVERIFY(live.current().policy == first); // not looked again so soon
        m_clock.pass(1ms);
        current = live.current();
        QCOMPARE(balanced(current), std::string("sim/two"));
        QCOMPARE(current.reloaded, std::string("model-router.json"));
        QVERIFY(current.policy->fingerprint != first->fingerprint);
        m_clock.pass(1s);
        QCOMPARE(live.current().reloaded, std::string());
    }

    void whatLabelsTaughtComesIntoForce() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        QVERIFY(!live.current().policy->userHead);
        routing::ComplexityHead::Weights weights;
        weights.bias = {2, 0};
        const auto base = routing::shippedHead().origin().inputs;
        put(m_workspace->userHeadFile(),
            routing::ComplexityHead(weights, {1, base, 250, 0.05, 0.02, 0.08}).bytes());
        m_clock.pass(20ms);
        auto current = live.current();
        QCOMPARE(current.reloaded, std::string("complexity-head.bin"));
        QVERIFY(current.policy->userHead);
        QCOMPARE(current.policy->userHead->bias().difficulty, 2.0);

        // Not better than chance, or of no use: routing goes on without it.
        put(m_workspace->userHeadFile(),
            routing::ComplexityHead(weights, {1, base, 250, 0.01, -0.01, 0.03}).bytes());
        m_clock.pass(20ms);
        QVERIFY(!live.current().policy->userHead);
        QVERIFY(!isWarnedOf(live.problems()));
        put(m_workspace->userHeadFile(), "rubbish");
        m_clock.pass(20ms);
        current = live.current();
        QVERIFY(current.policy && !current.policy->userHead);
        QCOMPARE(current.problem, std::string());
        QVERIFY(isWarnedOf(live.problems()));
        fs::remove(m_workspace->userHeadFile());
        m_clock.pass(20ms);
        QVERIFY(!isWarnedOf(live.problems()));
    }

    void unconfirmedCommandsOfGatesAreProblems() {
        put(m_workspace->llmFile(), llmSample);
        put(m_workspace->modelRouterFile(),
            R"({"balancedModel": "sim/steady", "cascade": {"enabled": true,
                "gates": [{"kind": "nonEmpty"}, {"kind": "command", "run": ["./check.sh", "a b"]}]}})");
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        const auto said = [&] {
            std::string text;
            for (const preferences::Problem& problem : live.problems()) {
                if (problem.pointer.starts_with("/cascade") || problem.file == "trusted-commands.json")
                    text += problem.file + problem.pointer + ": " + problem.message + "\n";
            }
            return text;
        };
        const std::string warning =
            "model-router.json/cascade/gates/1: This gate is passed over until its command is confirmed; "
            "`tierctl trust -- ./check.sh 'a b'` confirms exactly this command line.\n";
        QCOMPARE(said(), warning);
        QVERIFY(preferences::trustCommand(*m_workspace, {"./check.sh"}, m_clock.now()));
        QCOMPARE(said(), warning); // it is another one
        const auto fingerprint = live.current().policy->fingerprint;
        QVERIFY(preferences::trustCommand(*m_workspace, {"./check.sh", "a b"}, m_clock.now()));
        QCOMPARE(said(), std::string());
        m_clock.pass(20ms);
        QCOMPARE(live.current().policy->fingerprint, fingerprint); // it routes as before
        put(m_workspace->trustedCommandsFile(), "rubbish");
        const auto damaged = said();
        QVERIFY2(damaged.starts_with(warning), damaged.c_str());
        QVERIFY2(damaged.find("\ntrusted-commands.json: ") != std::string::npos, damaged.c_str());
    }

    void nothingChangedIsTheSamePolicy() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        const auto first = live.current().policy;
        m_clock.pass(1s);
        QVERIFY(live.current().policy == first);
        put(m_workspace->modelRouterFile(), router("sim/one")); // new inode, same bytes
        m_clock.pass(1s);
        const auto touched = live.current();
        QVERIFY(touched.policy == first);
        QCOMPARE(touched.reloaded, std::string());
    }

    void everyFileIsFollowed() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        put(m_workspace->llmFile(), R"({"providers": {"sim": {"apiType": "simulated"}}})");
        m_clock.pass(20ms);
        QCOMPARE(live.current().reloaded, std::string("llm.json"));
        put(m_workspace->pricesFile(), R"({"sim/one": {"input": 1, "output": 1}})");
        m_clock.pass(20ms);
        auto current = live.current();
        QCOMPARE(current.reloaded, std::string("prices.json"));
        QCOMPARE(current.policy->prices.rates("sim", "one", UtcTime{})->input.value, std::int64_t{1'000'000});
        fs::remove(m_workspace->pricesFile());
        put(m_workspace->modelRouterFile(), router("sim/two"));
        m_clock.pass(20ms);
        QCOMPARE(live.current().reloaded, std::string("model-router.json, prices.json"));
    }

    void skillsAreFollowed() {
        const fs::path elsewhere = m_workspace->root() / "elsewhere";
        put(m_workspace->modelRouterFile(),
            R"({"balancedModel": "sim/one", "skillDirectories": [")" + elsewhere.string() + R"("]})");
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        QVERIFY(live.current().policy->skillTiers.empty());
        putFile(elsewhere / "s" / "SKILL.md", "---\ntier: coding\n---\n");
        m_clock.pass(20ms);
        auto current = live.current();
        QCOMPARE(current.reloaded, std::string("skills"));
        QCOMPARE(current.policy->skillTiers.at("s"), std::string("coding"));
        putFile(m_workspace->skillsFolder() / "s" / "SKILL.md", "---\ntier: deep\n---\n");
        m_clock.pass(20ms);
        QCOMPARE(live.current().policy->skillTiers.at("s"), std::string("deep"));
    }

    void anInvalidFileLeavesTheLastGoodPolicy_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("says");
        QTest::newRow("half written")
            << std::string("{\"modelRouter\": {\"balancedModel\": \"si") << std::string("line 1, column 35");
        QTest::newRow("empty") << std::string() << std::string("line 1, column 1");
        QTest::newRow("wrong type") << std::string("{\"temperature\": true}") << std::string("/temperature");
        QTest::newRow("no provider") << router("none/x") << std::string("none");
    }

    void anInvalidFileLeavesTheLastGoodPolicy() {
        QFETCH(std::string, text);
        QFETCH(std::string, says);
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        const auto first = live.current().policy;
        put(m_workspace->modelRouterFile(), text);
        m_clock.pass(20ms);
        auto current = live.current();
        QVERIFY(current.policy == first);
        QCOMPARE(current.reloaded, std::string());
        QVERIFY2(current.problem.find("model-router.json") != std::string::npos, current.problem.c_str());
        QVERIFY2(current.problem.find(says) != std::string::npos, current.problem.c_str());
        m_clock.pass(1s);
        QCOMPARE(live.current().problem, current.problem); // as long as it stands so
        QVERIFY(preferences::hasErrors(live.problems()));

        put(m_workspace->modelRouterFile(), router("sim/one"));
        m_clock.pass(20ms);
        current = live.current();
        QCOMPARE(current.problem, std::string());
        QCOMPARE(current.reloaded, std::string()); // the same bytes as those in force
        QVERIFY(current.policy == first);
    }

    void aFileThatIsGoneForAMomentChangesNothing() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        const auto first = live.current().policy;
        fs::remove(m_workspace->modelRouterFile());
        m_clock.pass(20ms);
        auto current = live.current();
        QVERIFY(current.policy == first);
        QVERIFY(current.problem.find("model-router.json is gone") != std::string::npos);
        put(m_workspace->modelRouterFile(), router("sim/two"));
        m_clock.pass(20ms);
        current = live.current();
        QCOMPARE(current.problem, std::string());
        QCOMPARE(balanced(current), std::string("sim/two"));
        fs::remove(m_workspace->modelRouterFile());
        live.reload(); // the user wants what stands there
        current = live.current();
        QCOMPARE(balanced(current), std::string("(unset)"));
        QCOMPARE(current.problem, std::string());
    }

    void startsWithWhatIsThere() {
        fs::remove_all(m_workspace->preferencesFolder());
        LivePreferences empty(*m_workspace, m_clock, m_secrets);
        QVERIFY(empty.current().policy);
        QCOMPARE(balanced(empty.current()), std::string("(unset)"));
        put(m_workspace->modelRouterFile(), "{");
        LivePreferences broken(*m_workspace, m_clock, m_secrets);
        auto current = broken.current();
        QVERIFY(!current.policy);
        QVERIFY(!current.problem.empty());
        put(m_workspace->modelRouterFile(), "{}");
        m_clock.pass(20ms);
        current = broken.current();
        QVERIFY(current.policy);
        QCOMPARE(current.problem, std::string());
        QCOMPARE(current.reloaded, std::string("model-router.json"));
    }

    void problemsSayWhatKeysAreMissing() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        const auto brief = briefly(live.problems());
        QVERIFY(std::count(brief.begin(), brief.end(), "warning llm.json /llm/providers/openai/apiKey") == 1);
        putFile(m_workspace->skillsFolder() / "s" / "SKILL.md", "---\ntier: [\n---\n");
        QVERIFY(listed(live.problems()).find("SKILL.md is passed over") != std::string::npos);
    }

    void reloadReadsWhateverTheStampsSay() {
        LivePreferences live(*m_workspace, m_clock, m_secrets);
        put(m_workspace->modelRouterFile(), router("sim/two"));
        live.reload(); // no time has passed
        const auto current = live.current();
        QCOMPARE(balanced(current), std::string("sim/two"));
        QCOMPARE(current.reloaded, std::string("model-router.json"));
    }

    void manyThreadsAskWhileFilesChange() {
        const SystemClock clock;
        LivePreferences live(*m_workspace, clock, m_secrets);
        std::atomic<bool> done{false};
        std::atomic<int> wrong{0};
        std::atomic<int> reloads{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                while (!done) {
                    const auto current = live.current();
                    if (!current.policy || !balanced(current).starts_with("sim/"))
                        ++wrong;
                    if (!current.reloaded.empty())
                        ++reloads;
                }
            });
        }
        for (int i = 0; i < 20; ++i) {
            put(m_workspace->modelRouterFile(), router("sim/m" + std::to_string(i)));
            live.reload();
            (void)live.current();
        }
        live.reload();
        QTRY_COMPARE(balanced(live.current()), std::string("sim/m19"));
        done = true;
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
        QVERIFY(reloads.load() <= 20);
    }

    void costsLittleWhenNothingChanged() {
        const SystemClock clock;
        LivePreferences live(*m_workspace, clock, m_secrets);
        QBENCHMARK {
            for (int i = 0; i < 1000; ++i)
                (void)live.current();
        }
    }

private:
    static void put(const fs::path& path, std::string_view bytes) {
        QVERIFY(writeFileAtomically(path, bytes));
    }

    std::unique_ptr<QTemporaryDir> m_temporary;
    std::unique_ptr<Workspace> m_workspace;
    FakeClock m_clock;
    FakeSecrets m_secrets;
};

QTEST_APPLESS_MAIN(TestLivePreferences)
#include "tst_live_preferences.moc"
