#include "ui/backend/log_worker.h"

#include "core/foundation/atomic_file.h"

#include <QElapsedTimer>
#include <QFileSystemWatcher>
#include <QMetaObject>
#include <QTimer>

#include <algorithm>
#include <functional>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr std::uint64_t stepBytes = 16 * 1024 * 1024; // about 30 ms: questions are answered in between
constexpr std::size_t rowBytes = 4 * 1024;
constexpr std::int64_t tailRows = 200;

QString textOf(std::string_view bytes) {
    return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

/// Control characters as their pictures, so that a row is one line and nothing in it is invisible.
QString visible(QString text) {
    for (QChar& c : text) {
        if (c == u'\t')
            c = u' ';
        else if (c.unicode() < 0x20)
            c = QChar(0x2400 + c.unicode());
        else if (c.unicode() == 0x7F)
            c = QChar(0x2421);
    }
    return text;
}

LogRow rowOf(std::int64_t number, const std::string& line) {
    const tierlog::LogLine parsed = tierlog::parseLogLine(line);
    LogRow row;
    row.line = number;
    row.time = parsed.time;
    row.timeIsLocal = parsed.timeIsLocal;
    row.level = parsed.level;
    row.kind = parsed.kind;
    row.tier = visible(textOf(parsed.tier));
    row.session = textOf(tierlog::unescaped(parsed.session));
    row.agent = textOf(tierlog::unescaped(parsed.field("agent")));
    row.turn = parsed.turn.value_or(0);
    row.request = parsed.request.value_or(0);
    row.text = visible(textOf(line));
    return row;
}

} // namespace

/// The part that lives in the worker's thread and owns the index.
class LogWorker::Follower final : public QObject {
public:
    Follower(std::filesystem::path path, Timing timing, std::stop_token closing, LogWorker& front)
        : m_path(std::move(path))
        , m_timing(timing)
        , m_closing(std::move(closing))
        , m_front(front)
        , m_file(m_path)
        , m_batch(this)
        , m_poll(this)
        , m_watcher(this) {
        m_batch.setSingleShot(true);
        connect(&m_batch, &QTimer::timeout, this, [this] { look(); });
        connect(&m_poll, &QTimer::timeout, this, [this] { look(); });
        connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { notice(); });
        connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] { notice(); });
    }

    void start() {
        m_poll.start(m_timing.poll);
        look();
    }

    void setQuery(std::uint64_t number, tierlog::GrowingFile::Query query, std::stop_token search) {
        if (search.stop_requested())
            return;
        m_numbering.query = number;
        m_query = std::move(query);
        m_search = std::move(search);
        numberAgain();
        look();
    }

    void look() {
        if (m_closing.stop_requested())
            return;
        m_batch.stop();
        m_sinceLook.start();
        Result<tierlog::GrowingFile::Change> change = m_file.refresh(m_closing, stepBytes);
        // A large file is taken in steps: as many as fit the time between two updates.
        while (change && !change->isComplete() && m_sinceLook.elapsed() < m_timing.batch.count()) {
            if (change->restarted)
                fileRestarted();
            change = m_file.refresh(m_closing, stepBytes);
        }
        watchAgain();
        if (!change) {
            if (change.error().code == ErrorCode::NotFound)
                lose(State::Missing, {});
            else if (change.error().code != ErrorCode::Cancelled)
                lose(State::Failed, QString::fromStdString(change.error().message));
            return;
        }
        if (change->restarted)
            fileRestarted();
        if (!match())
            return;
        say(State::Ready, {});
        publish(*change);
        if (!change->isComplete())
            QMetaObject::invokeMethod(
                this, [this] { look(); }, Qt::QueuedConnection);
    }

    void readRows(LogNumbering numbering, const std::vector<std::int64_t>& lines) {
        if (numbering != m_numbering)
            return;
        auto rows = std::make_shared<std::vector<LogRow>>();
        rows->reserve(lines.size());
        for (std::size_t begin = 0; begin < lines.size();) {
            std::size_t end = begin + 1;
            while (end < lines.size() && lines[end] == lines[end - 1] + 1)
                ++end;
            const auto read = m_file.read(lines[begin], static_cast<std::int64_t>(end - begin), rowBytes);
            if (!read) {
                notice(); // shortened, most likely: the next look says what it is now
                return;
            }
            for (std::size_t i = begin; i < end; ++i)
                rows->push_back(rowOf(lines[i], (*read)[i - begin]));
            begin = end;
        }
        tell([front = &m_front, numbering,
              rows = std::shared_ptr<const std::vector<LogRow>>(std::move(rows))] {
            Q_EMIT front->rowsRead(numbering, rows);
        });
    }

    void readLine(LogNumbering numbering, std::int64_t line) {
        if (numbering != m_numbering)
            return;
        const auto read = m_file.read(line, 1);
        if (!read || read->empty())
            return;
        tell([front = &m_front, numbering, line, text = textOf(read->front())] {
            Q_EMIT front->lineRead(numbering, line, text);
        });
    }

private:
    /// Something happened to the file or its folder: look, but no more often than updates may be.
    void notice() {
        if (m_batch.isActive())
            return;
        const std::int64_t since = m_sinceLook.isValid() ? m_sinceLook.elapsed() : m_timing.batch.count();
        m_batch.start(std::chrono::milliseconds(std::max<std::int64_t>(0, m_timing.batch.count() - since)));
    }

    void fileRestarted() {
        ++m_numbering.file;
        numberAgain();
    }

    void numberAgain() {
        m_matchedLines = 0;
        m_rows = 0;
        m_restarted = true;
        m_newLines.clear();
    }

    /// Takes in the lines that were not matched yet. False when a newer query is on its way, or the file has
    /// to be looked at again first.
    bool match() {
        const std::int64_t lines = m_file.lineCount();
        if (m_query.matchesAll()) {
            m_rows = lines;
        } else if (m_matchedLines < lines) {
            auto found = m_file.search(m_query, m_matchedLines, m_search);
            if (!found) {
                if (found.error().code == ErrorCode::Conflict)
                    notice();
                else if (found.error().code != ErrorCode::Cancelled)
                    lose(State::Failed, QString::fromStdString(found.error().message));
                return false;
            }
            m_rows += static_cast<std::int64_t>(found->size());
            if (m_newLines.empty())
                m_newLines = std::move(*found);
            else
                m_newLines.insert(m_newLines.end(), found->begin(), found->end());
        }
        m_matchedLines = lines;
        return true;
    }

    void publish(const tierlog::GrowingFile::Change& change) {
        if (!m_restarted && m_matchedLines == m_publishedLines && change.isComplete() == m_publishedComplete)
            return;
        auto update = std::make_shared<LogUpdate>();
        update->numbering = m_numbering;
        update->restarted = m_restarted;
        update->rows = m_rows;
        update->lines = m_matchedLines;
        update->everyLine = m_query.matchesAll();
        update->newLines = std::exchange(m_newLines, {});
        for (const std::string& tier : m_file.tierNames()) {
            if (!tier.empty())
                update->tiers.append(textOf(tier));
        }
        update->bytesRead = change.bytesRead;
        update->bytesTotal = change.bytesTotal;
        addTail(*update);
        m_restarted = false;
        m_publishedLines = m_matchedLines;
        m_publishedRows = m_rows;
        m_publishedComplete = change.isComplete();
        tell([front = &m_front, update = std::shared_ptr<const LogUpdate>(std::move(update))] {
            // A query was set since: nobody waits for these numbers.
            if (update->numbering.query == front->m_queryNumber)
                Q_EMIT front->updated(update);
        });
    }

    void addTail(LogUpdate& update) const {
        const std::int64_t before = update.restarted ? 0 : m_publishedRows;
        const std::int64_t count = std::min(update.rows - before, tailRows);
        if (count <= 0)
            return;
        if (update.everyLine) {
            const auto read = m_file.read(update.rows - count, count, rowBytes);
            for (std::int64_t i = 0; read && i < count; ++i)
                update.tail.push_back(rowOf(update.rows - count + i, (*read)[static_cast<std::size_t>(i)]));
            return;
        }
        for (auto line = update.newLines.end() - static_cast<std::ptrdiff_t>(count);
             line != update.newLines.end(); ++line) {
            const auto read = m_file.read(*line, 1, rowBytes);
            if (!read)
                return update.tail.clear();
            update.tail.push_back(rowOf(*line, read->front()));
        }
    }

    /// A watcher forgets a file that was replaced, and still lists it: what is watched is known by its inode.
    void watchAgain() {
        if (!m_timing.watch)
            return;
        const QString folder = QString::fromStdString(m_path.parent_path().string());
        if (!m_watcher.directories().contains(folder) && stampOf(m_path.parent_path()).size >= 0)
            m_watcher.addPath(folder);
        const FileStamp stamp = stampOf(m_path);
        const QString file = QString::fromStdString(m_path.string());
        const bool listed = m_watcher.files().contains(file);
        if (stamp.size < 0 || (listed && stamp.inode == m_watchedInode))
            return;
        if (listed)
            m_watcher.removePath(file);
        m_watcher.addPath(file);
        m_watchedInode = stamp.inode;
    }

    void lose(State state, const QString& problem) { say(state, problem); }

    void say(State state, const QString& problem) {
        if (state == m_state && problem == m_problem)
            return;
        m_state = state;
        m_problem = problem;
        tell([front = &m_front, state, problem] { front->setState(state, problem); });
    }

    /// Runs on the GUI thread, in the order told.
    template <typename Function>
    void tell(Function function) {
        QMetaObject::invokeMethod(&m_front, std::move(function), Qt::QueuedConnection);
    }

    std::filesystem::path m_path;
    Timing m_timing;
    std::stop_token m_closing;
    std::stop_token m_search;
    LogWorker& m_front;
    tierlog::GrowingFile m_file;
    QTimer m_batch;
    QTimer m_poll;
    QFileSystemWatcher m_watcher;
    QElapsedTimer m_sinceLook;
    std::uint64_t m_watchedInode = 0;

    tierlog::GrowingFile::Query m_query;
    LogNumbering m_numbering;
    std::int64_t m_matchedLines = 0;
    std::int64_t m_rows = 0;
    std::vector<std::int64_t> m_newLines; ///< not published yet
    bool m_restarted = true;
    std::int64_t m_publishedLines = 0;
    std::int64_t m_publishedRows = 0;
    bool m_publishedComplete = false;

    State m_state = State::Opening;
    QString m_problem;
};

LogWorker::LogWorker(std::filesystem::path file, QObject* parent)
    : LogWorker(std::move(file), Timing(), parent) {}

LogWorker::LogWorker(std::filesystem::path file, Timing timing, QObject* parent)
    : QObject(parent)
    , m_file(QString::fromStdString(file.string())) {
    // The watcher and the index must name the file alike, also when the working folder changes.
    std::error_code ignored;
    const std::filesystem::path absolute = std::filesystem::absolute(file, ignored);
    m_follower = new Follower(absolute.empty() ? file : absolute, timing, m_closing.get_token(), *this);
    m_thread.setObjectName(QStringLiteral("tier-log"));
    m_follower->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_follower, &QObject::deleteLater);
    m_thread.start();
    QMetaObject::invokeMethod(m_follower, [follower = m_follower] { follower->start(); });
}

LogWorker::~LogWorker() {
    m_closing.request_stop();
    m_search.request_stop();
    m_thread.quit();
    m_thread.wait();
}

void LogWorker::setQuery(tierlog::GrowingFile::Query query) {
    m_search.request_stop();
    m_search = std::stop_source();
    ++m_queryNumber;
    QMetaObject::invokeMethod(m_follower,
                              [follower = m_follower, number = m_queryNumber, query = std::move(query),
                               search = m_search.get_token()]() mutable {
                                  follower->setQuery(number, std::move(query), std::move(search));
                              });
}

void LogWorker::readRows(LogNumbering numbering, std::vector<std::int64_t> lines) {
    QMetaObject::invokeMethod(m_follower, [follower = m_follower, numbering, lines = std::move(lines)] {
        follower->readRows(numbering, lines);
    });
}

void LogWorker::readLine(LogNumbering numbering, std::int64_t line) {
    QMetaObject::invokeMethod(
        m_follower, [follower = m_follower, numbering, line] { follower->readLine(numbering, line); });
}

void LogWorker::lookNow() {
    QMetaObject::invokeMethod(m_follower, [follower = m_follower] { follower->look(); });
}

void LogWorker::setState(State state, const QString& problem) {
    m_state = state;
    m_problem = problem;
    Q_EMIT stateChanged();
}

} // namespace tierdeck::ui
