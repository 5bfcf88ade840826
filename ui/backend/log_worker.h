// The tier log as the app sees it: a thread of its own follows the file, keeps the index of its lines, and
// answers questions; news comes at most ten times a second as immutable values. Made by the composition root;
// every member function is called on the GUI thread, every signal is emitted there.
#pragma once

#include "core/foundation/clock.h"
#include "core/tierlog/growing_file.h"
#include "core/tierlog/log_line.h"

#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace tierdeck::ui {

/// Which numbering of rows something belongs to: it starts again with each query, and when the file does.
struct LogNumbering {
    std::uint64_t query = 0;
    std::uint64_t file = 0;
    bool operator==(const LogNumbering&) const = default;
};

/// One line, ready to be shown.
struct LogRow {
    std::int64_t line = 0; ///< in the file, from 0
    std::optional<UtcTime> time;
    bool timeIsLocal = false;
    tierlog::Level level = tierlog::Level::None;
    tierlog::Kind kind = tierlog::Kind::Other;
    QString tier;
    QString session;
    QString agent;            ///< "" for the main one
    int turn = 0;             ///< 0 = none
    std::int64_t request = 0; ///< 0 = none
    QString text;             ///< the whole line, but for what is beyond 4 KiB
};

/// What the file has now, and what is new since the last update.
struct LogUpdate {
    LogNumbering numbering;
    bool restarted = false;             ///< forget all rows: these are the first of a new numbering
    std::int64_t rows = 0;              ///< lines that match the query
    std::int64_t lines = 0;             ///< lines in the file
    bool everyLine = true;              ///< the query matches all: row n is line n, and newLines stays empty
    std::vector<std::int64_t> newLines; ///< numbers of the matching lines that were added, rising
    std::vector<LogRow> tail;           ///< the last of the added rows, so that following needs no question
    QStringList tiers;                  ///< that the file names, in the order of their appearance
    std::uint64_t bytesRead = 0;
    std::uint64_t bytesTotal = 0;
};

class LogWorker final : public QObject {
    Q_OBJECT
public:
    enum class State {
        Opening, ///< not looked yet
        Missing, ///< no such file yet; looked for again
        Ready,
        Failed, ///< problem() says why; tried again
    };

    struct Timing {
        std::chrono::milliseconds batch{100}; ///< between updates
        std::chrono::milliseconds poll{2000}; ///< for file systems that do not tell
        bool watch = true;
    };

    explicit LogWorker(std::filesystem::path file, QObject* parent = nullptr);
    LogWorker(std::filesystem::path file, Timing timing, QObject* parent = nullptr);
    ~LogWorker() override; ///< stops what is under way and waits for it

    [[nodiscard]] QString file() const { return m_file; }

    [[nodiscard]] State state() const { return m_state; }

    [[nodiscard]] QString problem() const { return m_problem; }

    /// The rows from the next restarting update on are those that match. Stops a search that is under way.
    void setQuery(tierlog::GrowingFile::Query query);

    [[nodiscard]] std::uint64_t queryNumber() const { return m_queryNumber; }

    /// Answered by rowsRead(), unless the numbering has changed meanwhile.
    void readRows(LogNumbering numbering, std::vector<std::int64_t> lines);
    /// Answered by lineRead(), with up to 64 KiB of it.
    void readLine(LogNumbering numbering, std::int64_t line);
    void lookNow();

Q_SIGNALS:
    void stateChanged();
    void updated(std::shared_ptr<const tierdeck::ui::LogUpdate> update);
    void rowsRead(tierdeck::ui::LogNumbering numbering,
                  std::shared_ptr<const std::vector<tierdeck::ui::LogRow>> rows);
    void lineRead(tierdeck::ui::LogNumbering numbering, qint64 line, const QString& text);

private:
    class Follower;
    void setState(State state, const QString& problem);

    QThread m_thread;
    Follower* m_follower = nullptr; ///< lives in m_thread
    QString m_file;
    std::stop_source m_closing;
    std::stop_source m_search;
    std::uint64_t m_queryNumber = 0;
    State m_state = State::Opening;
    QString m_problem;
};

} // namespace tierdeck::ui
