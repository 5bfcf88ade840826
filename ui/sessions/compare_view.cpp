#include "ui/sessions/compare_view.h"

#include "ui/charts/compare_chart.h"
#include "ui/sessions/turn_cell_delegate.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/theme.h"

#include <QHeaderView>
#include <QLabel>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace tierdeck::ui {

namespace {

CompareLine lineOf(const CompareSide& side, TurnChartData::Measure measure) {
    CompareLine line{side.title, {}};
    std::int64_t sum = 0;
    for (const TurnSnapshot& turn : side.turns) {
        sum += measure == TurnChartData::Measure::Cost ? turn.row.totals.cost.value
                                                       : turn.row.totals.usage.total();
        line.sums.append(sum);
    }
    return line;
}

} // namespace

CompareView::CompareView(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(new ElidedLabel(this))
    , m_hint(new QLabel(this))
    , m_chart(new CompareChart(theme, this))
    , m_table(new QTreeView(this))
    , m_model(new CompareModel(this)) {
    setObjectName(QStringLiteral("compareView"));
    m_title->setFont(Theme::sectionTitleFont());
    m_title->setObjectName(QStringLiteral("compareTitle"));
    auto* close = new QToolButton(this);
    close->setObjectName(QStringLiteral("compareClose"));
    close->setText(tr("End comparison"));
    close->setToolTip(tr("Back to the chosen session (Esc)"));
    close->setFocusPolicy(Qt::StrongFocus);
    connect(close, &QToolButton::clicked, this, &CompareView::closeWanted);
    auto* header = new QHBoxLayout;
    header->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::padding, Theme::grid);
    header->addWidget(m_title, 1);
    header->addWidget(close);
    m_hint->setObjectName(QStringLiteral("compareHint"));
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_table->setObjectName(QStringLiteral("compareTable"));
    m_table->setAccessibleName(tr("Both sessions, measure by measure"));
    m_table->setModel(m_model);
    m_table->setItemDelegate(new TurnCellDelegate(theme, m_table));
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->setSectionsMovable(false);
    m_table->header()->setSectionResizeMode(QHeaderView::Stretch);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(header);
    column->addWidget(m_hint, 1);
    column->addWidget(m_chart, 2);
    column->addWidget(m_table, 3);
}

void CompareView::askForSecond(const QString& firstTitle) {
    m_title->setText(tr("Compare “%1”").arg(firstTitle));
    m_hint->setText(tr("Choose the session to compare it with in the list."));
    m_hint->show();
    m_chart->hide();
    m_table->hide();
}

void CompareView::showSides(const CompareSide& first, const CompareSide& second) {
    m_title->setText(tr("“%1” and “%2”").arg(first.title, second.title));
    const bool cost = first.session.totals.cost.value > 0 || second.session.totals.cost.value > 0;
    const auto measure = cost ? TurnChartData::Measure::Cost : TurnChartData::Measure::Tokens;
    m_chart->setLines(lineOf(first, measure), lineOf(second, measure), measure);
    m_model->setSides(first, second);
    m_hint->hide();
    m_chart->show();
    m_table->show();
}

} // namespace tierdeck::ui
