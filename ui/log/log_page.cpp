#include "ui/log/log_page.h"

#include "ui/backend/log_worker.h"
#include "ui/log/log_detail.h"
#include "ui/log/log_model.h"
#include "ui/log/log_text.h"
#include "ui/shell/actions.h"
#include "ui/shell/text_format.h"
#include "ui/shell/tier_chip.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QSplitter>
#include <QStyle>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <limits>

namespace tierdeck::ui {

namespace {

constexpr int filterDelayMs = 80;

QIcon chipIcon(const QString& tier, const Theme& theme, const QWidget& widget) {
    const QList<TierChipData> chips{{tier, {}, 0}};
    const QSize size = tierChipsSize(chips, widget.font());
    const qreal ratio = widget.devicePixelRatioF();
    QPixmap pixmap(size * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paintTierChips(painter, QRect(QPoint(0, 0), size), chips, theme, widget.font());
    return QIcon(pixmap);
}

QString lineCount(std::int64_t lines) {
    return lines == 1 ? LogPage::tr("1 line")
                      : LogPage::tr(
                            "%Ln lines", nullptr,
                            static_cast<int>(std::min<std::int64_t>(lines, std::numeric_limits<int>::max())));
}

QLabel* buddyLabel(const QString& text, QWidget* buddy) {
    auto* label = new QLabel(text);
    label->setBuddy(buddy);
    return label;
}

/// Lines are chosen whole: going from one to the next never shifts them sideways, and the keys for left and
/// right do nothing else.
class LineTable final : public QTableView {
public:
    using QTableView::QTableView;

    void scrollTo(const QModelIndex& index, ScrollHint hint) override {
        const int sideways = horizontalScrollBar()->value();
        QTableView::scrollTo(index, hint);
        horizontalScrollBar()->setValue(sideways);
    }

protected:
    /// A log is read from its end: who comes here without having chosen a line stands on the newest, not on
    /// the first.
    void focusInEvent(QFocusEvent* event) override {
        if (!currentIndex().isValid() && newest().isValid())
            selectionModel()->setCurrentIndex(newest(), QItemSelectionModel::ClearAndSelect |
                                                            QItemSelectionModel::Rows);
        QTableView::focusInEvent(event);
    }

    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override {
        if (!currentIndex().isValid())
            return newest();
        if (action != MoveLeft && action != MoveRight)
            return QTableView::moveCursor(action, modifiers);
        horizontalScrollBar()->triggerAction((action == MoveLeft) == isLeftToRight()
                                                 ? QAbstractSlider::SliderSingleStepSub
                                                 : QAbstractSlider::SliderSingleStepAdd);
        return currentIndex();
    }

private:
    [[nodiscard]] QModelIndex newest() const { return model()->index(model()->rowCount() - 1, 0); }
};

} // namespace

LogPage::LogPage(Theme& theme, LogWorker& worker, const Clock& clock, QWidget* parent)
    : Page(theme, QStringLiteral("tier-log"), tr("Tier Log"), QStringLiteral("tier-log"), parent)
    , m_worker(worker)
    , m_clock(clock)
    , m_model(new LogModel(theme, worker, clock, this)) {
    build();
    connectParts();
    setSubtitle(
        tr("%1 · times in %2").arg(QFileInfo(m_worker.file()).fileName(), text::zoneName(m_clock.now())));
    refreshTiers();
    refreshStrip();
    showState();
}

void LogPage::build() {
    auto* content = new QWidget(this);

    m_filter = new QLineEdit(content);
    m_filter->setObjectName(QStringLiteral("logFilter"));
    m_filter->setPlaceholderText(tr("Filter by text, for instance session=… or a model"));
    m_filter->setAccessibleName(tr("Filter the log by text"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(theme().icon(QStringLiteral("filter")), QLineEdit::LeadingPosition);
    m_level = new QComboBox(content);
    m_level->setObjectName(QStringLiteral("logLevel"));
    m_level->setAccessibleName(tr("Filter the log by level"));
    m_level->addItem(tr("All"), int(tierlog::Level::None));
    m_level->addItem(tr("Info and above"), int(tierlog::Level::Info));
    m_level->addItem(tr("Warnings and errors"), int(tierlog::Level::Warn));
    m_level->addItem(tr("Errors"), int(tierlog::Level::Error));
    m_tier = new QComboBox(content);
    m_tier->setObjectName(QStringLiteral("logTier"));
    m_tier->setAccessibleName(tr("Filter the log by tier"));
    m_tier->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    // With large text they give way rather than widen the window.
    for (QComboBox* combo : {m_level, m_tier})
        combo->setMinimumWidth(fontMetrics().averageCharWidth() * 10);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(Theme::paddingSmall);
    bar->addWidget(m_filter, 1);
    bar->addSpacing(Theme::grid);
    bar->addWidget(buddyLabel(tr("Le&vel"), m_level));
    bar->addWidget(m_level);
    bar->addSpacing(Theme::grid);
    bar->addWidget(buddyLabel(tr("T&ier"), m_tier));
    bar->addWidget(m_tier);

    m_table = new LineTable(content);
    m_table->setObjectName(QStringLiteral("logTable"));
    m_table->setAccessibleName(tr("Lines of the tier log"));
    m_table->setModel(m_model);
    m_table->setItemDelegateForColumn(LogModel::TierColumn, new TierChipDelegate(theme(), m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setTextElideMode(Qt::ElideRight);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionsMovable(true);
    m_table->installEventFilter(this);
    m_table->viewport()->installEventFilter(this);
    m_tableState = new PageState(theme(), content);
    m_tableState->setContent(m_table);
    m_tableState->showContent();

    m_count = new QLabel(content);
    m_count->setObjectName(QStringLiteral("logCount"));
    m_count->setForegroundRole(QPalette::PlaceholderText);
    m_follow = new QToolButton(content);
    m_follow->setObjectName(QStringLiteral("logFollow"));
    m_follow->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_follow->setAutoRaise(true);
    m_follow->setIcon(theme().icon(QStringLiteral("follow")));
    m_follow->setIconSize(QSize(fontMetrics().height(), fontMetrics().height()));
    m_follow->setFocusPolicy(Qt::StrongFocus);
    m_follow->setToolTip(actions::tip(ActionId::ToggleFollow));
    auto* strip = new QHBoxLayout;
    strip->addWidget(m_count, 1);
    strip->addWidget(m_follow);

    auto* upper = new QWidget(content);
    auto* upperColumn = new QVBoxLayout(upper);
    upperColumn->setContentsMargins(0, 0, 0, 0);
    upperColumn->setSpacing(Theme::grid);
    upperColumn->addWidget(m_tableState, 1);
    upperColumn->addLayout(strip);

    m_detail = new LogDetail(theme(), content);
    auto* splitter = new QSplitter(Qt::Vertical, content);
    splitter->setObjectName(QStringLiteral("logSplitter"));
    splitter->addWidget(upper);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 0);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({1000, fontMetrics().height() * 11});

    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Theme::paddingSmall);
    column->addLayout(bar);
    column->addWidget(splitter, 1);
    setContent(content);
    QWidget* before = m_filter;
    for (QWidget* next : std::initializer_list<QWidget*>{m_level, m_tier, m_table, m_follow}) {
        setTabOrder(before, next);
        before = next;
    }

    m_filterDelay.setSingleShot(true);
    m_filterDelay.setInterval(filterDelayMs);
    sizeColumns();
}

void LogPage::sizeColumns() {
    const QFontMetrics metrics(m_table->font());
    const int padding = 2 * Theme::paddingSmall;
    const auto widest = [&](const QStringList& texts) {
        int width = 0;
        for (const QString& text : texts)
            width = std::max(width, metrics.horizontalAdvance(text));
        return width + padding;
    };
    const auto header = [this](int column) {
        return m_model->headerData(column, Qt::Horizontal).toString() + QStringLiteral("  ");
    };
    m_table->verticalHeader()->setMinimumSectionSize(Theme::rowHeight(true));
    m_table->verticalHeader()->setDefaultSectionSize(Theme::rowHeight(true));
    m_table->setColumnWidth(LogModel::TimeColumn,
                            widest({header(LogModel::TimeColumn), QStringLiteral("30 Nov  00:00:00.000")}));
    m_table->setColumnWidth(LogModel::LevelColumn,
                            widest({header(LogModel::LevelColumn), text::logLevel(tierlog::Level::Warn)}) +
                                m_table->style()->pixelMetric(QStyle::PM_SmallIconSize) + padding);
    m_table->setColumnWidth(LogModel::TierColumn,
                            widest({header(LogModel::TierColumn), QStringLiteral("W")}));
    QStringList kinds{header(LogModel::KindColumn)};
    for (int kind = 0; kind <= int(tierlog::Kind::Window); ++kind)
        kinds << text::logKind(static_cast<tierlog::Kind>(kind));
    m_table->setColumnWidth(LogModel::KindColumn, widest(kinds));
    m_table->setColumnWidth(LogModel::SessionColumn,
                            widest({header(LogModel::SessionColumn), QStringLiteral("checkout-refactor")}));
    m_table->setColumnWidth(LogModel::TurnColumn,
                            widest({header(LogModel::TurnColumn), QStringLiteral("9,999")}));
    stretchMessage();
}

/// The message takes the room that is left, but never so little that it says nothing: then one scrolls.
void LogPage::stretchMessage() {
    int others = 0;
    for (int column = 0; column < LogModel::ColumnCount; ++column)
        others += column == LogModel::MessageColumn ? 0 : m_table->columnWidth(column);
    const int least = QFontMetrics(m_table->font()).averageCharWidth() * 60;
    m_table->setColumnWidth(LogModel::MessageColumn, std::max(least, m_table->viewport()->width() - others));
}

void LogPage::connectParts() {
    connect(&m_worker, &LogWorker::stateChanged, this, &LogPage::showState);
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, &LogPage::rememberPlace);
    connect(m_model, &LogModel::updated, this, &LogPage::takeUpdate);
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_filterDelay.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] {
        applyFilter();
        focusContent();
    });
    connect(&m_filterDelay, &QTimer::timeout, this, &LogPage::applyFilter);
    connect(m_level, &QComboBox::activated, this, &LogPage::applyFilter);
    connect(m_tier, &QComboBox::activated, this, &LogPage::applyFilter);

    connect(m_follow, &QToolButton::clicked, this, [this] { setFollowing(!m_following); });
    QScrollBar* bar = m_table->verticalScrollBar();
    // Wheel, keys and mouse; not what we or the layout do.
    connect(bar, &QAbstractSlider::actionTriggered, this, [this, bar] {
        const bool atEnd = bar->sliderPosition() >= bar->maximum();
        if (atEnd != m_following)
            setFollowing(atEnd);
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &LogPage::currentChanged);
    connect(m_model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex& first, const QModelIndex& last) {
                const QModelIndex current = m_table->currentIndex();
                if (current.isValid() && current.row() >= first.row() && current.row() <= last.row())
                    showDetail(current.row());
            });
    connect(&m_worker, &LogWorker::lineRead, this,
            [this](LogNumbering numbering, qint64 line, const QString& text) {
                const QModelIndex current = m_table->currentIndex();
                if (numbering != m_model->numbering() || !current.isValid() ||
                    m_model->lineOf(current.row()) != line)
                    return;
                if (const LogRow* row = m_model->row(current.row()))
                    m_detail->showLine(*row, text);
            });
    connect(m_table->horizontalHeader(), &QHeaderView::sectionResized, this, [this](int column) {
        if (column != LogModel::MessageColumn)
            stretchMessage();
    });
    connect(m_table, &QTableView::doubleClicked, this, &LogPage::openCurrentTurn);
    connect(m_table, &QTableView::customContextMenuRequested, this, &LogPage::showMenu);
    connect(m_detail, &LogDetail::openTurnWanted, this, &LogPage::openTurnRequested);
    connect(m_detail, &LogDetail::sessionFilterWanted, this, &LogPage::filterBySession);

    connect(actions::make(ActionId::ToggleFollow, this), &QAction::triggered, this,
            [this] { setFollowing(!m_following); });
    connect(actions::make(ActionId::OpenTurn, m_table), &QAction::triggered, this, &LogPage::openCurrentTurn);
    connect(&theme(), &Theme::changed, this, &LogPage::refreshTiers);
}

void LogPage::focusFilter() {
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void LogPage::focusContent() {
    m_table->setFocus(Qt::OtherFocusReason);
}

bool LogPage::closeInnermost() {
    if (!isFiltered() && m_filter->text().isEmpty())
        return false;
    clearFilter();
    return true;
}

void LogPage::reveal(const QString& what) {
    const QString prefix = QStringLiteral("text:");
    if (!what.startsWith(prefix))
        return;
    m_filter->setText(what.mid(prefix.size()));
    applyFilter();
}

bool LogPage::isFiltered() const {
    return !m_filter->text().isEmpty() || m_level->currentIndex() > 0 || m_tier->currentIndex() > 0;
}

void LogPage::applyFilter() {
    m_filterDelay.stop();
    tierlog::GrowingFile::Query query;
    query.text = m_filter->text().toStdString();
    query.minimumLevel = static_cast<tierlog::Level>(m_level->currentData().toInt());
    query.tier = m_tier->currentData().toString().toStdString();
    if (query == m_query)
        return;
    m_query = query;
    m_waitsForQuery = true;
    m_worker.setQuery(query);
    refreshStrip();
}

void LogPage::clearFilter() {
    m_filter->clear();
    m_level->setCurrentIndex(0);
    m_tier->setCurrentIndex(0);
    applyFilter();
}

void LogPage::filterBySession(const QString& session) {
    m_filter->setText(QStringLiteral("session=") + session);
    applyFilter();
}

void LogPage::showState() {
    const bool hasLines = m_model->lines() > 0;
    switch (m_worker.state()) {
    case LogWorker::State::Opening:
        states().showLoading(tr("Reading the tier log …"));
        return;
    case LogWorker::State::Missing:
        if (hasLines) { // rotated away: the next file is on its way, what was read stays readable
            states().showContent();
            return;
        }
        states().showEmpty(
            tr("No tier log yet"),
            tr("The gateway writes %1 when it routes its first request. Start the gateway, point a "
               "client at it, and each decision appears here as it is made.")
                .arg(m_worker.file()));
        break;
    case LogWorker::State::Failed:
        if (hasLines) {
            banner().tell(Banner::Severity::Error, m_worker.problem(),
                          {{tr("Try again"), QStringLiteral("logTryAgain"), [this] { m_worker.lookNow(); }}});
            states().showContent();
        } else {
            states().showError(tr("The tier log cannot be read"), m_worker.problem(),
                               {tr("Try again"), [this] { m_worker.lookNow(); }});
        }
        break;
    case LogWorker::State::Ready:
        banner().dismiss();
        if (m_fileNumber == 0 && !m_hasUpdate)
            return; // the first lines are on their way
        if (!hasLines)
            states().showEmpty(tr("The tier log is empty so far"),
                               tr("Send a request through the gateway; its lines appear here at once."));
        else
            states().showContent();
        break;
    }
    setReady();
}

void LogPage::takeUpdate(bool restarted) {
    m_hasUpdate = true;
    if (restarted) {
        if (m_fileNumber != m_model->numbering().file) {
            m_restartedAt = text::timeOfDay(m_clock.now());
            m_chosenLine = -1;
            m_rowsSeen = 0;
        }
        m_fileNumber = m_model->numbering().file;
        m_waitsForQuery = false;
        restorePlace();
    } else if (m_following) {
        scrollToNewest();
    }
    if (m_model->tiers() != m_shownTiers)
        refreshTiers();
    refreshStrip();
    if (m_model->rowCount() == 0 && m_model->lines() > 0)
        m_tableState->showEmpty(tr("No line matches the filter"),
                                tr("%1 looked through.").arg(lineCount(m_model->lines())),
                                {tr("Clear the filter"), [this] {
                                     clearFilter();
                                     focusContent();
                                 }});
    else
        m_tableState->showContent();
    showState();
}

void LogPage::rememberPlace() {
    if (m_model->rowCount() == 0)
        return; // what was seen before it stays the place to come back to
    const QModelIndex current = m_table->currentIndex();
    m_chosenLine = current.isValid() ? m_model->lineOf(current.row()) : -1;
    const int top = m_table->rowAt(0);
    m_topLine = top >= 0 ? m_model->lineOf(top) : 0;
    m_rowsSeenLine =
        m_rowsSeen < m_model->rowCount() ? m_model->lineOf(static_cast<int>(m_rowsSeen)) : m_model->lines();
}

void LogPage::restorePlace() {
    m_placing = true;
    const int chosen = m_chosenLine >= 0 ? m_model->rowAtOrAfter(m_chosenLine) : m_model->rowCount();
    const bool stillThere = chosen < m_model->rowCount() && m_model->lineOf(chosen) == m_chosenLine;
    if (stillThere)
        m_table->setCurrentIndex(m_model->index(chosen, LogModel::MessageColumn));
    else
        m_detail->showNothing();
    m_placing = false;
    if (!m_following)
        m_rowsSeen = m_model->rowAtOrAfter(m_rowsSeenLine);
    if (m_following)
        scrollToNewest();
    else if (m_model->rowCount() > 0)
        m_table->scrollTo(
            m_model->index(stillThere ? chosen
                                      : std::min(m_model->rowAtOrAfter(m_topLine), m_model->rowCount() - 1),
                           LogModel::TimeColumn),
            stillThere ? QAbstractItemView::PositionAtCenter : QAbstractItemView::PositionAtTop);
}

void LogPage::refreshTiers() {
    m_shownTiers = m_model->tiers();
    const QString chosen = m_tier->currentData().toString();
    const QSignalBlocker quiet(m_tier);
    m_tier->clear();
    m_tier->addItem(tr("All"), QString());
    // The usual ones in their usual order, then what else the file names.
    static const std::array<QString, 5> usual{QStringLiteral("balanced"), QStringLiteral("smart"),
                                              QStringLiteral("coding"), QStringLiteral("deep"),
                                              QStringLiteral("background")};
    QStringList names;
    for (const QString& tier : usual) {
        if (m_shownTiers.contains(tier) || tier != QLatin1String("background"))
            names << tier;
    }
    for (const QString& tier : std::as_const(m_shownTiers)) {
        if (!names.contains(tier) && names.size() < 40)
            names << tier;
    }
    if (!chosen.isEmpty() && !names.contains(chosen))
        names << chosen;
    const QSize icon = tierChipsSize({{QStringLiteral("smart"), {}, 0}}, m_tier->font());
    m_tier->setIconSize(icon);
    for (const QString& tier : std::as_const(names)) {
        const QString known = text::tierOfLog(tier);
        m_tier->addItem(chipIcon(known, theme(), *m_tier), text::tierName(known), tier);
    }
    m_tier->setCurrentIndex(std::max(0, m_tier->findData(chosen)));
}

void LogPage::refreshStrip() {
    QString words;
    if (m_waitsForQuery)
        words = tr("Filtering …");
    else if (m_model->progress() < 1)
        words = tr("%1, %2 of the file read …")
                    .arg(lineCount(m_model->lines()), text::percent(m_model->progress()));
    else if (!m_query.matchesAll())
        words = tr("%1 of %2").arg(text::count(m_model->rowCount()), lineCount(m_model->lines()));
    else
        words = lineCount(m_model->lines());
    if (!m_restartedAt.isEmpty())
        words += QStringLiteral(" · ") + tr("the log was rotated or emptied at %1").arg(m_restartedAt);
    m_count->setText(words);

    const std::int64_t fresh = std::max<std::int64_t>(0, m_model->rowCount() - m_rowsSeen);
    QString follow = tr("following");
    QString spoken = tr("Following new lines. Pause");
    if (!m_following) {
        const QString news =
            fresh == 1 ? tr("1 new line") : tr("%Ln new lines", nullptr, static_cast<int>(fresh));
        follow = fresh > 0 ? tr("paused · %1 ↓").arg(news) : tr("paused");
        spoken = tr("Paused, %1. Follow").arg(news);
    }
    if (m_follow->text() != follow) {
        m_follow->setText(follow);
        m_follow->setAccessibleName(spoken);
    }
}

void LogPage::setFollowing(bool following) {
    if (following == m_following)
        return;
    m_following = following;
    m_rowsSeen = m_model->rowCount();
    m_follow->setIcon(theme().icon(following ? QStringLiteral("follow") : QStringLiteral("pause")));
    if (following)
        scrollToNewest();
    refreshStrip();
}

void LogPage::scrollToNewest() {
    m_table->scrollToBottom();
}

void LogPage::currentChanged(const QModelIndex& current) {
    if (!current.isValid()) {
        m_detail->showNothing();
        return;
    }
    // Who looks at a line does not want it to slide away.
    if (!m_placing && current.row() + 1 < m_model->rowCount())
        setFollowing(false);
    showDetail(current.row());
}

void LogPage::showDetail(int row) {
    const LogRow* line = m_model->row(row);
    if (line == nullptr)
        return; // dataChanged() comes with it
    m_detail->showLine(*line, line->text);
    m_worker.readLine(m_model->numbering(), line->line);
}

void LogPage::openCurrentTurn() {
    const QModelIndex current = m_table->currentIndex();
    const LogRow* line = current.isValid() ? m_model->row(current.row()) : nullptr;
    if (line != nullptr && !line->session.isEmpty() && line->turn > 0)
        Q_EMIT openTurnRequested(line->session, line->turn, line->agent);
}

void LogPage::copySelection() {
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    if (rows.isEmpty() && m_table->currentIndex().isValid())
        rows.append(m_table->currentIndex());
    std::sort(rows.begin(), rows.end());
    QStringList lines;
    for (const QModelIndex& index : std::as_const(rows)) {
        if (const LogRow* line = m_model->row(index.row()))
            lines << (rows.size() == 1 ? m_detail->lineText() : line->text);
    }
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(u'\n') +
                                              (lines.size() > 1 ? QStringLiteral("\n") : QString()));
}

void LogPage::showMenu(const QPoint& at) {
    const QModelIndex current = m_table->currentIndex();
    const LogRow* line = current.isValid() ? m_model->row(current.row()) : nullptr;
    if (line == nullptr)
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* open = menu->addAction(tr("Open &turn"), this, &LogPage::openCurrentTurn);
    open->setEnabled(!line->session.isEmpty() && line->turn > 0);
    QAction* only = menu->addAction(tr("Only this &session"), this,
                                    [this, session = line->session] { filterBySession(session); });
    only->setEnabled(!line->session.isEmpty());
    menu->addSeparator();
    menu->addAction(tr("&Copy lines"), this, &LogPage::copySelection);
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

bool LogPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        stretchMessage();
    if (watched == m_table && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
        copySelection();
        return true;
    }
    return Page::eventFilter(watched, event);
}

void LogPage::changeEvent(QEvent* event) {
    Page::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange || event->type() == QEvent::FontChange)
        QMetaObject::invokeMethod(this, &LogPage::sizeColumns, Qt::QueuedConnection);
}

} // namespace tierdeck::ui
