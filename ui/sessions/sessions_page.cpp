#include "ui/sessions/sessions_page.h"

#include "ui/charts/turn_chart.h"
#include "ui/sessions/request_detail.h"
#include "ui/sessions/session_delegate.h"
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
#include <QSettings>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int sessionsAPage = 100;
constexpr int mostRefreshed = 1000;
constexpr int filterDelayMs = 150;
constexpr int listWidth = 320;

enum Range { AnyTime, Today, SevenDays, ThirtyDays };

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
    m_order = new QComboBox(this);
    m_order->setObjectName(QStringLiteral("sessionsOrder"));
    m_order->setAccessibleName(tr("Order of the sessions"));
    m_order->addItem(tr("Latest first"), static_cast<int>(sessions::SessionOrder::LastTime));
    m_order->addItem(tr("Dearest first"), static_cast<int>(sessions::SessionOrder::Cost));
    m_filter = new QLineEdit(this);
    m_filter->setObjectName(QStringLiteral("sessionsFilter"));
    m_filter->setAccessibleName(tr("Filter sessions by title, project, client or id"));
    m_filter->setPlaceholderText(tr("Filter sessions"));
    m_filter->setToolTip(actions::tip(ActionId::FocusFilter));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(theme().icon(QStringLiteral("filter")), QLineEdit::LeadingPosition);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 26);
    setRangeWidget(m_order);
    setRangeWidget(m_range);
    setFilterWidget(m_filter);

    m_filterDelay.setSingleShot(true);
    m_filterDelay.setInterval(filterDelayMs);
    connect(&m_filterDelay, &QTimer::timeout, this, &SessionsPage::askList);
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_filterDelay.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] {
        m_filterDelay.stop();
        askList();
        m_list->setFocus(Qt::OtherFocusReason);
    });
    connect(m_range, &QComboBox::currentIndexChanged, this, &SessionsPage::askList);
    connect(m_order, &QComboBox::currentIndexChanged, this, &SessionsPage::askList);
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

    m_sessionTitle = new ElidedLabel(this);
    m_sessionTitle->setObjectName(QStringLiteral("sessionTitle"));
    m_sessionTitle->setFont(Theme::sectionTitleFont());
    m_sessionFacts = new ElidedLabel(this);
    m_sessionFacts->setObjectName(QStringLiteral("sessionFacts"));
    m_sessionFacts->setForegroundRole(QPalette::PlaceholderText);
    m_sessionTiers = new TierChip(theme(), this);
    auto* header = new QHBoxLayout;
    header->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, Theme::grid);
    header->setSpacing(Theme::padding);
    header->addWidget(m_sessionTitle, 0);
    header->addWidget(m_sessionFacts, 1);
    header->addWidget(m_sessionTiers);

    m_chart = new TurnChart(theme(), this);
    m_chart->setObjectName(QStringLiteral("turnChart"));
    m_chart->setTips([this](qsizetype turn) { return turnTip(m_turns->turn(static_cast<int>(turn)).row); });
    connect(m_chart, &TurnChart::turnChosen, this,
            [this](qsizetype turn) { chooseTurn(static_cast<int>(turn), true); });
    connect(m_chart, &TurnChart::turnActivated, this, [this](qsizetype turn) {
        chooseTurn(static_cast<int>(turn), true);
        m_table->setFocus(Qt::OtherFocusReason);
    });

    m_table = new QTreeView(this);
    m_table->setObjectName(QStringLiteral("turnTable"));
    m_table->setAccessibleName(tr("Turns of the session, each opening into its requests"));
    m_table->setModel(m_turns);
    m_table->setItemDelegate(new TurnCellDelegate(theme(), m_table));
    m_table->setItemDelegateForColumn(TurnTableModel::Tier, new TierChipDelegate(theme(), m_table));
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setIndentation(14);
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
    m_table->viewport()->installEventFilter(this); // the columns follow its width and font
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &SessionsPage::currentChanged);

    m_detail = new RequestDetail(theme(), this);

    m_rows = new QSplitter(Qt::Vertical, this);
    m_rows->setObjectName(QStringLiteral("sessionRows"));
    m_rows->setChildrenCollapsible(false);
    m_rows->addWidget(m_chart);
    m_rows->addWidget(m_table);
    m_rows->addWidget(m_detail);
    m_rows->setStretchFactor(0, 0);
    m_rows->setStretchFactor(1, 3);
    m_rows->setStretchFactor(2, 2);
    m_rows->setSizes({210, 230, 210});
    m_table->setMinimumHeight(Theme::rowHeight(true) * 4);
    m_detail->setMinimumHeight(Theme::rowHeight(true) * 4);

    auto* session = new QWidget(this);
    auto* column = new QVBoxLayout(session);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(header);
    column->addWidget(m_rows, 1);
    m_sessionState = new PageState(theme(), this);
    m_sessionState->setContent(session);

    auto* listPanel = new Panel(theme(), this);
    listPanel->setContent(m_list);
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
    listPanel->setMinimumWidth(200);
    m_columns->setSizes({std::max(listWidth, fontMetrics().averageCharWidth() * 34), 900});
    return m_columns;
}

void SessionsPage::fitColumns() {
    const int character = m_table->fontMetrics().averageCharWidth();
    const std::array<int, TurnTableModel::Reason> characters{8, 9, 9, 11, 0, 7, 8, 7, 9, 10};
    int taken = 0;
    for (int column = 0; column < TurnTableModel::Reason; ++column) {
        if (column == TurnTableModel::Model && !m_columnsKept)
            continue;
        if (!m_columnsKept)
            m_table->setColumnWidth(column, characters.at(static_cast<std::size_t>(column)) * character);
        taken += m_table->columnWidth(column);
    }
    int left = m_table->viewport()->width() - taken;
    if (!m_columnsKept) { // model and reason share what is left
        m_table->setColumnWidth(TurnTableModel::Model, std::clamp(left / 2, character * 12, character * 28));
        left -= m_table->columnWidth(TurnTableModel::Model);
    }
    m_table->setColumnWidth(TurnTableModel::Reason, std::max(left, character * 10));
}

bool SessionsPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table->viewport() &&
        (event->type() == QEvent::Resize || event->type() == QEvent::FontChange))
        fitColumns();
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
    if (!m_chart->isBinOpen())
        return false;
    m_chart->closeBin();
    return true;
}

void SessionsPage::setPatterns(bool patterns) {
    m_chart->setPatterns(patterns);
}

void SessionsPage::saveLayout(QSettings& settings) const {
    settings.setValue(QStringLiteral("sessions/columns"), m_columns->saveState());
    settings.setValue(QStringLiteral("sessions/rows"), m_rows->saveState());
    if (m_columnsKept)
        settings.setValue(QStringLiteral("sessions/table"), m_table->header()->saveState());
}

void SessionsPage::restoreLayout(QSettings& settings) {
    m_columns->restoreState(settings.value(QStringLiteral("sessions/columns")).toByteArray());
    m_rows->restoreState(settings.value(QStringLiteral("sessions/rows")).toByteArray());
    m_columnsKept =
        m_table->header()->restoreState(settings.value(QStringLiteral("sessions/table")).toByteArray());
}

// --- The list ---

SessionsQuestion SessionsPage::question() const {
    SessionsQuestion question;
    question.filter.search = m_filter->text().trimmed().toStdString();
    const QDate today = text::local(m_clock.now()).date();
    const auto since = [&question](const QDate& day) {
        question.filter.since = UtcTime(std::chrono::milliseconds(day.startOfDay().toMSecsSinceEpoch()));
    };
    switch (m_range->currentData().toInt()) {
    case Today:
        since(today);
        break;
    case SevenDays:
        since(today.addDays(-6));
        break;
    case ThirtyDays:
        since(today.addDays(-29));
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
    if (m_listAsker.isWaiting()) {
        m_listDirty = true;
        return;
    }
    m_listDirty = false;
    SessionsQuestion wanted = question();
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
    const QModelIndex chosen = m_sessions->indexOf(m_session);
    if (chosen.isValid())
        m_list->setCurrentIndex(chosen);
    else if (m_session.empty() || (anew && !m_reveal))
        m_list->setCurrentIndex(m_sessions->index(0));
    if (m_listDirty)
        refreshList();
}

void SessionsPage::showNothing() {
    const bool filtered = !m_filter->text().trimmed().isEmpty() || m_range->currentData().toInt() != AnyTime;
    if (filtered && m_store.state() == StoreWorker::State::Ready) {
        states().showEmpty(tr("No session matches"),
                           tr("No session of this time has that text in its title, project, client or id."),
                           {tr("Show all sessions"), [this] {
                                m_filter->clear();
                                m_range->setCurrentIndex(0);
                                askList();
                            }});
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
    const bool same = m_sessionShown;
    m_sessionRow = snapshot->session;
    m_sessionShown = true;
    if (same)
        m_turns->refresh(snapshot->turns, snapshot->since);
    else
        m_turns->reset(snapshot->turns);
    m_chart->setData(turnChartData(m_turns->turns()), same);
    showHeader();
    m_sessionState->showContent();
    if (m_reveal)
        revealNow();
    else if (!same && m_turns->turnCount() > 0)
        chooseTurn(m_turns->turnCount() - 1, true);
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
    facts.append(tr("%n request(s)", nullptr, static_cast<int>(row.totals.requests)));
    facts.append(text::cost(row.totals));
    m_sessionFacts->setText(facts.join(QStringLiteral(" · ")));
    QList<TierChipData> chips;
    for (const sessions::TierShare& share : row.tiers)
        chips.append({QString::fromStdString(share.tier), {}, static_cast<int>(share.requests)});
    m_sessionTiers->setChips(chips);
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
                         if (requests)
                             m_turns->setRequests(key, *requests);
                         else
                             banner().tell(Banner::Severity::Error,
                                           QString::fromStdString(requests.error().message));
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

void SessionsPage::showDetail() {
    const QModelIndex index = m_table->currentIndex();
    const int turn = m_turns->turnRowOf(index);
    const routing::RequestRecord* request = m_turns->requestOf(index);
    if (request == nullptr) {
        m_detail->clear(turn < 0 ? tr("Choose a turn to see why it was served as it was.") : QString());
        return;
    }
    const int number = m_turns->parent(index).isValid() ? index.row() + 1 : 1;
    m_detail->showRequest(*request, m_turns->turn(turn).row, number);
}

void SessionsPage::reveal(const QString& what) {
    if (what.startsWith(QLatin1StringView("session:"))) {
        const std::string session = what.mid(8).toStdString();
        const QModelIndex index = m_sessions->indexOf(session);
        if (index.isValid())
            m_list->setCurrentIndex(index);
        else
            choose(session);
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
    const QModelIndex index = m_sessions->indexOf(session);
    if (session == m_session && m_sessionShown)
        revealNow();
    else if (index.isValid())
        m_list->setCurrentIndex(index);
    else
        choose(session); // not in the part of the list that is here
}

void SessionsPage::revealNow() {
    const QModelIndex turn = m_turns->indexOf(m_reveal->turn);
    if (!turn.isValid()) {
        m_reveal.reset();
        return;
    }
    if (!m_turns->isLoaded(turn.row())) {
        m_table->setCurrentIndex(turn);
        m_turns->fetchMore(turn); // comes back here
        return;
    }
    const QModelIndex request = m_turns->indexOf(m_reveal->request);
    m_reveal.reset();
    m_table->expand(turn);
    m_table->setCurrentIndex(request.isValid() ? request : turn);
    m_table->scrollTo(m_table->currentIndex());
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
    if (m_sessions->rowCount() == 0)
        askList();
    else
        refreshList();
    askSession();
}

} // namespace tierdeck::ui
