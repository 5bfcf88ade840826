#include "core/preferences/first_setup.h"
#include "core/preferences/policy_reader.h"
#include "tests/core/preferences/preferences_support.h"

#include <sys/stat.h>

// Slashes in JSON here are escaped, since moc takes two of them for a comment even in a raw string.
using namespace tierdeck;
using namespace tierdeck::testing;
using preferences::FoundLocal;
using preferences::initialiseWorkspace;
using preferences::readPolicy;

class TestFirstSetup : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void init() {
        m_temporary = std::make_unique<QTemporaryDir>();
        m_workspace = std::make_unique<Workspace>(m_temporary->path().toStdString() + "/new/workspace");
        m_secrets = {};
    }

    void choosesTheProviderAtHand_data() {
        QTest::addColumn<bool>("openai");
        QTest::addColumn<bool>("anthropic");
        QTest::addColumn<bool>("local");
        QTest::addColumn<std::string>("providers");
        QTest::addColumn<std::string>("balanced");
        QTest::addColumn<std::string>("coding");
        const auto row = [](const char* name, bool openai, bool anthropic, bool local, const char* providers,
                            const char* balanced, const char* coding) {
            QTest::newRow(name) << openai << anthropic << local << std::string(providers)
                                << std::string(balanced) << std::string(coding);
        };
        row("nothing", false, false, false, "sim", "sim/steady", "sim/fast");
        row("openai", true, false, false, "openai sim", "openai/gpt-5.1", "openai/gpt-5.2");
        row("anthropic", false, true, false, "anthropic sim", "anthropic/claude-sonnet-5",
            "anthropic/claude-sonnet-5");
        row("both", true, true, false, "openai anthropic sim", "openai/gpt-5.1", "openai/gpt-5.2");
        row("local", false, false, true, "ollama sim", "ollama/qwen3", "ollama/qwen3");
        row("all", true, true, true, "openai anthropic ollama sim", "openai/gpt-5.1", "openai/gpt-5.2");
    }

    void choosesTheProviderAtHand() {
        QFETCH(bool, openai);
        QFETCH(bool, anthropic);
        QFETCH(bool, local);
        QFETCH(std::string, providers);
        QFETCH(std::string, balanced);
        QFETCH(std::string, coding);
        if (openai)
            m_secrets.environment["OPENAI_API_KEY"] = "sk-hidden";
        if (anthropic)
            m_secrets.environment["ANTHROPIC_API_KEY"] = "sk-hidden";
        std::vector<FoundLocal> found;
        if (local)
            found.push_back({"ollama", "http://127.0.0.1:11434/v1", {"qwen3", "llama3:8b"}});

        const auto setup = initialiseWorkspace(*m_workspace, m_secrets, found);
        QVERIFY2(setup, setup ? "" : setup.error().message.c_str());
        QCOMPARE(setup->written.size(), std::size_t{2});
        std::string names;
        for (const auto& name : setup->providers)
            names += (names.empty() ? "" : " ") + name;
        QCOMPARE(names, providers);

        const std::string router = readFile(m_workspace->modelRouterFile()).value();
        const std::string llm = readFile(m_workspace->llmFile()).value();
        QVERIFY(router.starts_with("{\n  \"modelRouter\": {\n    \"routingModel\": \""));
        QVERIFY(llm.starts_with("{\n  \"llm\": {\n    \"providers\": {\n"));
        QVERIFY(llm.find("sk-hidden") == std::string::npos);
        const auto reading = readPolicy({router, llm, std::nullopt}, {}, &m_secrets);
        QVERIFY2(reading.policy, listed(reading.problems).c_str());
        const routing::Policy& policy = *reading.policy;
        QCOMPARE(policy.routingModel->text(), balanced);
        QCOMPARE(policy.tiers.find("balanced")->second.model->text(), balanced);
        QCOMPARE(policy.tiers.find("coding")->second.model->text(), coding);
        QVERIFY(!policy.tiers.find("smart")->second.model);
        QVERIFY(!policy.tiers.find("deep")->second.model);
        QVERIFY(policy.dynamicTierEnabled);
        QVERIFY(policy.findProvider("sim")->apiType == routing::ApiType::Simulated);
        if (local) {
            QVERIFY(policy.findProvider("ollama")->local);
            QCOMPARE(policy.findProvider("ollama")->models.size(), std::size_t{2});
        }
        for (const auto& problem : reading.problems)
            QVERIFY2(problem.pointer == "/modelRouter/tiers/background", listed(reading.problems).c_str());

        struct stat status {};

        QCOMPARE(::stat(m_workspace->llmFile().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0600});
        QCOMPARE(::stat(m_workspace->root().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, mode_t{0700});
    }

    void neverOverwrites() {
        putFile(m_workspace->modelRouterFile(), routerSample);
        putFile(m_workspace->llmFile(), llmSample);
        const auto setup = initialiseWorkspace(*m_workspace, m_secrets, {});
        QVERIFY(setup);
        QVERIFY(setup->written.empty());
        QCOMPARE(setup->providers.front(), std::string("sim")); // the only one that can be called
        QCOMPARE(readFile(m_workspace->modelRouterFile()).value(), std::string(routerSample));
        QCOMPARE(readFile(m_workspace->llmFile()).value(), std::string(llmSample));
    }

    void fitsTheRouterToProvidersThatStand() {
        putFile(m_workspace->llmFile(),
                R"({"providers": {"away": {"apiType": "openai", "apiKey": {"env": "AWAY"}},
                    "here": {"apiType": "openai-chat", "baseUrl": "http:\/\/127.0.0.1:1", "local": true, "models": ["m"]}}})");
        const auto setup = initialiseWorkspace(*m_workspace, m_secrets, {});
        QVERIFY(setup);
        QCOMPARE(setup->written.size(), std::size_t{1});
        QCOMPARE(setup->providers.front(), std::string("here"));
        QVERIFY(readFile(m_workspace->modelRouterFile()).value().find("\"balancedModel\": \"here/m\"") !=
                std::string::npos);
    }

    void brokenProvidersAreLeftAlone() {
        putFile(m_workspace->llmFile(), "{");
        const auto setup = initialiseWorkspace(*m_workspace, m_secrets, {});
        QVERIFY(!setup);
        QVERIFY(!std::filesystem::exists(m_workspace->modelRouterFile()));
        QCOMPARE(readFile(m_workspace->llmFile()).value(), std::string("{"));
    }

    void saysWhyAFolderCannotBeMade() {
        putFile(m_workspace->root().parent_path(), "a file where a folder should be");
        const auto setup = initialiseWorkspace(*m_workspace, m_secrets, {});
        QVERIFY(!setup);
        QVERIFY(setup.error().message.ends_with('.'));
    }

    void oddModelNamesStayJson() {
        QVERIFY(initialiseWorkspace(*m_workspace, m_secrets,
                                    {{"ollama", "http://127.0.0.1:1/v1", {"we\"ird\\", "ü"}}}));
        const auto reading =
            readPolicy({std::nullopt, readFile(m_workspace->llmFile()).value(), std::nullopt}, {}, nullptr);
        QVERIFY(reading.policy);
        QCOMPARE(reading.policy->findProvider("ollama")->models[0].id, std::string("we\"ird\\"));
    }

private:
    std::unique_ptr<QTemporaryDir> m_temporary;
    std::unique_ptr<Workspace> m_workspace;
    FakeSecrets m_secrets;
};

QTEST_APPLESS_MAIN(TestFirstSetup)
#include "tst_first_setup.moc"
