#include "ui/backend/spend_snapshot.h"

#include "core/routing/policy.h"
#include "core/sessions/budget_period.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace tierdeck::ui {

namespace {

using sessions::Dimension;
using sessions::Grouping;
using sessions::LocalDay;
using sessions::LocalDays;
using sessions::Period;
using sessions::RangeKind;
using sessions::SpendResult;
using sessions::SpendRow;
using sessions::TimeRange;
using sessions::TimeZone;

/// As many as the gateway's own budgets look back.
constexpr int daysOfHistory = 28;
constexpr std::size_t mostBaselines = 24;

tl::unexpected<Error> cancelled() {
    return failure(ErrorCode::Cancelled, "Cancelled.");
}

std::chrono::hours lengthOf(const TimeRange& range) {
    return std::chrono::duration_cast<std::chrono::hours>(range.until - range.since);
}

/// By lengths, so that nothing is listed only to be counted.
std::vector<Period> suitablePeriods(const TimeRange& range) {
    const auto hours = lengthOf(range).count();
    std::vector<Period> suitable;
    for (const auto& [period, hoursEach] :
         {std::pair{Period::Hour, 1}, {Period::Day, 24}, {Period::Week, 168}, {Period::Month, 730}}) {
        const auto count = hours / hoursEach;
        if (count <= static_cast<std::int64_t>(SpendSnapshot::mostPeriods) &&
            (hours > hoursEach || period == Period::Day))
            suitable.push_back(period);
    }
    return suitable;
}

Period mostTelling(const TimeRange& range) {
    const auto days = lengthOf(range).count() / 24;
    return days <= 2 ? Period::Hour : days <= 100 ? Period::Day : days <= 600 ? Period::Week : Period::Month;
}

std::map<std::string, NanoUsd> costByPeriod(const SpendResult& result) {
    std::map<std::string, NanoUsd> costs;
    for (const SpendRow& row : result.rows)
        costs[row.period] += row.totals.cost;
    return costs;
}

/// What a filter demands of each thing that a budget may be of; "" where it takes any.
std::optional<routing::BudgetScope> scopeOf(const sessions::Filter& filter) {
    if (!filter.source.empty() || !filter.session.empty() || filter.turn || filter.unpriced ||
        !filter.search.empty())
        return std::nullopt;
    routing::BudgetScope scope;
    scope.model = filter.model;
    scope.tier = filter.tier.value_or(std::string());
    scope.project = filter.project;
    scope.client = filter.client;
    for (const auto& [dimension, value] : filter.exactly) {
        std::string* of = dimension == Dimension::Provider  ? &scope.provider
                          : dimension == Dimension::Model   ? &scope.model
                          : dimension == Dimension::Tier    ? &scope.tier
                          : dimension == Dimension::Project ? &scope.project
                          : dimension == Dimension::Client  ? &scope.client
                                                            : nullptr;
        // Nothing of a source or a task has a budget, nor what has no project.
        if (of == nullptr || value.empty() || (!of->empty() && *of != value))
            return std::nullopt;
        *of = value;
    }
    return scope;
}

/// Whether everything that the filter lets through counts towards the budget, and nothing is left out of it.
/// The roll-ups do not tell whose token a request came with, so that a token's budget is never whole here.
bool coversFilter(const routing::BudgetScope& scope, const sessions::Filter& filter) {
    const auto wanted = scopeOf(filter);
    return wanted && scope.token.empty() && scope.provider == wanted->provider &&
           scope.model == wanted->model && scope.tier == wanted->tier && scope.project == wanted->project &&
           scope.client == wanted->client;
}

std::optional<BudgetLine> budgetFor(const routing::Policy* policy, routing::BudgetPeriod period,
                                    const sessions::Filter& filter, NanoUsd used) {
    std::optional<BudgetLine> tightest;
    if (policy == nullptr)
        return tightest;
    for (const routing::Budget& budget : policy->budgets) {
        if (budget.period == period && coversFilter(budget.scope, filter) &&
            (!tightest || budget.limit < tightest->budget.limit))
            tightest = BudgetLine{budget, used};
    }
    return tightest;
}

class SpendReader {
public:
    SpendReader(sessions::StoreReader& reader, const SpendQuestion& question, UtcTime now, TimeZone zone,
                std::shared_ptr<const routing::Policy> policy)
        : m_reader(reader)
        , m_question(question)
        , m_zone(std::move(zone))
        , m_policy(std::move(policy)) {
        m_snapshot.now = now;
        m_snapshot.timeZone = m_zone.name();
    }

    Result<SpendSnapshot> read(const std::function<bool()>& wanted) {
        using Step = Result<void> (SpendReader::*)();
        for (const Step step :
             {&SpendReader::readRange, &SpendReader::readSeries, &SpendReader::readCalendar,
              &SpendReader::readSessions, &SpendReader::readPromotions, &SpendReader::readLabels}) {
            if (!wanted())
                return cancelled();
            if (auto done = (this->*step)(); !done)
                return tl::unexpected<Error>(std::move(done.error()));
        }
        return std::move(m_snapshot);
    }

private:
    Result<void> readRange() {
        auto extent = m_reader.extent();
        if (!extent)
            return tl::unexpected<Error>(std::move(extent.error()));
        m_snapshot.storeIsEmpty = !extent->has_value();
        m_snapshot.range = sessions::rangeOf(m_question.range, m_snapshot.now, m_zone, *extent);
        m_snapshot.suitable = suitablePeriods(m_snapshot.range);
        const bool fits = m_question.period && std::count(m_snapshot.suitable.begin(),
                                                          m_snapshot.suitable.end(), *m_question.period) > 0;
        m_snapshot.period = fits ? *m_question.period : mostTelling(m_snapshot.range);
        m_snapshot.periods = sessions::periodsIn(m_snapshot.range, m_snapshot.period, m_zone);
        m_filter = m_question.filter;
        m_filter.since = m_snapshot.range.since;
        m_filter.until = m_snapshot.range.until;
        return {};
    }

    Result<void> readSeries() {
        const std::vector<Grouping> groupings{{m_snapshot.period, {m_question.stackedBy}},
                                              {m_snapshot.period, {Dimension::Tier}},
                                              {Period::None, {m_question.breakdowns[0]}},
                                              {Period::None, {m_question.breakdowns[1]}},
                                              sessions::savingsGrouping()};
        auto results = m_reader.spend(groupings, m_filter, m_question.timeZone);
        if (!results)
            return tl::unexpected<Error>(std::move(results.error()));
        for (const SpendResult& result : *results)
            m_snapshot.rowsRead += result.rows.size();
        m_snapshot.series = std::move((*results)[0]);
        m_snapshot.tiers = std::move((*results)[1]);
        m_snapshot.breakdowns = {std::move((*results)[2]), std::move((*results)[3])};
        chooseBaseline((*results)[4]);
        return {};
    }

    void chooseBaseline(const SpendResult& byDay) {
        // Preferences that cannot be read take away the user's own prices, not those that everybody has.
        const pricing::PriceTable table =
            m_policy
                ? m_policy->prices
                : pricing::PriceTable::parse(pricing::shippedCatalogue()).value_or(pricing::PriceTable());
        const auto outputPrice = [&](const std::string& model) -> std::optional<std::int64_t> {
            const auto slash = model.find('/');
            if (slash == std::string::npos)
                return std::nullopt;
            const auto rates = table.rates(model.substr(0, slash), model.substr(slash + 1), m_snapshot.now);
            if (!rates || rates->output.value == 0)
                return std::nullopt;
            return rates->output.value;
        };
        std::map<std::string, std::int64_t> prices;
        const auto offer = [&](const std::string& model) {
            if (const auto price = outputPrice(model); price && prices.size() < mostBaselines)
                prices.emplace(model, *price);
        };
        if (!m_question.baseline.empty())
            offer(m_question.baseline);
        if (m_policy) {
            for (const auto& [name, tier] : m_policy->tiers) {
                if (tier.model)
                    offer(tier.model->text());
            }
        }
        std::set<std::string> used;
        for (const SpendRow& row : byDay.rows)
            used.insert(row.keys.front());
        for (const std::string& model : used)
            offer(model);
        for (const auto& [model, price] : prices)
            m_snapshot.baselines.push_back(model);
        m_snapshot.baseline = m_question.baseline;
        if (m_snapshot.baseline.empty() && !prices.empty())
            m_snapshot.baseline =
                std::max_element(prices.begin(), prices.end(), [](const auto& a, const auto& b) {
                    return a.second < b.second;
                })->first;
        if (!m_snapshot.baseline.empty())
            m_snapshot.savings = sessions::savingsAgainst(m_snapshot.baseline, byDay, table);
    }

    Result<SpendResult> readDays(LocalDay first, LocalDay last, const TimeZone& zone,
                                 const std::string& zoneName) {
        sessions::SpendQuery query;
        query.filter = m_question.filter;
        query.filter.since = zone.startOf(first);
        query.filter.until = zone.startOf(last + std::chrono::days(1));
        query.timeZone = zoneName;
        return m_reader.spend(query);
    }

    /// The calendar's days, always the store's own (half a year of another zone's is more than it counts),
    /// and those that forecasts look back on: mostly the same.
    Result<void> readCalendar() {
        const auto storeZone = TimeZone::find(m_reader.timeZone());
        if (!storeZone)
            return tl::unexpected<Error>(storeZone.error());
        LocalDays local(m_zone);
        LocalDays ofStore(*storeZone);
        const LocalDay today = local.dayOf(m_snapshot.now);
        const LocalDay past =
            std::min(today - std::chrono::days(daysOfHistory), sessions::startOfPeriod(Period::Month, today));
        const auto firstOf = [](LocalDay last) {
            return sessions::startOfPeriod(Period::Week, last) -
                   std::chrono::days(7 * (SpendSnapshot::weeksOfHeat - 1));
        };
        LocalDay last = ofStore.dayOf(m_snapshot.now); // stays while ranges of the last months are looked at
        if (ofStore.dayOf(m_snapshot.range.since) < firstOf(last))
            last = std::min(last, ofStore.dayOf(m_snapshot.range.until - std::chrono::milliseconds(1)));
        const LocalDay first = firstOf(last);
        m_snapshot.heatDays =
            sessions::periodsIn({storeZone->startOf(first), storeZone->startOf(last + std::chrono::days(1))},
                                Period::Day, *storeZone);
        const bool oneZone = m_zone.name() == storeZone->name();
        auto heat = oneZone ? readDays(std::min(first, past), std::max(last, today), m_zone, {})
                            : readDays(first, last, *storeZone, {});
        if (!heat)
            return tl::unexpected<Error>(std::move(heat.error()));
        m_snapshot.heat = std::move(*heat);
        m_snapshot.rowsRead += m_snapshot.heat.rows.size();
        if (oneZone) {
            lookBack(costByPeriod(m_snapshot.heat), today);
            return {};
        }
        const auto days = readDays(past, today, m_zone, m_question.timeZone);
        if (!days)
            return tl::unexpected<Error>(days.error());
        m_snapshot.rowsRead += days->rows.size();
        lookBack(costByPeriod(*days), today);
        return {};
    }

    void lookBack(const std::map<std::string, NanoUsd>& costs, LocalDay today) {
        const auto costOf = [&costs](LocalDay day) {
            const auto found = costs.find(sessions::isoDate(day));
            return found == costs.end() ? std::optional<NanoUsd>() : std::optional(found->second);
        };
        for (LocalDay day = today - std::chrono::days(daysOfHistory); day < today;
             day += std::chrono::days(1)) {
            const auto cost = costOf(day);
            if (cost || !m_pastDays.empty()) // from the first day on which anything was spent
                m_pastDays.push_back(cost.value_or(NanoUsd()));
        }
        const auto month = sessions::daysOf(routing::BudgetPeriod::Month, today);
        for (LocalDay day = month.first; day <= today; day += std::chrono::days(1))
            m_snapshot.monthSoFar += costOf(day).value_or(NanoUsd());
        const NanoUsd todaySoFar = costOf(today).value_or(NanoUsd());
        const routing::PeriodSpan span{m_zone.startOf(month.first), m_zone.startOf(month.end)};
        if (m_snapshot.monthSoFar.value > 0 || !m_pastDays.empty())
            m_snapshot.month = routing::forecast(m_snapshot.monthSoFar, span, m_snapshot.now, m_pastDays);
        const auto budget = [this](routing::BudgetPeriod period, NanoUsd used) {
            return budgetFor(m_policy.get(), period, m_question.filter, used);
        };
        m_snapshot.monthBudget = budget(routing::BudgetPeriod::Month, m_snapshot.monthSoFar);
        if (m_question.range.kind == RangeKind::ThisMonth)
            m_snapshot.rangeBudget = m_snapshot.monthBudget;
        else if (m_question.range.kind == RangeKind::LastMonth)
            m_snapshot.rangeBudget = budget(routing::BudgetPeriod::Month, m_snapshot.series.totals.cost);
        else if (m_question.range.kind == RangeKind::Today)
            m_snapshot.rangeBudget = budget(routing::BudgetPeriod::Day, todaySoFar);
        foretell();
    }

    void foretell() {
        if (m_snapshot.now < m_snapshot.range.since || m_snapshot.now >= m_snapshot.range.until ||
            m_pastDays.size() < 3)
            return;
        const NanoUsd used = m_snapshot.series.totals.cost;
        for (std::size_t i = 0; i < m_snapshot.periods.size(); ++i) {
            const sessions::NamedPeriod& period = m_snapshot.periods[i];
            if (period.until <= m_snapshot.now)
                continue;
            const routing::PeriodSpan span{m_snapshot.range.since, period.until};
            m_snapshot.forecast.push_back({i, routing::forecast(used, span, m_snapshot.now, m_pastDays)});
        }
    }

    Result<void> readSessions() {
        auto dearest = m_reader.dearestSessions(m_filter, SpendSnapshot::topSessions);
        if (!dearest)
            return tl::unexpected<Error>(std::move(dearest.error()));
        m_snapshot.dearest = std::move(*dearest);
        m_snapshot.rowsRead += m_snapshot.dearest.size();
        return {};
    }

    Result<void> readPromotions() {
        auto promotions = m_reader.unsetPromotions(m_filter, SpendSnapshot::mostPromotionsLooked);
        if (!promotions)
            return tl::unexpected<Error>(std::move(promotions.error()));
        m_snapshot.promotions = std::move(*promotions);
        m_snapshot.rowsRead += m_snapshot.promotions.requests.size();
        return {};
    }

    Result<void> readLabels() {
        const auto labels = m_reader.labels();
        if (!labels)
            return tl::unexpected<Error>(labels.error());
        const auto rankOf = [this](const std::string& tier) -> std::optional<int> {
            if (m_policy && m_policy->isTier(tier))
                return m_policy->rankOf(tier);
            return routing::builtInRank(tier);
        };
        for (const sessions::LabelledRequest& label : *labels) {
            const auto request = m_reader.request(label.request);
            if (!request)
                return tl::unexpected<Error>(request.error());
            if (!*request || (*request)->time < m_snapshot.range.since ||
                (*request)->time >= m_snapshot.range.until || !(*request)->tier)
                continue;
            ++m_snapshot.labels.labels;
            const auto served = rankOf(*(*request)->tier);
            const auto needed = rankOf(label.tier);
            if (!served || !needed)
                continue;
            if (*served > *needed)
                m_snapshot.labels.overRouted.push_back(label.request);
            else if (*served < *needed)
                m_snapshot.labels.underRouted.push_back(label.request);
        }
        return {};
    }

    sessions::StoreReader& m_reader;
    const SpendQuestion& m_question;
    TimeZone m_zone;
    std::shared_ptr<const routing::Policy> m_policy;
    sessions::Filter m_filter;
    std::vector<NanoUsd> m_pastDays;
    SpendSnapshot m_snapshot;
};

} // namespace

Result<SpendSnapshot> readSpend(sessions::StoreReader& reader, const SpendQuestion& question,
                                const Clock& clock, const std::function<bool()>& wanted) {
    const SteadyTime begun = clock.steadyNow();
    auto zone = TimeZone::find(question.timeZone.empty() ? reader.timeZone() : question.timeZone);
    if (!zone)
        return tl::unexpected<Error>(std::move(zone.error()));
    auto policy = question.policy ? question.policy() : nullptr;
    SpendReader spend(reader, question, clock.now(), std::move(*zone), std::move(policy));
    auto snapshot = spend.read(wanted);
    if (snapshot)
        snapshot->readMs =
            std::chrono::duration_cast<std::chrono::milliseconds>(clock.steadyNow() - begun).count();
    return snapshot;
}

} // namespace tierdeck::ui
