#include "core/sessions/session_store.h"

#include "core/sessions/checkpointer.h"
#include "core/sessions/journal.h"
#include "core/sessions/record_json.h"
#include "core/sessions/record_writer.h"
#include "core/sessions/schema.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/unsaved_file.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace tierdeck::sessions {

namespace {

using routing::RequestRecord;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

/// One transaction holds the write lock at most about this long, so that several writers get their turns.
constexpr milliseconds longestTransaction{50};
/// Records that neither the store nor the unsaved file takes (a full disk, mostly) wait in memory.
constexpr std::size_t mostHeld = 20'000;
constexpr std::size_t takeInGroup = 500;
constexpr milliseconds retryEvery{1000};
/// Nobody waits for what the journal keeps, so under load some of it is let come together: a transaction of
/// many costs little more than one of a single record.
constexpr milliseconds gatherFor{20};
constexpr std::size_t enoughGathered = 500;
constexpr milliseconds askAgainAfter{2};
/// While the store is known to be in trouble, nobody waits the whole time-out for it again.
constexpr int waitInTroubleMs = 250;
constexpr int mostIdsAtOnce = 1'000'000;
constexpr milliseconds longestWaitForIds{1000};
constexpr int waitForIdsMs = 800;
/// The log is begun anew only where all of it was copied while nothing was written; where that does not
/// happen by itself, the writer sees to it (frames of 4 KiB).
constexpr int longestLog = 16'000;

using Done = std::function<void(Result<void>)>;

struct Job {
    /// Made in its place: to move a record costs as much as to keep it in the journal.
    explicit Job(RequestRecord&& ofRequest, Done whenDone = {},
                 std::optional<Journal::Segment> inSegment = {}, bool ofThisRun = false)
        : record(std::move(ofRequest))
        , done(std::move(whenDone))
        , segment(inSegment)
        , isNew(ofThisRun) {}

    RequestRecord record;
    Done done;                               ///< empty where nobody waits for it
    std::optional<Journal::Segment> segment; ///< of the journal, while the record stands there
    bool isNew;                              ///< of this run: flush() waits for it
};

struct IdRequest {
    int count = 0;
    bool abandoned = false;
    std::optional<Result<std::int64_t>> first;
};

std::string hexOf(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        hex += digits[static_cast<unsigned char>(byte) >> 4];
        hex += digits[static_cast<unsigned char>(byte) & 15];
    }
    return hex;
}

std::string linesOf(std::span<const Job> jobs) {
    std::string lines;
    for (const Job& job : jobs)
        lines += toJson(job.record) + '\n';
    return lines;
}

} // namespace

struct SessionStore::Impl {
    explicit Impl(StoreOptions storeOptions, sqlite::Connection storeConnection)
        : options(std::move(storeOptions))
        , connection(std::move(storeConnection))
        , unsaved(options.unsavedFile) {}

    struct Work {
        std::vector<Job> jobs;
        std::vector<std::shared_ptr<IdRequest>> ids;
        bool stopping = false;
    };

    /// One that somebody waits for.
    void enqueue(RequestRecord&& record, Done done);
    /// Those that the journal keeps meanwhile.
    void enqueue(std::span<RequestRecord* const> records, Journal::Segment segment);
    /// Somebody waits. Under the mutex.
    void hurry();

    void run();
    Work waitForWork();
    Work takeWork();
    Work takeQueues();
    void serve(Work work);
    void serveIds(const std::vector<std::shared_ptr<IdRequest>>& requests);
    void serveJobs(std::span<Job> jobs);
    Result<std::size_t> commitGroup(std::span<Job> jobs);
    Result<std::size_t> commitGroup(std::span<Job> jobs, RecordWriter::Number number);
    Result<void> commitEach(std::span<Job> jobs);
    void refuse(std::span<Job> jobs, const Error& reason);
    void putAside(std::span<Job> jobs, const Error& reason);
    void finish(std::span<Job> jobs, const std::function<Result<void>(std::size_t)>& resultOf);
    void settle(std::span<Job> jobs);
    void openJournal();
    Result<void> takeIn();
    Result<void> commitForGood(std::span<Job> jobs);
    Result<void> commitWaiting(std::span<Job> jobs);
    void recover();
    void setTrouble(const std::string& reason);
    void waitAtMost(int ms);

    const StoreOptions options;
    sqlite::Connection connection;
    std::optional<RecordWriter> writer;
    const UnsavedFile unsaved;
    std::unique_ptr<Journal> journal; ///< may be null
    std::string journalProblem;       ///< why it is null though it was wanted
    std::atomic<bool> inTrouble = false;
    std::atomic<std::int64_t> notCommitted = 0;

    // Shared with those who call.
    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable settledMore;
    std::vector<Job> queue;
    std::vector<Job> spareQueue; ///< empty, to be used again
    std::vector<std::shared_ptr<IdRequest>> idQueue;
    bool stopping = false;
    bool hurries = false; ///< what is queued is to be served at once
    std::uint64_t recorded = 0;
    std::uint64_t settled = 0;

    // The writer thread's own.
    std::string trouble;
    std::string troubleAtOpen;
    bool waiting = false; ///< records wait in the unsaved file or in `held`
    Steady::time_point recoverAt;
    bool takingIn = false;
    bool serving = false; ///< the writer thread runs
    std::vector<Job> held;

    std::mutex lookupMutex;
    std::optional<sqlite::Connection> lookup;

    std::optional<Checkpointer> checkpointer;

    std::thread thread;
};

void SessionStore::Impl::enqueue(RequestRecord&& record, Done done) {
    const std::lock_guard lock(mutex);
    queue.emplace_back(std::move(record), std::move(done), std::nullopt, true);
    ++recorded;
    hurry();
}

void SessionStore::Impl::enqueue(std::span<RequestRecord* const> records, Journal::Segment segment) {
    const std::lock_guard lock(mutex);
    const std::size_t before = queue.size();
    for (RequestRecord* record : records)
        queue.emplace_back(std::move(*record), Done(), segment, true);
    recorded += records.size();
    if (before < enoughGathered && queue.size() >= enoughGathered)
        hurry();
    else if (before == 0)
        wake.notify_one();
}

void SessionStore::Impl::hurry() {
    hurries = true;
    wake.notify_one();
}

// ------------------------------------------------------------------------------------------------ writer
// thread

void SessionStore::Impl::run() {
    serving = true;
    if (!troubleAtOpen.empty())
        setTrouble(troubleAtOpen);
    for (;;) {
        Work work = waitForWork();
        const bool last = work.stopping && work.jobs.empty() && work.ids.empty();
        serve(std::move(work));
        if (waiting && (last || Steady::now() >= recoverAt))
            recover();
        if (last)
            break;
        checkpointer->committed(connection.framesInLog());
        if (connection.framesInLog() >= longestLog)
            connection.checkpoint();
    }
}

SessionStore::Impl::Work SessionStore::Impl::waitForWork() {
    std::unique_lock lock(mutex);
    const auto somethingToDo = [this] { return !queue.empty() || !idQueue.empty() || stopping; };
    if (waiting)
        wake.wait_until(lock, recoverAt, somethingToDo);
    else
        wake.wait(lock, somethingToDo);
    if (queue.size() > 1) // more will follow
        wake.wait_for(lock, gatherFor, [this] { return hurries || stopping; });
    hurries = false;
    return takeQueues();
}

SessionStore::Impl::Work SessionStore::Impl::takeWork() {
    const std::lock_guard lock(mutex);
    return takeQueues();
}

SessionStore::Impl::Work SessionStore::Impl::takeQueues() {
    return {std::exchange(queue, std::exchange(spareQueue, {})), std::exchange(idQueue, {}), stopping};
}

void SessionStore::Impl::serve(Work work) {
    serveIds(work.ids);
    serveJobs(work.jobs);
    work.jobs.clear();
    if (work.jobs.capacity() > 2 * enoughGathered)
        return;
    const std::lock_guard lock(mutex);
    spareQueue = std::move(work.jobs);
}

void SessionStore::Impl::waitAtMost(int ms) {
    const int most = trouble.empty() ? ms : std::min(ms, waitInTroubleMs);
    connection.waitWhile([this, most](std::int64_t waitedMs) {
        if (waitedMs >= most)
            return false;
        const std::lock_guard lock(mutex);
        return queue.size() < options.mostQueued;
    });
}

void SessionStore::Impl::serveIds(const std::vector<std::shared_ptr<IdRequest>>& requests) {
    for (const auto& request : requests) {
        {
            const std::lock_guard lock(mutex);
            if (request->abandoned)
                continue;
        }
        waitAtMost(std::min(options.busyTimeoutMs, waitForIdsMs));
        auto first = writer->reserve(request->count);
        const std::lock_guard lock(mutex);
        request->first = std::move(first);
        settledMore.notify_all();
    }
}

void SessionStore::Impl::serveJobs(std::span<Job> jobs) {
    if (jobs.size() > options.mostQueued) {
        putAside(
            jobs,
            Error{ErrorCode::Locked,
                  "Requests come faster than the session store can take them; wait until it has caught up.",
                  {}});
        return;
    }
    std::span<Job> rest = jobs;
    while (!rest.empty()) {
        waitAtMost(options.busyTimeoutMs);
        const auto count = commitGroup(rest);
        if (count) {
            rest = rest.subspan(*count);
        } else if (sqlite::concernsStore(count.error())) {
            putAside(rest, count.error());
            return;
        } else if (auto each = commitEach(rest); !each) {
            return;
        } else {
            rest = {};
        }
        if (!waiting)
            setTrouble({});
    }
}

/// Commits as many of the first jobs as fit into one transaction, tells them, and returns how many.
Result<std::size_t> SessionStore::Impl::commitGroup(std::span<Job> jobs) {
    // Nearly always they are new.
    auto count = commitGroup(jobs, RecordWriter::Number::New);
    if (!count && count.error().code == ErrorCode::Conflict)
        count = commitGroup(jobs, RecordWriter::Number::Unknown);
    return count;
}

Result<std::size_t> SessionStore::Impl::commitGroup(std::span<Job> jobs, RecordWriter::Number number) {
    std::vector<RecordWriter::Outcome> outcomes;
    outcomes.reserve(jobs.size());
    const auto written = [&]() -> Result<void> {
        auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::Kind::Write);
        if (!transaction)
            return tl::unexpected<Error>(std::move(transaction.error()));
        const auto commitBy = Steady::now() + longestTransaction;
        for (const Job& job : jobs) {
            const auto outcome = writer->write(job.record, number);
            if (!outcome)
                return tl::unexpected<Error>(outcome.error());
            outcomes.push_back(*outcome);
            if (Steady::now() >= commitBy)
                break;
        }
        if (auto finished = writer->finish(); !finished)
            return finished;
        return transaction->commit();
    }();
    if (!written) {
        writer->rolledBack();
        return tl::unexpected<Error>(written.error());
    }
    writer->committed();
    finish(jobs.first(outcomes.size()), [&](std::size_t i) -> Result<void> {
        if (outcomes[i] == RecordWriter::Outcome::Written)
            return {};
        return failure(ErrorCode::Conflict, "A request with this number stands in the store already.",
                       std::to_string(jobs[i].record.request.value));
    });
    return outcomes.size();
}

/// After a record that no store would take has spoiled a group: each by itself, so that only that one is
/// refused.
Result<void> SessionStore::Impl::commitEach(std::span<Job> jobs) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto count = commitGroup(jobs.subspan(i, 1));
        if (count)
            continue;
        if (sqlite::concernsStore(count.error())) {
            putAside(jobs.subspan(i), count.error());
            return tl::unexpected<Error>(count.error());
        }
        refuse(jobs.subspan(i, 1), count.error());
    }
    return {};
}

void SessionStore::Impl::refuse(std::span<Job> jobs, const Error& reason) {
    notCommitted += static_cast<std::int64_t>(jobs.size());
    if (auto kept = unsaved.setAside(linesOf(jobs)); !kept) {
        setTrouble(kept.error().message);
        for (Job& job : jobs)
            job.segment.reset(); // the journal keeps it for another start
    }
    finish(jobs, [&reason](std::size_t) { return tl::unexpected<Error>(reason); });
}

void SessionStore::Impl::putAside(std::span<Job> jobs, const Error& reason) {
    notCommitted += static_cast<std::int64_t>(jobs.size());
    std::string detail = "Kept in " + unsaved.path().string() + " until the store can be written.";
    // While the unsaved file is being taken in it is locked by us.
    const auto kept = takingIn ? Result<void>(failure(ErrorCode::Locked, {})) : unsaved.append(linesOf(jobs));
    if (!kept) {
        detail = "Kept in memory until the store can be written.";
        for (Job& job : jobs)
            held.emplace_back(RequestRecord(job.record), Done(), std::exchange(job.segment, std::nullopt));
        if (held.size() > mostHeld) {
            detail = "There is no room for more requests in memory; the oldest were given up.";
            held.erase(held.begin(), std::prev(held.end(), static_cast<std::ptrdiff_t>(mostHeld)));
        }
    }
    waiting = true;
    recoverAt = Steady::now() + retryEvery;
    setTrouble(reason.message);
    Error error = reason;
    error.detail += error.detail.empty() ? detail : ". " + detail;
    finish(jobs, [&error](std::size_t) { return tl::unexpected<Error>(error); });
}

void SessionStore::Impl::finish(std::span<Job> jobs,
                                const std::function<Result<void>(std::size_t)>& resultOf) {
    settle(jobs);
    std::uint64_t finished = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (jobs[i].done)
            jobs[i].done(resultOf(i));
        if (jobs[i].isNew)
            ++finished;
    }
    if (finished == 0)
        return;
    const std::lock_guard lock(mutex);
    settled += finished;
    settledMore.notify_all();
}

/// They stand elsewhere now: the journal need not keep them any longer.
void SessionStore::Impl::settle(std::span<Job> jobs) {
    while (!jobs.empty()) {
        const auto segment = jobs.front().segment;
        const auto other = std::ranges::find_if(jobs, [&](const Job& job) { return job.segment != segment; });
        const auto count = static_cast<std::size_t>(other - jobs.begin());
        if (segment)
            journal->settle(*segment, count);
        for (Job& job : jobs.first(count))
            job.segment.reset();
        jobs = jobs.subspan(count);
    }
}

/// What a process that was killed left there waits like what could not be committed.
void SessionStore::Impl::openJournal() {
    if (options.journalFile.empty())
        return;
    auto opened = Journal::open(options.journalFile);
    if (!opened) {
        journalProblem = opened.error().message + " (" + opened.error().detail + ')';
        return;
    }
    journal = std::move(*opened);
    for (auto& found : journal->takeFound()) {
        if (found.record)
            held.emplace_back(std::move(*found.record), Done(), found.segment);
        else if (unsaved.setAside(hexOf(found.bytes) + '\n'))
            journal->settle(found.segment, 1);
    }
}

/// What waits, into the store. What fails stays where it is.
Result<void> SessionStore::Impl::takeIn() {
    if (!held.empty()) {
        if (auto done = commitForGood(held); !done)
            return done;
        held.clear();
    }
    takingIn = true;
    auto taken = unsaved.takeIn(takeInGroup, [this](std::vector<RequestRecord> records) -> Result<void> {
        if (serving)
            serve(takeWork()); // those who ask now go first
        std::vector<Job> jobs;
        jobs.reserve(records.size());
        for (RequestRecord& record : records)
            jobs.emplace_back(std::move(record));
        return commitForGood(jobs);
    });
    takingIn = false;
    return taken;
}

/// What they were read from is given up afterwards, so they must be on the disk even if the power fails.
Result<void> SessionStore::Impl::commitForGood(std::span<Job> jobs) {
    if (auto done = connection.run("PRAGMA synchronous=FULL"); !done)
        return done;
    auto committed = commitWaiting(jobs);
    if (auto done = connection.run("PRAGMA synchronous=NORMAL"); !done)
        return done;
    return committed;
}

Result<void> SessionStore::Impl::commitWaiting(std::span<Job> jobs) {
    std::span<Job> rest(jobs);
    std::size_t atOnce = rest.size();
    while (!rest.empty()) {
        waitAtMost(options.busyTimeoutMs);
        const auto count = commitGroup(rest.first(std::min(atOnce, rest.size())));
        if (count) {
            rest = rest.subspan(*count);
        } else if (sqlite::concernsStore(count.error())) {
            return tl::unexpected<Error>(count.error());
        } else if (atOnce > 1) {
            atOnce = 1;
        } else {
            if (auto kept = unsaved.setAside(toJson(rest.front().record) + '\n'); !kept)
                return kept;
            settle(rest.first(1));
            rest = rest.subspan(1);
        }
    }
    return {};
}

void SessionStore::Impl::recover() {
    recoverAt = Steady::now() + retryEvery;
    if (auto done = takeIn(); !done) {
        setTrouble(done.error().message);
        if (!held.empty() && unsaved.append(linesOf(held))) {
            settle(held);
            held.clear();
        }
        return;
    }
    waiting = !held.empty() || unsaved.exists();
    if (!waiting)
        setTrouble({});
}

void SessionStore::Impl::setTrouble(const std::string& reason) {
    if (reason == trouble)
        return;
    trouble = reason;
    inTrouble = !reason.empty();
    if (!options.onTrouble)
        return;
    if (reason.empty())
        options.onTrouble({});
    else
        options.onTrouble(reason + " Until then requests are kept in " +
                          (held.empty() ? unsaved.path().string() : "memory") + '.');
}

// -------------------------------------------------------------------------------------------------
// SessionStore

StoreOptions StoreOptions::in(const Workspace& workspace) {
    StoreOptions options;
    options.file = workspace.storeFile();
    options.unsavedFile = workspace.unsavedFile();
    options.journalFile = workspace.journalFile();
    return options;
}

Result<std::unique_ptr<SessionStore>> SessionStore::open(StoreOptions options) {
    auto connection = schema::openForWriting(options.file, options.busyTimeoutMs, options.timeZone);
    if (!connection)
        return tl::unexpected<Error>(std::move(connection.error()));
    auto impl = std::make_unique<Impl>(std::move(options), std::move(*connection));
    auto writer = RecordWriter::make(impl->connection);
    if (!writer)
        return tl::unexpected<Error>(std::move(writer.error()));
    impl->writer.emplace(std::move(*writer));
    impl->connection.checkpointByHand();
    auto copying = sqlite::Connection::open(impl->options.file, sqlite::Connection::Access::ReadWrite);
    if (!copying)
        return tl::unexpected<Error>(std::move(copying.error()));
    impl->checkpointer.emplace(std::move(*copying));
    impl->openJournal();
    if (auto taken = impl->takeIn(); !taken) {
        impl->waiting = true;
        impl->troubleAtOpen = taken.error().message;
    }
    impl->thread = std::thread([self = impl.get()] { self->run(); });
    return std::unique_ptr<SessionStore>(new SessionStore(std::move(impl)));
}

Result<void> SessionStore::takeInLeftBehind(StoreOptions options, milliseconds patience) {
    if (options.journalFile.empty())
        return {};
    const auto until = Steady::now() + patience;
    while (!Journal::isLeftBehind(options.journalFile)) {
        if (!Journal::holdsRecords(options.journalFile) || Steady::now() >= until)
            return {};
        std::this_thread::sleep_for(askAgainAfter);
    }
    options.busyTimeoutMs =
        std::min(options.busyTimeoutMs, waitInTroubleMs); // whoever reads does not wait long
    if (auto store = open(std::move(options)); !store)
        return tl::unexpected<Error>(std::move(store.error()));
    return {};
}

SessionStore::SessionStore(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl)) {}

SessionStore::~SessionStore() {
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->stopping = true;
    }
    m_impl->wake.notify_all();
    m_impl->thread.join();
}

void SessionStore::record(RequestRecord record, std::function<void(Result<void>)> done) {
    if (record.request.value <= 0) {
        if (done)
            done(failure(ErrorCode::InvalidInput, "A request needs a number before it can be kept."));
        return;
    }
    m_impl->enqueue(std::move(record), std::move(done));
}

std::size_t SessionStore::keepAtOnce(std::span<RequestRecord* const> records) {
    // In trouble the journal would only delay the news.
    if (!m_impl->journal || m_impl->inTrouble)
        return 0;
    const auto numbered =
        std::ranges::find_if(records, [](const auto* record) { return record->request.value <= 0; });
    const auto count = static_cast<std::size_t>(numbered - records.begin());
    std::size_t done = 0;
    while (done < count) {
        const auto kept = m_impl->journal->append(records.subspan(done, count - done));
        if (!kept)
            break;
        m_impl->enqueue(records.subspan(done, kept->records), kept->segment);
        done += kept->records;
    }
    return done;
}

const std::string& SessionStore::journalProblem() const {
    return m_impl->journalProblem;
}

std::int64_t SessionStore::notCommitted() const {
    return m_impl->notCommitted;
}

Result<SessionStore::IdBlock> SessionStore::reserveIds(int count) {
    if (count < 1 || count > mostIdsAtOnce)
        return failure(ErrorCode::InvalidInput, "Ask for between one and a million request numbers at once.");
    auto request = std::make_shared<IdRequest>();
    request->count = count;
    std::unique_lock lock(m_impl->mutex);
    m_impl->idQueue.push_back(request);
    m_impl->hurry();
    m_impl->settledMore.wait_for(lock, longestWaitForIds, [&request] { return request->first.has_value(); });
    if (!request->first) {
        request->abandoned = true;
        return failure(ErrorCode::Locked,
                       "The session store did not answer in time; close what holds it and try again.");
    }
    if (!*request->first)
        return tl::unexpected<Error>(request->first->error());
    return IdBlock{RequestId(**request->first), count};
}

std::optional<SessionStore::KnownSession> SessionStore::findSession(std::string_view session) {
    const std::lock_guard lock(m_impl->lookupMutex);
    if (!m_impl->lookup) {
        auto connection = schema::openForReading(m_impl->options.file, m_impl->options.busyTimeoutMs);
        if (!connection)
            return std::nullopt;
        m_impl->lookup.emplace(std::move(*connection));
    }
    auto query = m_impl->lookup->query("SELECT requests, unpriced, cost, (SELECT max(turn) FROM turn WHERE "
                                       "turn.session=session.id) FROM session WHERE name=?1");
    if (!query)
        return std::nullopt;
    (*query)->bind(1, session);
    const auto row = (*query)->step();
    if (!row || !*row)
        return std::nullopt;
    KnownSession known;
    known.unpricedRequests = (*query)->number(1);
    if ((*query)->number(0) > known.unpricedRequests)
        known.cost = NanoUsd((*query)->number(2));
    known.turns = static_cast<int>((*query)->number(3));
    return known;
}

void SessionStore::flush() {
    std::unique_lock lock(m_impl->mutex);
    const std::uint64_t target = m_impl->recorded;
    m_impl->hurry();
    m_impl->settledMore.wait(lock, [this, target] { return m_impl->settled >= target; });
}

} // namespace tierdeck::sessions
