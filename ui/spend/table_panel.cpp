#include "ui/spend/table_panel.h"

#include "ui/shell/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int enoughCharacters = 25; // of a table that may be wider than its view
constexpr int mostCharacters = 36;
constexpr std::size_t rowsMeasured = 200;

/// A bar at the left of the number, which stands at the right in every language.
class ShareDelegate final : public QStyledItemDelegate {
public:
    ShareDelegate(const Theme& theme, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant share = index.data(SpendTableModel::ShareRole);
        if (!share.isValid())
            return;
        const QRectF cell = option.rect;
        const double text =
            option.fontMetrics.horizontalAdvance(QStringLiteral("100 %")) + Theme::paddingSmall;
        const QRectF room = cell.adjusted(Theme::grid, 0, -text - Theme::grid, 0);
        if (room.width() < Theme::paddingSmall)
            return;
        const double height = std::min(8.0, cell.height() / 3);
        const QRectF bar(room.left(), room.center().y() - height / 2, room.width() * share.toDouble(),
                         height);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        QColor colour = m_theme.colour(Theme::Role::Accent);
        colour.setAlphaF(0.75F);
        painter->setBrush(colour);
        painter->drawRoundedRect(bar, 2, 2);
        painter->restore();
    }

private:
    const Theme& m_theme;
};

/// The chip of a tier, if there is one, then its name; as a link, in the colour of links, underlined while
/// the mouse or the keyboard is on it.
class NameDelegate final : public QStyledItemDelegate {
public:
    NameDelegate(const Theme& theme, bool isLink, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
        , m_isLink(isLink) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const auto chips = index.data(TierChipDelegate::ChipsRole).value<QList<TierChipData>>();
        if (chips.isEmpty() && !m_isLink) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        QStyleOptionViewItem bare = option;
        initStyleOption(&bare, index);
        const QString words = bare.text;
        bare.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &bare, painter, option.widget);
        constexpr int before = Theme::paddingSmall - 1; // as plain cells and headers
        QRect room = option.rect.adjusted(before, 0, -Theme::grid, 0);
        if (option.direction == Qt::RightToLeft)
            room = option.rect.adjusted(Theme::grid, 0, -before, 0);
        if (!chips.isEmpty()) {
            const int used = paintTierChips(*painter, room, chips, m_theme, option.font, option.direction);
            const int skip = used + Theme::paddingSmall;
            room = option.direction == Qt::RightToLeft ? room.adjusted(0, 0, -skip, 0)
                                                       : room.adjusted(skip, 0, 0, 0);
        }
        QFont font = bare.font;
        if (m_isLink)
            font.setUnderline((option.state & (QStyle::State_MouseOver | QStyle::State_HasFocus)) != 0);
        painter->setPen(m_isLink ? m_theme.colour(Theme::Role::Accent)
                                 : option.palette.color(QPalette::Text));
        painter->setFont(font);
        painter->drawText(
            room,
            static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignLeft) | Qt::AlignVCenter),
            option.fontMetrics.elidedText(words, Qt::ElideRight, room.width()));
    }

private:
    const Theme& m_theme;
    bool m_isLink;
};

} // namespace

TablePanel::TablePanel(const Theme& theme, const QString& name, const QString& accessible, QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_leading(new QHBoxLayout)
    , m_trailing(new QHBoxLayout)
    , m_view(new QTableView(this))
    , m_model(new SpendTableModel(this))
    , m_theme(theme) {
    m_title->setFont(Theme::sectionTitleFont());
    m_header = new QWidget(this);
    m_header->hide(); // until there is something in it
    auto* header = new QHBoxLayout(m_header);
    header->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::paddingSmall, Theme::paddingSmall);
    header->setSpacing(Theme::paddingSmall);
    m_leading->setSpacing(Theme::paddingSmall);
    m_trailing->setSpacing(Theme::grid);
    header->addWidget(m_title);
    header->addLayout(m_leading);
    header->addStretch(1);
    header->addLayout(m_trailing);
    m_title->hide();

    m_view->setObjectName(name);
    m_view->setAccessibleName(accessible);
    m_view->setModel(m_model);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setTabKeyNavigation(false);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->verticalHeader()->setMinimumSectionSize(1); // the style's own is higher than our rows
    m_view->verticalHeader()->setDefaultSectionSize(Theme::rowHeight(true));
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setTextElideMode(Qt::ElideMiddle);
    m_view->horizontalHeader()->setStretchLastSection(false);
    m_view->horizontalHeader()->setMinimumSectionSize(24);
    m_view->viewport()->installEventFilter(this);
    m_view->installEventFilter(this);
    connect(m_view, &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (isLink(index))
            Q_EMIT linkActivated(index.data(SpendTableModel::KeyRole).toString());
    });
    connect(m_view, &QTableView::doubleClicked, this, [this](const QModelIndex& index) {
        if (!isLink(index)) // its first click has been followed
            Q_EMIT activated(index.data(SpendTableModel::KeyRole).toString());
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &TablePanel::chosenChanged);
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        fitColumns();
        fitHeight();
    });
    connect(m_model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex&, int first) {
        if (static_cast<std::size_t>(first) < rowsMeasured)
            fitColumns();
        fitHeight();
    });
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &TablePanel::fitHeight);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    auto* inset = new QHBoxLayout; // so that cells begin under the title
    inset->setContentsMargins(Theme::grid, 0, Theme::grid, 0);
    inset->addWidget(m_view);
    column->addLayout(inset, 1);
}

void TablePanel::setTitle(const QString& title) {
    m_title->setText(title);
    m_title->show();
    m_header->show();
}

void TablePanel::addLeading(QWidget* widget) {
    m_leading->addWidget(widget);
    m_header->show();
}

void TablePanel::addTrailing(QWidget* widget) {
    m_trailing->addWidget(widget);
    m_header->show();
}

void TablePanel::setTable(SpendTable table) {
    m_model->setTable(std::move(table));
    fitColumns();
}

void TablePanel::setChipColumn(int column) {
    m_view->setItemDelegateForColumn(column, new NameDelegate(m_theme, column == m_linkColumn, m_view));
}

void TablePanel::setLinkColumn(int column) {
    m_linkColumn = column;
    m_view->setItemDelegateForColumn(column, new NameDelegate(m_theme, true, m_view));
    m_view->setMouseTracking(true);
    m_view->viewport()->setAttribute(Qt::WA_Hover);
}

bool TablePanel::isLink(const QModelIndex& index) const {
    return index.isValid() && index.column() == m_linkColumn;
}

void TablePanel::followCursor(const QPoint& at) {
    if (isLink(m_view->indexAt(at)))
        m_view->viewport()->setCursor(Qt::PointingHandCursor);
    else
        m_view->viewport()->unsetCursor();
}

void TablePanel::setShareColumn(int column) {
    m_shareColumn = column;
    m_view->setItemDelegateForColumn(column, new ShareDelegate(m_theme, m_view));
}

void TablePanel::setMostRows(int rows) {
    m_mostRows = rows;
    fitHeight();
}

std::optional<std::string> TablePanel::chosenKey() const {
    const QModelIndex index = m_view->currentIndex();
    if (!index.isValid())
        return std::nullopt;
    return m_model->keyAt(index.row());
}

void TablePanel::fitHeight() {
    m_view->verticalHeader()->setDefaultSectionSize(Theme::rowHeight(true));
    if (m_mostRows == 0)
        return;
    const int rows = std::clamp(m_model->rowCount(), 3, m_mostRows);
    m_view->setMinimumHeight(m_view->horizontalHeader()->sizeHint().height() + rows * Theme::rowHeight(true) +
                             2);
}

void TablePanel::fitColumns() {
    const auto& columns = m_model->table().columns;
    const int character = m_view->fontMetrics().averageCharWidth();
    int taken = 0;
    int stretching = -1;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].stretches) {
            stretching = static_cast<int>(i);
            continue;
        }
        int width =
            std::max({columns[i].characters * character, headerWidth(static_cast<int>(i)), widestOf(i)});
        if (!columns[i].isNumber)
            width = std::min(width, character * mostCharacters);
        m_view->setColumnWidth(static_cast<int>(i), width);
        taken += width;
    }
    if (stretching < 0)
        return;
    const int least = columns[static_cast<std::size_t>(stretching)].characters * character;
    int over = taken + least - m_view->viewport()->width();
    if (over > 0 && m_shareColumn >= 0) { // bars before words
        const int withoutBar =
            std::max(headerWidth(m_shareColumn), widestOf(static_cast<std::size_t>(m_shareColumn)));
        const int width = m_view->columnWidth(m_shareColumn);
        const int given = std::clamp(width - withoutBar, 0, over);
        m_view->setColumnWidth(m_shareColumn, width - given);
        over -= given;
        taken -= given;
    }
    for (std::size_t i = 0; over > 0 && i < columns.size(); ++i) { // words before numbers
        if (columns[i].isNumber || columns[i].stretches)
            continue;
        const int width = m_view->columnWidth(static_cast<int>(i));
        const int spare = m_mostRows > 0 ? width / 3 : std::max(0, width - character * enoughCharacters);
        const int given = std::min(over, spare);
        m_view->setColumnWidth(static_cast<int>(i), width - given);
        over -= given;
        taken -= given;
    }
    const int left = m_view->viewport()->width() - taken - least;
    if (left > 0 && m_shareColumn >= 0) { // longer bars tell shares apart
        const int more = std::min(left / 2, mostCharacters * character);
        m_view->setColumnWidth(m_shareColumn, m_view->columnWidth(m_shareColumn) + more);
        taken += more;
    }
    m_view->setColumnWidth(stretching, std::max(m_view->viewport()->width() - taken, least));
}

int TablePanel::headerWidth(int column) const {
    const QString& title = m_model->table().columns.at(static_cast<std::size_t>(column)).title;
    return m_view->fontMetrics().horizontalAdvance(title) + 2 * Theme::paddingSmall + Theme::grid;
}

/// Of the first rows' texts, with the room beside them.
int TablePanel::widestOf(std::size_t column) const {
    const std::vector<SpendTable::Row>& rows = m_model->table().rows;
    int widest = 0;
    for (std::size_t row = 0; row < std::min(rows.size(), rowsMeasured); ++row)
        widest = std::max(widest, m_view->fontMetrics().horizontalAdvance(rows[row].cells.at(column).text));
    return widest + 2 * Theme::paddingSmall;
}

bool TablePanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_view->viewport() &&
        (event->type() == QEvent::Resize || event->type() == QEvent::FontChange)) {
        fitColumns();
        fitHeight();
    }
    if (watched == m_view->viewport() && event->type() == QEvent::MouseMove)
        followCursor(static_cast<QMouseEvent*>(event)->pos());
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const auto chosen = chosenKey();
        if ((key == Qt::Key_Return || key == Qt::Key_Enter) && chosen) {
            const QString row = QString::fromStdString(*chosen);
            if (isLink(m_view->currentIndex()))
                Q_EMIT linkActivated(row);
            else
                Q_EMIT activated(row);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace tierdeck::ui
