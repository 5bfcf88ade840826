#include "core/routing/policy.h"
#include "core/routing/provider_wishes.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::routing;

using Names = std::vector<std::string>;

Q_DECLARE_METATYPE(HostWishes)

// What is read from a request's `provider`, and which providers are OpenRouter. How wishes narrow a plan is
// in tests/data/routing/wishes.json.
class TestProviderWishes : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void allMembers() {
        const auto wishes = readProviderWishes(
            R"({"order": ["a", "B"], "only": ["c"], "ignore": ["d"], "allow_fallbacks": false})");
        QVERIFY(wishes);
        QVERIFY(wishes->order == Names({"a", "B"}));
        QVERIFY(wishes->only == Names{"c"});
        QVERIFY(wishes->ignore == Names{"d"});
        QVERIFY(!wishes->allowFallbacks);
        QVERIFY(wishes->notCarriedOut.empty());
        QVERIFY(!wishes->empty());
    }

    void nothingWished_data() {
        QTest::addColumn<std::string>("json");
        const auto row = [](const char* json) { QTest::newRow(json) << std::string(json); };
        row("{}");
        row(" null ");
        row(R"({"order": null, "only": null, "ignore": null, "allow_fallbacks": null})");
        row(R"({"order": [], "allow_fallbacks": true})");
        row(R"({"sort": null, "zdr": false, "data_collection": "allow", "quantizations": [], "max_price": {}})");
    }

    void nothingWished() {
        QFETCH(std::string, json);
        const auto wishes = readProviderWishes(json);
        QVERIFY(wishes);
        QVERIFY(wishes->empty());
        QVERIFY(wishes->notCarriedOut.empty());
    }

    void otherWishesAreNamed() {
        const auto wishes = readProviderWishes(
            R"({"sort": "throughput", "max_price": {"image": 1}, "zdr": true, "data_collection": "deny", "new": 1})");
        QVERIFY(wishes);
        QVERIFY(wishes->empty());
        Names named = wishes->notCarriedOut;
        std::sort(named.begin(), named.end());
        QVERIFY(named == Names({"data_collection", "max_price", "new", "sort", "zdr"}));
    }

    void wishesOfHosts_data() {
        QTest::addColumn<std::string>("json");
        QTest::addColumn<HostWishes>("expected");
        using Sort = HostWishes::Sort;
        const auto row = [](const char* json, const HostWishes& hosts) {
            QTest::newRow(json) << std::string(json) << hosts;
        };
        row(R"({"sort": "price"})", {Sort::Price, {}, {}});
        row(R"({"sort": "latency"})", {Sort::Latency, {}, {}});
        row(R"({"sort": {"by": "price", "partition": "none"}})", {Sort::Price, {}, {}});
        row(R"({"sort": "throughput"})", {});
        row(R"({"max_price": {"prompt": 1.5, "completion": "2", "image": null}})",
            {Sort::None, PicoUsdPerToken(1'500'000), PicoUsdPerToken(2'000'000)});
        row(R"({"max_price": {"prompt": 0}})", {Sort::None, PicoUsdPerToken(0), {}});
    }

    void wishesOfHosts() {
        QFETCH(std::string, json);
        QFETCH(HostWishes, expected);
        const auto wishes = readProviderWishes(json);
        QVERIFY(wishes);
        QVERIFY(wishes->hosts == expected);
        QVERIFY(wishes->empty()); // the plan is made by them, there is nothing to narrow
    }

    void otherWishesAreNamedWithinBounds() {
        std::string json = "{\"" + std::string(5000, 'x') + "\": 1";
        for (int i = 0; i < 1000; ++i)
            json += ", \"w" + std::to_string(i) + "\": 1";
        const auto wishes = readProviderWishes(json + "}");
        QVERIFY(wishes);
        QCOMPARE(wishes->notCarriedOut.size(), std::size_t(16));
        for (const std::string& name : wishes->notCarriedOut)
            QVERIFY(name.size() < 100);
    }

    void mistakes_data() {
        QTest::addColumn<std::string>("json");
        QTest::addColumn<std::string>("says");
        const auto row = [](const char* json, const char* says) {
            QTest::newRow(json) << std::string(json) << std::string(says);
        };
        row("", "'provider' is not valid JSON.");
        row("{\"order\": [", "'provider' is not valid JSON.");
        row("{\"order\": [\"\xFF\"]}", "'provider' is not valid JSON.");
        row("[]", "'provider' must be an object");
        row("\"openai\"", "'provider' must be an object");
        row(R"({"order": "openai"})", "'provider.order' must be a list of providers' names.");
        row(R"({"only": {"openai": 1}})", "'provider.only' must be a list of providers' names.");
        row(R"({"ignore": ["openai", 1]})", "'provider.ignore' must be a list of providers' names.");
        row(R"({"max_price": 1})", "'provider.max_price' must be an object of prices");
        row(R"({"max_price": {"prompt": -1}})", "'provider.max_price' must be an object of prices");
        row(R"({"max_price": {"completion": "cheap"}})", "'provider.max_price' must be an object of prices");
        row(R"({"max_price": {"prompt": 1e300}})", "'provider.max_price' must be an object of prices");
        row(R"({"allow_fallbacks": "no"})", "'provider.allow_fallbacks' must be true or false.");
    }

    void mistakes() {
        QFETCH(std::string, json);
        QFETCH(std::string, says);
        const auto wishes = readProviderWishes(json);
        QVERIFY(!wishes);
        QVERIFY2(wishes.error().message.starts_with(says), wishes.error().message.c_str());
        QVERIFY(wishes.error().message.ends_with('.'));
    }

    void deeplyNestedIsNoTrouble() {
        const std::string deep = R"({"sort": )" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
        const auto wishes = readProviderWishes(deep);
        QVERIFY(wishes);
        QVERIFY(wishes->notCarriedOut == Names{"sort"});
    }

    void openRouter_data() {
        QTest::addColumn<std::string>("host");
        QTest::addColumn<bool>("is");
        QTest::newRow("itself") << std::string("openrouter.ai/api/v1") << true;
        QTest::newRow("bare") << std::string("openrouter.ai") << true;
        QTest::newRow("case") << std::string("OpenRouter.AI/api/v1") << true;
        QTest::newRow("port") << std::string("openrouter.ai:443/api/v1") << true;
        QTest::newRow("subdomain") << std::string("eu.openrouter.ai/api/v1") << true;
        QTest::newRow("user") << std::string("me:secret@openrouter.ai/api/v1") << true;
        QTest::newRow("looks like it") << std::string("notopenrouter.ai/api/v1") << false;
        QTest::newRow("domain of another") << std::string("openrouter.ai.example.com/api") << false;
        QTest::newRow("path of another") << std::string("example.com/openrouter.ai") << false;
        QTest::newRow("query of another") << std::string("example.com?x=.openrouter.ai") << false;
        QTest::newRow("user of another") << std::string("openrouter.ai@example.com/api") << false;
        QTest::newRow("none") << std::string() << false;
    }

    void openRouter() {
        QFETCH(std::string, host);
        QFETCH(bool, is);
        ProviderSettings provider;
        provider.name = "openrouter"; // the name says nothing
        provider.baseUrl = std::string("https:/") + "/" + host;
        QCOMPARE(provider.isOpenRouter(), is);
        provider.baseUrl = host; // and without a scheme there is no host
        QVERIFY(!provider.isOpenRouter());
    }
};

QTEST_APPLESS_MAIN(TestProviderWishes)
#include "tst_provider_wishes.moc"
