#include "tests/core/sessions/recount.h"

#include "core/sessions/record_json.h"

#include <QDate>
#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>

namespace tierdeck::testing {

namespace {

using routing::RequestRecord;
using namespace sessions;
using Records = std::vector<const RequestRecord*>;

bool contains(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

/// The latest title of a session; of two at the same moment either will do, so the tests give none such.
std::string lastTold(const Records& records, std::string RequestRecord::*member) {
    std::string told;
    UtcTime when{};
    for (const RequestRecord* record : records) {
        if (!(record->*member).empty() && record->time >= when) {
            told = record->*member;
            when = record->time;
        }
    }
    return told;
}

std::string commonest(const Records& records, std::string RequestRecord::*member) {
    std::map<std::string, int> counts;
    for (const RequestRecord* record : records)
        ++counts[record->*member];
    std::string best;
    int bestCount = 0;
    for (const auto& [name, count] : counts) {
        if (!name.empty() && count > bestCount) {
            best = name;
            bestCount = count;
        }
    }
    return best;
}

std::vector<TierShare> sharesOf(const Records& records) {
    std::map<std::string, TierShare> shares;
    for (const RequestRecord* record : records) {
        TierShare& share = shares[record->tier.value_or("")];
        share.tier = record->tier.value_or("");
        ++share.requests;
        share.cost += record->cost.value_or(NanoUsd(0));
    }
    std::vector<TierShare> sorted;
    for (const auto& [tier, share] : shares)
        sorted.push_back(share);
    std::stable_sort(sorted.begin(), sorted.end(), [](const TierShare& a, const TierShare& b) {
        return std::tie(b.cost, b.requests) < std::tie(a.cost, a.requests);
    });
    return sorted;
}

std::string textOf(const std::vector<TierShare>& shares) {
    std::string all;
    for (const TierShare& share : shares)
        all += ' ' + (share.tier.empty() ? "-" : share.tier) + '=' + std::to_string(share.requests) + '/' +
               std::to_string(share.cost.value);
    return all;
}

std::string ms(UtcTime time) {
    return std::to_string(time.time_since_epoch().count());
}

std::string join(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts)
        all += (all.empty() ? "" : ",") + part;
    return all;
}

QDate localDate(UtcTime time, const QTimeZone& zone) {
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), zone).date();
}

std::string periodOf(UtcTime time, Period period, const QTimeZone& zone) {
    const QDate date = localDate(time, zone);
    switch (period) {
    case Period::None:
        return {};
    case Period::Hour: {
        const QDateTime local = QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), zone);
        const int ahead = local.offsetFromUtc() / 60;
        return (local.toString(QStringLiteral("yyyy-MM-ddTHH:00")) +
                QStringLiteral("%1%2:%3")
                    .arg(QLatin1Char(ahead < 0 ? '-' : '+'))
                    .arg(std::abs(ahead) / 60, 2, 10, QLatin1Char('0'))
                    .arg(std::abs(ahead) % 60, 2, 10, QLatin1Char('0')))
            .toStdString();
    }
    case Period::Day:
        return date.toString(Qt::ISODate).toStdString();
    case Period::Week: {
        int year = 0;
        const int week = date.weekNumber(&year);
        return QStringLiteral("%1-W%2")
            .arg(year, 4, 10, QLatin1Char('0'))
            .arg(week, 2, 10, QLatin1Char('0'))
            .toStdString();
    }
    case Period::Month:
        return date.toString(QStringLiteral("yyyy-MM")).toStdString();
    }
    return {};
}

std::string valueOf(const RequestRecord& record, Dimension dimension) {
    switch (dimension) {
    case Dimension::Source:
        return record.source;
    case Dimension::Tier:
        return record.tier.value_or("");
    case Dimension::Model:
        return record.model.value_or("");
    case Dimension::Provider:
        return record.provider;
    case Dimension::Project:
        return record.project;
    case Dimension::Client:
        return record.client;
    case Dimension::TaskType:
        return record.taskType;
    }
    return {};
}

} // namespace

Recount::Recount(std::vector<RequestRecord> records)
    : m_records(std::move(records)) {
    std::sort(m_records.begin(), m_records.end(), [](const RequestRecord& a, const RequestRecord& b) {
        return std::tie(a.time, a.request) < std::tie(b.time, b.request);
    });
    for (const RequestRecord& record : m_records) {
        m_openers.try_emplace({record.session, record.turn}, record.request);
        m_sessions[record.session].push_back(&record);
        m_turns[{record.session, record.turn}].push_back(&record);
    }
}

bool Recount::opens(const Record& record) const {
    return m_openers.at({record.session, record.turn}) == record.request;
}

Totals Recount::totalsOf(const Records& records) const {
    Totals totals;
    for (const Record* record : records) {
        ++totals.requests;
        totals.turns += opens(*record) ? 1 : 0;
        totals.unpricedRequests += record->cost ? 0 : 1;
        totals.simulatedRequests += record->simulated ? 1 : 0;
        totals.failedRequests += record->status == "ok" ? 0 : 1;
        totals.latencyMs += record->latencyMs;
        totals.usage += record->usage;
        totals.cost += record->cost.value_or(NanoUsd(0));
    }
    return totals;
}

bool Recount::passes(const Record& record, const Filter& filter) const {
    const auto wanted = [](const std::string& criterion, const std::string& value) {
        return criterion.empty() || criterion == value;
    };
    if ((filter.since && record.time < *filter.since) || (filter.until && record.time >= *filter.until))
        return false;
    if (!wanted(filter.session, record.session) || (filter.turn && *filter.turn != record.turn))
        return false;
    if (!wanted(filter.source, record.source) || !wanted(filter.project, record.project) ||
        !wanted(filter.client, record.client) || !wanted(filter.model, record.model.value_or("")))
        return false;
    if (filter.tier && *filter.tier != record.tier.value_or(""))
        return false;
    for (const auto& [dimension, value] : filter.exactly) {
        if (valueOf(record, dimension) != value)
            return false;
    }
    if (filter.unpriced && record.cost)
        return false;
    if (filter.search.empty())
        return true;
    const Records& session = m_sessions.at(record.session);
    return contains(record.session, filter.search) ||
           contains(lastTold(session, &Record::title), filter.search) ||
           std::any_of(session.begin(), session.end(), [&filter](const Record* one) {
               return contains(one->project, filter.search) || contains(one->client, filter.search);
           });
}

std::vector<std::string> Recount::requests(const Filter& filter) const {
    std::vector<std::string> rows;
    for (const Record& record : m_records) {
        if (passes(record, filter) &&
            (!filter.leastCost || (record.cost && *record.cost >= *filter.leastCost)))
            rows.push_back(text(record));
    }
    return rows;
}

SessionRow Recount::sessionOf(const std::string& name) const {
    const Records& records = m_sessions.at(name);
    SessionRow row;
    row.session = name;
    row.parentSession = lastTold(records, &Record::parentSession);
    row.source = commonest(records, &Record::source);
    row.client = commonest(records, &Record::client);
    row.project = commonest(records, &Record::project);
    row.title = lastTold(records, &Record::title);
    row.firstTime = records.front()->time;
    row.lastTime = records.back()->time;
    row.totals = totalsOf(records);
    row.tiers = sharesOf(records);
    return row;
}

std::vector<std::string> Recount::dearestSessions(const Filter& filter, int limit) const {
    std::vector<SessionRow> rows;
    for (const auto& [name, records] : m_sessions) {
        Records passing;
        std::copy_if(records.begin(), records.end(), std::back_inserter(passing),
                     [&](const Record* one) { return passes(*one, filter); });
        if (passing.empty())
            continue;
        SessionRow& row = rows.emplace_back(sessionOf(name));
        row.totals = totalsOf(passing);
        row.tiers = sharesOf(passing);
    }
    std::sort(rows.begin(), rows.end(), [](const SessionRow& a, const SessionRow& b) {
        return std::tie(b.totals.cost, b.totals.requests, a.session) <
               std::tie(a.totals.cost, a.totals.requests, b.session);
    });
    std::vector<std::string> texts;
    for (const SessionRow& row : rows) {
        if (static_cast<int>(texts.size()) < limit)
            texts.push_back(text(row));
    }
    return texts;
}

std::vector<std::string> Recount::sessions(const Filter& filter, SessionOrder order) const {
    std::vector<SessionRow> rows;
    for (const auto& [name, records] : m_sessions) {
        if (std::none_of(records.begin(), records.end(),
                         [&](const Record* one) { return passes(*one, filter); }))
            continue;
        if (filter.leastCost && totalsOf(records).cost < *filter.leastCost)
            continue;
        rows.push_back(sessionOf(name));
    }
    std::stable_sort(rows.begin(), rows.end(), [order](const SessionRow& a, const SessionRow& b) {
        switch (order) {
        case SessionOrder::LastTime:
            return a.lastTime > b.lastTime;
        case SessionOrder::Cost:
            return a.totals.cost > b.totals.cost;
        case SessionOrder::Turns:
            return a.totals.turns > b.totals.turns;
        case SessionOrder::Tokens:
            return a.totals.usage.total() > b.totals.usage.total();
        }
        return false;
    });
    std::vector<std::string> texts;
    for (const SessionRow& row : rows)
        texts.push_back(text(row));
    return texts;
}

std::vector<std::string> Recount::turns(const Filter& filter) const {
    Filter ofRequests = filter; // the times are of the turn's beginning
    ofRequests.since.reset();
    ofRequests.until.reset();
    std::vector<TurnRow> rows;
    for (const auto& [key, records] : m_turns) {
        const Record& first = *records.front();
        if ((filter.since && first.time < *filter.since) || (filter.until && first.time >= *filter.until))
            continue;
        if (std::none_of(records.begin(), records.end(),
                         [&](const Record* one) { return passes(*one, ofRequests); }))
            continue;
        if (filter.leastCost && totalsOf(records).cost < *filter.leastCost)
            continue;
        TurnRow& row = rows.emplace_back();
        row.session = key.first;
        row.turn = key.second;
        row.agent = first.agent;
        row.time = first.time;
        row.source = first.source;
        row.client = first.client;
        row.project = first.project;
        row.reason = first.reason;
        row.totals = totalsOf(records);
        row.tiers = sharesOf(records);
        std::set<std::string> models;
        std::set<std::string> tierSources;
        for (const Record* record : records) {
            if (record->model)
                models.insert(*record->model);
            if (!record->tierSource.empty())
                tierSources.insert(record->tierSource);
            std::set<std::string> tried;
            for (const auto& attempt : record->attempts)
                tried.insert(attempt.model);
            row.fallbacks += tried.size() > 1 ? 1 : 0;
        }
        row.models.assign(models.begin(), models.end());
        row.tierSources.assign(tierSources.begin(), tierSources.end());
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const TurnRow& a, const TurnRow& b) { return a.time < b.time; });
    std::vector<std::string> texts;
    for (const TurnRow& row : rows)
        texts.push_back(text(row));
    return texts;
}

std::vector<std::string> Recount::spend(const SpendQuery& query) const {
    const QTimeZone zone(QByteArray::fromStdString(query.timeZone));
    std::map<std::pair<std::string, std::vector<std::string>>, Records> groups;
    std::map<std::string, UtcTime> begun; // by period: two hours of one name differ in more than their text
    Records all;
    for (const Record& record : m_records) {
        if (!passes(record, query.filter))
            continue;
        std::vector<std::string> keys;
        for (const Dimension dimension : query.by)
            keys.push_back(valueOf(record, dimension));
        const std::string period = periodOf(record.time, query.period, zone);
        begun.try_emplace(period, record.time);
        groups[{period, keys}].push_back(&record);
        all.push_back(&record);
    }
    SpendResult result;
    result.totals = totalsOf(all);
    for (const auto& [key, records] : groups)
        result.rows.push_back({key.first, key.second, totalsOf(records)});
    std::stable_sort(result.rows.begin(), result.rows.end(), [&begun](const SpendRow& a, const SpendRow& b) {
        return std::tie(begun.at(a.period), b.totals.cost, b.totals.requests) <
               std::tie(begun.at(b.period), a.totals.cost, a.totals.requests);
    });
    return text(result);
}

// --------------------------------------------------------------------------------------------------------
// texts

std::string text(const RequestRecord& record) {
    return toJson(record);
}

std::string text(const Totals& totals) {
    std::string all;
    for (const std::int64_t value :
         {totals.requests, totals.turns, totals.unpricedRequests, totals.simulatedRequests,
          totals.failedRequests, totals.latencyMs, totals.usage.input, totals.usage.cachedInput,
          totals.usage.cacheWrite5m, totals.usage.cacheWrite1h, totals.usage.output, totals.usage.reasoning,
          totals.usage.webSearches, totals.cost.value})
        all += ' ' + std::to_string(value);
    return all;
}

std::string text(const SessionRow& row) {
    return join({row.session, row.parentSession, row.source, row.client, row.project, row.title,
                 ms(row.firstTime), ms(row.lastTime)}) +
           " |" + text(row.totals) + " |" + textOf(row.tiers);
}

std::string text(const TurnRow& row) {
    return join({row.session, row.agent, std::to_string(row.turn), ms(row.time), row.source, row.client,
                 row.project, row.reason, std::to_string(row.fallbacks)}) +
           " |" + text(row.totals) + " |" + textOf(row.tiers) + " | " + join(row.models) + " | " +
           join(row.tierSources);
}

std::vector<std::string> text(const SpendResult& result) {
    std::vector<std::string> all;
    for (const SpendRow& row : result.rows)
        all.push_back(row.period + " [" + join(row.keys) + "]" + text(row.totals));
    all.push_back("totals" + text(result.totals));
    return all;
}

// ------------------------------------------------------------------------------------------------- wild
// records

std::vector<RequestRecord> wildRecords(std::uint64_t seed, int count) {
    Random random(seed);
    static constexpr std::array<std::string_view, 4> sources{"gateway", "gateway", "codex", "claude-code"};
    static constexpr std::array<std::string_view, 4> clients{"", "codex", "opencode", "Übung_100%"};
    static constexpr std::array<std::string_view, 4> projects{"", "shop", "back\\slash", "router"};
    static constexpr std::array<std::string_view, 5> tierNames{"", "balanced", "smart", "coding", "deep"};
    static constexpr std::array<std::string_view, 4> modelNames{"openai/gpt-5.1", "openai/gpt-5.2",
                                                                "sim/fast", "x/y"};
    static constexpr std::array<std::string_view, 4> statuses{"ok", "ok", "error", "cancelled"};
    // 2026 in Berlin: the summer's begin and end, a day that is Sunday in one zone and Monday in another,
    // year's end.
    static constexpr std::array<std::int64_t, 5> moments{
        1'774'746'000'000, 1'792'890'000'000, 1'763'938'800'000, 1'798'758'000'000, 1'767'222'000'000};
    std::vector<RequestRecord> records;
    for (int i = 0; i < count; ++i) {
        RequestRecord record;
        record.request = RequestId(i + 1);
        record.session = "session-" + std::to_string(random.below(std::max(2, count / 40)));
        record.turn = static_cast<int>(1 + random.below(8));
        // Different in every record, so that "the latest" is one.
        record.time = UtcTime(std::chrono::milliseconds(
            random.pick(moments) + (random.below(96 * 3600) - 48 * 3600) * 1000 + i % 1000));
        record.source = random.pick(sources);
        record.client = random.pick(clients);
        record.project = random.pick(projects);
        if (random.chance(0.2))
            record.title = "Title " + std::to_string(random.below(5));
        if (random.chance(0.1))
            record.parentSession = "session-" + std::to_string(random.below(5));
        record.sessionSource = random.chance(0.5) ? "session-id" : "";
        record.agent = random.chance(0.2) ? "agent-" + std::to_string(random.below(3)) : "";
        record.agentSource = record.agent.empty() ? "" : "x-claude-code-agent-id";
        record.parentAgent = record.agent == "agent-2" ? "agent-1" : "";
        record.clientSource = record.client.empty() ? "" : "user-agent";
        record.projectSource = record.project.empty() ? "" : "x-opencode-project";
        record.taskType = random.chance(0.3) ? "review" : "";
        if (random.chance(0.8))
            record.tier = std::string(tierNames[static_cast<std::size_t>(1 + random.below(4))]);
        record.tierSource = random.chance(0.8) ? random.chance(0.5) ? "skill" : "default" : "";
        record.startingTier = random.pick(tierNames);
        if (random.chance(0.9))
            record.model = std::string(random.pick(modelNames));
        record.provider = record.model ? record.model->substr(0, record.model->find('/')) : "";
        record.modelReturned = random.chance(0.5) ? "returned" : "";
        record.status = random.pick(statuses);
        record.httpStatus = random.chance(0.5) ? 200 : 0;
        for (std::int64_t attempts = random.below(4); attempts > 0; --attempts) {
            routing::AttemptRecord& attempt = record.attempts.emplace_back();
            attempt.provider = random.chance(0.5) ? "openai" : "";
            attempt.model = random.pick(modelNames);
            attempt.outcome = random.chance(0.5) ? "ok" : "http_529";
            attempt.httpStatus = random.chance(0.5) ? 529 : 0;
            attempt.latencyMs = random.below(1000);
            attempt.reason = random.chance(0.5) ? "the model of tier smart" : "";
        }
        record.usage = {random.below(1000), random.below(1000),          random.below(2) * random.below(1000),
                        random.below(100),  random.below(5'000'000'000), random.below(100),
                        random.below(3)};
        record.usageEstimated = random.chance(0.2);
        if (random.chance(0.7))
            record.cost = NanoUsd(random.chance(0.2) ? 0 : random.below(40) * 1'000'000);
        record.priceVersion = random.chance(0.5) ? "2026-10-07/aa" : "";
        record.simulated = random.chance(0.1);
        record.latencyMs = random.below(90'000);
        if (random.chance(0.7))
            record.firstByteMs = random.below(2'000);
        record.reason = "reason " + std::to_string(random.below(50));
        record.messageId = random.chance(0.5) ? "msg_" + std::to_string(i) : "";
        record.decision = random.chance(0.5) ? R"({"tier":"smart"})" : "";
        record.notes = random.chance(0.1) ? "a note\nand another" : "";
        // Few prompts, so that requests share what is known of them.
        if (random.chance(0.6)) {
            const std::int64_t prompt = random.below(6);
            routing::RequestFacts& facts = record.facts.emplace();
            facts.declaredModel = prompt % 2 ? "auto" : "";
            facts.userOverride = {prompt == 2 ? "deep" : "", prompt == 3 ? "x/y" : ""};
            facts.skill = prompt == 4 ? "refactor" : "";
            facts.rule = prompt == 5 ? "a \"rule\": 1" : "";
            facts.toolsOffered = static_cast<int>(prompt);
            facts.hasImages = prompt == 1;
            facts.inputTokens = random.below(100'000);
            facts.messages = static_cast<int>(random.below(60));
            facts.score = static_cast<int>(random.below(10'001));
            facts.codeScore = static_cast<int>(random.below(10'001));
            record.features = "1" + std::to_string(random.below(1000));
            if (prompt != 5)
                record.features += '/' + std::string(static_cast<std::size_t>(prompt) * 40, 'x') + "/y";
        }
        records.push_back(std::move(record));
    }
    return records;
}

} // namespace tierdeck::testing
