#include "ui/spend/spend_page.h"

#include "ui/backend/file_saver.h"
#include "ui/charts/heat_map.h"
#include "ui/charts/spend_chart.h"
#include "ui/shell/actions.h"
#include "ui/shell/flow_layout.h"
#include "ui/shell/panel.h"
#include "ui/shell/style.h"
#include "ui/shell/text_format.h"
#include "ui/spend/number_card.h"
#include "ui/spend/requests_panel.h"
#include "ui/spend/spend_text.h"
#include "ui/spend/spend_values.h"
#include "ui/spend/table_panel.h"

#include <QAction>
#include <QBuffer>
#include <QButtonGroup>
#include <QComboBox>
#include <QDateEdit>
#include <QEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QImage>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace tierdeck::ui {

namespace {

using sessions::Dimension;
using sessions::Period;
using sessions::RangeKind;

/// News are followed so that counting takes at most a tenth of a core.
constexpr int quickestFollowMs = 1000;
constexpr int followFactor = 10;
constexpr int mostBreakdownRows = 8;
constexpr int narrowCharacters = 120;
constexpr double pictureScale = 2;

QComboBox* dimensionChoice(const QString& name, const QString& accessible, Dimension chosen,
                           QWidget* parent) {
    auto* box = new QComboBox(parent);
    box->setObjectName(name);
    box->setAccessibleName(accessible);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    for (const Dimension dimension : spend::dimensions) {
        box->addItem(spend::dimensionName(dimension), static_cast<int>(dimension));
        if (dimension == chosen)
            box->setCurrentIndex(box->count() - 1);
    }
    return box;
}

Dimension dimensionOf(const QComboBox& box) {
    return static_cast<Dimension>(box.currentData().toInt());
}

/// Whether two zones had and will have the same clock: under whatever names.
bool showTheSame(const QTimeZone& a, const QTimeZone& b, const QDateTime& now) {
    for (int month = -12; month <= 12; ++month) {
        const QDateTime then = now.addMonths(month);
        if (a.offsetFromUtc(then) != b.offsetFromUtc(then))
            return false;
    }
    return true;
}

void chooseData(QComboBox& box, const QVariant& data) {
    if (const int at = box.findData(data); at >= 0)
        box.setCurrentIndex(at);
}

} // namespace

SpendPage::SpendPage(Theme& theme, StoreWorker& store, GatewayController& gateway, const Clock& clock,
                     SpendQuestion::PolicyNow policy, QWidget* parent)
    : Page(theme, QStringLiteral("spend"), tr("Spend"), QStringLiteral("spend"), parent)
    , m_store(store)
    , m_gateway(gateway)
    , m_clock(clock)
    , m_policy(std::move(policy)) {
    makeHeaderTools();
    setContent(makeContent());
    m_newsDelay.setSingleShot(true);
    connect(&m_newsDelay, &QTimer::timeout, this, [this] {
        if (isVisible())
            askAgain();
        else
            m_dirty = true;
    });
    connect(&m_store, &StoreWorker::news, this, &SpendPage::onNews);
    connect(&m_store, &StoreWorker::stateChanged, this, [this] {
        if (m_store.state() != StoreWorker::State::Ready)
            askAgain();
    });
    connect(&m_gateway, &GatewayController::changed, this, [this] {
        if (states().state() == PageState::State::Empty && (!m_snapshot || m_snapshot->storeIsEmpty))
            showNothing(true);
    });
    connect(actions::make(ActionId::ToggleSpendTable, this), &QAction::triggered, this,
            &SpendPage::toggleChartTable);
    connect(actions::make(ActionId::ExportSpend, this), &QAction::triggered, this, [this] {
        if (m_stack->currentWidget() == m_requests)
            exportTable(m_requests->table(), QStringLiteral("requests"));
        else
            m_export->menu()->popup(m_export->mapToGlobal(QPoint(0, m_export->height())));
    });
    askAgain();
}

SpendPage::~SpendPage() = default;

// --- Building ---

void SpendPage::makeHeaderTools() {
    m_range = new QComboBox(this);
    m_range->setObjectName(QStringLiteral("spendRange"));
    m_range->setAccessibleName(tr("Range"));
    m_range->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    for (const RangeKind range : spend::ranges)
        m_range->addItem(spend::rangeName(range), static_cast<int>(range));
    chooseData(*m_range, static_cast<int>(RangeKind::Last30Days));
    const QDate today = text::local(m_clock.now()).date();
    const auto date = [this](const QString& name, const QString& accessible, const QDate& value) {
        auto* edit = new QDateEdit(value, this);
        edit->setObjectName(name);
        edit->setAccessibleName(accessible);
        edit->setToolTip(accessible);
        edit->setCalendarPopup(true);
        edit->setKeyboardTracking(false);
        edit->hide();
        connect(edit, &QDateEdit::dateChanged, this, &SpendPage::askAgain);
        return edit;
    };
    m_first = date(QStringLiteral("spendFirst"), tr("First day"), today.addDays(-29));
    m_last = date(QStringLiteral("spendLast"), tr("Last day"), today);
    m_zone = new QComboBox(this);
    m_zone->setObjectName(QStringLiteral("spendZone"));
    m_zone->setAccessibleName(tr("Time zone of the days"));
    m_zone->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_zone->setToolTip(tr("Whose days are counted. Other zones than the store's own for at most 92 days."));
    m_zone->hide();
    setRangeWidget(m_zone);
    setRangeWidget(m_first);
    setRangeWidget(m_last);
    setRangeWidget(m_range);
    connect(m_range, &QComboBox::currentIndexChanged, this, [this] {
        const bool custom = m_range->currentData().toInt() == static_cast<int>(RangeKind::Custom);
        m_first->setVisible(custom);
        m_last->setVisible(custom);
        askAgain();
    });
    connect(m_zone, &QComboBox::currentIndexChanged, this, &SpendPage::askAgain);
}

QWidget* SpendPage::framed(QWidget* content) {
    auto* panel = new Panel(theme(), this);
    panel->setContent(content);
    return panel;
}

QWidget* SpendPage::makeContent() {
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(0, 0, 0, Theme::padding);
    column->setSpacing(Theme::padding);

    m_filters = new QWidget(inside);
    m_filterRow = new FlowLayout(m_filters);
    m_filterRow->setContentsMargins(0, 0, 0, 0);
    m_filterRow->setSpacing(Theme::paddingSmall);
    m_filters->hide();
    column->addWidget(m_filters);

    m_cardGrid = new QGridLayout;
    m_cardGrid->setSpacing(Theme::padding);
    const std::array names{"spendCardSpent", "spendCardForecast", "spendCardSaved", "spendCardCache"};
    for (std::size_t i = 0; i < m_cards.size(); ++i) {
        m_cards.at(i) = new NumberCard(theme(), inside);
        m_cards.at(i)->setObjectName(QLatin1StringView(names.at(i)));
    }
    connect(m_cards[Spent], &QAbstractButton::clicked, this,
            [this] { openRequests(rangeWords(), filterNow()); });
    connect(m_cards[Forecast], &QAbstractButton::clicked, this, &SpendPage::showMonth);
    connect(m_cards[Saved], &QAbstractButton::clicked, this, &SpendPage::chooseBaseline);
    connect(m_cards[Cache], &QAbstractButton::clicked, this,
            [this] { openRequests(rangeWords(), filterNow()); });
    column->addLayout(m_cardGrid);

    m_notes = new QWidget(inside);
    m_notes->setObjectName(QStringLiteral("spendNotes"));
    m_noteRow = new FlowLayout(m_notes);
    m_noteRow->setContentsMargins(Theme::grid, 0, 0, 0); // their words stand under the cards'
    m_noteRow->setSpacing(Theme::paddingSmall);
    m_notes->hide();
    column->addWidget(m_notes);

    column->addWidget(framed(makeChartPanel()));

    m_grid = new QGridLayout;
    m_grid->setSpacing(Theme::padding);
    m_panels[0] = makeBreakdown(0);
    m_panels[1] = makeBreakdown(1);
    auto* heatColumn = new QWidget(inside);
    auto* heatLayout = new QVBoxLayout(heatColumn);
    heatLayout->setContentsMargins(0, Theme::paddingSmall, 0, Theme::grid);
    auto* heatTitle = new QLabel(tr("Day by day"), heatColumn);
    heatTitle->setFont(Theme::sectionTitleFont());
    heatTitle->setContentsMargins(Theme::padding, 0, Theme::padding, 0);
    m_heat = new HeatMap(theme(), heatColumn);
    m_heat->setObjectName(QStringLiteral("spendHeat"));
    heatLayout->addWidget(heatTitle, 0, Qt::AlignLeft); // where lines begin, whatever way they go
    heatLayout->addWidget(m_heat, 1);
    connect(m_heat, &HeatMap::activated, this, &SpendPage::openDay);
    connect(m_heat, &HeatMap::monthActivated, this, &SpendPage::showCalendarMonth);
    m_panels[2] = framed(heatColumn);
    m_sessions = new TablePanel(theme(), QStringLiteral("spendSessions"), tr("The dearest sessions"), inside);
    m_sessions->setTitle(tr("Dearest sessions"));
    m_sessions->view().setItemDelegateForColumn(3, new TierChipDelegate(theme(), m_sessions));
    m_sessions->setMostRows(SpendSnapshot::topSessions);
    m_sessions->setLinkColumn(0);
    m_sessions->view().setToolTip(tr("Press Enter or double-click for the session's dearest turn, and why"));
    const auto openSession = [this](const QString& session) { // where its money went
        Q_EMIT pageWanted(QStringLiteral("sessions"), QStringLiteral("dearest:") + session);
    };
    connect(m_sessions, &TablePanel::linkActivated, this, openSession);
    connect(m_sessions, &TablePanel::activated, this, openSession);
    m_panels[3] = framed(m_sessions);
    column->addLayout(m_grid);
    column->addStretch(1);

    m_scroll = new QScrollArea(this);
    m_scroll->setObjectName(QStringLiteral("spendScroll"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(inside);
    m_scroll->viewport()->setAutoFillBackground(false);
    inside->setAutoFillBackground(false);
    m_scroll->viewport()->installEventFilter(this); // panels stand side by side where there is room

    m_requests = new RequestsPanel(theme(), m_store, this);
    connect(m_requests, &RequestsPanel::closeWanted, this, &SpendPage::closeRequests);
    connect(m_requests, &RequestsPanel::requestWanted, this, [this](RequestId request) {
        Q_EMIT pageWanted(QStringLiteral("sessions"), QStringLiteral("request:%1").arg(request.value));
    });
    connect(m_requests, &RequestsPanel::exportWanted, this,
            [this] { exportTable(m_requests->table(), QStringLiteral("requests")); });
    connect(m_requests, &RequestsPanel::failed, this,
            [this](const QString& problem) { banner().tell(Banner::Severity::Error, problem); });

    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_scroll);
    m_stack->addWidget(m_requests);
    arrange();
    return m_stack;
}

QWidget* SpendPage::makeChartPanel() {
    auto* panel = new QWidget(this);
    m_stackBy = dimensionChoice(QStringLiteral("spendStackBy"), tr("Stacked by"), Dimension::Tier, panel);
    m_period = new QComboBox(panel);
    m_period->setObjectName(QStringLiteral("spendPeriod"));
    m_period->setAccessibleName(tr("Period of a bar"));
    m_period->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_period->addItem(tr("automatic"), -1);
    for (const Period period : {Period::Hour, Period::Day, Period::Week, Period::Month})
        m_period->addItem(spend::periodName(period), static_cast<int>(period));
    m_views = new QButtonGroup(panel);
    m_chartHeader = new QBoxLayout(QBoxLayout::LeftToRight);
    m_chartHeader->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, 0);
    m_chartHeader->setSpacing(Theme::paddingSmall);
    auto* choices = new QHBoxLayout;
    auto* views = new QHBoxLayout;
    for (QHBoxLayout* part : {choices, views})
        part->setSpacing(Theme::paddingSmall);
    m_chartHeader->addLayout(choices);
    m_chartHeader->addStretch(1);
    m_chartHeader->addLayout(views);
    const auto label = [panel](const QString& words, QWidget* buddy) {
        auto* text = new QLabel(words, panel);
        text->setBuddy(buddy);
        return text;
    };
    choices->addWidget(label(tr("Stacked b&y"), m_stackBy));
    choices->addWidget(m_stackBy);
    choices->addWidget(label(tr("&per"), m_period));
    choices->addWidget(m_period);
    choices->addStretch(1);
    const auto view = [&](const QString& words, const QString& tip, SpendChart::View which,
                          const char* name) {
        auto* button = new QToolButton(panel);
        button->setObjectName(QLatin1StringView(name));
        button->setText(words);
        button->setToolTip(tip);
        button->setCheckable(true);
        m_views->addButton(button, static_cast<int>(which));
        views->addWidget(button);
    };
    view(tr("&Bars"), tr("What each period cost"), SpendChart::View::Amounts, "spendViewAmounts");
    view(tr("S&um"), tr("Added up, with budget and forecast"), SpendChart::View::Cumulative,
         "spendViewCumulative");
    view(tr("Spl&it"), tr("Shares of each period: does the split drift?"), SpendChart::View::Shares,
         "spendViewShares");
    m_views->button(static_cast<int>(SpendChart::View::Amounts))->setChecked(true);
    m_asTable = new QToolButton(panel);
    m_asTable->setObjectName(QStringLiteral("spendAsTable"));
    m_asTable->setText(tr("&Table"));
    m_asTable->setToolTip(actions::tip(ActionId::ToggleSpendTable));
    m_asTable->setCheckable(true);
    views->addSpacing(Theme::paddingSmall);
    views->addWidget(m_asTable);
    m_export = new QToolButton(panel);
    m_export->setObjectName(QStringLiteral("spendExport"));
    m_export->setText(tr("&Export"));
    m_export->setToolTip(actions::tip(ActionId::ExportSpend));
    m_export->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_export);
    menu->setObjectName(QStringLiteral("spendExportMenu"));
    menu->addAction(tr("Table as &CSV …"), this,
                    [this] {
                        if (m_snapshot)
                            exportTable(spend::periodTable(*m_snapshot, m_shownBy), QStringLiteral("spend"));
                    })
        ->setObjectName(QStringLiteral("spendExportCsv"));
    menu->addAction(tr("Chart as &PNG …"), this, &SpendPage::exportPicture)
        ->setObjectName(QStringLiteral("spendExportPng"));
    m_export->setMenu(menu);
    views->addWidget(m_export);
    views->addStretch(1);

    m_chart = new SpendChart(theme(), panel);
    m_chart->setObjectName(QStringLiteral("spendChart"));
    m_periods = new TablePanel(theme(), QStringLiteral("spendTable"), tr("Spending by period"), panel);
    m_chartStack = new QStackedWidget(panel);
    m_chartStack->addWidget(m_chart);
    m_chartStack->addWidget(m_periods);
    m_chartStack->setMinimumHeight(m_chart->sizeHint().height());
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(0, 0, 0, Theme::grid);
    column->setSpacing(Theme::grid);
    column->addLayout(m_chartHeader);
    column->addWidget(m_chartStack, 1);

    connect(m_stackBy, &QComboBox::currentIndexChanged, this, &SpendPage::askAgain);
    connect(m_period, &QComboBox::currentIndexChanged, this, &SpendPage::askAgain);
    connect(m_views, &QButtonGroup::idClicked, this, [this](int which) {
        m_chart->setView(static_cast<SpendChart::View>(which));
        m_asTable->setChecked(false);
    });
    connect(m_asTable, &QToolButton::toggled, this,
            [this](bool table) { m_chartStack->setCurrentIndex(table ? 1 : 0); });
    connect(m_chart, &SpendChart::activated, this, &SpendPage::openColumn);
    connect(m_periods, &TablePanel::activated, this, [this] {
        openColumn(m_periods->view().currentIndex().row(),
                   std::max(-1, m_periods->view().currentIndex().column() - 4));
    });
    return panel;
}

QWidget* SpendPage::makeBreakdown(std::size_t which) {
    const QString number = QString::number(which + 1);
    auto* panel = new TablePanel(theme(), QStringLiteral("spendBreakdown") + number,
                                 which == 0 ? tr("First breakdown") : tr("Second breakdown"), this);
    m_breakdowns.at(which) = panel;
    m_breakdownBy.at(which) =
        dimensionChoice(QStringLiteral("spendBreakdownBy") + number,
                        which == 0 ? tr("First breakdown by") : tr("Second breakdown by"),
                        which == 0 ? Dimension::Tier : Dimension::Project, panel);
    panel->setTitle(tr("By"));
    panel->addLeading(m_breakdownBy.at(which));
    panel->setLinkColumn(0); // names narrow the page, numbers open what is behind them
    panel->setShareColumn(1);
    panel->setMostRows(mostBreakdownRows);
    panel->view().setToolTip(tr("Press Enter on a number or double-click it for the requests"));
    auto* only = new QToolButton(panel);
    only->setObjectName(QStringLiteral("spendOnly") + number);
    only->setText(tr("Only this"));
    only->setToolTip(tr("Count nothing but the chosen row, on the whole page; so does a click on its name"));
    only->setEnabled(false);
    auto* open = new QToolButton(panel);
    open->setObjectName(QStringLiteral("spendOpen") + number);
    open->setText(tr("Requests"));
    open->setToolTip(tr("List the requests of the chosen row"));
    open->setEnabled(false);
    panel->addTrailing(only);
    panel->addTrailing(open);
    connect(panel, &TablePanel::chosenChanged, this, [panel, only, open] {
        const bool chosen = panel->chosenKey().has_value();
        only->setEnabled(chosen);
        open->setEnabled(chosen);
    });
    connect(only, &QToolButton::clicked, this, [this, panel, which] {
        if (const auto key = panel->chosenKey())
            filterBy(m_shownBreakdowns.at(which), *key);
    });
    connect(panel, &TablePanel::linkActivated, this,
            [this, which](const QString& key) { filterBy(m_shownBreakdowns.at(which), key.toStdString()); });
    const auto openChosen = [this, panel, which] {
        if (const auto key = panel->chosenKey())
            openKey(m_shownBreakdowns.at(which), *key);
    };
    connect(open, &QToolButton::clicked, this, openChosen);
    connect(panel, &TablePanel::activated, this, openChosen);
    connect(m_breakdownBy.at(which), &QComboBox::currentIndexChanged, this, &SpendPage::askAgain);
    return framed(panel);
}

void SpendPage::arrange() {
    const int width = m_scroll->viewport()->width();
    const bool narrow = width < narrowCharacters * fontMetrics().averageCharWidth();
    const int cardsAcross = narrow ? 2 : CardCount;
    for (int i = 0; i < CardCount; ++i)
        m_cardGrid->addWidget(m_cards.at(static_cast<std::size_t>(i)), i / cardsAcross, i % cardsAcross);
    const int panelsAcross = narrow ? 1 : 2;
    for (int i = 0; i < static_cast<int>(m_panels.size()); ++i)
        m_grid->addWidget(m_panels.at(static_cast<std::size_t>(i)), i / panelsAcross, i % panelsAcross);
    for (int i = 0; i < 2; ++i)
        m_grid->setColumnStretch(i, i < panelsAcross ? 1 : 0);
    const QLayoutItem* choices = m_chartHeader->itemAt(0);
    const QLayoutItem* views = m_chartHeader->itemAt(m_chartHeader->count() - 1);
    const bool fits = choices->sizeHint().width() + views->sizeHint().width() + 4 * Theme::padding <= width;
    m_chartHeader->setDirection(fits ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

bool SpendPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_scroll->viewport() &&
        (event->type() == QEvent::Resize || event->type() == QEvent::FontChange))
        arrange();
    return Page::eventFilter(watched, event);
}

// --- Asking ---

SpendQuestion SpendPage::question() const {
    SpendQuestion question;
    question.range.kind = static_cast<RangeKind>(m_range->currentData().toInt());
    question.range.first = spend::dayOf(m_first->date());
    question.range.last = spend::dayOf(m_last->date());
    if (const int period = m_period->currentData().toInt(); period >= 0)
        question.period = static_cast<Period>(period);
    question.stackedBy = dimensionOf(*m_stackBy);
    question.breakdowns = {dimensionOf(*m_breakdownBy[0]), dimensionOf(*m_breakdownBy[1])};
    question.filter.exactly = m_only;
    question.timeZone = m_zone->currentData().toString().toStdString();
    question.baseline = m_baseline;
    question.policy = m_policy;
    return question;
}

void SpendPage::askAgain() {
    m_newsDelay.stop();
    m_dirty = false;
    if (!m_snapshot)
        states().showLoading(tr("Adding up …"));
    const SpendQuestion asked = question();
    m_store.spend(m_asker, asked, [this, asked](const Result<SpendSnapshot>& answer) {
        m_shownBy = asked.stackedBy;
        m_shownBreakdowns = asked.breakdowns;
        showAnswer(answer);
    });
}

void SpendPage::onNews() {
    if (!m_snapshot || m_snapshot->storeIsEmpty) {
        askAgain();
        return;
    }
    if (m_asker.isWaiting() || m_newsDelay.isActive())
        return;
    m_newsDelay.start(std::max(quickestFollowMs, static_cast<int>(m_snapshot->readMs) * followFactor));
}

void SpendPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (m_dirty)
        askAgain();
}

void SpendPage::showAnswer(const Result<SpendSnapshot>& answer) {
    if (!answer) {
        showFailure(answer.error());
        return;
    }
    m_snapshot = std::make_unique<SpendSnapshot>(*answer);
    if (m_snapshot->storeIsEmpty)
        showNothing(true);
    else if (m_snapshot->series.totals.requests == 0)
        showNothing(false);
    else
        showSnapshot();
    setReady();
}

void SpendPage::showFailure(const Error& error) {
    if (error.code == ErrorCode::Cancelled)
        return;
    if (m_store.state() == StoreWorker::State::Missing || error.code == ErrorCode::NotFound) {
        m_snapshot.reset();
        showNothing(true);
    } else if (error.code == ErrorCode::InvalidInput && m_snapshot) {
        banner().tell(Banner::Severity::Attention, QString::fromStdString(error.message));
    } else {
        m_snapshot.reset();
        states().showError(tr("The session store cannot be read"), QString::fromStdString(error.message),
                           {tr("Try again"), [this] { askAgain(); }});
    }
    setReady();
}

void SpendPage::showNothing(bool storeIsEmpty) {
    if (!storeIsEmpty) {
        PageState::NextStep next;
        if (!m_only.empty())
            next = {tr("Count everything"), [this] {
                        m_only.clear();
                        askAgain();
                    }};
        else
            next = {tr("Show all time"), [this] { chooseData(*m_range, static_cast<int>(RangeKind::All)); }};
        states().showEmpty(tr("Nothing was asked in this range"),
                           tr("%1 has no requests. Choose another range.").arg(rangeWords()), next);
        return;
    }
    const bool runs = m_gateway.state() == GatewayController::State::RunningHere ||
                      m_gateway.state() == GatewayController::State::RunningElsewhere;
    if (runs)
        states().showEmpty(tr("Nothing has been spent yet"),
                           tr("Point a client at %1. What its requests cost shows up here at once.")
                               .arg(m_gateway.address()));
    else
        states().showEmpty(tr("Nothing has been spent yet"),
                           tr("Start the gateway and point a client at it. What its requests cost shows up "
                              "here at once."),
                           {tr("Start gateway"), [this] { m_gateway.start(); }});
}

// --- Showing ---

QString SpendPage::rangeWords() const {
    const auto kind = static_cast<RangeKind>(m_range->currentData().toInt());
    if (kind != RangeKind::Custom)
        return m_range->currentText();
    const QLocale locale;
    const QDate first = std::min(m_first->date(), m_last->date());
    if (first.day() == 1 && std::max(m_first->date(), m_last->date()) == first.addMonths(1).addDays(-1))
        return text::date(first, text::DateForm::Month);
    return tr("%1 to %2")
        .arg(locale.toString(std::min(m_first->date(), m_last->date()), QLocale::ShortFormat),
             locale.toString(std::max(m_first->date(), m_last->date()), QLocale::ShortFormat));
}

void SpendPage::showSnapshot() {
    const SpendSnapshot& snapshot = *m_snapshot;
    if (m_zone->count() == 0) { // the store's, this machine's, UTC: each once
        m_storeZone = snapshot.timeZone;
        const QSignalBlocker quiet(m_zone);
        m_zone->addItem(tr("%1 (the store's)").arg(QString::fromStdString(m_storeZone)), QString());
        const QDateTime now = text::local(snapshot.now);
        QList<QTimeZone> known{spend::zoneOf(m_storeZone)};
        for (const QTimeZone& zone : {QTimeZone::systemTimeZone(), QTimeZone::utc()}) {
            if (std::any_of(known.begin(), known.end(),
                            [&](const QTimeZone& other) { return showTheSame(zone, other, now); }))
                continue;
            known.append(zone);
            m_zone->addItem(QString::fromUtf8(zone.id()), QString::fromUtf8(zone.id()));
        }
        m_zone->setVisible(m_zone->count() > 1);
    }
    setSubtitle(tr("days in %1").arg(text::zoneName(snapshot.now, spend::zoneOf(snapshot.timeZone))));
    showPeriods();
    showFilters();
    showCards();
    showNotes();
    m_chart->setData(spend::chartOf(snapshot, m_shownBy));
    m_periods->setTable(spend::periodTable(snapshot, m_shownBy));
    for (std::size_t i = 0; i < m_breakdowns.size(); ++i)
        m_breakdowns.at(i)->setTable(
            spend::breakdownTable(snapshot.breakdowns.at(i), m_shownBreakdowns.at(i)));
    m_heat->setDays(spend::heatDaysOf(snapshot));
    m_sessions->setTable(spend::sessionTable(snapshot.dearest, snapshot.now));
    states().showContent();
}

void SpendPage::showPeriods() {
    // What would give one bar or a thousand cannot be chosen.
    for (int i = 1; i < m_period->count(); ++i) {
        const auto period = static_cast<Period>(m_period->itemData(i).toInt());
        const auto& suitable = m_snapshot->suitable;
        const bool fits = std::find(suitable.begin(), suitable.end(), period) != suitable.end();
        m_period->setItemData(i, fits ? QVariant() : QVariant(0), Qt::UserRole - 1); // the item's flags
    }
    m_period->setItemText(0, tr("%1 (automatic)").arg(spend::periodName(m_snapshot->period)));
    arrange(); // these words may need more room
}

void SpendPage::showFilters() {
    while (QLayoutItem* item = m_filterRow->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (std::size_t i = 0; i < m_only.size(); ++i) {
        const auto& [dimension, key] = m_only.at(i);
        auto* chip = new QToolButton(m_filters);
        chip->setObjectName(QStringLiteral("spendOnlyChip%1").arg(i));
        chip->setText(tr("%1: %2").arg(spend::dimensionName(dimension), spend::valueName(dimension, key)));
        chip->setIcon(theme().icon(QStringLiteral("close")));
        chip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        chip->setProperty(Style::chip, true);
        chip->setToolTip(tr("Count the others, too"));
        connect(
            chip, &QToolButton::clicked, this,
            [this, i] {
                m_only.erase(m_only.begin() + static_cast<std::ptrdiff_t>(i));
                askAgain();
            },
            Qt::QueuedConnection);
        m_filterRow->addWidget(chip);
    }
    m_filters->setVisible(!m_only.empty());
}

void SpendPage::showCards() {
    m_cards[Spent]->setText(spend::spentCard(*m_snapshot, rangeWords()));
    m_cards[Forecast]->setText(spend::forecastCard(*m_snapshot));
    m_cards[Saved]->setText(spend::savedCard(*m_snapshot));
    m_cards[Cache]->setText(spend::cacheCard(*m_snapshot));
}

void SpendPage::showNotes() {
    while (QLayoutItem* item = m_noteRow->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto note = [this](const char* name, const QString& words, const QString& tip, auto open) {
        auto* button = new QToolButton(m_notes);
        button->setObjectName(QLatin1StringView(name));
        button->setText(words);
        button->setToolTip(tip);
        button->setAutoRaise(true);
        button->setProperty(Style::link, true);
        connect(button, &QToolButton::clicked, this, open, Qt::QueuedConnection);
        m_noteRow->addWidget(button);
    };
    const SpendSnapshot& snapshot = *m_snapshot;
    const sessions::Totals& totals = snapshot.series.totals;
    if (totals.unpricedRequests > 0) {
        const QString words = tr("%1 unpriced (%2 of the requests)")
                                  .arg(text::count(totals.unpricedRequests),
                                       text::percent(static_cast<double>(totals.unpricedRequests) /
                                                     static_cast<double>(totals.requests)));
        note("spendNoteUnpriced", words, tr("Their models have no price: what they cost is not in any sum"),
             [this] {
                 sessions::Filter filter = filterNow();
                 filter.unpriced = true;
                 openRequests(tr("Unpriced · %1").arg(rangeWords()), filter);
             });
    }
    if (totals.simulatedRequests > 0)
        note("spendNoteSimulated", tr("%1 simulated").arg(text::count(totals.simulatedRequests)),
             tr("Answered by the simulated provider, which costs nothing"), [this] {
                 sessions::Filter filter = filterNow();
                 filter.exactly.emplace_back(Dimension::Provider, "sim");
                 openRequests(tr("Simulated · %1").arg(rangeWords()), filter);
             });
    for (const auto& [tier, count] : snapshot.promotions.wanted)
        note("spendNotePromotions",
             (snapshot.promotions.all ? tr("%1 wanted %2, which is not set")
                                      : tr("%1 or more wanted %2, which is not set"))
                 .arg(text::count(count), QString::fromStdString(tier)),
             snapshot.promotions.all
                 ? tr("Promotions that a lower tier's model had to serve")
                 : tr("Promotions that a lower tier's model had to serve; the newest %1 were counted")
                       .arg(text::count(snapshot.promotions.looked)),
             [this] {
                 m_requests->showRequests(tr("Promotions to a tier that is not set"),
                                          m_snapshot->promotions.requests, m_snapshot->timeZone);
                 m_stack->setCurrentWidget(m_requests);
                 m_requests->focusList();
             });
    const auto labelled = [&](const char* name, const std::vector<RequestId>& ids, const QString& words) {
        if (ids.empty())
            return;
        note(name, words,
             tr("Of %1 labelled requests in this range").arg(text::count(snapshot.labels.labels)),
             [this, ids, words] {
                 m_requests->showRequests(words, ids, m_snapshot->timeZone);
                 m_stack->setCurrentWidget(m_requests);
                 m_requests->focusList();
             });
    };
    labelled("spendNoteOver", snapshot.labels.overRouted,
             tr("%1 labelled as routed too high")
                 .arg(text::count(static_cast<std::int64_t>(snapshot.labels.overRouted.size()))));
    labelled("spendNoteUnder", snapshot.labels.underRouted,
             tr("%1 labelled as routed too low")
                 .arg(text::count(static_cast<std::int64_t>(snapshot.labels.underRouted.size()))));
    m_notes->setVisible(m_noteRow->count() > 0);
}

void SpendPage::toggleChartTable() {
    m_asTable->setChecked(!m_asTable->isChecked());
    if (m_asTable->isChecked())
        m_periods->view().setFocus(Qt::ShortcutFocusReason);
    else
        m_chart->setFocus(Qt::ShortcutFocusReason);
}

// --- Opening what is behind ---

sessions::Filter SpendPage::filterNow() const {
    sessions::Filter filter;
    filter.exactly = m_only;
    if (m_snapshot) {
        filter.since = m_snapshot->range.since;
        filter.until = m_snapshot->range.until;
    }
    return filter;
}

void SpendPage::openRequests(const QString& title, const sessions::Filter& filter) {
    if (!m_snapshot)
        return;
    m_requests->showRequests(title, filter, m_snapshot->timeZone);
    m_stack->setCurrentWidget(m_requests);
    m_requests->focusList();
}

void SpendPage::openColumn(qsizetype column, qsizetype series) {
    if (!m_snapshot || column < 0 || column >= static_cast<qsizetype>(m_snapshot->periods.size()))
        return;
    const sessions::NamedPeriod& period = m_snapshot->periods.at(static_cast<std::size_t>(column));
    sessions::Filter filter = filterNow();
    filter.since = period.from;
    filter.until = period.until;
    QString title = m_chart->values().columns.at(column).title;
    if (series >= 0 && series < m_chart->values().series.size() &&
        !m_chart->values().series.at(series).isRest) {
        const SpendChartData::Series& one = m_chart->values().series.at(series);
        filter.exactly.emplace_back(m_shownBy, one.key.toStdString());
        title = one.name + QStringLiteral(" · ") + title;
    }
    openRequests(title, filter);
}

void SpendPage::openDay(qsizetype day) {
    const sessions::NamedPeriod& period = m_snapshot->heatDays.at(static_cast<std::size_t>(day));
    sessions::Filter filter = filterNow();
    filter.since = period.from;
    filter.until = period.until;
    openRequests(text::date(m_heat->days().at(day).date, text::DateForm::Weekday), filter);
}

void SpendPage::openKey(Dimension dimension, const std::string& key) {
    sessions::Filter filter = filterNow();
    filter.exactly.emplace_back(dimension, key);
    openRequests(spend::valueName(dimension, key) + QStringLiteral(" · ") + rangeWords(), filter);
}

void SpendPage::filterBy(Dimension dimension, const std::string& key) {
    const std::pair only(dimension, key);
    if (std::find(m_only.begin(), m_only.end(), only) != m_only.end())
        return;
    m_only.push_back(only);
    askAgain();
}

void SpendPage::chooseBaseline() {
    if (!m_snapshot || m_snapshot->baselines.empty())
        return;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("spendBaselines"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addSection(tr("What if all had run on …"));
    QAction* strongest = menu->addAction(tr("The dearest of these"));
    strongest->setObjectName(QStringLiteral("spendStrongest"));
    strongest->setCheckable(true);
    strongest->setChecked(m_baseline.empty());
    connect(strongest, &QAction::triggered, this, [this] {
        m_baseline.clear();
        askAgain();
    });
    for (const std::string& model : m_snapshot->baselines) {
        QAction* action = menu->addAction(QString::fromStdString(model));
        action->setCheckable(true);
        action->setChecked(model == m_baseline);
        connect(action, &QAction::triggered, this, [this, model] {
            m_baseline = model;
            askAgain();
        });
    }
    menu->popup(m_cards[Saved]->mapToGlobal(QPoint(0, m_cards[Saved]->height())));
}

void SpendPage::showMonth() {
    m_views->button(static_cast<int>(SpendChart::View::Cumulative))->click();
    chooseData(*m_range, static_cast<int>(RangeKind::ThisMonth));
    m_chart->setFocus(Qt::OtherFocusReason);
}

void SpendPage::showCalendarMonth(const QDate& first) {
    const QDate today = text::local(m_snapshot->now, spend::zoneOf(m_snapshot->timeZone)).date();
    const QDate thisMonth(today.year(), today.month(), 1);
    if (first == thisMonth) {
        chooseData(*m_range, static_cast<int>(RangeKind::ThisMonth));
    } else if (first == thisMonth.addMonths(-1)) {
        chooseData(*m_range, static_cast<int>(RangeKind::LastMonth));
    } else {
        {
            const QSignalBlocker quietFirst(m_first);
            const QSignalBlocker quietLast(m_last);
            m_first->setDate(first);
            m_last->setDate(first.addMonths(1).addDays(-1));
        }
        chooseData(*m_range, static_cast<int>(RangeKind::Custom));
        askAgain(); // where other days of one's own were shown
    }
}

void SpendPage::closeRequests() {
    m_stack->setCurrentWidget(m_scroll);
    focusContent();
}

void SpendPage::focusContent() {
    if (states().state() != PageState::State::Content)
        Page::focusContent();
    else if (m_stack->currentWidget() == m_requests)
        m_requests->focusList();
    else if (m_asTable->isChecked())
        m_periods->view().setFocus(Qt::OtherFocusReason);
    else
        m_chart->setFocus(Qt::OtherFocusReason);
}

void SpendPage::focusFilter() {
    m_range->setFocus(Qt::ShortcutFocusReason);
}

bool SpendPage::closeInnermost() {
    if (Page::closeInnermost())
        return true;
    if (m_stack->currentWidget() == m_requests) {
        closeRequests();
        return true;
    }
    if (!m_only.empty()) {
        m_only.pop_back();
        askAgain();
        return true;
    }
    return false;
}

// --- Keeping and exporting ---

void SpendPage::setPatterns(bool patterns) {
    m_chart->setPatterns(patterns);
}

void SpendPage::saveLayout(QSettings& settings) const {
    settings.setValue(QStringLiteral("spend/range"), m_range->currentData());
    settings.setValue(QStringLiteral("spend/stackedBy"), m_stackBy->currentData());
    settings.setValue(QStringLiteral("spend/breakdown1"), m_breakdownBy[0]->currentData());
    settings.setValue(QStringLiteral("spend/breakdown2"), m_breakdownBy[1]->currentData());
    settings.setValue(QStringLiteral("spend/baseline"), QString::fromStdString(m_baseline));
}

void SpendPage::restoreLayout(QSettings& settings) {
    const auto restore = [&settings](QComboBox& box, const QString& key) {
        bool known = false;
        const int value = settings.value(key).toInt(&known);
        if (known && value != static_cast<int>(RangeKind::Custom))
            chooseData(box, value);
        else if (known && key != QStringLiteral("spend/range"))
            chooseData(box, value);
    };
    restore(*m_range, QStringLiteral("spend/range"));
    restore(*m_stackBy, QStringLiteral("spend/stackedBy"));
    restore(*m_breakdownBy[0], QStringLiteral("spend/breakdown1"));
    restore(*m_breakdownBy[1], QStringLiteral("spend/breakdown2"));
    m_baseline = settings.value(QStringLiteral("spend/baseline")).toString().toStdString();
    askAgain();
}

void SpendPage::setAskPath(std::function<QString(const QString&)> ask) {
    m_askPath = std::move(ask);
}

QString SpendPage::pathFor(const QString& name, const QString& suffix) {
    const QString suggested = QStringLiteral("tierdeck-%1-%2.%3")
                                  .arg(name, text::local(m_clock.now()).date().toString(Qt::ISODate), suffix);
    if (m_askPath)
        return m_askPath(suggested);
    return QFileDialog::getSaveFileName(this, tr("Export"), suggested,
                                        suffix == QStringLiteral("csv") ? tr("CSV files (*.csv)")
                                                                        : tr("PNG pictures (*.png)"));
}

void SpendPage::exportTable(const SpendTable& table, const QString& name) {
    const QString path = pathFor(name, QStringLiteral("csv"));
    if (path.isEmpty())
        return;
    saveFile(
        this, path, [table] { return table.csv(); },
        [this, path](const QString& problem) {
            if (problem.isEmpty())
                banner().tell(Banner::Severity::Information, tr("Saved %1.").arg(path));
            else
                banner().tell(Banner::Severity::Error, problem);
        });
}

void SpendPage::exportPicture() {
    const QString path = pathFor(QStringLiteral("spend"), QStringLiteral("png"));
    if (path.isEmpty())
        return;
    QImage image(m_chart->size() * pictureScale, QImage::Format_RGB32);
    image.setDevicePixelRatio(pictureScale);
    image.fill(theme().colour(Theme::Role::Surface));
    QPainter painter(&image);
    m_chart->render(&painter);
    painter.end();
    saveFile(
        this, path,
        [image] {
            QByteArray bytes;
            QBuffer buffer(&bytes);
            buffer.open(QIODevice::WriteOnly);
            image.save(&buffer, "PNG");
            return bytes;
        },
        [this, path](const QString& problem) {
            if (problem.isEmpty())
                banner().tell(Banner::Severity::Information, tr("Saved %1.").arg(path));
            else
                banner().tell(Banner::Severity::Error, problem);
        });
}

} // namespace tierdeck::ui
