#include "core/routing/replay.h"
#include "core/routing/tier_resolver.h"

#include <QTest>

#include <array>
#include <random>

using namespace tierdeck;
using namespace tierdeck::routing;

namespace {

ModelId model(const char* text) {
    return *ModelId::parse(text);
}

/// a/* without a charge for cache writes, b/* with one, as the vendors do.
constexpr const char* prices = R"({
"a/small": {"input": 1, "output": 4, "cache_read": 0.1},
"a/large": {"input": 10, "output": 40, "cache_read": 1},
"b/large": {"input": 10, "output": 40, "cache_read": 1, "cache_write_5m": 12.5}
})";

Policy policyOf() {
    Policy policy = Policy::withDefaults();
    for (const char* name : {"a", "b", "sim", "free"}) {
        policy.providers[name].name = name;
        policy.providerOrder.emplace_back(name);
    }
    policy.providers["sim"].apiType = ApiType::Simulated;
    policy.tiers["balanced"].model = model("a/small");
    policy.tiers["deep"].model = model("b/large");
    policy.dynamicTierEnabled = true;
    policy.prices = pricing::PriceTable::parse(prices).value();
    return policy;
}

Rule rule(const char* name, const char* tier) {
    Rule made;
    made.name = name;
    made.tier = tier;
    return made;
}

/// A history that the router itself made under one policy, kept as a store keeps it.
class History {
public:
    explicit History(const Policy& policy)
        : m_policy(policy) {
        m_names.emplace_back();
    }

    std::int64_t numberOf(std::string_view name) {
        const auto found = std::find(m_names.begin(), m_names.end(), name);
        if (found == m_names.end())
            m_names.emplace_back(name);
        return std::find(m_names.begin(), m_names.end(), name) - m_names.begin();
    }

    /// false where nothing could serve.
    bool send(std::int64_t session, std::int64_t turn, const RouteRequest& request,
              pricing::TokenUsage usage = {}) {
        SessionState& state = m_states[session];
        if (m_turns[session] != turn) {
            if (m_turns[session] != 0)
                beginTurn(state);
            m_turns[session] = turn;
        }
        const auto decision = resolve(request, m_policy, state, {});
        if (!decision)
            return false;
        const RequestFacts facts = factsOf(request, state, *decision);
        advance(state, request, *decision);
        Entry entry;
        entry.packed = pack(facts);
        ReplayRow& row = entry.row;
        row.request = static_cast<std::int64_t>(rows.size()) + 1;
        row.session = session;
        row.turn = turn;
        row.tier = numberOf(decision->tier.value_or(""));
        row.model = row.decidedModel = numberOf(decision->model.text());
        row.project = numberOf(request.project);
        row.client = numberOf(request.client);
        row.taskType = numberOf(request.taskType);
        row.inputTokens = facts.inputTokens;
        row.score = facts.score;
        row.codeScore = facts.codeScore;
        row.usage = usage;
        row.cost = m_policy.prices.cost({decision->model.provider(), decision->model.name(), usage, {}});
        if (usage.total() == 0)
            row.cost = NanoUsd(0);
        rows.push_back(std::move(entry));
        return true;
    }

    /// Under another policy.
    std::unique_ptr<Replay> replay(const Policy& policy) {
        auto made = std::make_unique<Replay>(
            policy, [this](std::int64_t number) { return m_names[static_cast<std::size_t>(number)]; }, 1000);
        for (Entry& entry : rows) {
            entry.row.facts = made->addFacts(entry.packed);
            made->add(entry.row);
        }
        return made;
    }

    [[nodiscard]] const std::string& nameOf(std::int64_t number) const {
        return m_names[static_cast<std::size_t>(number)];
    }

    struct Entry {
        ReplayRow row;
        std::string packed;
    };

    std::vector<Entry> rows;

private:
    const Policy& m_policy;
    std::vector<std::string> m_names;
    std::map<std::int64_t, SessionState> m_states;
    std::map<std::int64_t, std::int64_t> m_turns;
};

RouteRequest asking(std::string_view text) {
    RouteRequest request;
    request.declaredModel = "auto";
    request.userText = text;
    return request;
}

constexpr std::string_view hard =
    "Prove step by step that the consensus protocol keeps its invariants under every partition, compare "
    "three "
    "designs, weigh the trade-offs of each, and derive a migration plan with its risks.";
constexpr std::string_view easy = "What is the capital of France?";

const NanoUsd microDollars(std::int64_t count) {
    return NanoUsd(count * 1000);
}

} // namespace

class ReplayTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    /// Random requests, decided by the resolver: under their own policy nothing changes, under another one
    /// each becomes what the resolver makes of it with the text still there.
    void itIsWhatTheResolverWouldDo() {
        std::mt19937 random(3);
        const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
        const std::array<std::string_view, 4> texts{
            easy, hard, "Fix the failing test in parser.cpp and refactor it.", "Summarise this."};
        const std::array<std::string_view, 6> declared{"auto",   "",        "tier-deep",
                                                       "coding", "a/large", "b/large"};
        const std::array<std::string_view, 4> tasks{"", "code-review", "bulk", "unheard-of"};
        for (int round = 0; round < 30; ++round) {
            const auto anyPolicy = [&] {
                Policy policy = policyOf();
                policy.promotion.breakEvenTurns = 0; // asks for the cache, which a replay does not know
                policy.dynamicTierEnabled = chance(70);
                policy.classifier.smartThreshold = 0.2 + static_cast<double>(random() % 50) / 100;
                policy.classifier.deepThreshold = policy.classifier.smartThreshold + 0.2;
                if (chance(60))
                    policy.tiers["smart"].model = model("a/large");
                if (chance(60))
                    policy.tiers["coding"].model = model("b/large");
                if (chance(50)) {
                    Rule large = rule("large", "deep");
                    large.when.minInputTokens = 5000;
                    Rule pictures = rule("pictures", "smart");
                    pictures.when.hasImages = true;
                    Rule shop = rule("shop", "coding");
                    shop.when.project = "shop";
                    Rule codex = rule("codex", "smart");
                    codex.when.client = "codex";
                    codex.when.subagent = true;
                    policy.rules = {pictures, large, shop, codex};
                    std::shuffle(policy.rules.begin(), policy.rules.end(), random);
                }
                if (chance(50))
                    policy.taskTypes["unheard-of"] = "smart";
                if (chance(50))
                    policy.skillTiers["refactor"] = chance(50) ? "coding" : "deep";
                return policy;
            };
            const Policy before = anyPolicy();
            const Policy after = anyPolicy();
            History then(before);
            History now(after); // the same requests, with their text, under the other policy
            for (int i = 0; i < 200; ++i) {
                RouteRequest request = asking(texts[random() % texts.size()]);
                request.declaredModel = declared[random() % declared.size()];
                request.taskType = tasks[random() % tasks.size()];
                request.project = chance(30) ? "shop" : "";
                request.client = chance(50) ? "codex" : "";
                request.skill = chance(20) ? "refactor" : "";
                request.inputTokens = static_cast<std::int64_t>(random() % 10'000);
                request.hasImages = chance(20);
                request.subagent = chance(20);
                request.background = chance(10);
                request.toolsOffered = static_cast<int>(random() % 20);
                if (chance(10))
                    request.userOverride.tier = "deep";
                const auto session = static_cast<std::int64_t>(1 + random() % 5);
                const std::int64_t turn = 1 + i / 20;
                QVERIFY(then.send(session, turn, request));
                QVERIFY(now.send(session, turn, request));
            }
            const auto same = then.replay(before)->result();
            QCOMPARE(same.requests, 200);
            QCOMPARE(same.changed, 0);

            std::map<std::int64_t, ReplayChange> told;
            const auto replay = then.replay(after);
            replay->eachChange([&](const ReplayChange& change) { told[change.request] = change; });
            std::size_t differ = 0;
            for (std::size_t i = 0; i < then.rows.size(); ++i) {
                const ReplayRow& was = then.rows[i].row;
                const ReplayRow& is = now.rows[i].row;
                const std::string wasTier = then.nameOf(was.tier);
                const std::string isTier = now.nameOf(is.tier);
                const bool changes = wasTier != isTier || then.nameOf(was.model) != now.nameOf(is.model);
                differ += changes;
                const auto change = told.find(was.request);
                QCOMPARE(change != told.end(), changes);
                if (!changes)
                    continue;
                QCOMPARE(change->second.toTier, isTier.empty() ? std::string("-") : isTier);
                QCOMPARE(change->second.toModel, now.nameOf(is.model));
                QVERIFY(!change->second.reason.empty());
            }
            QCOMPARE(replay->result().changed, static_cast<std::int64_t>(differ));
        }
    }

    void sumsAndMatrix() {
        const Policy before = policyOf();
        History history(before);
        const pricing::TokenUsage usage{1000, 0, 0, 0, 100, 0, 0};
        QVERIFY(history.send(1, 1, asking(easy), usage)); // a/small: 1000 + 400 = 1400 micro-dollars
        RouteRequest deep = asking(easy);
        deep.declaredModel = "tier-deep";
        QVERIFY(history.send(2, 1, deep, usage)); // b/large: 10000 + 4000
        RouteRequest named = asking(easy);
        named.declaredModel = "a/large";
        QVERIFY(history.send(3, 1, named, usage)); // 14000, whatever the tiers are

        Policy after = policyOf();
        after.tiers["balanced"].model = model("a/large");
        after.tiers["deep"].model.reset(); // falls to balanced's
        const auto result = history.replay(after)->result();
        QCOMPARE(result.requests, 3);
        QCOMPARE(result.changed, 2);
        QCOMPARE(result.before.cost.value, microDollars(1400 + 14000 + 14000).value);
        QCOMPARE(result.after.cost.value, microDollars(14000 * 3).value);
        QCOMPARE(result.coldCache.value, 0);
        QCOMPARE(result.beforeByTier.at("balanced").cost.value, microDollars(1400).value);
        QCOMPARE(result.afterByTier.at("balanced").cost.value, microDollars(14000).value);
        QCOMPARE(result.afterByTier.at("deep").requests, 1);
        QCOMPARE(result.matrix.at("balanced").at("balanced"), 1);
        QCOMPARE(result.matrix.at("-").at("-"), 1);
        QCOMPARE(result.matrix.size(), std::size_t{3});
    }

    void unknownPricesStayUnknown() {
        const Policy before = policyOf();
        History history(before);
        const pricing::TokenUsage usage{1000, 0, 0, 0, 100, 0, 0};
        QVERIFY(history.send(1, 1, asking(easy), usage));
        Policy after = policyOf();
        after.tiers["balanced"].model = model("free/unheard-of");
        auto result = history.replay(after)->result();
        QCOMPARE(result.after.unpricedRequests, 1);
        QCOMPARE(result.after.cost.value, 0);
        QCOMPARE(result.before.unpricedRequests, 0);
        after.tiers["balanced"].model = model("sim/fast");
        result = history.replay(after)->result();
        QCOMPARE(result.after.unpricedRequests, 0); // nothing is owed
        QCOMPARE(result.after.cost.value, 0);
    }

    void whereNothingCouldServe() {
        const Policy before = policyOf();
        History history(before);
        QVERIFY(history.send(1, 1, asking(easy), {1000, 0, 0, 0, 100, 0, 0}));
        Policy after = policyOf();
        after.tiers["balanced"].model.reset();
        after.tiers["deep"].model.reset();
        const auto replay = history.replay(after);
        QCOMPARE(replay->result().failed, 1);
        QCOMPARE(replay->result().after.cost.value, 0);
        QCOMPARE(replay->result().matrix.at("balanced").at("none"), 1);
        replay->eachChange([](const ReplayChange& change) {
            QVERIFY(change.toTier.empty());
            QVERIFY(change.reason.find("set balancedModel") != std::string::npos);
        });
    }

    // Three requests on one warm model; the policy after serves the second with another one.
    void coldCachesAreCounted() {
        const Policy before = policyOf();
        History history(before);
        QVERIFY(history.send(1, 1, asking(easy), {10'000, 0, 0, 0, 0, 0, 0}));
        RouteRequest review = asking(easy);
        review.taskType = "spare";
        QVERIFY(history.send(1, 2, review, {1'000, 10'000, 0, 0, 0, 0, 0}));
        QVERIFY(history.send(1, 3, asking(easy), {1'000, 11'000, 0, 0, 0, 0, 0}));
        const std::int64_t then = 10'000 + (1'000 + 1'000) + (1'000 + 1'100);
        Policy after = policyOf();
        after.taskTypes["spare"] = "deep"; // b/large: what was read is written at 12.5
        const auto result = history.replay(after)->result();
        QCOMPARE(result.before.cost.value, microDollars(then).value);
        const std::int64_t second = 10'000 + 10'000;      // warm it would have been
        const std::int64_t secondCold = 10'000 + 125'000; // 10,000 tokens written to the cache
        const std::int64_t thirdCold = 12'000;            // a/small has to read all of it anew
        QCOMPARE(result.after.cost.value, microDollars(10'000 + secondCold + thirdCold).value);
        QCOMPARE(result.coldCache.value, microDollars(secondCold - second + thirdCold - 2'100).value);
        QCOMPARE(result.changed, 1);
    }

    // The other way round: what changed models then stays on one now.
    void cachesThatStayWarmAreCounted() {
        Policy before = policyOf();
        before.taskTypes["spare"] = "deep";
        History history(before);
        QVERIFY(history.send(1, 1, asking(easy), {10'000, 0, 0, 0, 0, 0, 0}));
        RouteRequest spare = asking(easy);
        spare.taskType = "spare";
        QVERIFY(history.send(1, 2, spare, {1'000, 0, 10'000, 0, 0, 0, 0}));
        const auto result = history.replay(policyOf())->result();
        // 11,000 tokens on a/small, of which it has read 10,000 before.
        QCOMPARE(result.after.cost.value, microDollars(10'000 + 1'000 + 1'000).value);
        QCOMPARE(result.coldCache.value, microDollars(1'000 + 1'000 - 11'000).value);
    }

    void aPromotionHoldsForItsTurn() {
        Policy before = policyOf();
        before.dynamicTierEnabled = false;
        History history(before);
        QVERIFY(history.send(1, 1, asking(hard)));
        QVERIFY(history.send(1, 1, asking(easy)));
        QVERIFY(history.send(1, 2, asking(easy)));
        Policy after = policyOf();
        after.promotion.breakEvenTurns = 0;
        after.classifier.smartThreshold = history.rows[0].row.score / 1e4;
        after.classifier.deepThreshold = 1.1;
        after.classifier.codingThreshold = 1.1;
        QVERIFY(history.rows[0].row.score > history.rows[1].row.score);
        const auto result = history.replay(after)->result();
        QCOMPARE(result.matrix.at("balanced").at("smart"), 2);
        QCOMPARE(result.matrix.at("balanced").at("balanced"), 1);
    }

    void keywordRulesHoldWhereTheyDidThen() {
        Policy before = policyOf();
        Rule audits = rule("audits", "deep");
        audits.when.keywords = {"audit"};
        before.rules = {audits};
        History history(before);
        QVERIFY(history.send(1, 1, asking("Start the audit.")));
        QVERIFY(history.send(2, 1, asking(easy)));
        Policy after = before;
        after.rules[0].tier = "smart";
        Rule facts = rule("facts", "deep");
        facts.when.keywords = {"capital"};
        after.rules.push_back(facts);
        const auto result = history.replay(after)->result();
        QCOMPARE(result.matrix.at("deep").at("smart"), 1);
        QCOMPARE(result.matrix.at("balanced").at("balanced"), 1); // nobody knows that "capital" was in it
        QVERIFY(std::any_of(result.assumptions.begin(), result.assumptions.end(), [](const std::string& one) {
            return one.starts_with("2 rules look at keywords") && one.find("'facts'") != std::string::npos;
        }));
        QVERIFY(history.replay(policyOf())->result().assumptions.size() < result.assumptions.size());
    }

    void aFallbackServesAgain() {
        const Policy before = policyOf();
        History history(before);
        QVERIFY(history.send(1, 1, asking(easy), {1000, 0, 0, 0, 0, 0, 0}));
        history.rows[0].row.model = history.numberOf("b/large"); // a/small failed
        history.rows[0].row.cost = microDollars(10'000);
        const auto result = history.replay(before)->result();
        QCOMPARE(result.changed, 0);
        QCOMPARE(result.after.cost.value, microDollars(10'000).value);
    }

    void whatIsLeftOutIsSaid() {
        const Policy policy = policyOf();
        Replay replay(
            policy, [](std::int64_t) { return std::string(); }, 10);
        replay.leaveOut(1, 7);
        const auto said = replay.result().assumptions;
        QCOMPARE(std::count_if(said.begin(), said.end(),
                               [](const std::string& one) {
                                   return one.starts_with("1 request was never decided here (imported") ||
                                          one.starts_with("7 requests stand");
                               }),
                 2);
    }
};

QTEST_GUILESS_MAIN(ReplayTest)
#include "tst_replay.moc"
