#include "core/sessions/budget_meter.h"

#include "core/sessions/budget_period.h"
#include "core/sessions/budget_spend.h"
#include "core/sessions/schema.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tierdeck::sessions {

namespace {

using routing::Budget;
using routing::BudgetAlert;
using routing::BudgetPeriod;
using routing::SpendKey;

constexpr int busyTimeoutMs = 2000;
/// For the forecast: four weeks, so that every weekday counts the same.
constexpr int daysOfHistory = 28;
constexpr std::size_t mostSessions = 5'000;

bool isOfSession(const Budget& budget) {
    return budget.period == BudgetPeriod::Session;
}

std::int64_t msOf(UtcTime time) {
    return time.time_since_epoch().count();
}

/// A connection to the store with what is needed to ask it; made once there is a store.
struct Source {
    sqlite::Connection connection;
    NameBook names{connection};
    TimeZone zone;

    Source(sqlite::Connection opened, TimeZone storeZone)
        : connection(std::move(opened))
        , zone(std::move(storeZone)) {}

    [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::filesystem::path& file) {
        auto connection = schema::openForReading(file, busyTimeoutMs);
        if (!connection)
            return tl::unexpected<Error>(std::move(connection.error()));
        auto zone = schema::timeZoneOf(*connection);
        if (!zone)
            return tl::unexpected<Error>(std::move(zone.error()));
        return std::make_unique<Source>(std::move(*connection), std::move(*zone));
    }
};

/// What counts towards a burst, oldest first.
class RecentSpend {
public:
    void add(std::int64_t timeMs, NanoUsd cost) {
        m_spent.emplace_back(timeMs, cost);
        m_sum += cost;
    }

    [[nodiscard]] NanoUsd within(int minutes, UtcTime now) {
        const std::int64_t since = msOf(now - std::chrono::minutes(minutes));
        while (!m_spent.empty() && m_spent.front().first < since) {
            m_sum = NanoUsd(m_sum.value - m_spent.front().second.value);
            m_spent.pop_front();
        }
        return m_sum;
    }

private:
    std::deque<std::pair<std::int64_t, NanoUsd>> m_spent;
    NanoUsd m_sum;
};

/// Sums and bursts of each budget that is not of a session, in the policy's order.
struct Counted {
    std::vector<NanoUsd> used;
    std::vector<RecentSpend> recent;
    std::vector<std::optional<routing::PeriodSpan>> periods;
};

Result<Counted> countIn(BudgetSpend& spend, const TimeZone& zone, const std::vector<Budget>& budgets,
                        UtcTime now) {
    Counted counted;
    counted.used.resize(budgets.size());
    counted.recent.resize(budgets.size());
    counted.periods.resize(budgets.size());
    LocalDays local(zone);
    const LocalDay today = local.dayOf(now);
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        const Budget& budget = budgets[i];
        if (budget.burst) {
            const auto add = [&](const SpendKey& key, std::int64_t at, NanoUsd cost) {
                if (isInScope(budget.scope, key))
                    counted.recent[i].add(at, cost);
            };
            if (auto done = spend.requests(now - std::chrono::minutes(budget.burst->minutes), add); !done)
                return tl::unexpected<Error>(std::move(done.error()));
        }
        if (isOfSession(budget))
            continue;
        const DaySpan days = daysOf(budget.period, today);
        counted.periods[i] = {zone.startOf(days.first), zone.startOf(days.end)};
        const auto add = [&](const SpendKey& key, std::int64_t, NanoUsd cost) {
            if (isInScope(budget.scope, key))
                counted.used[i] += cost;
        };
        // The roll-up does not know tokens.
        auto done = budget.scope.token.empty() ? spend.days(days.first, days.end, add)
                                               : spend.requests(counted.periods[i]->from, add);
        if (!done)
            return tl::unexpected<Error>(std::move(done.error()));
    }
    return counted;
}

/// A finished request that the last count may not have seen.
struct Own {
    std::int64_t request = 0;
    std::int64_t timeMs = 0;
    NanoUsd cost;
    std::string session;
    std::string model;
    std::string tier;
    std::string project;
    std::string client;
    std::string token;

    [[nodiscard]] SpendKey key() const { return {model, tier, project, client, token}; }
};

} // namespace

struct BudgetMeter::Impl {
    explicit Impl(Options meterOptions)
        : options(std::move(meterOptions)) {}

    // ------------------------------------------------------------------------------- under `mutex`

    [[nodiscard]] bool isCurrent(const routing::Policy& policy, UtcTime now) const {
        if (policy.fingerprint != fingerprint || !everCounted)
            return false;
        return std::all_of(counted.periods.begin(), counted.periods.end(), [now](const auto& period) {
            return !period || (period->from <= now && now < period->until);
        });
    }

    void addOwn(const Own& one) {
        for (std::size_t i = 0; i < budgets.size(); ++i) {
            if (!isInScope(budgets[i].scope, one.key()))
                continue;
            if (budgets[i].burst)
                counted.recent[i].add(one.timeMs, one.cost);
            const auto& period = counted.periods[i];
            if (period && msOf(period->from) <= one.timeMs && one.timeMs < msOf(period->until))
                counted.used[i] += one.cost;
        }
        if (const auto known = sessions.find(one.session); known != sessions.end())
            addOwn(one, known->second);
    }

    void addOwn(const Own& one, std::vector<NanoUsd>& ofSession) const {
        for (std::size_t i = 0; i < budgets.size(); ++i) {
            if (isOfSession(budgets[i]) && isInScope(budgets[i].scope, one.key()))
                ofSession[i] += one.cost;
        }
    }

    [[nodiscard]] bool hasSessionBudget() const {
        return std::any_of(budgets.begin(), budgets.end(), isOfSession);
    }

    // ------------------------------------------------------------------ takes `asking`, then `mutex`

    Source* openSource() {
        if (!source) {
            if (auto opened = Source::open(options.file))
                source = std::move(*opened);
        }
        return source.get();
    }

    /// Those of `own` that the snapshot has, go; false where the store cannot be asked.
    bool dropStored(BudgetSpend& spend) {
        std::vector<std::int64_t> ids;
        {
            const std::lock_guard lock(mutex);
            for (const Own& one : own)
                ids.push_back(one.request);
        }
        std::vector<std::int64_t> stored;
        for (const std::int64_t id : ids) {
            const auto is = spend.isStored(id);
            if (!is)
                return false;
            if (*is)
                stored.push_back(id);
        }
        const std::lock_guard lock(mutex);
        std::erase_if(own, [&](const Own& one) {
            return std::find(stored.begin(), stored.end(), one.request) != stored.end();
        });
        return true;
    }

    /// Counts the budgets anew. What finishes meanwhile is in `own` and no snapshot: it is added.
    void count(const routing::Policy* policy, UtcTime now) {
        const std::lock_guard asked(asking);
        std::vector<Budget> wanted;
        {
            const std::lock_guard lock(mutex);
            if (policy && isCurrent(*policy, now))
                return; // somebody else was quicker
            wanted = policy ? policy->budgets : budgets;
        }
        Counted found;
        found.used.resize(wanted.size());
        found.recent.resize(wanted.size());
        found.periods.resize(wanted.size());
        Source* const from = openSource();
        bool dropped = false;
        if (from) {
            BudgetSpend spend(from->connection, from->names);
            auto snapshot = sqlite::Transaction::begin(from->connection, sqlite::Transaction::Kind::Read);
            // The snapshot is of the first question; requests that come to `own` after it are not in it.
            const auto version = from->connection.number("PRAGMA data_version");
            const auto pinned = from->connection.number("SELECT count(*) FROM meta");
            if (snapshot && pinned) {
                if (auto counts = countIn(spend, from->zone, wanted, now)) {
                    dropped = dropStored(spend);
                    if (dropped)
                        found = std::move(*counts);
                }
                if (version)
                    seenVersion = version->value_or(0);
            }
        }
        if (!dropped) {
            if (!policy)
                return; // what was counted before is better than nothing
            estimatePeriods(found, wanted, now);
            seenVersion = -1; // the next refresh asks again
        }
        const std::lock_guard lock(mutex);
        if (policy)
            fingerprint = policy->fingerprint;
        const bool sameBudgets = budgets.size() == wanted.size() && everCounted && !policy;
        if (!sameBudgets) {
            budgets = std::move(wanted);
            told.clear();
            toldOfSession.clear();
        }
        counted = std::move(found);
        sessions.clear();
        for (const Own& one : own)
            addOwn(one);
        if (told.size() != budgets.size()) {
            told.resize(budgets.size());
            for (std::size_t i = 0; i < budgets.size(); ++i)
                told[i] =
                    Told{counted.periods[i], routing::percentOf(counted.used[i], budgets[i].limit), false};
        }
        everCounted = true;
    }

    /// Without a store that answers there are only our own requests, in days of UTC.
    void estimatePeriods(Counted& found, const std::vector<Budget>& wanted, UtcTime now) {
        const auto utc = TimeZone::find("UTC");
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (!isOfSession(wanted[i]))
                found.periods[i] = periodAt(wanted[i].period, now, source ? source->zone : *utc);
        }
    }

    std::vector<NanoUsd> countSession(std::string_view session) {
        const std::lock_guard asked(asking);
        std::vector<Budget> wanted;
        {
            const std::lock_guard lock(mutex);
            wanted = budgets;
        }
        std::vector<NanoUsd> used(wanted.size());
        Source* const from = openSource();
        if (from) {
            BudgetSpend spend(from->connection, from->names);
            auto snapshot = sqlite::Transaction::begin(from->connection, sqlite::Transaction::Kind::Read);
            const auto done = spend.session(session, [&](const SpendKey& key, std::int64_t, NanoUsd cost) {
                for (std::size_t i = 0; i < wanted.size(); ++i) {
                    if (isOfSession(wanted[i]) && isInScope(wanted[i].scope, key))
                        used[i] += cost;
                }
            });
            std::vector<Own> mine;
            {
                const std::lock_guard lock(mutex);
                for (const Own& one : own) {
                    if (one.session == session)
                        mine.push_back(one);
                }
            }
            for (const Own& one : mine) {
                const auto stored = spend.isStored(one.request);
                if (done && stored && !*stored)
                    addOwn(one, used);
            }
        }
        const std::lock_guard lock(mutex);
        if (sessions.size() >= mostSessions)
            sessions.clear();
        return sessions.insert_or_assign(std::string(session), std::move(used)).first->second;
    }

    void refresh() {
        UtcTime now{};
        {
            const std::lock_guard lock(mutex);
            if (!everCounted || budgets.empty())
                return;
            now = lastNow;
        }
        {
            const std::lock_guard asked(asking);
            Source* const from = openSource();
            if (!from)
                return;
            const auto version = from->connection.number("PRAGMA data_version");
            if (!version || version->value_or(0) == seenVersion)
                return;
        }
        count(nullptr, now);
    }

    void run() {
        std::unique_lock lock(stopMutex);
        while (!stop.wait_for(lock, options.refreshEvery, [this] { return stopping; })) {
            lock.unlock();
            refresh();
            lock.lock();
        }
    }

    /// Of which percent people were told.
    struct Told {
        std::optional<routing::PeriodSpan> period;
        double percent = 0;
        bool burst = false;
    };

    void addAlerts(std::size_t i, NanoUsd used, Told& before, UtcTime now, std::vector<BudgetAlert>& alerts) {
        const Budget& budget = budgets[i];
        const double percent = routing::percentOf(used, budget.limit);
        const double former = before.percent;
        before.percent = std::max(former, percent);
        if (percent >= 100 && former < 100)
            alerts.push_back({BudgetAlert::Kind::Exceeded, budget.name, percent, used, budget.limit});
        else if (const auto reached = alertReached(budget, percent); reached && former < *reached)
            alerts.push_back({BudgetAlert::Kind::Threshold, budget.name, percent, used, budget.limit});
        if (!budget.burst)
            return;
        const NanoUsd burst = counted.recent[i].within(budget.burst->minutes, now);
        const bool runsAway = burst > budget.burst->limit;
        if (runsAway && !std::exchange(before.burst, runsAway))
            alerts.push_back({BudgetAlert::Kind::Burst, budget.name,
                              routing::percentOf(burst, budget.burst->limit), burst, budget.burst->limit});
        before.burst = runsAway;
    }

    const Options options;

    std::mutex asking; ///< the store is asked by one thread at a time
    std::unique_ptr<Source> source;
    std::int64_t seenVersion = 0;

    std::mutex mutex;
    std::string fingerprint;
    std::vector<Budget> budgets;
    bool everCounted = false;
    Counted counted;
    std::map<std::string, std::vector<NanoUsd>, std::less<>> sessions;
    std::vector<Told> told;
    std::map<std::string, std::vector<Told>, std::less<>> toldOfSession;
    std::vector<Own> own;
    UtcTime lastNow{};

    std::mutex stopMutex;
    std::condition_variable stop;
    bool stopping = false;
    std::thread thread;
};

BudgetMeter::BudgetMeter(Options options)
    : m_impl(std::make_unique<Impl>(std::move(options))) {
    m_impl->thread = std::thread([self = m_impl.get()] { self->run(); });
}

BudgetMeter::~BudgetMeter() {
    {
        const std::lock_guard lock(m_impl->stopMutex);
        m_impl->stopping = true;
    }
    m_impl->stop.notify_all();
    m_impl->thread.join();
}

void BudgetMeter::addTo(routing::Conditions& conditions, const routing::Policy& policy,
                        std::string_view session, UtcTime now) {
    if (policy.budgets.empty())
        return;
    Impl& impl = *m_impl;
    std::unique_lock lock(impl.mutex);
    impl.lastNow = now;
    if (!impl.isCurrent(policy, now)) {
        lock.unlock();
        impl.count(&policy, now);
        lock.lock();
    }
    const std::vector<NanoUsd>* ofSession = nullptr;
    std::vector<NanoUsd> counted;
    if (!session.empty() && impl.hasSessionBudget()) {
        if (const auto known = impl.sessions.find(session); known != impl.sessions.end()) {
            ofSession = &known->second;
        } else {
            lock.unlock();
            counted = impl.countSession(session);
            lock.lock();
            ofSession = &counted;
        }
    }
    for (std::size_t i = 0; i < impl.budgets.size(); ++i) {
        const Budget& budget = impl.budgets[i];
        if (!isOfSession(budget))
            conditions.budgetUsed[budget.name] = impl.counted.used[i];
        else if (ofSession && i < ofSession->size())
            conditions.budgetUsed[budget.name] = (*ofSession)[i];
    }
}

std::vector<BudgetAlert> BudgetMeter::spent(const routing::RequestRecord& record,
                                            const routing::Policy& policy, UtcTime now) {
    if (policy.budgets.empty() || !record.cost || record.cost->value == 0)
        return {};
    routing::Conditions counts; // so that everything before this request stands
    addTo(counts, policy, record.session, now);
    Own one{record.request.value,
            msOf(record.time),
            *record.cost,
            record.session,
            record.model.value_or(""),
            record.tier.value_or(""),
            record.project,
            record.client,
            record.facts ? record.facts->token : std::string()};
    Impl& impl = *m_impl;
    const std::lock_guard lock(impl.mutex);
    impl.addOwn(one);
    std::vector<BudgetAlert> alerts;
    const auto ofSession = impl.sessions.find(record.session);
    for (std::size_t i = 0; i < impl.budgets.size() && i < impl.told.size(); ++i) {
        if (!isInScope(impl.budgets[i].scope, one.key()))
            continue;
        if (!isOfSession(impl.budgets[i])) {
            Impl::Told& before = impl.told[i];
            if (before.period != impl.counted.periods[i])
                before = {impl.counted.periods[i], 0, before.burst};
            impl.addAlerts(i, impl.counted.used[i], before, now, alerts);
        } else if (ofSession != impl.sessions.end()) {
            auto& told = impl.toldOfSession[record.session];
            if (told.size() != impl.budgets.size()) {
                told.assign(impl.budgets.size(), {});
                const NanoUsd former((ofSession->second)[i].value - one.cost.value);
                told[i].percent = routing::percentOf(former, impl.budgets[i].limit);
            }
            impl.addAlerts(i, ofSession->second[i], told[i], now, alerts);
            if (impl.toldOfSession.size() > mostSessions)
                impl.toldOfSession.clear();
        }
    }
    impl.own.push_back(std::move(one));
    return alerts;
}

void BudgetMeter::refresh() {
    m_impl->refresh();
}

// ------------------------------------------------------------------------------------------------ report

Result<std::vector<BudgetUse>> budgetUses(const std::filesystem::path& storeFile,
                                          const routing::Policy& policy, UtcTime now) {
    std::vector<BudgetUse> uses;
    for (const Budget& budget : policy.budgets)
        uses.push_back({&budget, {}, 0, {}, {}, {}, {}});
    auto source = Source::open(storeFile);
    if (!source && source.error().code != ErrorCode::NotFound)
        return tl::unexpected<Error>(std::move(source.error()));
    const auto zone = source ? (*source)->zone : *TimeZone::find(TimeZone::nameOfMachine());
    LocalDays local(zone);
    const LocalDay today = local.dayOf(now);
    if (!source) {
        for (BudgetUse& use : uses) {
            if (!isOfSession(*use.budget)) {
                use.period = periodAt(use.budget->period, now, zone);
                use.forecast = routing::Forecast{};
            }
        }
        return uses;
    }
    auto snapshot = sqlite::Transaction::begin((*source)->connection, sqlite::Transaction::Kind::Read);
    if (!snapshot)
        return tl::unexpected<Error>(std::move(snapshot.error()));
    BudgetSpend spend((*source)->connection, (*source)->names);
    auto counted = countIn(spend, zone, policy.budgets, now);
    if (!counted)
        return tl::unexpected<Error>(std::move(counted.error()));
    const auto latest = spend.latestSession();
    if (!latest)
        return tl::unexpected<Error>(latest.error());
    for (std::size_t i = 0; i < uses.size(); ++i) {
        BudgetUse& use = uses[i];
        const Budget& budget = *use.budget;
        use.used = counted->used[i];
        use.period = counted->periods[i];
        if (budget.burst)
            use.burst = counted->recent[i].within(budget.burst->minutes, now);
        Result<void> done;
        if (isOfSession(budget)) {
            use.session = *latest;
            done = spend.session(use.session, [&](const SpendKey& key, std::int64_t, NanoUsd cost) {
                if (isInScope(budget.scope, key))
                    use.used += cost;
            });
        } else {
            // Days before the first one with a request in scope are no days on which nothing was spent.
            std::map<std::int64_t, NanoUsd> byDay;
            const LocalDay first = today - std::chrono::days(daysOfHistory);
            const auto add = [&](const SpendKey& key, std::int64_t day, NanoUsd cost) {
                if (isInScope(budget.scope, key))
                    byDay[day] += cost;
            };
            if (budget.scope.token.empty()) {
                done = spend.days(first, today, add);
            } else {
                done = spend.requests(
                    zone.startOf(first), [&](const SpendKey& key, std::int64_t ms, NanoUsd cost) {
                        const LocalDay day = local.dayOf(UtcTime(std::chrono::milliseconds(ms)));
                        if (day < today)
                            add(key, day.time_since_epoch().count(), cost);
                    });
            }
            std::vector<NanoUsd> days;
            if (!byDay.empty()) {
                for (std::int64_t day = byDay.begin()->first; day < today.time_since_epoch().count(); ++day) {
                    const auto found = byDay.find(day);
                    days.push_back(found == byDay.end() ? NanoUsd() : found->second);
                }
            }
            use.forecast = routing::forecast(use.used, *use.period, now, days);
        }
        if (!done)
            return tl::unexpected<Error>(std::move(done.error()));
        use.percent = routing::percentOf(use.used, budget.limit);
    }
    return uses;
}

} // namespace tierdeck::sessions
