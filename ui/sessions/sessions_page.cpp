#include "ui/sessions/sessions_page.h"

#include "ui/charts/turn_chart.h"
#include "ui/sessions/compare_view.h"
#include "ui/sessions/filter_bar.h"
#include "ui/sessions/request_detail.h"
#include "ui/sessions/session_delegate.h"
#include "ui/sessions/session_exporter.h"
#include "ui/sessions/session_list_model.h"
#include "ui/sessions/turn_cell_delegate.h"
#include "ui/sessions/turn_chart_data.h"
#include "ui/shell/actions.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/panel.h"
#include "ui/shell/style.h"
#include "ui/shell/text_format.h"
#include "ui/shell/tier_chip.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedLayout>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int sessionsAPage = 100;
constexpr int mostRefreshed = 1000;
constexpr int filterDelayMs = 150;
constexpr int newsRestMs = 500;  // a busy gateway has news all the time
constexpr int listRestMs = 2000; // between refreshes that are not quick
constexpr int listWidth = 320;

enum Range { AnyTime, Today, SevenDays, ThirtyDays, ThisMonth, LastMonth, OwnDays };

/// As it stands in the settings, so that a new column changes nothing for anyone.
constexpr std::array<const char*, TurnTableModel::ColumnCount> columnKeys{
    "turn",       "time",   "tier", "source",   "model",   "input", "cached",
    "cacheShare", "output", "cost", "requests", "latency", "reason"};
constexpr std::array<TurnTableModel::Column, 3> hiddenAtFirst{
    TurnTableModel::CacheShare, TurnTableModel::Requests, TurnTableModel::Latency};
/// Where all do not fit, these go first; the others say which turn, what served it and what it cost.
constexpr std::array<TurnTableModel::Column, 9> dispensable{
    TurnTableModel::CacheShare, TurnTableModel::Requests, TurnTableModel::Latency,
    TurnTableModel::Cached,     TurnTableModel::Input,    TurnTableModel::Output,
    TurnTableModel::Source,     TurnTableModel::Reason,   TurnTableModel::Time};

} // namespace

SessionsPage::SessionsPage(Theme& theme, StoreWorker& store, GatewayController& gateway, const Clock& clock,
                           QWidget* parent)
    : Page(theme, QStringLiteral("sessions"), tr("Sessions"), QStringLiteral("sessions"), parent)
    , m_store(store)
    , m_gateway(gateway)
    , m_clock(clock)
    , m_sessions(new SessionListModel(clock, this))
    , m_turns(new TurnTableModel(this)) {
    setSubtitle(tr("times in %1").arg(text::zoneName(clock.now())));
    makeHeaderTools();
    setContent(makeContent());

    connect(m_sessions, &SessionListModel::moreWanted, this, &SessionsPage::askMore);
    connect(m_turns, &TurnTableModel::requestsWanted, this, &SessionsPage::wantRequests);
    connect(&m_store, &StoreWorker::news, this, &SessionsPage::onNews);
    connect(&m_store, &StoreWorker::stateChanged, this, [this] {
        if (m_store.state() != StoreWorker::State::Ready)
            askList();
    });
    connect(&m_gateway, &GatewayController::changed, this, [this] {
        if (states().state() == PageState::State::Empty)
            showNothing();
    });
    connect(actions::make(ActionId::ToggleChartTable, this), &QAction::triggered, this,
            &SessionsPage::toggleChartTable);
    connect(actions::make(ActionId::CopySelection, this), &QAction::triggered, this, &SessionsPage::copyRow);
    connect(actions::make(ActionId::ExportSession, this), &QAction::triggered, this,
            [this] { m_exportButton->click(); });
    connect(actions::make(ActionId::AddFilter, this), &QAction::triggered, this,
            [this] { m_addFilter->showMenu(); });
    askList();
}

SessionsPage::~SessionsPage() = default;

void SessionsPage::makeHeaderTools() {
    m_range = new QComboBox(this);
    m_range->setObjectName(QStringLiteral("sessionsRange"));
    m_range->setAccessibleName(tr("Time range"));
    m_range->addItem(tr("Any time"), AnyTime);
    m_range->addItem(tr("Today"), Today);
    m_range->addItem(tr("Last 7 days"), SevenDays);
    m_range->addItem(tr("Last 30 days"), ThirtyDays);
    m_range->addItem(tr("This month"), ThisMonth);
    m_range->addItem(tr("Last month"), LastMonth);
    m_range->addItem(tr("Own days"), OwnDays);
    m_filter = new QLineEdit(this);
    m_filter->setObjectName(QStringLiteral("sessionsFilter"));
    m_filter->setAccessibleName(tr("Filter sessions by title, project, client or id"));
    m_filter->setPlaceholderText(tr("Filter, or project:name cost>1"));
    m_filter->setToolTip(tr("%1. Finds text in titles, projects, clients and ids. Type project:, client:, "
                            "source:, tier: or model: with a name, or cost>1, and press Enter for a filter "
                            "that stays.")
                             .arg(actions::tip(ActionId::FocusFilter)));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(theme().icon(QStringLiteral("filter")), QLineEdit::LeadingPosition);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 30);
    setRangeWidget(m_range);
    setFilterWidget(m_filter);
    m_filterBar = new FilterBar(theme(), this);
    const QDate today = text::local(m_clock.now()).date();
    m_filterBar->setDays(today.addDays(-6), today);
    setFilterRow(m_filterBar);
    connect(m_filterBar, &FilterBar::changed, this, &SessionsPage::askList);
    connect(m_filterBar, &FilterBar::choicesWanted, this, [this] {
        m_store.choices(m_choicesAsker, [this](const Result<FilterChoices>& choices) {
            if (choices)
                m_filterBar->setChoices(*choices);
        });
    });

    m_newsRest.setSingleShot(true);
    m_newsRest.setInterval(newsRestMs);
    connect(&m_newsRest, &QTimer::timeout, this, [this] {
        if (m_newsWaiting)
            onNews();
    });
    m_listRest.setSingleShot(true);
    m_listRest.setInterval(listRestMs);
    connect(&m_listRest, &QTimer::timeout, this, [this] {
        if (m_listDirty)
            refreshList();
    });
    m_filterDelay.setSingleShot(true);
    m_filterDelay.setInterval(filterDelayMs);
    connect(&m_filterDelay, &QTimer::timeout, this, &SessionsPage::askList);
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_filterDelay.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] {
        m_filterDelay.stop();
        takeTypedTerms();
        askList();
        m_list->setFocus(Qt::OtherFocusReason);
    });
    connect(m_range, &QComboBox::currentIndexChanged, this, [this] {
        m_filterBar->setOwnRange(m_range->currentData().toInt() == OwnDays);
        askList();
    });
}

/// What was typed as a term becomes a chip; the rest stays text.
void SessionsPage::takeTypedTerms() {
    const TypedFilter typed = readTyped(m_filter->text());
    if (typed.terms.isEmpty())
        return;
    m_filter->setText(typed.text);
    m_filterDelay.stop();
    for (const SessionTerms::Term& term : typed.terms)
        m_filterBar->setTerm(term);
}

void SessionsPage::clearFilters() {
    m_filter->clear();
    m_range->setCurrentIndex(0);
    m_filterBar->clear();
    m_filterDelay.stop();
    askList();
}

bool SessionsPage::isFiltered() const {
    return !m_filter->text().trimmed().isEmpty() || m_range->currentData().toInt() != AnyTime ||
           !m_filterBar->terms().terms.isEmpty();
}

QWidget* SessionsPage::makeListTools() {
    auto* tools = new QWidget(this);
    m_order = new QComboBox(tools);
    m_order->setObjectName(QStringLiteral("sessionsOrder"));
    m_order->setAccessibleName(tr("Order of the sessions"));
    m_order->addItem(tr("Latest first"), static_cast<int>(sessions::SessionOrder::LastTime));
    m_order->addItem(tr("Dearest first"), static_cast<int>(sessions::SessionOrder::Cost));
    m_order->addItem(tr("Most turns first"), static_cast<int>(sessions::SessionOrder::Turns));
    m_order->addItem(tr("Most tokens first"), static_cast<int>(sessions::SessionOrder::Tokens));
    connect(m_order, &QComboBox::currentIndexChanged, this, [this] {
        m_fromTop = true;
        askList();
    });
    m_addFilter = new QPushButton(tools);
    m_addFilter->setObjectName(QStringLiteral("sessionsAddFilter"));
    m_addFilter->setText(tr("Add filter"));
    m_addFilter->setToolTip(actions::tip(ActionId::AddFilter));
    m_addFilter->setAutoDefault(false);
    m_addFilter->setMenu(m_filterBar->menu());
    auto* row = new QHBoxLayout(tools);
    row->setContentsMargins(Theme::paddingSmall, Theme::paddingSmall, Theme::paddingSmall, Theme::grid);
    row->setSpacing(Theme::grid);
    row->addWidget(m_order, 1);
    row->addWidget(m_addFilter);
    return tools;
}

QWidget* SessionsPage::makeSessionHeader() {
    m_sessionTitle = new ElidedLabel(this);
    m_sessionTitle->setObjectName(QStringLiteral("sessionTitle"));
    m_sessionTitle->setFont(Theme::sectionTitleFont());
    m_sessionFacts = new ElidedLabel(this);
    m_sessionFacts->setObjectName(QStringLiteral("sessionFacts"));
    m_sessionFacts->setForegroundRole(QPalette::PlaceholderText);
    m_sessionTiers = new TierChip(theme(), this);
    m_exportButton = new QToolButton(this);
    m_exportButton->setObjectName(QStringLiteral("sessionExport"));
    m_exportButton->setToolTip(actions::tip(ActionId::ExportSession));
    m_exportButton->setAccessibleName(tr("Export"));
    auto* more = new QToolButton(this);
    more->setObjectName(QStringLiteral("sessionMore"));
    more->setToolTip(tr("Compare, columns of the table"));
    more->setAccessibleName(more->toolTip());
    makeSessionMenus();
    for (const auto& [button, menu, icon] :
         {std::tuple(m_exportButton, m_exporter->menu(), "save"), std::tuple(more, m_sessionMenu, "menu")}) {
        const QString name = QLatin1StringView(icon);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setIcon(theme().icon(name));
        connect(&theme(), &Theme::changed, button,
                [this, button = button, name] { button->setIcon(theme().icon(name)); });
        connect(button, &QToolButton::clicked, this, [button = button, menu = menu] {
            menu->popup(button->mapToGlobal(QPoint(0, button->height())));
        });
    }
    auto* widget = new QWidget(this);
    auto* header = new QHBoxLayout(widget);
    header->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, Theme::grid);
    header->setSpacing(Theme::padding);
    header->addWidget(m_sessionTitle, 0);
    header->addWidget(m_sessionFacts, 1);
    header->addWidget(m_sessionTiers);
    header->addWidget(m_exportButton);
    header->addWidget(more);
    return widget;
}

void SessionsPage::makeSessionMenus() {
    m_exporter = new SessionExporter(
        m_store, theme(),
        [this] {
            return SessionExporter::Subject{m_sessionShown ? m_session : std::string(),
                                            m_sessionTitle->text(), m_sessionFacts->text(), question(),
                                            [this] { return m_chart->grab(); }};
        },
        this);
    connect(m_exporter, &SessionExporter::told, this, [this](bool ok, const QString& sentence) {
        banner().tell(ok ? Banner::Severity::Information : Banner::Severity::Error, sentence);
    });
    m_sessionMenu = new QMenu(this);
    m_sessionMenu->setObjectName(QStringLiteral("sessionMenu"));
    QAction* compare = actions::make(ActionId::CompareSession, this);
    connect(compare, &QAction::triggered, this, &SessionsPage::toggleComparison);
    m_sessionMenu->addAction(compare);
    QAction* dearest = actions::make(ActionId::DearestTurn, this);
    connect(dearest, &QAction::triggered, this, [this] { showDearestTurn(TakesFocus::Yes); });
    m_sessionMenu->addAction(dearest);
    m_columnMenu = m_sessionMenu->addMenu(tr("C&olumns of the table"));
    m_columnMenu->setObjectName(QStringLiteral("turnColumnMenu"));
    connect(m_columnMenu, &QMenu::aboutToShow, this, &SessionsPage::fillColumnMenu);
}

void SessionsPage::makeTable() {
    m_table = new QTreeView(this);
    m_table->setObjectName(QStringLiteral("turnTable"));
    m_table->setAccessibleName(
        tr("Turns of the session, each opening into its requests, and these into their attempts"));
    m_table->setModel(m_turns);
    m_table->setItemDelegate(new TurnCellDelegate(theme(), m_table));
    m_table->setItemDelegateForColumn(TurnTableModel::Tier, new TierChipDelegate(theme(), m_table));
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setExpandsOnDoubleClick(true);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->header()->setSectionsMovable(false);
    m_table->header()->setStretchLastSection(false); // it keeps 100 pixels where there is less
    m_table->header()->setMinimumSectionSize(fontMetrics().averageCharWidth() * 5);
    m_table->header()->setHighlightSections(false);
    connect(m_table->header(), &QHeaderView::sectionResized, this, [this] {
        if (QGuiApplication::mouseButtons() != Qt::NoButton)
            m_columnsKept = true; // by the user
    });
    m_table->header()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table->header(), &QWidget::customContextMenuRequested, this,
            [this](const QPoint& at) { m_columnMenu->popup(m_table->header()->mapToGlobal(at)); });
    m_columnsShown.set();
    for (const TurnTableModel::Column column : hiddenAtFirst)
        m_columnsShown.reset(column);
    m_table->viewport()->installEventFilter(this); // the columns follow its width and font
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &SessionsPage::currentChanged);
}

void SessionsPage::fillColumnMenu() {
    m_columnMenu->clear();
    for (int column = TurnTableModel::Time; column < TurnTableModel::ColumnCount; ++column) {
        QAction* action =
            m_columnMenu->addAction(m_turns->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setObjectName(QStringLiteral("turnColumn-") +
                              QLatin1StringView(columnKeys.at(static_cast<std::size_t>(column))));
        action->setCheckable(true);
        action->setChecked(m_columnsShown.test(static_cast<std::size_t>(column)));
        connect(action, &QAction::toggled, this, [this, column](bool shown) {
            m_columnsShown.set(static_cast<std::size_t>(column), shown);
            m_columnsChosen = true;
            fitColumns();
        });
    }
}

QWidget* SessionsPage::makeContent() {
    m_list = new QListView(this);
    m_list->setObjectName(QStringLiteral("sessionList"));
    m_list->setAccessibleName(tr("Sessions"));
    m_list->setModel(m_sessions);
    m_list->setItemDelegate(new SessionDelegate(theme(), m_list));
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& index) {
                if (index.isValid())
                    choose(index.data(SessionListModel::KeyRole).toString().toStdString());
            });

    QWidget* header = makeSessionHeader();

    m_chart = new TurnChart(theme(), this);
    m_chart->setObjectName(QStringLiteral("turnChart"));
    m_chart->setTips([this](qsizetype turn) { return turnTip(m_turns->turn(static_cast<int>(turn))); });
    connect(m_chart, &TurnChart::turnChosen, this,
            [this](qsizetype turn) { chooseTurn(static_cast<int>(turn), true); });
    connect(m_chart, &TurnChart::turnActivated, this, [this](qsizetype turn) {
        chooseTurn(static_cast<int>(turn), true);
        m_table->setFocus(Qt::OtherFocusReason);
    });

    makeTable();

    m_detail = new RequestDetail(theme(), this);
    connect(m_detail, &RequestDetail::labelChosen, this, &SessionsPage::setLabel);

    m_rows = new QSplitter(Qt::Vertical, this);
    m_rows->setObjectName(QStringLiteral("sessionRows"));
    m_rows->setChildrenCollapsible(false);
    m_rows->addWidget(m_chart);
    m_rows->addWidget(m_table);
    m_rows->addWidget(m_detail);
    m_rows->setStretchFactor(0, 1);
    m_rows->setStretchFactor(1, 3);
    m_rows->setStretchFactor(2, 2);
    m_rows->setSizes({240, 220, 200});
    m_table->setMinimumHeight(Theme::rowHeight(true) * 3); // at twice the text, all fits into 800 pixels
    m_detail->setMinimumHeight(Theme::rowHeight(true) * 3);

    auto* session = new QWidget(this);
    auto* column = new QVBoxLayout(session);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header);
    column->addWidget(m_rows, 1);
    m_compareView = new CompareView(theme(), this);
    connect(m_compareView, &CompareView::closeWanted, this, &SessionsPage::endComparison);
    auto* either = new QWidget(this);
    m_sessionStack = new QStackedLayout(either);
    m_sessionStack->addWidget(session);
    m_sessionStack->addWidget(m_compareView);
    m_sessionState = new PageState(theme(), this);
    m_sessionState->setContent(either);

    auto* list = new QWidget(this);
    auto* listColumn = new QVBoxLayout(list);
    listColumn->setContentsMargins(0, 0, 0, 0);
    listColumn->setSpacing(0);
    listColumn->addWidget(makeListTools());
    listColumn->addWidget(m_list, 1);
    auto* listPanel = new Panel(theme(), this);
    listPanel->setContent(list);
    auto* sessionPanel = new Panel(theme(), this);
    sessionPanel->setContent(m_sessionState);
    m_columns = new QSplitter(Qt::Horizontal, this);
    m_columns->setObjectName(QStringLiteral("sessionColumns"));
    m_columns->setChildrenCollapsible(false);
    m_columns->setHandleWidth(Theme::paddingSmall);
    m_columns->setProperty(Style::bareSplitter, true);
    m_columns->addWidget(listPanel);
    m_columns->addWidget(sessionPanel);
    m_columns->setStretchFactor(0, 0);
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({std::max(listWidth, fontMetrics().averageCharWidth() * 34), 900});
    return m_columns;
}

void SessionsPage::fitColumns() {
    const int character = m_table->fontMetrics().averageCharWidth();
    constexpr int leastOfModel = 12;
    constexpr int leastOfReason = 10;
    constexpr std::array<int, TurnTableModel::ColumnCount> characters{12, 9,  9, 10, leastOfModel, 7, 8, 8,
                                                                      7,  10, 9, 10, leastOfReason};
    const QFontMetrics metrics = m_table->fontMetrics();
    m_table->setIndentation(Theme::rowHeight() / 2);
    const QString lastTurn = text::count(m_turns->turnCount()) + QStringLiteral(" ↳");
    const int longestNumber = std::max(metrics.horizontalAdvance(lastTurn) + m_table->indentation(),
                                       metrics.horizontalAdvance(m_turns->longestNumber()) +
                                           2 * m_table->indentation() + 2 * Theme::paddingSmall);
    const auto leastWidth = [&](int column) {
        const QString title = m_turns->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        int width = std::max(characters.at(static_cast<std::size_t>(column)) * character,
                             metrics.horizontalAdvance(title) + 2 * Theme::paddingSmall);
        if (column == TurnTableModel::Number) { // in steps, so that it does not grow with every turn
            const int step = 2 * character;
            width = std::max(width, (longestNumber + step - 1) / step * step);
        }
        return width;
    };
    auto shown = m_columnsShown;
    int taken = 0;
    for (int column = 0; column < TurnTableModel::ColumnCount; ++column)
        taken += shown.test(static_cast<std::size_t>(column)) ? leastWidth(column) : 0;
    if (!m_columnsKept && !m_columnsChosen)
        for (const TurnTableModel::Column column : dispensable)
            if (taken > m_table->viewport()->width() && shown.test(column)) {
                shown.reset(column);
                taken -= leastWidth(column);
            }
    for (int column = 0; column < TurnTableModel::ColumnCount; ++column) {
        const bool isShown = shown.test(static_cast<std::size_t>(column));
        m_table->setColumnHidden(column, !isShown);
        if (isShown && !m_columnsKept)
            m_table->setColumnWidth(column, leastWidth(column));
    }
    int over = m_columnsKept ? 0 : std::max(0, taken - m_table->viewport()->width());
    for (const auto& [column, enough] : {std::pair(TurnTableModel::Tier, 5 * character),
                                         {TurnTableModel::Cost, 8 * character},
                                         {TurnTableModel::Model, 8 * character},
                                         {TurnTableModel::Number, longestNumber}}) {
        const int width = m_table->columnWidth(column);
        const int given = std::clamp(width - enough, 0, over);
        m_table->setColumnWidth(column, width - given);
        over -= given;
    }
    // Model and reason share what is left.
    int left = m_table->viewport()->width() - m_table->header()->length();
    if (left > 0 && !m_columnsKept && shown.test(TurnTableModel::Model)) {
        const int least = leastWidth(TurnTableModel::Model);
        const int more = shown.test(TurnTableModel::Reason)
                             ? std::clamp((left + leastWidth(TurnTableModel::Reason) - least) / 2, 0,
                                          std::min(left, character * 28 - least))
                             : left;
        m_table->setColumnWidth(TurnTableModel::Model, least + more);
        left -= more;
    }
    if (left > 0 && shown.test(TurnTableModel::Reason))
        m_table->setColumnWidth(TurnTableModel::Reason, m_table->columnWidth(TurnTableModel::Reason) + left);
}

bool SessionsPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table->viewport() &&
        (event->type() == QEvent::Resize || event->type() == QEvent::FontChange)) {
        fitColumns();
        fitHeader();
    }
    return Page::eventFilter(watched, event);
}

void SessionsPage::focusContent() {
    if (states().state() == PageState::State::Content)
        m_list->setFocus(Qt::OtherFocusReason);
    else
        Page::focusContent();
}

bool SessionsPage::closeInnermost() {
    if (Page::closeInnermost())
        return true;
    if (m_compared) {
        endComparison();
        return true;
    }
    if (!m_chart->isZoomed())
        return false;
    m_chart->showAll();
    return true;
}

void SessionsPage::setPatterns(bool patterns) {
    m_chart->setPatterns(patterns);
}

void SessionsPage::saveLayout(QSettings& settings) const {
    settings.setValue(QStringLiteral("sessions/columns"), m_columns->saveState());
    settings.setValue(QStringLiteral("sessions/rows"), m_rows->saveState());
    if (m_columnsKept)
        settings.setValue(QStringLiteral("sessions/turnTable"), m_table->header()->saveState());
    QStringList shown;
    for (int column = 0; column < TurnTableModel::ColumnCount; ++column)
        if (m_columnsShown.test(static_cast<std::size_t>(column)))
            shown.append(QLatin1StringView(columnKeys.at(static_cast<std::size_t>(column))));
    settings.setValue(QStringLiteral("sessions/turnColumns"), shown);
    settings.setValue(QStringLiteral("sessions/order"), m_order->currentIndex());
}

void SessionsPage::restoreLayout(QSettings& settings) {
    m_columns->restoreState(settings.value(QStringLiteral("sessions/columns")).toByteArray());
    m_rows->restoreState(settings.value(QStringLiteral("sessions/rows")).toByteArray());
    m_columnsKept =
        m_table->header()->restoreState(settings.value(QStringLiteral("sessions/turnTable")).toByteArray());
    const QStringList shown = settings.value(QStringLiteral("sessions/turnColumns")).toStringList();
    const auto before = m_columnsShown;
    for (std::size_t column = TurnTableModel::Time; column < columnKeys.size() && !shown.isEmpty(); ++column)
        m_columnsShown.set(column, shown.contains(QLatin1StringView(columnKeys.at(column))));
    m_columnsChosen = m_columnsShown != before;
    m_order->setCurrentIndex(
        std::clamp(settings.value(QStringLiteral("sessions/order"), 0).toInt(), 0, m_order->count() - 1));
    fitColumns();
}

// --- The list ---

SessionsQuestion SessionsPage::question() const {
    SessionsQuestion question;
    const TypedFilter typed = readTyped(m_filter->text()); // terms count once they are chips
    question.filter.search = typed.text.toStdString();
    m_filterBar->terms().addTo(question.filter);
    const QDate today = text::local(m_clock.now()).date();
    const QDate month(today.year(), today.month(), 1);
    const auto startOf = [](const QDate& day) {
        return UtcTime(std::chrono::milliseconds(day.startOfDay().toMSecsSinceEpoch()));
    };
    switch (m_range->currentData().toInt()) {
    case Today:
        question.filter.since = startOf(today);
        break;
    case SevenDays:
        question.filter.since = startOf(today.addDays(-6));
        break;
    case ThirtyDays:
        question.filter.since = startOf(today.addDays(-29));
        break;
    case ThisMonth:
        question.filter.since = startOf(month);
        break;
    case LastMonth:
        question.filter.since = startOf(month.addMonths(-1));
        question.filter.until = startOf(month);
        break;
    case OwnDays:
        question.filter.since = startOf(m_filterBar->firstDay());
        question.filter.until = startOf(m_filterBar->lastDay().addDays(1));
        break;
    default:
        break;
    }
    question.order = static_cast<sessions::SessionOrder>(m_order->currentData().toInt());
    question.limit = sessionsAPage;
    return question;
}

void SessionsPage::askList() {
    m_moreAsker.cancel();
    m_listDirty = false;
    if (m_sessions->rowCount() == 0)
        states().showLoading(tr("Reading the sessions …"));
    m_store.sessions(m_listAsker, question(), [this](const auto& page) { showList(page, true); });
}

void SessionsPage::refreshList() {
    if (m_listAsker.isWaiting() || m_listRest.isActive()) {
        m_listDirty = true;
        return;
    }
    m_listDirty = false;
    SessionsQuestion wanted = question();
    if (wanted.order == sessions::SessionOrder::Turns || wanted.order == sessions::SessionOrder::Tokens)
        m_listRest.start(); // these sort all sessions
    wanted.limit = std::clamp(m_sessions->rowCount(), sessionsAPage, mostRefreshed);
    m_store.sessions(m_listAsker, std::move(wanted), [this](const auto& page) { showList(page, false); });
}

void SessionsPage::askMore() {
    SessionsQuestion wanted = question();
    wanted.after = m_sessions->next();
    m_store.sessions(m_moreAsker, std::move(wanted),
                     [this](const Result<sessions::Page<sessions::SessionRow>>& page) {
                         if (page)
                             m_sessions->append(*page);
                         else
                             showFailure(page.error());
                     });
}

void SessionsPage::showList(const Result<sessions::Page<sessions::SessionRow>>& page, bool anew) {
    if (!page) {
        showFailure(page.error());
        return;
    }
    if (std::exchange(m_listFailed, false))
        banner().dismiss();
    if (anew)
        m_sessions->reset(*page);
    else
        m_sessions->refresh(*page);
    if (m_sessions->rowCount() == 0) {
        showNothing();
        return;
    }
    states().showContent();
    if (m_compared && !anew) { // the other side lives, too
        const QModelIndex other = m_sessions->indexOf(m_compared->session.session);
        if (other.isValid() && m_sessions->row(other.row()).totals != m_compared->session.totals &&
            m_session != m_compared->session.session)
            m_store.session(m_compareAsker, m_compared->session.session, {},
                            [this](const Result<SessionSnapshot>& snapshot) {
                                if (!snapshot || !snapshot->session || !m_compared)
                                    return;
                                m_compared->session = *snapshot->session;
                                m_compared->turns = snapshot->turns;
                                showComparison();
                            });
    }
    const QModelIndex chosen = m_sessions->indexOf(m_session);
    if (chosen.isValid())
        m_list->setCurrentIndex(chosen);
    else if (m_session.empty() || (anew && !m_reveal && m_dearestOf.empty()))
        m_list->setCurrentIndex(m_sessions->index(0));
    if (anew && std::exchange(m_fromTop, false))
        m_list->scrollToTop(); // the dearest are asked for, not where the chosen one stands among them
    if (m_listDirty)
        refreshList();
}

void SessionsPage::showNothing() {
    if (isFiltered() && m_store.state() == StoreWorker::State::Ready) {
        states().showEmpty(tr("No session matches"),
                           tr("No session of this time fits the filters and the text. Take one away, or look "
                              "at another time."),
                           {tr("Show all sessions"), [this] { clearFilters(); }});
    } else if (m_gateway.address().isEmpty()) {
        states().showEmpty(
            tr("No turns yet"),
            tr("Every request that goes through the gateway appears here. The gateway is not running now."),
            {tr("Start the gateway"), [this] { m_gateway.start(); }});
    } else {
        states().showEmpty(
            tr("No turns yet"),
            tr("Every request that goes through the gateway appears here. Point a client at %1/v1 and ask "
               "for the model “auto”.")
                .arg(m_gateway.address()),
            {tr("Copy the address"),
             [this] { QGuiApplication::clipboard()->setText(m_gateway.address() + QStringLiteral("/v1")); }});
    }
    setReady();
}

void SessionsPage::showFailure(const Error& error) {
    if (error.code == ErrorCode::Cancelled)
        return;
    if (error.code == ErrorCode::NotFound) { // no store: nobody has recorded anything
        m_sessions->reset({});
        showNothing();
        return;
    }
    const QString sentence = QString::fromStdString(error.message);
    if (m_sessions->rowCount() > 0) {
        m_listFailed = true;
        banner().tell(Banner::Severity::Error, sentence,
                      {{tr("Try again"), QStringLiteral("sessionsRetry"), [this] { askList(); }}});
    } else {
        states().showError(tr("The sessions cannot be read"), sentence,
                           {tr("Try again"), [this] { askList(); }});
    }
    setReady();
}

// --- The chosen session ---

void SessionsPage::choose(const std::string& session) {
    if (session == m_session)
        return;
    m_session = session;
    m_sessionShown = false;
    m_sessionRow.reset();
    m_wanted.clear();
    m_requestAsker.cancel();
    m_sessionDirty = false;
    askSession();
}

void SessionsPage::askSession() {
    if (m_session.empty())
        return;
    if (m_sessionShown && m_sessionAsker.isWaiting()) {
        m_sessionDirty = true;
        return;
    }
    m_sessionDirty = false;
    if (!m_sessionShown)
        m_sessionState->showLoading(tr("Reading the session …"));
    m_store.session(m_sessionAsker, m_session, m_sessionShown ? m_turns->known() : std::nullopt,
                    [this](const auto& snapshot) { showSession(snapshot); });
}

void SessionsPage::showSession(const Result<SessionSnapshot>& snapshot) {
    if (!snapshot) {
        if (snapshot.error().code == ErrorCode::Cancelled)
            return;
        if (!m_sessionShown)
            m_sessionState->showError(tr("This session cannot be read"),
                                      QString::fromStdString(snapshot.error().message),
                                      {tr("Try again"), [this] { askSession(); }});
        else
            banner().tell(Banner::Severity::Error, QString::fromStdString(snapshot.error().message));
        setReady();
        return;
    }
    if (!snapshot->session) {
        m_sessionState->showEmpty(tr("This session is no longer in the store"), tr("Choose another one."));
        setReady();
        return;
    }
    if (!std::exchange(m_tiersAsked, true)) // not before what is to be seen first
        askTiers();
    const bool same = m_sessionShown;
    m_sessionRow = snapshot->session;
    m_sessionShown = true;
    if (same)
        m_turns->refresh(snapshot->turns, snapshot->since);
    else
        m_turns->reset(snapshot->turns);
    m_chart->setData(turnChartData(m_turns->turns()), same);
    showHeader();
    if (!same)
        fitColumns();
    m_sessionState->showContent();
    if (m_compared)
        showComparison();
    const bool toDearest = std::exchange(m_dearestOf, {}) == m_session;
    if (m_reveal)
        revealNow();
    else if (toDearest)
        showDearestTurn(TakesFocus::Yes);
    else if (!same && m_turns->turnCount() > 0)
        showFirstTurn();
    if (m_turns->turnCount() == 0)
        setReady();
    if (m_sessionDirty)
        askSession();
}

void SessionsPage::showHeader() {
    const sessions::SessionRow& row = *m_sessionRow;
    m_sessionTitle->setText(SessionListModel::titleOf(row, m_clock.now()));
    QStringList facts;
    for (const std::string& word : {row.client, row.project})
        if (!word.empty())
            facts.append(QString::fromStdString(word));
    facts.append(text::timeSpan(row.firstTime, row.lastTime, m_clock.now()));
    facts.append(tr("%n turn(s)", nullptr, static_cast<int>(row.totals.turns)));
    facts.append(text::cost(row.totals));
    facts.append(tr("%n request(s)", nullptr, static_cast<int>(row.totals.requests)));
    m_sessionFacts->setText(facts.join(QStringLiteral(" · ")));
    QList<TierChipData> chips;
    for (const sessions::TierShare& share : row.tiers)
        chips.append({QString::fromStdString(share.tier), {}, static_cast<int>(share.requests)});
    m_sessionTiers->setChips(chips);
    fitHeader();
}

/// The list and the chart say the tiers, too: they give way to the words.
void SessionsPage::fitHeader() {
    const QWidget* header = m_sessionTiers->parentWidget();
    const int words = m_sessionTitle->sizeHint().width() + m_sessionFacts->sizeHint().width();
    const int rest = m_sessionTiers->sizeHint().width() + m_exportButton->sizeHint().width() * 2 +
                     Theme::padding * (header->layout()->count() + 1);
    m_sessionTiers->setVisible(words + rest <= header->width());
}

// --- Comparison ---

CompareSide SessionsPage::shownSide() const {
    CompareSide side{m_sessionTitle->text(), *m_sessionRow, {}};
    for (const TurnSnapshot* turn : m_turns->turns())
        side.turns.push_back(*turn);
    return side;
}

void SessionsPage::toggleComparison() {
    if (m_compared) {
        endComparison();
        return;
    }
    if (!m_sessionShown || !m_sessionRow)
        return;
    m_compared = shownSide();
    showComparison();
    m_list->setFocus(Qt::OtherFocusReason);
}

void SessionsPage::endComparison() {
    m_compared.reset();
    m_compareAsker.cancel();
    m_sessionStack->setCurrentIndex(0);
    m_list->setFocus(Qt::OtherFocusReason);
}

void SessionsPage::showComparison() {
    m_sessionStack->setCurrentWidget(m_compareView);
    if (!m_sessionShown || !m_sessionRow)
        return; // comes back here
    if (m_session == m_compared->session.session) {
        m_compared = shownSide();
        m_compareView->askForSecond(m_compared->title);
    } else {
        m_compareView->showSides(*m_compared, shownSide());
    }
}

// --- The chosen turn and request ---

void SessionsPage::wantRequests(int turn) {
    m_wanted.push_back({turn});
    if (!m_requestAsker.isWaiting())
        askRequests();
}

void SessionsPage::askRequests() {
    if (m_wanted.empty())
        return;
    const TurnKey key = m_wanted.front();
    m_wanted.pop_front();
    m_store.requests(m_requestAsker, m_session, key.turn,
                     [this, key](const Result<std::vector<routing::RequestRecord>>& requests) {
                         if (requests) {
                             m_turns->setRequests(key, *requests);
                             fitColumns(); // their numbers may be longer than others before
                         } else {
                             banner().tell(Banner::Severity::Error,
                                           QString::fromStdString(requests.error().message));
                         }
                         if (m_reveal && m_reveal->turn == key)
                             revealNow();
                         showDetail();
                         setReady();
                         askRequests();
                     });
}

void SessionsPage::currentChanged(const QModelIndex& index) {
    const int turn = m_turns->turnRowOf(index);
    m_chart->setChosenTurn(turn);
    if (m_reveal && m_sessionShown && turn >= 0 && m_turns->keyOf(turn) != m_reveal->turn)
        m_reveal.reset(); // something else was chosen meanwhile
    if (turn >= 0)
        m_turns->fetchMore(m_turns->index(turn, 0));
    showDetail();
}

void SessionsPage::chooseTurn(int row, bool scroll) {
    if (row < 0 || row >= m_turns->turnCount())
        return;
    const QModelIndex index = m_turns->index(row, 0);
    if (m_turns->turnRowOf(m_table->currentIndex()) != row)
        m_table->setCurrentIndex(index);
    if (scroll)
        m_table->scrollTo(index);
}

int SessionsPage::dearestTurn() const {
    const std::vector<const TurnSnapshot*> turns = m_turns->turns();
    const auto dearest =
        std::max_element(turns.begin(), turns.end(), [](const TurnSnapshot* a, const TurnSnapshot* b) {
            return std::pair(a->row.totals.cost, a->row.totals.usage.total()) <
                   std::pair(b->row.totals.cost, b->row.totals.usage.total());
        });
    return dearest == turns.end() ? -1 : static_cast<int>(dearest - turns.begin());
}

/// The newest, unless it is the dear ones that are looked for.
void SessionsPage::showFirstTurn() {
    if (static_cast<sessions::SessionOrder>(m_order->currentData().toInt()) == sessions::SessionOrder::Cost)
        showDearestTurn(TakesFocus::No);
    else
        chooseTurn(m_turns->turnCount() - 1, true);
}

void SessionsPage::showDearestTurn(TakesFocus takesFocus) {
    const int turn = dearestTurn();
    if (turn < 0)
        return;
    m_reveal = Revealed{m_turns->keyOf(turn), RequestId(0), true, takesFocus};
    revealNow();
}

void SessionsPage::showDetail() {
    const QModelIndex index = m_table->currentIndex();
    const int turn = m_turns->turnRowOf(index);
    const routing::RequestRecord* request = m_turns->requestOf(index);
    if (request == nullptr) {
        m_detail->clear(turn < 0 ? tr("Choose a turn to see why it was served as it was.") : QString());
        return;
    }
    const int number = m_turns->requestRowOf(index) + 1;
    const bool other = m_detail->shownRequest() != request->request;
    m_detail->showRequest(*request, m_turns->turn(turn).row, number);
    if (other)
        askAboutRequest(*request);
}

void SessionsPage::askAboutRequest(const routing::RequestRecord& request) {
    const auto stillShown = [this, id = request.request] { return m_detail->shownRequest() == id; };
    m_store.rates(m_ratesAsker, request,
                  [this, stillShown](const Result<std::optional<pricing::Rates>>& rates) {
                      if (rates && stillShown())
                          m_detail->setRates(*rates);
                  });
    m_store.label(m_labelAsker, request.request,
                  [this, stillShown](const Result<std::optional<std::string>>& label) {
                      if (label && stillShown())
                          m_detail->setLabel(*label);
                  });
}

void SessionsPage::setLabel(RequestId request, const QString& tier) {
    m_store.setLabel(this, request, tier.isEmpty() ? std::nullopt : std::optional(tier.toStdString()),
                     [this, request](const Result<std::optional<std::string>>& label) {
                         if (!label)
                             banner().tell(Banner::Severity::Error,
                                           QString::fromStdString(label.error().message));
                         if (m_detail->shownRequest() == request)
                             m_detail->setLabel(label.value_or(std::nullopt));
                     });
}

/// The built-in tiers, and what others the store has seen.
void SessionsPage::askTiers() {
    QStringList tiers;
    for (const QStringView tier : {u"balanced", u"smart", u"coding", u"deep", u"background"})
        tiers.append(tier.toString());
    m_detail->setTiers(tiers);
    m_store.choices(m_tiersAsker, [this, tiers](const Result<FilterChoices>& choices) mutable {
        if (!choices)
            return;
        for (const std::string& tier : choices->tiers)
            if (!tier.empty() && !tiers.contains(QString::fromStdString(tier)))
                tiers.append(QString::fromStdString(tier));
        m_detail->setTiers(tiers);
    });
}

void SessionsPage::reveal(const QString& what) {
    if (what.startsWith(QLatin1StringView("session:"))) {
        open(what.mid(8).toStdString());
        return;
    }
    if (what.startsWith(QLatin1StringView("dearest:"))) {
        const std::string session = what.mid(8).toStdString();
        m_reveal.reset();
        if (session == m_session && m_sessionShown) {
            showDearestTurn(TakesFocus::Yes);
        } else {
            m_dearestOf = session;
            open(session);
        }
        return;
    }
    if (what.startsWith(QLatin1StringView("turn:"))) { // turn:NUMBER:SESSION
        const qsizetype colon = what.indexOf(u':', 5);
        const std::string session = what.mid(colon + 1).toStdString();
        if (colon < 0)
            return;
        m_reveal = Revealed{{what.mid(5, colon - 5).toInt()}, RequestId(0)};
        revealIn(session);
        return;
    }
    bool ok = false;
    const qlonglong id = what.startsWith(QLatin1StringView("request:")) ? what.mid(8).toLongLong(&ok) : 0;
    if (!ok)
        return;
    m_store.request(
        m_revealAsker, RequestId(id), [this, id](const Result<std::optional<routing::RequestRecord>>& found) {
            if (!found) {
                showFailure(found.error());
                return;
            }
            if (!*found) {
                banner().tell(Banner::Severity::Information, tr("Request %1 is not in the store.").arg(id));
                return;
            }
            const routing::RequestRecord& record = **found;
            m_reveal = Revealed{{record.turn}, record.request};
            revealIn(record.session);
        });
}

void SessionsPage::revealIn(const std::string& session) {
    if (session == m_session && m_sessionShown)
        revealNow();
    else
        open(session);
}

void SessionsPage::open(const std::string& session) {
    const QModelIndex index = m_sessions->indexOf(session);
    if (index.isValid()) {
        m_list->setCurrentIndex(index);
    } else { // not in the part of the list that is here, where none is chosen then
        m_list->selectionModel()->clear();
        choose(session);
    }
}

void SessionsPage::revealNow() {
    const QModelIndex turn = m_turns->indexOf(m_reveal->turn);
    if (!turn.isValid()) {
        m_reveal.reset();
        return;
    }
    if (!m_turns->isLoaded(turn.row())) {
        m_table->setCurrentIndex(turn); // first: a table that gets the keyboard without one takes its own
        m_table->scrollTo(turn);
        if (m_reveal->takesFocus == TakesFocus::Yes)
            m_table->setFocus(Qt::OtherFocusReason);
        m_turns->fetchMore(turn); // comes back here
        return;
    }
    const Revealed wanted = *std::exchange(m_reveal, std::nullopt);
    const QModelIndex request =
        wanted.isDearest ? m_turns->indexOfDearest(wanted.turn) : m_turns->indexOf(wanted.request);
    if (!wanted.isDearest || request != turn)
        m_table->expand(turn);
    m_table->setCurrentIndex(request.isValid() ? request : turn);
    m_table->scrollTo(m_table->currentIndex());
    if (wanted.takesFocus == TakesFocus::Yes)
        m_table->setFocus(Qt::OtherFocusReason);
}

void SessionsPage::copyRow() {
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid())
        return;
    QStringList cells;
    for (int column = 0; column < TurnTableModel::ColumnCount; ++column) {
        const QModelIndex cell = current.siblingAtColumn(column);
        const QVariant spoken = cell.data(Qt::AccessibleTextRole); // in full where the cell is short
        cells.append((spoken.isValid() ? spoken : cell.data(Qt::DisplayRole)).toString().trimmed());
    }
    QGuiApplication::clipboard()->setText(cells.join(u'\t'));
}

void SessionsPage::toggleChartTable() {
    if (m_chart->focusProxy()->hasFocus())
        m_table->setFocus(Qt::ShortcutFocusReason);
    else
        m_chart->setFocus(Qt::ShortcutFocusReason);
}

void SessionsPage::onNews() {
    if (m_newsRest.isActive()) {
        m_newsWaiting = true;
        return;
    }
    m_newsWaiting = false;
    m_newsRest.start();
    if (m_sessions->rowCount() == 0)
        askList();
    else
        refreshList();
    askSession();
}

} // namespace tierdeck::ui
