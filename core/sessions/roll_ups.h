// The sums that follow from requests: of their turns, sessions and days. Gathered while a transaction takes
// requests in and written once at its end, since requests that come together mostly add to the same rows. One
// thread; owned by RecordWriter.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/schema.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/turn_facts.h"

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// In the order of schema::sums.
using Sums = std::array<std::int64_t, schema::sumCount>;
inline constexpr std::size_t turnsSum = 1;

inline void add(Sums& to, const Sums& more) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += more[i];
}

class RollUps {
public:
    /// A turn as it will stand after this transaction.
    struct Turn {
        bool inStore = false;
        bool openerMoved = false;
        std::int64_t opener = 0; ///< the earliest request
        std::int64_t firstMs = 0;
        std::int64_t lastMs = 0;
        std::vector<PackedShare> tiers;
        std::vector<std::int64_t> models;
        std::vector<std::int64_t> tierSources;
        std::int64_t newFallbacks = 0;
        Sums newSums{};

        [[nodiscard]] bool exists() const { return inStore || newSums[0] > 0; }
    };

    struct Session {
        std::int64_t firstMs = 0;
        std::int64_t lastMs = 0;
        std::int64_t title = 0; ///< the latest of those that came; 0 for none
        std::int64_t titleMs = 0;
        std::int64_t parent = 0;
        std::int64_t parentMs = 0;
        Sums newSums{};
    };

    struct Part {
        std::int64_t newRequests = 0;
        std::int64_t newCost = 0;
    };

    /// session, source, tier, model, project, client
    using PartKey = std::array<std::int64_t, 6>;
    /// day, source, tier, model, provider, project, client, task type
    using DayKey = std::array<std::int64_t, 8>;

    [[nodiscard]] Result<void> prepare(sqlite::Connection& connection);

    /// To be read and added to; valid until the transaction ends.
    [[nodiscard]] Result<Turn*> turn(std::int64_t session, int turn);
    /// One request at `timeMs`. The session's row must stand.
    void addToSession(std::int64_t session, std::int64_t timeMs, std::int64_t title, std::int64_t parent,
                      const Sums& sums);
    void addToPart(const PartKey& key, std::int64_t cost);
    void addToDay(const DayKey& key, const Sums& sums);

    [[nodiscard]] Result<void> write();
    /// Forgets what was gathered, when it was written or the transaction is undone.
    void clear();

private:
    [[nodiscard]] Result<void> write(std::int64_t session, int turn, const Turn& state);
    [[nodiscard]] Result<void> write(std::int64_t session, const Session& state);

    std::map<std::pair<std::int64_t, int>, Turn> m_turns;
    std::map<std::int64_t, Session> m_sessions;
    std::map<PartKey, Part> m_parts;
    std::map<DayKey, Sums> m_days;

    sqlite::Statement m_findTurn;
    sqlite::Statement m_addTurn;
    sqlite::Statement m_updateTurn;
    sqlite::Statement m_moveOpener;
    sqlite::Statement m_updateSession;
    sqlite::Statement m_addPart;
    sqlite::Statement m_addDay;
    sqlite::Statement m_unsumPast;
};

} // namespace tierdeck::sessions
