#include "core/sessions/reader_query.h"

#include <utility>

namespace tierdeck::sessions {

namespace {

/// A number of memory for names: a year of titles and agents stays well below.
constexpr std::size_t mostNames = 200'000;

std::optional<std::int64_t> msOf(const std::optional<UtcTime>& time) {
    if (!time)
        return std::nullopt;
    return time->time_since_epoch().count();
}

/// A pattern that finds `text` anywhere, with '\' as the escape character.
std::string patternFor(std::string_view text) {
    if (text.empty())
        return {};
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

std::string jsonOf(const std::vector<std::int64_t>& numbers) {
    std::string json = "[";
    for (const std::int64_t number : numbers) {
        if (json.size() > 1)
            json += ',';
        json += std::to_string(number);
    }
    return json + ']';
}

} // namespace

Result<std::string> NameBook::nameOf(std::int64_t number) {
    if (number == 0)
        return std::string();
    if (const auto known = m_names.find(number); known != m_names.end())
        return known->second;
    auto query = m_connection->query("SELECT value FROM text WHERE id=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, number);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    if (!*row)
        return damagedStore("a name is missing", "text " + std::to_string(number));
    if (m_names.size() >= mostNames)
        m_names.clear();
    return m_names.emplace(number, (*query)->text(0)).first->second;
}

Result<std::optional<std::int64_t>> NameBook::numberOf(std::string_view name) {
    auto query = m_connection->query("SELECT id FROM text WHERE value=?1");
    if (!query)
        return tl::unexpected<Error>(std::move(query.error()));
    (*query)->bind(1, name);
    const auto row = (*query)->step();
    if (!row)
        return tl::unexpected<Error>(row.error());
    if (!*row)
        return std::optional<std::int64_t>();
    return std::optional<std::int64_t>((*query)->number(0));
}

void Where::add(std::string_view condition, std::vector<Value> values) {
    m_text += m_text.empty() ? " WHERE " : " AND ";
    m_text += condition;
    for (Value& value : values)
        m_values.push_back(std::move(value));
}

void Where::add(const Where& others) {
    constexpr std::string_view keyword = " WHERE ";
    if (!others.m_text.empty())
        add(std::string_view(others.m_text).substr(keyword.size()), others.m_values);
}

void Where::add(std::string_view before, const Where& inner, std::string_view after) {
    add(std::string(before) + inner.m_text + std::string(after), inner.m_values);
}

int Where::bind(sqlite::Statement& statement) const {
    int place = 0;
    for (const Value& value : m_values) {
        ++place;
        if (const auto* number = std::get_if<std::int64_t>(&value))
            statement.bind(place, *number);
        else
            statement.bind(place, std::string_view(std::get<std::string>(value)));
    }
    return place + 1;
}

Result<Criteria> Criteria::from(const Filter& filter, sqlite::Connection& connection, NameBook& names,
                                SearchBook& search) {
    Criteria criteria;
    criteria.sinceMs = msOf(filter.since);
    criteria.untilMs = msOf(filter.until);
    if (filter.turn)
        criteria.turn = *filter.turn;
    if (filter.leastCost)
        criteria.leastCost = filter.leastCost->value;
    criteria.searchPattern = patternFor(filter.search);
    if (!filter.search.empty()) {
        auto found = search.find(filter.search);
        if (!found)
            return tl::unexpected<Error>(std::move(found.error()));
        criteria.searched = std::move(*found);
        criteria.nothing =
            criteria.searched && criteria.searched->texts.empty() && criteria.searched->sessions.empty();
    }
    if (!filter.session.empty()) {
        auto query = connection.query("SELECT id FROM session WHERE name=?1");
        if (!query)
            return tl::unexpected<Error>(std::move(query.error()));
        (*query)->bind(1, std::string_view(filter.session));
        const auto row = (*query)->step();
        if (!row)
            return tl::unexpected<Error>(row.error());
        if (*row)
            criteria.session = (*query)->number(0);
        else
            criteria.nothing = true;
    }
    const std::pair<const std::string*, std::optional<std::int64_t>*> named[] = {
        {filter.source.empty() ? nullptr : &filter.source, &criteria.source},
        {filter.project.empty() ? nullptr : &filter.project, &criteria.project},
        {filter.client.empty() ? nullptr : &filter.client, &criteria.client},
        {filter.model.empty() ? nullptr : &filter.model, &criteria.model},
        {filter.tier ? &*filter.tier : nullptr, &criteria.tier},
    };
    for (const auto& [name, number] : named) {
        if (!name)
            continue;
        const auto found = names.numberOf(*name);
        if (!found)
            return tl::unexpected<Error>(found.error());
        *number = *found;
        criteria.nothing = criteria.nothing || !*found;
    }
    for (const auto& [dimension, name] : filter.exactly) {
        const auto found = names.numberOf(name);
        if (!found)
            return tl::unexpected<Error>(found.error());
        std::optional<std::int64_t>& number = criteria.numberOf(dimension);
        criteria.nothing = criteria.nothing || !*found || (number && *number != **found);
        number = *found;
    }
    criteria.unpriced = filter.unpriced;
    return criteria;
}

std::optional<std::int64_t>& Criteria::numberOf(Dimension dimension) {
    switch (dimension) {
    case Dimension::Source:
        return source;
    case Dimension::Tier:
        return tier;
    case Dimension::Model:
        return model;
    case Dimension::Provider:
        return provider;
    case Dimension::Project:
        return project;
    case Dimension::Client:
        return client;
    case Dimension::TaskType:
        break;
    }
    return taskType;
}

std::vector<std::pair<std::size_t, std::int64_t>> Criteria::values() const {
    std::vector<std::pair<std::size_t, std::int64_t>> named;
    std::size_t place = 0;
    for (const auto* number : {&source, &tier, &model, &provider, &project, &client, &taskType}) {
        if (*number)
            named.emplace_back(place, **number);
        ++place;
    }
    return named;
}

std::optional<std::pair<std::int64_t, std::int64_t>> Criteria::onlyValue() const {
    const auto named = values();
    if (named.size() > 1)
        return std::nullopt;
    if (named.empty())
        return std::pair<std::int64_t, std::int64_t>();
    return std::pair(static_cast<std::int64_t>(named.front().first) + 1, named.front().second);
}

void Criteria::addValues(Where& where, const std::string& alias, Table table) const {
    const bool nullable = table == Table::Requests;
    const auto equals = [&](const char* column, const std::optional<std::int64_t>& number, bool mayBeNull) {
        if (!number)
            return;
        const std::string name = alias + '.' + column;
        where.add((nullable && mayBeNull ? "ifnull(" + name + ", 0)" : name) + "=?", {*number});
    };
    equals("source", source, false);
    equals("project", project, false);
    equals("client", client, false);
    equals("model", model, true);
    equals("tier", tier, true);
    if (table == Table::Parts)
        return;
    equals("provider", provider, false);
    equals("task_type", taskType, false);
    if (unpriced && table == Table::Requests)
        where.add(alias + ".cost IS NULL");
}

void Criteria::addSearch(Where& where, const std::string& alias) const {
    if (searchPattern.empty())
        return;
    // Numbers in one value, so that the statement is the same for every search.
    const std::string listed = " IN (SELECT value FROM json_each(?))";
    // Every name is looked at once, however many sessions have it.
    const std::string text = searched ? listed : " IN (SELECT id FROM text WHERE value LIKE ? ESCAPE '\\')";
    const std::string own = alias + (searched ? ".id" + listed : ".name LIKE ? ESCAPE '\\'");
    const std::string texts = searched ? jsonOf(searched->texts) : searchPattern;
    const std::string sessions = searched ? jsonOf(searched->sessions) : searchPattern;
    if (searched && searched->texts.empty()) {
        where.add(own, {sessions});
        return;
    }
    where.add("(" + own + " OR " + alias + ".title" + text +
                  " OR EXISTS(SELECT 1 FROM session_part AS sp WHERE sp.session=" + alias +
                  ".id AND (sp.project" + text + " OR sp.client" + text + ")))",
              {sessions, texts, texts, texts});
}

void Criteria::addLeastCost(Where& where, const std::string& alias) const {
    if (leastCost)
        where.add(alias + ".cost>=?", {*leastCost});
}

void Criteria::addToRequests(Where& where, const std::string& alias) const {
    if (session)
        where.add(alias + ".session=?", {*session});
    if (session && turn) {
        // A turn's requests lie between its first and its last, which the index on time can use.
        for (const char* bound : {"min(t.first_ms)", "max(t.last_ms)"}) {
            where.add(alias + ".time_ms" + (bound[1] == 'i' ? ">=" : "<=") + "(SELECT " + bound +
                          " FROM turn AS t WHERE t.session=? AND t.turn=?)",
                      {*session, *turn});
        }
    }
    if (turn)
        where.add(alias + ".turn=?", {*turn});
    if (sinceMs)
        where.add(alias + ".time_ms>=?", {*sinceMs});
    if (untilMs)
        where.add(alias + ".time_ms<?", {*untilMs});
    addValues(where, alias, Table::Requests);
    if (!searchPattern.empty()) {
        Where found;
        addSearch(found, "s");
        where.add(alias + ".session IN (SELECT s.id FROM session AS s", found, ")");
    }
}

Totals totalsFrom(const sqlite::Statement& statement, int firstColumn) {
    Sums sums{};
    for (std::int64_t& sum : sums)
        sum = statement.number(firstColumn++);
    return totalsOf(sums);
}

Totals totalsOf(const Sums& sums) {
    std::size_t place = 0;
    Totals totals;
    totals.requests = sums[place++];
    totals.turns = sums[place++];
    totals.unpricedRequests = sums[place++];
    totals.simulatedRequests = sums[place++];
    totals.failedRequests = sums[place++];
    totals.latencyMs = sums[place++];
    totals.usage.input = sums[place++];
    totals.usage.cachedInput = sums[place++];
    totals.usage.cacheWrite5m = sums[place++];
    totals.usage.cacheWrite1h = sums[place++];
    totals.usage.output = sums[place++];
    totals.usage.reasoning = sums[place++];
    totals.usage.webSearches = sums[place++];
    totals.cost = NanoUsd(sums[place]);
    return totals;
}

tl::unexpected<Error> damagedStore(std::string_view what, std::string detail) {
    return failure(ErrorCode::ParseFailed,
                   "The session store is damaged: " + std::string(what) +
                       ". Restore it from a backup, or move it away and Tierdeck makes a new one.",
                   std::move(detail));
}

Totals& Totals::operator+=(const Totals& other) {
    requests += other.requests;
    turns += other.turns;
    unpricedRequests += other.unpricedRequests;
    simulatedRequests += other.simulatedRequests;
    failedRequests += other.failedRequests;
    latencyMs += other.latencyMs;
    usage += other.usage;
    cost += other.cost;
    return *this;
}

} // namespace tierdeck::sessions
