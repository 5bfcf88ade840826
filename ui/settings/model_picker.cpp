#include "ui/settings/model_picker.h"

#include "ui/settings/model_choice_model.h"
#include "ui/shell/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QCompleter>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QScreen>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QWheelEvent>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int visibleChoices = 14;

/// A model's name at the leading edge, price and window in columns at the other.
class ChoiceDelegate final : public QStyledItemDelegate {
public:
    ChoiceDelegate(const Theme& theme, const ModelPicker& picker, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
        , m_picker(picker) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        QStyleOptionViewItem frame = option;
        initStyleOption(&frame, index);
        const QString id = frame.text;
        frame.text.clear();
        const QStyle* style = frame.widget != nullptr ? frame.widget->style() : QApplication::style();
        style->drawControl(QStyle::CE_ItemViewItem, &frame, painter, frame.widget);

        const QFontMetrics metrics(option.font);
        QRect rest = option.rect.adjusted(Theme::paddingSmall, 0, -Theme::paddingSmall, 0);
        painter->save();
        painter->setFont(option.font);
        const auto draw = [&](const QString& text, int width, Theme::Role role) {
            const QRect column = QStyle::visualRect(
                option.direction, rest, QRect(rest.right() + 1 - width, rest.top(), width, rest.height()));
            painter->setPen(m_theme.colour(role));
            painter->drawText(column, alignment(option.direction, Qt::AlignRight), text);
            if (option.direction == Qt::RightToLeft)
                rest.setLeft(column.right() + Theme::padding);
            else
                rest.setRight(column.left() - Theme::padding);
        };
        if (id.isEmpty()) {
            painter->setPen(m_theme.colour(Theme::Role::SecondaryText));
            painter->drawText(rest, alignment(option.direction, Qt::AlignLeft),
                              metrics.elidedText(m_picker.unsetText(), Qt::ElideRight, rest.width()));
        } else {
            draw(index.data(ModelChoiceModel::WindowRole).toString(), windowWidth(metrics),
                 Theme::Role::SecondaryText);
            draw(index.data(ModelChoiceModel::PriceRole).toString(), priceWidth(metrics),
                 Theme::Role::SecondaryText);
            painter->setPen(m_theme.colour(Theme::Role::Text));
            painter->drawText(rest, alignment(option.direction, Qt::AlignLeft),
                              metrics.elidedText(id, Qt::ElideMiddle, rest.width()));
        }
        painter->restore();
    }

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override {
        const QFontMetrics metrics(option.font);
        return {metrics.horizontalAdvance(index.data(Qt::DisplayRole).toString()) + windowWidth(metrics) +
                    priceWidth(metrics) + 2 * Theme::paddingSmall + 2 * Theme::padding,
                Theme::rowHeight(true)};
    }

    static int windowWidth(const QFontMetrics& metrics) {
        return metrics.horizontalAdvance(QStringLiteral("0,000k"));
    }

    static int priceWidth(const QFontMetrics& metrics) {
        return metrics.horizontalAdvance(QStringLiteral("$00.00 in · $000.00 out"));
    }

private:
    static int alignment(Qt::LayoutDirection direction, Qt::Alignment side) {
        return static_cast<int>(Qt::AlignVCenter | QStyle::visualAlignment(direction, side));
    }

    const Theme& m_theme;
    const ModelPicker& m_picker;
};

/// Undo is the page's, which knows every field's steps, not the editor's own.
bool leftToThePage(QEvent* event) {
    if (event->type() != QEvent::ShortcutOverride)
        return false;
    auto* key = static_cast<QKeyEvent*>(event);
    if (!key->matches(QKeySequence::Undo) && !key->matches(QKeySequence::Redo))
        return false;
    key->ignore();
    return true;
}

} // namespace

ModelPicker::ModelPicker(const Theme& theme, ModelChoiceModel& choices, QWidget* parent)
    : QComboBox(parent)
    , m_choices(choices) {
    setEditable(true);
    setInsertPolicy(NoInsert);
    setFocusPolicy(Qt::StrongFocus); // a wheel that passes over it changes nothing
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(16);
    setMaxVisibleItems(visibleChoices);
    setModel(&choices);
    setItemDelegate(new ChoiceDelegate(theme, *this, this));
    setEditText({});

    m_completer = new QCompleter(&choices, this);
    m_completer->setCaseSensitivity(Qt::CaseInsensitive);
    m_completer->setFilterMode(Qt::MatchContains);
    m_completer->setMaxVisibleItems(visibleChoices);
    setCompleter(m_completer);
    m_completer->popup()->setItemDelegate(new ChoiceDelegate(theme, *this, m_completer->popup()));
    m_completer->popup()->setAccessibleName(tr("Models that contain what was typed"));
    view()->setAccessibleName(tr("Models"));

    lineEdit()->installEventFilter(this);
    connect(lineEdit(), &QLineEdit::textEdited, this, [this](const QString& text) {
        m_id = text.trimmed();
        Q_EMIT typed(m_id);
    });
    connect(this, &QComboBox::activated, this, [this](int row) {
        pick(row > 0 ? m_choices.index(row).data(Qt::DisplayRole).toString() : QString());
    });
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, &ModelPicker::pick);
    // The combo box follows its model's rows; what it shows is the document's.
    connect(&choices, &QAbstractItemModel::modelReset, this, [this] {
        const QString id = std::exchange(m_id, QString());
        const QSignalBlocker quiet(this);
        setCurrentIndex(-1);
        setEditText(id);
        m_id = id;
    });
}

void ModelPicker::setModelId(const QString& id) {
    m_id = id;
    if (lineEdit()->text().trimmed() == id)
        return;
    const QSignalBlocker quiet(this);
    setCurrentIndex(-1);
    setEditText(id);
    lineEdit()->setCursorPosition(lineEdit()->hasFocus() ? static_cast<int>(id.size()) : 0);
}

QString ModelPicker::modelId() const {
    return m_id;
}

void ModelPicker::setUnsetText(const QString& text) {
    m_unsetText = text;
    lineEdit()->setPlaceholderText(text);
}

void ModelPicker::setReadOnly(bool readOnly) {
    m_readOnly = readOnly;
    lineEdit()->setReadOnly(readOnly);
}

void ModelPicker::showPopup() {
    if (m_readOnly)
        return;
    {
        const QSignalBlocker quiet(this);
        const QString text = lineEdit()->text();
        setCurrentIndex(m_choices.rowOf(m_id));
        setEditText(text);
    }
    const QFontMetrics metrics(view()->font());
    int widest = metrics.averageCharWidth() * 34;
    for (int row = 0; row < count(); ++row)
        widest = std::max(widest, metrics.horizontalAdvance(itemText(row)));
    widest += ChoiceDelegate::priceWidth(metrics) + ChoiceDelegate::windowWidth(metrics) +
              4 * Theme::padding + view()->verticalScrollBar()->sizeHint().width();
    view()->setMinimumWidth(
        std::min(widest, screen()->availableGeometry().width() - 2 * Theme::paddingLarge));
    QComboBox::showPopup();
}

bool ModelPicker::event(QEvent* event) {
    return leftToThePage(event) || QComboBox::event(event);
}

void ModelPicker::wheelEvent(QWheelEvent* event) {
    // A model is not something to pass through on the way to another.
    event->ignore();
}

void ModelPicker::keyPressEvent(QKeyEvent* event) {
    // Arrow keys open the list instead of stepping through models, each of which would be an edit.
    if (!m_readOnly && (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up)) {
        showPopup();
        return;
    }
    QComboBox::keyPressEvent(event);
}

bool ModelPicker::eventFilter(QObject* watched, QEvent* event) {
    if (watched == lineEdit() && event->type() == QEvent::FocusOut &&
        static_cast<QFocusEvent*>(event)->reason() != Qt::PopupFocusReason)
        Q_EMIT left();
    if (watched == lineEdit() && leftToThePage(event))
        return true;
    return QComboBox::eventFilter(watched, event);
}

void ModelPicker::pick(const QString& id) {
    if (m_readOnly)
        return;
    const QString before = std::exchange(m_id, id);
    if (lineEdit()->text() != id) {
        const QSignalBlocker quiet(this);
        setEditText(id);
    }
    if (before != id)
        Q_EMIT picked(id);
}

} // namespace tierdeck::ui
