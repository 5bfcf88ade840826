#include "ui/sessions/compare_view.h"

#include "ui/charts/compare_chart.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/theme.h"

#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

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

constexpr int stackedFlags = static_cast<int>(Qt::AlignRight) | Qt::AlignTop | Qt::TextWordWrap;

/// Where cells stand below their measure, words that do not fit go on in another line.
class CompareCellDelegate final : public QStyledItemDelegate {
public:
    CompareCellDelegate(const CompareTable& table, QObject* parent);

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

    const CompareTable& m_table;
};

} // namespace

/// The table of measures: a row each, or where that is too wide, a heading and below it the numbers.
class CompareTable final : public QTreeView {
public:
    CompareTable(const Theme& theme, QWidget* parent)
        : QTreeView(parent)
        , m_theme(theme) {}

    [[nodiscard]] bool isStacked() const { return m_isStacked; }

    void setStacked(bool stacked) {
        if (stacked == m_isStacked)
            return;
        m_isStacked = stacked;
        setUniformRowHeights(!stacked);
        setColumnHidden(CompareModel::Measure, stacked);
        scheduleDelayedItemsLayout();
    }

    /// Of the measure above its numbers.
    [[nodiscard]] int headingHeight() const { return fontMetrics().height() + Theme::grid; }

    using QTreeView::scheduleDelayedItemsLayout;

private:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                 const QModelIndex& index) const override {
        QTreeView::drawRow(painter, option, index);
        if (!m_isStacked)
            return;
        const QRect room(option.rect.left() + Theme::paddingSmall, option.rect.top() + Theme::grid,
                         option.rect.width() - 2 * Theme::paddingSmall, headingHeight());
        painter->save();
        painter->setPen(m_theme.colour(Theme::Role::SecondaryText));
        painter->drawText(
            room, static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft) | Qt::AlignTop),
            fontMetrics().elidedText(index.siblingAtColumn(CompareModel::Measure).data().toString(),
                                     Qt::ElideRight, room.width()));
        painter->restore();
    }

    const Theme& m_theme;
    bool m_isStacked = false;
};

namespace {

CompareCellDelegate::CompareCellDelegate(const CompareTable& table, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_table(table) {}

QSize CompareCellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (!m_table.isStacked())
        return {QStyledItemDelegate::sizeHint(option, index).width(), Theme::rowHeight(true)};
    const int width = m_table.columnWidth(index.column()) - 2 * Theme::paddingSmall;
    const QRect text = m_table.fontMetrics().boundingRect(QRect(0, 0, std::max(1, width), 1), stackedFlags,
                                                          index.data().toString());
    return {width, m_table.headingHeight() + text.height() + 2 * Theme::grid};
}

void CompareCellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                                const QModelIndex& index) const {
    if (!m_table.isStacked()) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    const QString words = std::exchange(ground.text, {});
    option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
    painter->setPen(ground.palette.color(QPalette::Text));
    painter->drawText(option.rect.adjusted(Theme::paddingSmall, m_table.headingHeight() + Theme::grid,
                                           -Theme::paddingSmall, 0),
                      stackedFlags, words);
}

} // namespace

CompareView::CompareView(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(new ElidedLabel(this))
    , m_hint(new QLabel(this))
    , m_chart(new CompareChart(theme, this))
    , m_table(new CompareTable(theme, this))
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
    m_table->setItemDelegate(new CompareCellDelegate(*m_table, m_table));
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->setSectionsMovable(false);
    m_table->header()->setTextElideMode(Qt::ElideMiddle);
    m_table->viewport()->installEventFilter(this); // the columns follow its width and font
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
    fitColumns();
}

/// Numbers are never cut: the columns share what is left beyond them, or stand below their measures.
void CompareView::fitColumns() {
    const QFontMetrics metrics = m_table->fontMetrics();
    const int room = m_table->viewport()->width();
    std::array<int, CompareModel::ColumnCount> widths{};
    for (int column = 0; column < CompareModel::ColumnCount; ++column) {
        int& width = widths.at(static_cast<std::size_t>(column));
        for (int row = 0; row < m_model->rowCount(); ++row)
            width = std::max(width, metrics.horizontalAdvance(m_model->index(row, column).data().toString()));
        width += 2 * Theme::padding;
    }
    const int left = room - std::accumulate(widths.begin(), widths.end(), 0);
    m_table->setStacked(left < 0);
    constexpr int numbers = CompareModel::ColumnCount - 1;
    for (int column = 0; column < CompareModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, m_table->isStacked() ? room / numbers
                                                             : widths.at(static_cast<std::size_t>(column)) +
                                                                   left / CompareModel::ColumnCount);
    m_table->scheduleDelayedItemsLayout(); // rows are as high as their words need
}

bool CompareView::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_table->viewport() &&
        (event->type() == QEvent::Resize || event->type() == QEvent::FontChange))
        fitColumns();
    return QWidget::eventFilter(watched, event);
}

} // namespace tierdeck::ui
