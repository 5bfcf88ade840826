// Questions to the store, over a read-only connection of its own. Every list is paged by key, never by
// offset. One thread at a time (a worker of ui/backend, one tierctl command). Costs are of priced requests;
// the unpriced are counted.
//
// A turn is counted where its earliest request is: on that request's day, tier, model and so on. So turns add
// up over any rows without being counted twice, and a filter counts the turns that *began* with a request
// that it lets through.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"
#include "core/pricing/token_usage.h"
#include "core/routing/request_record.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

/// Sums over some requests.
struct Totals {
    std::int64_t requests = 0;
    std::int64_t turns = 0;
    std::int64_t unpricedRequests = 0;
    std::int64_t simulatedRequests = 0;
    std::int64_t failedRequests = 0; ///< status other than ok
    std::int64_t latencyMs = 0;      ///< summed
    pricing::TokenUsage usage;
    NanoUsd cost;

    Totals& operator+=(const Totals& other);
    bool operator==(const Totals&) const = default;
};

/// Share of a tier in a turn or session: requests and cost. The tier of an explicit model is "".
struct TierShare {
    std::string tier;
    std::int64_t requests = 0;
    NanoUsd cost;
    bool operator==(const TierShare&) const = default;
};

struct SessionRow {
    std::string session;
    std::string parentSession;
    std::string source; ///< of most of its requests, like client and project; a name before none
    std::string client;
    std::string project;
    std::string title; ///< the latest; "" where none is known
    UtcTime firstTime{};
    UtcTime lastTime{};
    Totals totals;
    std::vector<TierShare> tiers; ///< by falling cost, then requests
};

/// Time, agent, source, client, project and reason are those of its earliest request.
struct TurnRow {
    std::string session;
    std::string agent;
    int turn = 0;
    UtcTime time{};
    std::string source;
    std::string client;
    std::string project;
    Totals totals;
    std::vector<TierShare> tiers;         ///< by falling cost, then requests
    std::vector<std::string> models;      ///< sorted by name
    std::vector<std::string> tierSources; ///< sorted by name
    std::int64_t fallbacks = 0;           ///< requests that needed more than one model
    std::string reason;
    bool operator==(const TurnRow&) const = default;
};

/// What a sub-agent had of a turn.
struct AgentShare {
    std::string agent;
    std::int64_t requests = 0;
    std::int64_t unpriced = 0; ///< of the requests
    NanoUsd cost;
    bool operator==(const AgentShare&) const = default;
};

/// What only the requests of a turn say, not its sums.
struct TurnTrace {
    int turn = 0;
    std::vector<AgentShare> agents; ///< sub-agents, by their first request
    /// Paid requests of the session's own agent that read next to nothing of the prompt before theirs from
    /// the provider's cache: too much time had passed, or another model was asked.
    std::int64_t coldCaches = 0;
    std::map<std::string, std::int64_t> unpriced; ///< tier → requests; "" is that of explicit models

    [[nodiscard]] std::int64_t unpricedOf(const std::string& tier) const {
        const auto found = unpriced.find(tier);
        return found == unpriced.end() ? 0 : found->second;
    }

    bool operator==(const TurnTrace&) const = default;
};

enum class Dimension { Source, Tier, Model, Provider, Project, Client, TaskType };

/// Requests pass that match every criterion that is set. A session is listed when at least one of its
/// requests passes, a turn when at least one does and the turn began in [since, until); both then with the
/// totals of all their requests.
struct Filter {
    std::optional<UtcTime> since; ///< inclusive
    std::optional<UtcTime> until; ///< exclusive
    std::string session;
    std::optional<int> turn;
    std::string source;
    std::string project;
    std::string client;
    std::string model;
    std::optional<std::string> tier; ///< "" for requests of an explicit model
    /// What a SpendRow's keys say: "" is "none", not "any".
    std::vector<std::pair<Dimension, std::string>> exactly;
    bool unpriced = false; ///< only those without a cost
    std::string
        search; ///< anywhere in the session's title, projects, clients or id; the case of ASCII is ignored
    /// Of what is listed: the session, turn or request itself. Sums know nothing of it.
    std::optional<NanoUsd> leastCost;
};

/// Falling. The first two walk an index of the writer's; for the others PastDays keeps the order of sessions
/// that are over, and what is left is sorted.
enum class SessionOrder { LastTime, Cost, Turns, Tokens };

/// Dearest first: what has no price comes last, and of the same cost the newest first. Where PastDays has not
/// been, and for a session, a turn or a search, it looks at every request that passes, for each page.
enum class RequestOrder { OldestFirst, DearestFirst };

template <typename Row>
struct Page {
    std::vector<Row> rows;
    std::string next; ///< cursor of the next page; "" at the end
};

enum class Period { None, Hour, Day, Week, Month };

struct SpendQuery {
    Period period = Period::Day;
    std::vector<Dimension> by;
    Filter filter;
    std::string timeZone; ///< "" = the store's
};

struct SpendRow {
    /// "2026-11-21T14:00+01:00", "2026-11-21", "2026-W47", "2026-11"; "" for Period::None
    std::string period;
    std::vector<std::string> keys; ///< one for each of `by`, in that order
    Totals totals;
};

struct SpendResult {
    std::vector<SpendRow> rows; ///< by period, then falling cost, falling requests, keys
    Totals totals;
};

/// What a person says that a request should have been, with what a classifier may learn from.
struct LabelledRequest {
    RequestId request;
    std::string tier;
    UtcTime time{}; ///< when it was said
    /// As in RequestRecord: without facts where the request was never decided here.
    std::optional<routing::RequestFacts> facts;
    std::string features;
};

/// What the rows of one table of spending are.
struct Grouping {
    Period period = Period::None;
    std::vector<Dimension> by;
    bool operator==(const Grouping&) const = default;
};

/// Promotions that wanted a tier which has no model, so that a lower tier's model served.
struct UnsetPromotions {
    std::int64_t looked = 0;                    ///< so many of them were looked at, the newest first
    bool all = true;                            ///< there were no more
    std::map<std::string, std::int64_t> wanted; ///< tier → requests
    std::vector<RequestId> requests;            ///< newest first
};

class StoreReader {
public:
    /// NotFound when there is no store yet; Unsupported when it is newer than us.
    [[nodiscard]] static Result<std::unique_ptr<StoreReader>> open(const std::filesystem::path& file);
    ~StoreReader();

    /// Falling in `order`. Every `limit` is at least 1; a cursor holds for the list, order and filter that
    /// gave it.
    [[nodiscard]] Result<Page<SessionRow>> sessions(const Filter& filter, SessionOrder order, int limit,
                                                    std::string_view after = {});
    [[nodiscard]] Result<std::optional<SessionRow>> session(std::string_view session);
    /// Oldest first.
    [[nodiscard]] Result<Page<TurnRow>> turns(const Filter& filter, int limit, std::string_view after = {});
    /// Of the turns of a session with requests since then, by turn. A turn that began before `since` has only
    /// what came later.
    [[nodiscard]] Result<std::vector<TurnTrace>> traces(std::string_view session,
                                                        std::optional<UtcTime> since = {});
    /// With attempts.
    [[nodiscard]] Result<Page<routing::RequestRecord>>
    requests(const Filter& filter, int limit, std::string_view after = {},
             RequestOrder order = RequestOrder::OldestFirst);
    [[nodiscard]] Result<std::optional<routing::RequestRecord>> request(RequestId id);
    /// All of them, by request.
    [[nodiscard]] Result<std::vector<LabelledRequest>> labels();
    /// The tier that a person says it should have been; nullopt where nobody said.
    [[nodiscard]] Result<std::optional<std::string>> labelOf(RequestId request);
    /// Answered from what PastDays has summed up, from the daily roll-up as far as other whole days of the
    /// store's zone reach, else counted from the requests. Another zone whose clock differs is counted for at
    /// most 92 days (InvalidInput beyond), or for one session.
    [[nodiscard]] Result<SpendResult> spend(const SpendQuery& query);
    [[nodiscard]] Result<Totals> totals(const Filter& filter);
    /// Several tables of the same requests, a result each in their order, from one look at the store. Hours
    /// are counted for at most 92 days.
    [[nodiscard]] Result<std::vector<SpendResult>>
    spend(const std::vector<Grouping>& groupings, const Filter& filter, const std::string& timeZone = {});
    /// The sessions on which most was spent, with the totals and tiers of only those requests that pass; by
    /// falling cost, then requests.
    [[nodiscard]] Result<std::vector<SessionRow>> dearestSessions(const Filter& filter, int limit);
    [[nodiscard]] Result<UnsetPromotions> unsetPromotions(const Filter& filter, int mostLooked);
    /// When the first and the last request came; nullopt for an empty store.
    [[nodiscard]] Result<std::optional<std::pair<UtcTime, UtcTime>>> extent();

    /// Grows when another connection has committed; cheap.
    [[nodiscard]] Result<std::int64_t> dataVersion();
    [[nodiscard]] const std::string& timeZone() const;
    /// "ok", or what SQLite's integrity check says.
    [[nodiscard]] Result<std::string> integrity();

private:
    struct Impl;
    explicit StoreReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::sessions
