#include "core/sessions/roll_ups.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace tierdeck::sessions {

namespace {

/// "requests=requests+?5, turns=turns+?6, …" for the sums from `first` on, or from the row that was refused
/// for "".
std::string addingSums(int first, std::string_view table = {}) {
    std::string text;
    std::string_view rest = schema::sums;
    for (int place = first; !rest.empty(); ++place) {
        const auto comma = std::min(rest.find(", "), rest.size());
        const std::string name(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 2, rest.size()));
        if (!text.empty())
            text += ", ";
        if (table.empty())
            text += name + '=' + name + "+?" + std::to_string(place);
        else
            text += name + '=' + std::string(table) + '.' + name + "+excluded." + name;
    }
    return text;
}

void bind(sqlite::Statement& statement, int first, const auto& numbers) {
    for (const std::int64_t number : numbers)
        statement.bind(first++, number);
}

} // namespace

Result<void> RollUps::prepare(sqlite::Connection& connection) {
    const std::string sums(schema::sums);
    return sqlite::prepareAll(
        connection,
        {{&m_findTurn,
          "SELECT opener, first_ms, last_ms, tiers, models, tier_sources FROM turn WHERE session=?1 AND "
          "turn=?2"},
         {&m_addTurn,
          "INSERT INTO turn(session, turn, opener, first_ms, last_ms, tiers, models, tier_sources, "
          "fallbacks, " +
              sums + ") VALUES(" + sqlite::placeholders(1, 9 + schema::sumCount) + ")"},
         {&m_updateTurn, "UPDATE turn SET last_ms=?3, tiers=?4, models=?5, tier_sources=?6, "
                         "fallbacks=fallbacks+?7, " +
                             addingSums(8) + " WHERE session=?1 AND turn=?2"},
         {&m_moveOpener, "UPDATE turn SET opener=?3, first_ms=?4 WHERE session=?1 AND turn=?2"},
         {&m_updateSession,
          "UPDATE session SET first_ms=min(first_ms, ?2), last_ms=max(last_ms, ?3), "
          "title=iif(?4<>0 AND ?5>=title_ms, ?4, title), title_ms=iif(?4<>0, max(?5, title_ms), title_ms), "
          "parent=iif(?6<>0 AND ?7>=parent_ms, ?6, parent), parent_ms=iif(?6<>0, max(?7, parent_ms), "
          "parent_ms), " +
              addingSums(8) + " WHERE id=?1"},
         {&m_addPart,
          "INSERT INTO session_part(session, source, tier, model, project, client, requests, cost) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET requests=requests+?7, "
          "cost=cost+?8"},
         {&m_addDay, "INSERT INTO daily(day, source, tier, model, provider, project, client, task_type, " +
                         sums + ") VALUES(" + sqlite::placeholders(1, 8 + schema::sumCount) +
                         ") ON CONFLICT DO UPDATE SET " + addingSums(0, "daily")},
         {&m_unsumPast, "UPDATE meta SET value=?1 WHERE name='summed_until' AND value>?1"}});
}

Result<RollUps::Turn*> RollUps::turn(std::int64_t session, int turn) {
    const auto [place, isNew] = m_turns.try_emplace({session, turn});
    Turn& state = place->second;
    if (!isNew)
        return &state;
    m_findTurn.bindAll(session, std::int64_t{turn});
    const auto row = m_findTurn.step();
    if (row && *row) {
        state.inStore = true;
        state.opener = m_findTurn.number(0);
        state.firstMs = m_findTurn.number(1);
        state.lastMs = m_findTurn.number(2);
        state.tiers = sharesIn(m_findTurn.text(3));
        state.models = numbersIn(m_findTurn.text(4));
        state.tierSources = numbersIn(m_findTurn.text(5));
    }
    m_findTurn.reset();
    if (!row) {
        m_turns.erase(place);
        return tl::unexpected<Error>(row.error());
    }
    return &state;
}

void RollUps::addToSession(std::int64_t session, std::int64_t timeMs, std::int64_t title, std::int64_t parent,
                           const Sums& sums) {
    const auto [place, isNew] = m_sessions.try_emplace(session);
    Session& state = place->second;
    state.firstMs = isNew ? timeMs : std::min(state.firstMs, timeMs);
    state.lastMs = isNew ? timeMs : std::max(state.lastMs, timeMs);
    if (title != 0 && (state.title == 0 || timeMs >= state.titleMs)) {
        state.title = title;
        state.titleMs = timeMs;
    }
    if (parent != 0 && (state.parent == 0 || timeMs >= state.parentMs)) {
        state.parent = parent;
        state.parentMs = timeMs;
    }
    add(state.newSums, sums);
}

void RollUps::addToPart(const PartKey& key, std::int64_t cost) {
    Part& part = m_parts[key];
    ++part.newRequests;
    part.newCost += cost;
}

void RollUps::addToDay(const DayKey& key, const Sums& sums) {
    add(m_days[key], sums);
}

Result<void> RollUps::write() {
    for (const auto& [key, state] : m_turns) {
        if (state.newSums[0] == 0)
            continue; // it was only looked at
        if (auto done = write(key.first, key.second, state); !done)
            return done;
    }
    for (const auto& [session, state] : m_sessions) {
        if (auto done = write(session, state); !done)
            return done;
    }
    for (const auto& [key, part] : m_parts) {
        bind(m_addPart, 1, key);
        m_addPart.bind(7, part.newRequests);
        m_addPart.bind(8, part.newCost);
        if (auto done = m_addPart.run(); !done)
            return done;
    }
    for (const auto& [key, sums] : m_days) {
        bind(m_addDay, 1, key);
        bind(m_addDay, 1 + static_cast<int>(key.size()), sums);
        if (auto done = m_addDay.run(); !done)
            return done;
    }
    if (!m_days.empty()) {
        if (auto done = m_unsumPast.runWith(m_days.begin()->first.front()); !done)
            return done;
    }
    clear();
    return {};
}

Result<void> RollUps::write(std::int64_t session, int turn, const Turn& state) {
    const std::string tiers = packed(state.tiers);
    const std::string models = packed(state.models);
    const std::string tierSources = packed(state.tierSources);
    if (!state.inStore) {
        m_addTurn.bindAll(session, std::int64_t{turn}, state.opener, state.firstMs, state.lastMs,
                          std::string_view(tiers), std::string_view(models), std::string_view(tierSources),
                          state.newFallbacks);
        bind(m_addTurn, 10, state.newSums);
        return m_addTurn.run();
    }
    if (state.openerMoved) { // the rare case, in which an index must move too
        auto moved = m_moveOpener.runWith(session, std::int64_t{turn}, state.opener, state.firstMs);
        if (!moved)
            return moved;
    }
    m_updateTurn.bindAll(session, std::int64_t{turn}, state.lastMs, std::string_view(tiers),
                         std::string_view(models), std::string_view(tierSources), state.newFallbacks);
    bind(m_updateTurn, 8, state.newSums);
    return m_updateTurn.run();
}

Result<void> RollUps::write(std::int64_t session, const Session& state) {
    m_updateSession.bindAll(session, state.firstMs, state.lastMs, state.title, state.titleMs, state.parent,
                            state.parentMs);
    bind(m_updateSession, 8, state.newSums);
    return m_updateSession.run();
}

void RollUps::clear() {
    m_turns.clear();
    m_sessions.clear();
    m_parts.clear();
    m_days.clear();
}

} // namespace tierdeck::sessions
