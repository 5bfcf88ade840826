#include "ui/log/log_model.h"

#include "ui/log/log_text.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <algorithm>
#include <limits>

namespace tierdeck::ui {

namespace {

constexpr std::size_t blocksAtOnce =
    6; // a screen and its neighbours; what was scrolled past is of no interest
constexpr qsizetype longestTip = 2000;
constexpr std::int64_t mostRows = 50'000'000; // beyond, pixels overflow an int

/// Plain text that wraps, whatever stands in it.
QString asTip(const QString& text) {
    return QStringLiteral("<span>%1</span>").arg(text.left(longestTip).toHtmlEscaped());
}

} // namespace

LogModel::LogModel(const Theme& theme, LogWorker& worker, const Clock& clock, QObject* parent)
    : QAbstractTableModel(parent)
    , m_theme(theme)
    , m_worker(worker)
    , m_clock(clock)
    , m_questions(this) {
    m_questions.setSingleShot(true);
    m_questions.setInterval(0);
    connect(&m_questions, &QTimer::timeout, this, &LogModel::sendQuestions);
    connect(&m_worker, &LogWorker::updated, this,
            [this](const std::shared_ptr<const LogUpdate>& update) { take(*update); });
    connect(&m_worker, &LogWorker::rowsRead, this,
            [this](LogNumbering numbering, const std::shared_ptr<const std::vector<LogRow>>& rows) {
                takeRows(numbering, *rows);
            });
}

int LogModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : m_rows;
}

int LogModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

const LogRow* LogModel::row(int row) const {
    if (row < 0 || row >= m_rows)
        return nullptr;
    const auto block = m_blocks.find(row / blockRows);
    if (block != m_blocks.end()) {
        block->second.lastUse = ++m_use;
        const std::optional<LogRow>& kept = block->second.rows[static_cast<std::size_t>(row % blockRows)];
        if (kept)
            return &*kept;
    }
    askFor(row);
    return nullptr;
}

std::int64_t LogModel::lineOf(int row) const {
    return m_everyLine ? row : m_matching.at(static_cast<std::size_t>(row));
}

int LogModel::rowAtOrAfter(std::int64_t line) const {
    if (m_everyLine)
        return static_cast<int>(std::clamp<std::int64_t>(line, 0, m_rows));
    return static_cast<int>(std::lower_bound(m_matching.begin(), m_matching.end(), line) -
                            m_matching.begin());
}

QVariant LogModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role == Qt::TextAlignmentRole)
        return index.column() == TurnColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                            : QVariant(Qt::AlignLeading | Qt::AlignVCenter);
    const LogRow* line = row(index.row());
    if (line == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        switch (index.column()) {
        case TimeColumn:
            return line->time ? text::logTime(*line->time, line->timeIsLocal, m_clock.now()) : QString();
        case LevelColumn:
            return text::logLevel(line->level);
        case TierColumn:
            if (role == Qt::AccessibleTextRole && !line->tier.isEmpty())
                return text::tierName(text::tierOfLog(line->tier));
            return {};
        case KindColumn:
            return text::logKind(line->kind);
        case SessionColumn:
            return line->session;
        case TurnColumn:
            return line->turn > 0 ? text::count(line->turn) : QString();
        case MessageColumn:
            return text::logMessage(line->text);
        default:
            return {};
        }
    case TierChipDelegate::ChipsRole:
        if (index.column() != TierColumn || line->tier.isEmpty())
            return {};
        return QVariant::fromValue(QList<TierChipData>{{text::tierOfLog(line->tier), {}, 0}});
    case Qt::DecorationRole:
        if (index.column() != LevelColumn || line->level < tierlog::Level::Warn)
            return {};
        return m_theme.statusIcon(line->level == tierlog::Level::Error ? Theme::Status::Error
                                                                       : Theme::Status::Attention);
    case Qt::ForegroundRole:
        // What repeats from row to row steps back behind what does not.
        if (index.column() == MessageColumn || index.column() == KindColumn)
            return {};
        if (index.column() == LevelColumn && line->level >= tierlog::Level::Warn)
            return {};
        return m_theme.colour(Theme::Role::SecondaryText);
    case Qt::ToolTipRole:
        if (index.column() == MessageColumn)
            return asTip(line->text);
        if (index.column() == SessionColumn)
            return asTip(line->session);
        if (index.column() == TierColumn && !line->tier.isEmpty())
            return text::tierName(text::tierOfLog(line->tier));
        return {};
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == TurnColumn ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                     : QVariant(Qt::AlignLeading | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case TimeColumn:
        return tr("Time");
    case LevelColumn:
        return tr("Level");
    case TierColumn:
        return tr("Tier");
    case KindColumn:
        return tr("Kind");
    case SessionColumn:
        return tr("Session");
    case TurnColumn:
        return tr("Turn");
    case MessageColumn:
        return tr("Message");
    default:
        return {};
    }
}

void LogModel::take(const LogUpdate& update) {
    const int rows = static_cast<int>(std::min(update.rows, mostRows));
    const auto takeNumbers = [&] {
        m_matching.insert(m_matching.end(), update.newLines.begin(), update.newLines.end());
        m_rows = rows;
        m_lines = update.lines;
        m_tiers = update.tiers;
        m_progress = update.bytesTotal == 0
                         ? 1.0
                         : static_cast<double>(update.bytesRead) / static_cast<double>(update.bytesTotal);
        for (std::size_t i = 0; i < update.tail.size() && update.rows <= mostRows; ++i)
            keep(rows - static_cast<int>(update.tail.size() - i), update.tail[i]);
    };
    if (update.restarted) {
        beginResetModel();
        m_numbering = update.numbering;
        m_everyLine = update.everyLine;
        m_matching.clear();
        m_blocks.clear();
        m_wanted.clear();
        m_asked.clear();
        takeNumbers();
        endResetModel();
    } else if (update.numbering == m_numbering) {
        m_asked.clear(); // a question that failed may be asked again
        if (rows > m_rows) {
            beginInsertRows({}, m_rows, rows - 1);
            takeNumbers();
            endInsertRows();
        } else {
            takeNumbers();
        }
    } else {
        return;
    }
    forgetOldBlocks();
    Q_EMIT updated(update.restarted);
}

void LogModel::takeRows(LogNumbering numbering, const std::vector<LogRow>& rows) {
    if (numbering != m_numbering)
        return;
    int first = std::numeric_limits<int>::max();
    int last = -1;
    for (const LogRow& value : rows) {
        const int at = rowAtOrAfter(value.line);
        if (at >= m_rows || lineOf(at) != value.line)
            continue;
        keep(at, value);
        m_asked.erase(at / blockRows);
        first = std::min(first, at);
        last = std::max(last, at);
    }
    forgetOldBlocks();
    if (last >= first)
        Q_EMIT dataChanged(index(first, 0), index(last, ColumnCount - 1));
}

void LogModel::keep(int row, const LogRow& value) {
    Block& block = m_blocks[row / blockRows];
    block.lastUse = ++m_use;
    block.rows[static_cast<std::size_t>(row % blockRows)] = value;
}

void LogModel::askFor(int row) const {
    const int block = row / blockRows;
    if (m_asked.find(block) != m_asked.end())
        return;
    const auto waiting = std::find(m_wanted.begin(), m_wanted.end(), block);
    if (waiting != m_wanted.end())
        m_wanted.erase(waiting);
    m_wanted.push_back(block);
    if (!m_questions.isActive())
        m_questions.start();
}

void LogModel::sendQuestions() {
    if (m_wanted.size() > blocksAtOnce)
        m_wanted.erase(m_wanted.begin(), m_wanted.end() - static_cast<std::ptrdiff_t>(blocksAtOnce));
    for (const int block : m_wanted) {
        std::vector<std::int64_t> lines;
        const auto known = m_blocks.find(block);
        for (int row = block * blockRows; row < std::min(m_rows, (block + 1) * blockRows); ++row) {
            if (known == m_blocks.end() || !known->second.rows[static_cast<std::size_t>(row % blockRows)])
                lines.push_back(lineOf(row));
        }
        if (lines.empty())
            continue;
        m_asked.insert(block);
        m_worker.readRows(m_numbering, std::move(lines));
    }
    m_wanted.clear();
}

void LogModel::forgetOldBlocks() {
    while (m_blocks.size() > keptBlocks) {
        m_blocks.erase(std::min_element(m_blocks.begin(), m_blocks.end(), [](const auto& a, const auto& b) {
            return a.second.lastUse < b.second.lastUse;
        }));
    }
}

} // namespace tierdeck::ui
