#include "ui/spend/requests_panel.h"

#include "ui/shell/actions.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/panel.h"
#include "ui/shell/style.h"
#include "ui/shell/theme.h"
#include "ui/spend/spend_values.h"
#include "ui/spend/table_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

namespace tierdeck::ui {

namespace {

constexpr int requestsAPage = 200;
constexpr int tierColumn = 1;

} // namespace

RequestsPanel::RequestsPanel(Theme& theme, StoreWorker& store, QWidget* parent)
    : QWidget(parent)
    , m_store(store)
    , m_title(new ElidedLabel(this))
    , m_sums(new QLabel(this))
    , m_back(new QToolButton(this))
    , m_panel(
          new TablePanel(theme, QStringLiteral("spendRequests"), tr("Requests behind the number"), this)) {
    m_back->setObjectName(QStringLiteral("spendBack"));
    m_back->setText(tr("Back to spending"));
    m_back->setToolTip(tr("Back to spending (Esc)"));
    m_back->setProperty(Style::link, true);
    m_title->setObjectName(QStringLiteral("spendRequestsTitle"));
    m_title->setFont(Theme::sectionTitleFont());
    m_sums->setObjectName(QStringLiteral("spendRequestsSums"));
    m_sums->setForegroundRole(QPalette::PlaceholderText);
    auto* exportButton = new QToolButton(this);
    exportButton->setObjectName(QStringLiteral("spendRequestsExport"));
    exportButton->setText(tr("Export CSV …"));
    exportButton->setToolTip(
        tr("Save the requests that are listed as a CSV file (%1)")
            .arg(actions::info(ActionId::ExportSpend).keys.constFirst().toString(QKeySequence::NativeText)));
    m_panel->setChipColumn(tierColumn);

    auto* header = new QHBoxLayout;
    header->setSpacing(Theme::padding);
    header->addWidget(m_back);
    header->addWidget(m_title);
    header->addWidget(m_sums);
    header->addStretch(1);
    header->addWidget(exportButton);
    auto* frame = new Panel(theme, this);
    frame->setContent(m_panel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, Theme::padding);
    column->setSpacing(Theme::paddingSmall);
    column->addLayout(header);
    column->addWidget(frame, 1);

    connect(m_back, &QToolButton::clicked, this, &RequestsPanel::closeWanted);
    connect(exportButton, &QToolButton::clicked, this, &RequestsPanel::exportWanted);
    connect(m_panel, &TablePanel::activated, this,
            [this](const QString& key) { Q_EMIT requestWanted(RequestId(key.toLongLong())); });
    connect(&m_panel->model(), &SpendTableModel::moreWanted, this, &RequestsPanel::askMore);
}

void RequestsPanel::begin(const QString& title, const std::string& timeZone) {
    m_title->setText(title);
    m_sums->clear();
    m_timeZone = timeZone;
    m_next.clear();
    m_begun = false;
    m_panel->model().setMore(false);
    m_panel->setTable(spend::requestTable({}, timeZone));
}

void RequestsPanel::showRequests(const QString& title, sessions::Filter filter, const std::string& timeZone) {
    begin(title, timeZone);
    m_filter = std::move(filter);
    askMore();
}

void RequestsPanel::showRequests(const QString& title, std::vector<RequestId> ids,
                                 const std::string& timeZone) {
    begin(title, timeZone);
    m_store.requestsByIds(m_asker, std::move(ids), [this](const auto& list) { take(list); });
}

void RequestsPanel::askMore() {
    m_store.requestPage(m_asker, m_filter, requestsAPage, m_next, [this](const auto& list) { take(list); });
}

void RequestsPanel::take(const Result<RequestList>& list) {
    if (!list) {
        m_panel->model().setMore(false);
        if (list.error().code != ErrorCode::Cancelled)
            Q_EMIT failed(QString::fromStdString(list.error().message));
        return;
    }
    if (list->totals)
        m_sums->setText(spend::sumsOf(*list->totals));
    m_panel->model().append(spend::requestTable(list->page.rows, m_timeZone).rows);
    m_next = list->page.next;
    m_panel->model().setMore(!m_next.empty());
    if (!std::exchange(m_begun, true) && m_panel->model().rowCount() > 0)
        m_panel->view().setCurrentIndex(m_panel->model().index(0, 0));
}

void RequestsPanel::focusList() {
    m_panel->view().setFocus(Qt::OtherFocusReason);
}

const SpendTable& RequestsPanel::table() const {
    return m_panel->model().table();
}

QString RequestsPanel::title() const {
    return m_title->text();
}

QString RequestsPanel::sums() const {
    return m_sums->text();
}

} // namespace tierdeck::ui
