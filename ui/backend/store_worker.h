// The session store as the app sees it: questions go to a thread that owns the StoreReader, answers come back
// on the GUI thread as immutable values. Looks for news four times a second while someone is looking. Made by
// the composition root; every member function is called on the GUI thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/pricing/price_table.h"
#include "core/routing/request_record.h"
#include "core/sessions/report.h"
#include "core/sessions/store_reader.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tierdeck::ui {

struct SpendQuestion;
struct SpendSnapshot;

/// One view's line of questions: asking again makes the answer to what was asked before unwanted, and so does
/// the end of the asker. A member of the view that asks. GUI thread.
class StoreAsker {
public:
    StoreAsker()
        : m_state(std::make_shared<State>()) {}

    ~StoreAsker() { cancel(); }

    StoreAsker(const StoreAsker&) = delete;
    StoreAsker& operator=(const StoreAsker&) = delete;

    /// True until the newest question is answered.
    [[nodiscard]] bool isWaiting() const { return m_state->waiting; }

    void cancel() {
        ++m_state->newest;
        m_state->waiting = false;
    }

private:
    friend class StoreWorker;

    struct State {
        std::atomic<std::uint64_t> newest = 0; ///< read by the worker to skip what nobody waits for
        bool waiting = false;                  ///< GUI thread only
    };

    std::shared_ptr<State> m_state;
};

struct TurnSnapshot {
    sessions::TurnRow row;
    /// Tokens of each of row.tiers; only where the session has cost nothing, so that a chart has something to
    /// show.
    std::vector<std::int64_t> tierTokens;
    sessions::TurnTrace trace;
    bool operator==(const TurnSnapshot&) const = default;
};

/// All that the page of one session shows first.
struct SessionSnapshot {
    std::optional<sessions::SessionRow> session; ///< nullopt: no longer, or not yet, in the store
    std::vector<TurnSnapshot> turns;             ///< oldest first
    /// Set: `turns` are those that began at this time or later, and none before it has changed.
    std::optional<UtcTime> since;
};

/// What a page has of a session already: the sums of all turns that began before a time.
struct KnownTurns {
    UtcTime since{};
    sessions::Totals before;
};

/// What there is to filter by, most requests first. Tier "" is that of explicit models.
struct FilterChoices {
    std::vector<std::string> sources;
    std::vector<std::string> projects;
    std::vector<std::string> clients;
    std::vector<std::string> models;
    std::vector<std::string> tiers;
};

/// The day at a glance, in the store's zone.
struct DaySummary {
    static constexpr std::size_t days = 7;
    sessions::Totals today;
    std::vector<sessions::TierShare> tiers;    ///< of today, by falling number of requests
    std::array<NanoUsd, days> lastDays{};      ///< cost a day; the last one is today
    std::array<std::int64_t, days> requests{}; ///< requests a day
};

/// What stands behind a number: the dearest first, the unpriced last.
struct RequestList {
    sessions::Page<routing::RequestRecord> page;
    /// Of all of them, on this page and beyond; nullopt with the pages after the first.
    std::optional<sessions::Totals> totals;
};

struct SessionsQuestion {
    sessions::Filter filter;
    sessions::SessionOrder order = sessions::SessionOrder::LastTime;
    int limit = 100;
    std::string after; ///< cursor of the page before; "" for the first
};

class StoreWorker final : public QObject {
    Q_OBJECT
public:
    enum class State {
        Opening, ///< not looked yet
        Missing, ///< no store in the workspace; looked for again while visible
        Ready,
        Failed, ///< problem() says why; tried again while visible
    };
    template <typename Answer>
    using Then = std::function<void(const Result<Answer>&)>;

    /// `clock` says what day it is; it must outlive the worker.
    StoreWorker(std::filesystem::path storeFile, const Clock& clock, QObject* parent = nullptr);
    /// Where rates() looks; called in the worker's thread. To be set before the first question; without it no
    /// price is known.
    void setPrices(std::function<pricing::PriceTable()> prices);
    /// Called in the worker's thread before each look at the store: for what waits beside it.
    void setBeforeLooking(std::function<void()> takeIn);
    ~StoreWorker() override; ///< waits for the question that is being answered

    [[nodiscard]] State state() const { return m_state; }

    [[nodiscard]] QString problem() const { return m_problem; }

    /// Polls only while true.
    void setVisible(bool visible);
    /// Looks now, whatever the time.
    void lookNow();

    void sessions(StoreAsker& asker, SessionsQuestion question,
                  Then<sessions::Page<sessions::SessionRow>> then);
    /// With `known`, only the turns since then where that is all that has changed.
    void session(StoreAsker& asker, std::string session, std::optional<KnownTurns> known,
                 Then<SessionSnapshot> then);
    void choices(StoreAsker& asker, Then<FilterChoices> then);
    /// The tier that a request should have been, if anyone said so.
    void label(StoreAsker& asker, RequestId request, Then<std::optional<std::string>> then);
    /// nullopt takes the label away. Answers what then stands in the store, unless `context` is gone; the
    /// label is written in any case.
    void setLabel(QObject* context, RequestId request, std::optional<std::string> tier,
                  Then<std::optional<std::string>> then);
    /// The requests of one turn, its sub-agents' among them, oldest first, with their attempts.
    void requests(StoreAsker& asker, std::string session, int turn,
                  Then<std::vector<routing::RequestRecord>> then);
    /// Writes a list as `tierctl report` does, into a file; answers the number of bytes. Not ended by
    /// anything that is asked later.
    void exportList(QObject* context, sessions::ListReport list, std::filesystem::path file,
                    Then<std::int64_t> then);
    /// Writes what `make` makes in the worker's thread, into a file; "" is a failure.
    void exportBytes(QObject* context, std::function<std::string()> make, std::filesystem::path file,
                     Then<std::int64_t> then);
    /// What the request's model cost at its time, by the prices of the moment; nullopt where none is known.
    void rates(StoreAsker& asker, const routing::RequestRecord& request,
               Then<std::optional<pricing::Rates>> then);
    void request(StoreAsker& asker, RequestId id, Then<std::optional<routing::RequestRecord>> then);
    void today(StoreAsker& asker, Then<DaySummary> then);
    void spend(StoreAsker& asker, SpendQuestion question, Then<SpendSnapshot> then);
    /// One page of requests, dearest first.
    void requestPage(StoreAsker& asker, sessions::Filter filter, int limit, std::string after,
                     Then<RequestList> then);
    /// Those that are in the store, dearest first.
    void requestsByIds(StoreAsker& asker, std::vector<RequestId> ids, Then<RequestList> then);

Q_SIGNALS:
    void stateChanged();
    /// Something was committed since the last news (or the store could not be read before, and now can).
    void news();

private:
    class Desk;
    template <typename Answer>
    static Then<Answer> answering(QObject* context, Then<Answer> then);
    template <typename Answer, typename Question>
    void ask(StoreAsker& asker, Question question, Then<Answer> then);
    void setState(State state, const QString& problem);

    QThread m_thread;
    Desk* m_desk = nullptr; ///< lives in m_thread
    State m_state = State::Opening;
    QString m_problem;
};

} // namespace tierdeck::ui
