#include "ui/backend/store_worker.h"

#include "core/foundation/atomic_file.h"
#include "core/routing/model_id.h"
#include "core/sessions/label_book.h"
#include "core/sessions/past_days.h"
#include "ui/backend/spend_snapshot.h"

#include <QMetaObject>
#include <QPointer>
#include <QTimeZone>
#include <QTimer>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <tuple>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int pollMs = 250;
/// How long questions, and whoever writes the store, wait at most for days gone by to be summed up.
constexpr std::chrono::milliseconds longestSumming{30};
constexpr int turnsAPage = 500;
constexpr int requestsAPage = 500;

QString sentence(const Error& error) {
    return QString::fromStdString(error.message);
}

UtcTime startOfDay(const QDate& day, const QTimeZone& zone) {
    return UtcTime(std::chrono::milliseconds(day.startOfDay(zone).toMSecsSinceEpoch()));
}

Result<std::vector<routing::RequestRecord>> readRequests(sessions::StoreReader& reader,
                                                         const std::string& session, int turn,
                                                         const std::function<bool()>& wanted) {
    std::vector<routing::RequestRecord> requests;
    sessions::Filter filter;
    filter.session = session;
    filter.turn = turn;
    std::string after;
    do {
        if (!wanted())
            return failure(ErrorCode::Cancelled, "Cancelled.");
        auto page = reader.requests(filter, requestsAPage, after);
        if (!page)
            return tl::unexpected(page.error());
        std::move(page->rows.begin(), page->rows.end(), std::back_inserter(requests));
        after = page->next;
    } while (!after.empty());
    return requests;
}

/// The store sums tokens by turn, not by tier of a turn: taken from the turn's requests where it had several
/// tiers.
Result<void> addTierTokens(sessions::StoreReader& reader, TurnSnapshot& turn,
                           const std::function<bool()>& wanted) {
    const sessions::TurnRow& row = turn.row;
    if (row.tiers.size() == 1) {
        turn.tierTokens = {row.totals.usage.total()};
        return {};
    }
    auto requests = readRequests(reader, row.session, row.turn, wanted);
    if (!requests)
        return tl::unexpected(requests.error());
    for (const sessions::TierShare& share : row.tiers) {
        std::int64_t tokens = 0;
        for (const routing::RequestRecord& request : *requests)
            if (request.tier.value_or(std::string()) == share.tier)
                tokens += request.usage.total();
        turn.tierTokens.push_back(tokens);
    }
    return {};
}

/// All turns of a session that began at `since` or later, with what their requests say.
Result<std::vector<TurnSnapshot>> readTurns(sessions::StoreReader& reader, const std::string& session,
                                            std::optional<UtcTime> since,
                                            const std::function<bool()>& wanted) {
    std::vector<TurnSnapshot> turns;
    sessions::Filter filter;
    filter.session = session;
    filter.since = since;
    std::string after;
    do {
        if (!wanted())
            return failure(ErrorCode::Cancelled, "Cancelled.");
        auto page = reader.turns(filter, turnsAPage, after);
        if (!page)
            return tl::unexpected(page.error());
        for (sessions::TurnRow& turn : page->rows)
            turns.push_back({std::move(turn), {}, {}});
        after = page->next;
    } while (!after.empty());
    auto traces = reader.traces(session, since);
    if (!traces)
        return tl::unexpected(traces.error());
    for (TurnSnapshot& turn : turns) {
        const auto trace =
            std::ranges::lower_bound(*traces, turn.row.turn, std::less<>(), &sessions::TurnTrace::turn);
        if (trace != traces->end() && trace->turn == turn.row.turn)
            turn.trace = std::move(*trace);
    }
    return turns;
}

/// Sums that only grow, so that whatever happened to earlier turns shows in one of them.
bool sameSums(const sessions::Totals& a, const sessions::Totals& b) {
    return a.requests == b.requests && a.turns == b.turns && a.cost == b.cost && a.usage == b.usage &&
           a.unpricedRequests == b.unpricedRequests && a.failedRequests == b.failedRequests;
}

Result<SessionSnapshot> readSession(sessions::StoreReader& reader, const std::string& session,
                                    const std::optional<KnownTurns>& known,
                                    const std::function<bool()>& wanted) {
    SessionSnapshot snapshot;
    auto row = reader.session(session);
    if (!row)
        return tl::unexpected(row.error());
    snapshot.session = std::move(*row);
    if (!snapshot.session)
        return snapshot;
    const sessions::Totals& all = snapshot.session->totals;
    bool whole = true;
    if (known) {
        auto turns = readTurns(reader, session, known->since, wanted);
        if (!turns)
            return tl::unexpected(turns.error());
        sessions::Totals sum = known->before;
        for (const TurnSnapshot& turn : *turns)
            sum += turn.row.totals;
        whole = !sameSums(sum, all);
        if (!whole) {
            snapshot.turns = std::move(*turns);
            snapshot.since = known->since;
        }
    }
    if (whole) {
        auto turns = readTurns(reader, session, std::nullopt, wanted);
        if (!turns)
            return tl::unexpected(turns.error());
        snapshot.turns = std::move(*turns);
    }
    if (all.cost == NanoUsd(0))
        for (TurnSnapshot& turn : snapshot.turns)
            if (auto added = addTierTokens(reader, turn, wanted); !added)
                return tl::unexpected(added.error());
    return snapshot;
}

Result<std::int64_t> writeOut(const std::filesystem::path& file, const std::string& bytes) {
    if (bytes.empty())
        return failure(ErrorCode::IoFailed, "There is nothing that could be written.");
    if (auto written = writeFileAtomically(file, bytes); !written)
        return tl::unexpected(written.error());
    return static_cast<std::int64_t>(bytes.size());
}

/// The daily sums know every name.
Result<FilterChoices> readChoices(sessions::StoreReader& reader) {
    FilterChoices choices;
    const std::pair<sessions::Dimension, std::vector<std::string>*> lists[] = {
        {sessions::Dimension::Source, &choices.sources}, {sessions::Dimension::Project, &choices.projects},
        {sessions::Dimension::Client, &choices.clients}, {sessions::Dimension::Model, &choices.models},
        {sessions::Dimension::Tier, &choices.tiers},
    };
    std::vector<sessions::Grouping> groupings;
    for (const auto& [dimension, names] : lists)
        groupings.push_back({sessions::Period::None, {dimension}});
    auto results = reader.spend(groupings, {});
    if (!results)
        return tl::unexpected(results.error());
    for (std::size_t i = 0; i < results->size(); ++i) {
        std::vector<sessions::SpendRow>& rows = results->at(i).rows;
        std::ranges::stable_sort(rows, std::greater<>(),
                                 [](const sessions::SpendRow& row) { return row.totals.requests; });
        for (sessions::SpendRow& row : rows)
            if (!row.keys.front().empty() || lists[i].first == sessions::Dimension::Tier)
                lists[i].second->push_back(std::move(row.keys.front()));
    }
    return choices;
}

Result<DaySummary> readToday(sessions::StoreReader& reader, UtcTime now) {
    QTimeZone zone(QByteArray::fromStdString(reader.timeZone()));
    if (!zone.isValid())
        zone = QTimeZone::systemTimeZone();
    const QDate today = QDateTime::fromMSecsSinceEpoch(now.time_since_epoch().count(), zone).date();
    const QDate first = today.addDays(1 - static_cast<qint64>(DaySummary::days));
    sessions::SpendQuery query;
    query.period = sessions::Period::Day;
    query.by = {sessions::Dimension::Tier};
    query.filter.since = startOfDay(first, zone);
    query.filter.until = startOfDay(today.addDays(1), zone);
    auto spend = reader.spend(query);
    if (!spend)
        return tl::unexpected(spend.error());
    DaySummary summary;
    for (const sessions::SpendRow& row : spend->rows) {
        const QDate day = QDate::fromString(QString::fromStdString(row.period), Qt::ISODate);
        const qint64 index = first.daysTo(day);
        if (!day.isValid() || index < 0 || index >= static_cast<qint64>(DaySummary::days))
            continue;
        const auto at = static_cast<std::size_t>(index);
        summary.lastDays.at(at) += row.totals.cost;
        summary.requests.at(at) += row.totals.requests;
        if (day != today)
            continue;
        sessions::Totals& totals = summary.today;
        totals.requests += row.totals.requests;
        totals.turns += row.totals.turns;
        totals.unpricedRequests += row.totals.unpricedRequests;
        totals.simulatedRequests += row.totals.simulatedRequests;
        totals.failedRequests += row.totals.failedRequests;
        totals.latencyMs += row.totals.latencyMs;
        totals.usage += row.totals.usage;
        totals.cost += row.totals.cost;
        summary.tiers.push_back(
            {row.keys.empty() ? std::string() : row.keys.front(), row.totals.requests, row.totals.cost});
    }
    std::stable_sort(summary.tiers.begin(), summary.tiers.end(),
                     [](const auto& a, const auto& b) { return a.requests > b.requests; });
    return summary;
}

} // namespace

/// The part that lives in the worker's thread and owns the reader.
class StoreWorker::Desk final : public QObject {
public:
    Desk(std::filesystem::path file, const Clock& clock, StoreWorker& front)
        : m_file(std::move(file))
        , m_clock(clock)
        , m_front(front)
        , m_poll(this) {
        m_poll.setInterval(pollMs);
        connect(&m_poll, &QTimer::timeout, this, [this] { look(); });
    }

    void setVisible(bool visible) {
        if (visible) {
            look();
            m_poll.start();
        } else {
            m_poll.stop();
        }
    }

    void look() {
        if (m_beforeLooking)
            m_beforeLooking();
        if (reader() == nullptr)
            return;
        const Result<std::int64_t> version = m_reader->dataVersion();
        if (!version) {
            lose(State::Failed, sentence(version.error()));
            return;
        }
        if (*version != m_version) {
            m_version = *version;
            tell([front = &m_front] { Q_EMIT front->news(); });
        } else if (m_summedAt == m_version) {
            return;
        }
        sumUpPastDays();
    }

    /// Long ranges are quick where days gone by are summed up: a few of them each time the desk looks, until
    /// all are. Where the store may only be read, they stay slow.
    void sumUpPastDays() {
        if (!m_past && !m_pastFailed) {
            auto opened = sessions::PastDays::open(m_file);
            m_pastFailed = !opened;
            if (opened)
                m_past.emplace(std::move(*opened));
        }
        const auto zone = sessions::TimeZone::find(m_reader->timeZone());
        if (!m_past || !zone)
            return;
        const auto done = m_past->sumUp(sessions::LocalDays(*zone).dayOf(m_clock.now()), longestSumming);
        if (done && *done)
            m_summedAt = m_version;
    }

    /// Opens the store when it is not open yet, or is no longer the file that was opened.
    sessions::StoreReader* reader() {
        const FileStamp stamp = stampOf(m_file);
        if (m_reader && (stamp.size < 0 || stamp.inode != m_inode))
            m_reader.reset();
        if (m_reader)
            return m_reader.get();
        if (stamp.size < 0) {
            lose(State::Missing, {});
            return nullptr;
        }
        auto opened = sessions::StoreReader::open(m_file);
        if (!opened) {
            lose(opened.error().code == ErrorCode::NotFound ? State::Missing : State::Failed,
                 sentence(opened.error()));
            return nullptr;
        }
        m_reader = std::move(*opened);
        m_inode = stamp.inode;
        m_past.reset();
        m_pastFailed = false;
        m_version = m_reader->dataVersion().value_or(-1);
        const bool missed = m_state == State::Missing || m_state == State::Failed;
        say(State::Ready, {});
        if (missed)
            tell([front = &m_front] { Q_EMIT front->news(); });
        return m_reader.get();
    }

    [[nodiscard]] const Clock& clock() const { return m_clock; }

    [[nodiscard]] const std::filesystem::path& file() const { return m_file; }

    void setPrices(std::function<pricing::PriceTable()> prices) { m_prices = std::move(prices); }

    void setBeforeLooking(std::function<void()> takeIn) { m_beforeLooking = std::move(takeIn); }

    [[nodiscard]] pricing::PriceTable prices() const { return m_prices ? m_prices() : pricing::PriceTable(); }

    [[nodiscard]] QString problem() const { return m_problem; }

    /// Runs on the GUI thread, in the order told.
    template <typename Function>
    void tell(Function function) {
        QMetaObject::invokeMethod(&m_front, std::move(function), Qt::QueuedConnection);
    }

private:
    void lose(State state, const QString& problem) {
        m_reader.reset();
        m_past.reset();
        say(state, problem);
    }

    void say(State state, const QString& problem) {
        if (state == m_state && problem == m_problem)
            return;
        m_state = state;
        m_problem = problem;
        tell([front = &m_front, state, problem] { front->setState(state, problem); });
    }

    std::filesystem::path m_file;
    const Clock& m_clock;
    StoreWorker& m_front;
    QTimer m_poll;
    std::function<pricing::PriceTable()> m_prices;
    std::function<void()> m_beforeLooking;
    std::unique_ptr<sessions::StoreReader> m_reader;
    std::optional<sessions::PastDays> m_past;
    bool m_pastFailed = false;
    std::int64_t m_summedAt = -1; ///< the version that had all days gone by summed up
    std::uint64_t m_inode = 0;
    std::int64_t m_version = -1;
    State m_state = State::Opening;
    QString m_problem;
};

StoreWorker::StoreWorker(std::filesystem::path storeFile, const Clock& clock, QObject* parent)
    : QObject(parent)
    , m_desk(new Desk(std::move(storeFile), clock, *this)) {
    m_thread.setObjectName(QStringLiteral("store"));
    m_desk->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_desk, &QObject::deleteLater);
    m_thread.start();
}

StoreWorker::~StoreWorker() {
    m_thread.quit();
    m_thread.wait();
}

void StoreWorker::setPrices(std::function<pricing::PriceTable()> prices) {
    QMetaObject::invokeMethod(m_desk, [desk = m_desk, prices = std::move(prices)]() mutable {
        desk->setPrices(std::move(prices));
    });
}

void StoreWorker::setBeforeLooking(std::function<void()> takeIn) {
    QMetaObject::invokeMethod(m_desk, [desk = m_desk, takeIn = std::move(takeIn)]() mutable {
        desk->setBeforeLooking(std::move(takeIn));
    });
}

void StoreWorker::setVisible(bool visible) {
    QMetaObject::invokeMethod(m_desk, [desk = m_desk, visible] { desk->setVisible(visible); });
}

void StoreWorker::lookNow() {
    QMetaObject::invokeMethod(m_desk, [desk = m_desk] { desk->look(); });
}

void StoreWorker::setState(State state, const QString& problem) {
    m_state = state;
    m_problem = problem;
    Q_EMIT stateChanged();
}

template <typename Answer, typename Question>
void StoreWorker::ask(StoreAsker& asker, Question question, Then<Answer> then) {
    const std::shared_ptr<StoreAsker::State> state = asker.m_state;
    const std::uint64_t ticket = ++state->newest;
    state->waiting = true;
    QMetaObject::invokeMethod(m_desk, [desk = m_desk, state, ticket, question = std::move(question),
                                       then = std::move(then)]() mutable {
        const std::function<bool()> wanted = [&state, ticket] { return state->newest == ticket; };
        if (!wanted())
            return;
        sessions::StoreReader* reader = desk->reader();
        auto answer = std::make_shared<const Result<Answer>>(
            reader != nullptr ? question(*reader, *desk, wanted)
                              : Result<Answer>(failure(desk->problem().isEmpty() ? ErrorCode::NotFound
                                                                                 : ErrorCode::IoFailed,
                                                       desk->problem().toStdString())));
        desk->tell([state, ticket, answer = std::move(answer), then = std::move(then)] {
            if (state->newest != ticket)
                return;
            state->waiting = false;
            then(*answer);
        });
    });
}

void StoreWorker::sessions(StoreAsker& asker, SessionsQuestion question,
                           Then<sessions::Page<sessions::SessionRow>> then) {
    ask<sessions::Page<sessions::SessionRow>>(
        asker,
        [question = std::move(question)](sessions::StoreReader& reader, Desk&, const std::function<bool()>&) {
            return reader.sessions(question.filter, question.order, question.limit, question.after);
        },
        std::move(then));
}

void StoreWorker::session(StoreAsker& asker, std::string session, std::optional<KnownTurns> known,
                          Then<SessionSnapshot> then) {
    ask<SessionSnapshot>(
        asker,
        [session = std::move(session), known](sessions::StoreReader& reader, Desk&,
                                              const std::function<bool()>& wanted) {
            return readSession(reader, session, known, wanted);
        },
        std::move(then));
}

void StoreWorker::choices(StoreAsker& asker, Then<FilterChoices> then) {
    ask<FilterChoices>(
        asker,
        [](sessions::StoreReader& reader, Desk&, const std::function<bool()>&) {
            return readChoices(reader);
        },
        std::move(then));
}

void StoreWorker::label(StoreAsker& asker, RequestId request, Then<std::optional<std::string>> then) {
    ask<std::optional<std::string>>(
        asker,
        [request](sessions::StoreReader& reader, Desk&, const std::function<bool()>&) {
            return reader.labelOf(request);
        },
        std::move(then));
}

/// For what must be done whatever else is asked: an asker that lives until the answer.
template <typename Answer>
StoreWorker::Then<Answer> StoreWorker::answering(QObject* context, Then<Answer> then) {
    return [guard = QPointer<QObject>(context), then = std::move(then)](const Result<Answer>& answer) {
        if (guard)
            then(answer);
    };
}

void StoreWorker::setLabel(QObject* context, RequestId request, std::optional<std::string> tier,
                           Then<std::optional<std::string>> then) {
    const auto asker = std::make_shared<StoreAsker>();
    ask<std::optional<std::string>>(
        *asker,
        [request,
         tier = std::move(tier)](sessions::StoreReader& reader, Desk& desk,
                                 const std::function<bool()>&) -> Result<std::optional<std::string>> {
            auto book = sessions::LabelBook::open(desk.file());
            if (!book)
                return tl::unexpected(book.error());
            const Result<void> done =
                tier ? book->set(request, *tier, desk.clock().now()) : book->remove(request);
            if (!done && (tier || done.error().code != ErrorCode::NotFound))
                return tl::unexpected(done.error());
            return reader.labelOf(request);
        },
        [asker, answer = answering(context, std::move(then))](
            const Result<std::optional<std::string>>& label) { answer(label); });
}

void StoreWorker::requests(StoreAsker& asker, std::string session, int turn,
                           Then<std::vector<routing::RequestRecord>> then) {
    ask<std::vector<routing::RequestRecord>>(
        asker,
        [session = std::move(session), turn](sessions::StoreReader& reader, Desk&,
                                             const std::function<bool()>& wanted) {
            return readRequests(reader, session, turn, wanted);
        },
        std::move(then));
}

void StoreWorker::exportList(QObject* context, sessions::ListReport list, std::filesystem::path file,
                             Then<std::int64_t> then) {
    const auto asker = std::make_shared<StoreAsker>();
    ask<std::int64_t>(
        *asker,
        [list = std::move(list), file = std::move(file)](
            sessions::StoreReader& reader, Desk&, const std::function<bool()>&) -> Result<std::int64_t> {
            std::ostringstream out;
            if (auto written = sessions::writeList(out, &reader, list); !written)
                return tl::unexpected(written.error());
            return writeOut(file, std::move(out).str());
        },
        [asker, answer = answering(context, std::move(then))](const Result<std::int64_t>& bytes) {
            answer(bytes);
        });
}

void StoreWorker::exportBytes(QObject* context, std::function<std::string()> make, std::filesystem::path file,
                              Then<std::int64_t> then) {
    const auto asker = std::make_shared<StoreAsker>();
    ask<std::int64_t>(
        *asker,
        [make = std::move(make), file = std::move(file)](
            sessions::StoreReader&, Desk&, const std::function<bool()>&) { return writeOut(file, make()); },
        [asker, answer = answering(context, std::move(then))](const Result<std::int64_t>& bytes) {
            answer(bytes);
        });
}

void StoreWorker::rates(StoreAsker& asker, const routing::RequestRecord& request,
                        Then<std::optional<pricing::Rates>> then) {
    const std::string model = request.model.value_or(std::string());
    const auto id = routing::ModelId::parse(model);
    ask<std::optional<pricing::Rates>>(
        asker,
        [provider = request.provider, name = id ? std::string(id->name()) : model, time = request.time,
         prompt = request.usage.prompt()](sessions::StoreReader&, Desk& desk, const std::function<bool()>&)
            -> Result<std::optional<pricing::Rates>> {
            return desk.prices().rates(provider, name, time, prompt);
        },
        std::move(then));
}

void StoreWorker::request(StoreAsker& asker, RequestId id, Then<std::optional<routing::RequestRecord>> then) {
    ask<std::optional<routing::RequestRecord>>(
        asker,
        [id](sessions::StoreReader& reader, Desk&, const std::function<bool()>&) {
            return reader.request(id);
        },
        std::move(then));
}

void StoreWorker::today(StoreAsker& asker, Then<DaySummary> then) {
    ask<DaySummary>(
        asker,
        [](sessions::StoreReader& reader, Desk& desk, const std::function<bool()>&) {
            return readToday(reader, desk.clock().now());
        },
        std::move(then));
}

void StoreWorker::spend(StoreAsker& asker, SpendQuestion question, Then<SpendSnapshot> then) {
    ask<SpendSnapshot>(
        asker,
        [question = std::move(question)](sessions::StoreReader& reader, Desk& desk,
                                         const std::function<bool()>& wanted) {
            return readSpend(reader, question, desk.clock(), wanted);
        },
        std::move(then));
}

void StoreWorker::requestPage(StoreAsker& asker, sessions::Filter filter, int limit, std::string after,
                              Then<RequestList> then) {
    ask<RequestList>(
        asker,
        [filter = std::move(filter), limit,
         after = std::move(after)](sessions::StoreReader& reader, Desk&,
                                   const std::function<bool()>& wanted) -> Result<RequestList> {
            RequestList list;
            auto page = reader.requests(filter, limit, after, sessions::RequestOrder::DearestFirst);
            if (!page)
                return tl::unexpected(page.error());
            list.page = std::move(*page);
            if (!after.empty())
                return list;
            if (!wanted())
                return failure(ErrorCode::Cancelled, "Cancelled.");
            auto totals = reader.totals(filter);
            if (!totals)
                return tl::unexpected(totals.error());
            list.totals = std::move(*totals);
            return list;
        },
        std::move(then));
}

void StoreWorker::requestsByIds(StoreAsker& asker, std::vector<RequestId> ids, Then<RequestList> then) {
    ask<RequestList>(
        asker,
        [ids = std::move(ids)](sessions::StoreReader& reader, Desk&,
                               const std::function<bool()>& wanted) -> Result<RequestList> {
            RequestList list;
            sessions::Totals& totals = list.totals.emplace();
            for (const RequestId id : ids) {
                if (!wanted())
                    return failure(ErrorCode::Cancelled, "Cancelled.");
                auto request = reader.request(id);
                if (!request)
                    return tl::unexpected(request.error());
                if (!*request)
                    continue;
                const routing::RequestRecord& found = **request;
                ++totals.requests;
                totals.unpricedRequests += found.cost ? 0 : 1;
                totals.simulatedRequests += found.simulated ? 1 : 0;
                totals.cost += found.cost.value_or(NanoUsd());
                list.page.rows.push_back(std::move(**request));
            }
            std::ranges::sort(list.page.rows, std::greater<>(), [](const routing::RequestRecord& request) {
                return std::tuple(request.cost, request.time, request.request);
            });
            return list;
        },
        std::move(then));
}

} // namespace tierdeck::ui
