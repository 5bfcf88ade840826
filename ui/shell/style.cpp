#include "ui/shell/style.h"

#include "ui/shell/theme.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QDateTimeEdit>
#include <QPainter>
#include <QPainterPath>
#include <QPolygonF>
#include <QStyleOption>
#include <QWidget>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int usualIcon = 16; // in a row of usual text
constexpr int usualRow = 28;
constexpr int scrollExtent = 12;
constexpr int shortestSlider = 28;
constexpr int comboArrowOfFusion = 22;
constexpr int spinArrowsOfFusion = 20;

/// What is so large beside the usual text, beside the text as large as it is.
double besideText(double pixels) {
    return pixels * Theme::rowHeight() / usualRow;
}

int besideText(int pixels) {
    return pixels * Theme::rowHeight() / usualRow;
}

/// Room for the chevron of a combo box, a spin box, and of a button with words and a menu.
int comboArrow() {
    return besideText(22);
}

int spinArrows() {
    return besideText(20);
}

int menuArrow() {
    return besideText(16);
}

/// A chevron in the middle of `rect`, pointing down (or up).
void drawChevron(QPainter& painter, const QRect& rect, const QColor& colour, bool up = false) {
    const QPointF centre = QRectF(rect).center();
    const double reach = besideText(3.5);
    const double drop = besideText(up ? -1.8 : 1.8);
    painter.setPen(QPen(colour, besideText(1.4), Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(QPolygonF{{centre.x() - reach, centre.y() - drop},
                                   {centre.x(), centre.y() + drop},
                                   {centre.x() + reach, centre.y() - drop}});
}

/// A tool button with words that opens a menu: its chevron stands after them, not in the corner below.
const QStyleOptionToolButton* withWordsAndMenu(const QStyleOption* option) {
    const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option);
    const bool is = button != nullptr && button->features.testFlag(QStyleOptionToolButton::HasMenu) &&
                    !button->features.testFlag(QStyleOptionToolButton::MenuButtonPopup) &&
                    button->toolButtonStyle != Qt::ToolButtonIconOnly && !button->text.isEmpty();
    return is ? button : nullptr;
}

} // namespace

Style::Style(const Theme& theme, QStyle* fusion)
    : QProxyStyle(fusion)
    , m_theme(theme) {}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const {
    const bool enabled = option->state.testFlag(State_Enabled);
    const bool focused = option->state.testFlag(State_HasFocus);
    switch (element) {
    case PE_PanelButtonCommand: {
        const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
        const bool flat = button != nullptr && button->features.testFlag(QStyleOptionButton::Flat);
        const bool primary =
            button != nullptr && button->features.testFlag(QStyleOptionButton::DefaultButton);
        const bool down = option->state.testAnyFlags(State_Sunken | State_On);
        const bool hovered = enabled && option->state.testFlag(State_MouseOver);
        if (flat && !down && !hovered)
            return;
        QColor fill = m_theme.colour(Theme::Role::Raised);
        if (down)
            fill = m_theme.colour(Theme::Role::Selection);
        else if (hovered)
            fill = m_theme.colour(Theme::Role::Hover);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(fill);
        painter->setPen(flat ? QPen(Qt::NoPen)
                             : QPen(m_theme.colour(primary && enabled ? Theme::Role::Accent
                                                   : enabled          ? Theme::Role::Border
                                                                      : Theme::Role::Hairline)));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius - 1,
                                 Theme::radius - 1);
        painter->restore();
        return;
    }
    case PE_PanelButtonTool: {
        const bool down = option->state.testAnyFlags(State_Sunken | State_On);
        const bool hovered = enabled && option->state.testFlag(State_MouseOver);
        const bool isChip = widget != nullptr && widget->property(chip).toBool();
        if (!down && !hovered && !isChip)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(isChip ? QPen(m_theme.colour(Theme::Role::Border)) : QPen(Qt::NoPen));
        painter->setBrush(m_theme.colour(down      ? Theme::Role::Selection
                                         : hovered ? Theme::Role::Hover
                                                   : Theme::Role::Surface));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius - 1,
                                 Theme::radius - 1);
        painter->restore();
        return;
    }
    case PE_FrameLineEdit:
    case PE_PanelLineEdit: {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (element == PE_PanelLineEdit && frame != nullptr && frame->lineWidth <= 0)
            break; // a borderless editor inside a spin box or a view
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(element == PE_PanelLineEdit
                              ? QBrush(m_theme.colour(enabled ? Theme::Role::Surface : Theme::Role::Window))
                              : QBrush(Qt::NoBrush));
        painter->setPen(QPen(m_theme.colour(focused   ? Theme::Role::Accent
                                            : enabled ? Theme::Role::Border
                                                      : Theme::Role::Hairline),
                             focused ? 1.6 : 1.0));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.8, 0.8, -0.8, -0.8), Theme::radius - 1,
                                 Theme::radius - 1);
        painter->restore();
        return;
    }
    case PE_IndicatorArrowDown:
    case PE_IndicatorArrowUp:
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        drawChevron(*painter, option->rect,
                    m_theme.colour(enabled ? Theme::Role::SecondaryText : Theme::Role::DisabledText),
                    element == PE_IndicatorArrowUp);
        painter->restore();
        return;
    case PE_IndicatorBranch: // as large as the text beside it, which Fusion's is not
        if (!option->state.testFlag(State_Children))
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(QRectF(option->rect).center());
        if (!option->state.testFlag(State_Open))
            painter->rotate(option->direction == Qt::RightToLeft ? 90 : -90);
        drawChevron(*painter, QRect(-1, -1, 2, 2), m_theme.colour(Theme::Role::SecondaryText));
        painter->restore();
        return;
    case PE_FrameFocusRect: {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(m_theme.colour(Theme::Role::Accent), 1.6));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.8, 0.8, -0.8, -0.8), Theme::radius - 2,
                                 Theme::radius - 2);
        painter->restore();
        return;
    }
    case PE_Frame: {
        painter->save();
        painter->setPen(m_theme.colour(focused ? Theme::Role::Accent : Theme::Role::Hairline));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    }
    case PE_IndicatorCheckBox: {
        const bool on = option->state.testAnyFlags(State_On | State_NoChange);
        const QRectF box = QRectF(option->rect).adjusted(1, 1, -1, -1);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QColor accent = m_theme.colour(enabled ? Theme::Role::Accent : Theme::Role::DisabledText);
        painter->setBrush(on ? accent : m_theme.colour(Theme::Role::Surface));
        painter->setPen(on ? accent : m_theme.colour(enabled ? Theme::Role::Border : Theme::Role::Hairline));
        painter->drawRoundedRect(box, 3, 3);
        painter->setPen(QPen(Theme::textOn(accent), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->setBrush(Qt::NoBrush);
        const double unit = box.width() / 12;
        if (option->state.testFlag(State_On))
            painter->drawPolyline(QPolygonF{box.topLeft() + QPointF(2.8, 6.2) * unit,
                                            box.topLeft() + QPointF(5.2, 8.6) * unit,
                                            box.topLeft() + QPointF(9.4, 3.8) * unit});
        else if (on)
            painter->drawLine(box.topLeft() + QPointF(3, 6) * unit, box.topLeft() + QPointF(9, 6) * unit);
        painter->restore();
        return;
    }
    case PE_PanelTipLabel:
        painter->fillRect(option->rect, m_theme.colour(Theme::Role::Raised));
        painter->setPen(m_theme.colour(Theme::Role::Border));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        return;
    case PE_PanelScrollAreaCorner:
    case PE_PanelStatusBar:
    case PE_FrameStatusBarItem:
        return;
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                        const QWidget* widget) const {
    if (element == CE_HeaderSection || element == CE_HeaderEmptyArea) {
        painter->fillRect(option->rect, m_theme.colour(Theme::Role::Surface));
        painter->setPen(m_theme.colour(Theme::Role::Hairline));
        painter->drawLine(option->rect.bottomLeft(), option->rect.bottomRight());
        return;
    }
    if (element == CE_ToolButtonLabel && widget != nullptr && widget->property(link).toBool()) {
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) {
            QStyleOptionToolButton words = *button;
            words.palette.setColor(QPalette::ButtonText, m_theme.colour(Theme::Role::Accent));
            QProxyStyle::drawControl(element, &words, painter, widget);
            return;
        }
    }
    if (element == CE_HeaderLabel) {
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            const auto* eliding = qstyleoption_cast<const QStyleOptionHeaderV2*>(option);
            const bool inTheMiddle = eliding != nullptr && eliding->textElideMode == Qt::ElideMiddle;
            QStyleOptionHeader quiet = *header;
            quiet.palette.setColor(QPalette::ButtonText, m_theme.colour(Theme::Role::SecondaryText));
            quiet.state &= ~State_On; // the chosen column's header is not made bold
            quiet.text = header->fontMetrics.elidedText(
                header->text, inTheMiddle ? Qt::ElideMiddle : Qt::ElideRight, header->rect.width());
            QProxyStyle::drawControl(element, &quiet, painter, widget);
            return;
        }
    }
    if (element == CE_Splitter && widget != nullptr && widget->property(bareSplitter).toBool())
        return;
    if (element == CE_Splitter) {
        painter->setPen(m_theme.colour(Theme::Role::Hairline));
        const QRect rect = option->rect;
        if (option->state.testFlag(State_Horizontal))
            painter->drawLine(rect.center().x(), rect.top(), rect.center().x(), rect.bottom());
        else
            painter->drawLine(rect.left(), rect.center().y(), rect.right(), rect.center().y());
        return;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const {
    const bool enabled = option->state.testFlag(State_Enabled);
    const bool focused = option->state.testFlag(State_HasFocus);
    const auto frame = [&](Theme::Role fill) {
        painter->setBrush(m_theme.colour(enabled ? fill : Theme::Role::Window));
        painter->setPen(QPen(m_theme.colour(focused   ? Theme::Role::Accent
                                            : enabled ? Theme::Role::Border
                                                      : Theme::Role::Hairline),
                             focused ? 1.6 : 1.0));
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.8, 0.8, -0.8, -0.8), Theme::radius - 1,
                                 Theme::radius - 1);
    };
    const QColor sign = m_theme.colour(enabled ? Theme::Role::SecondaryText : Theme::Role::DisabledText);
    if (control == CC_ScrollBar) {
        const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (bar == nullptr)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        const QRect slider = proxy()->subControlRect(CC_ScrollBar, bar, SC_ScrollBarSlider, widget);
        const bool held = option->activeSubControls.testFlag(SC_ScrollBarSlider) &&
                          option->state.testAnyFlags(State_Sunken | State_MouseOver);
        if (enabled && bar->maximum > bar->minimum) {
            painter->setBrush(m_theme.colour(held ? Theme::Role::DisabledText : Theme::Role::Border));
            const int inset = held ? 2 : 3;
            const QRectF grip = bar->orientation == Qt::Vertical
                                    ? QRectF(slider).adjusted(inset, 1, -inset, -1)
                                    : QRectF(slider).adjusted(1, inset, -1, -inset);
            const double round = std::min(grip.width(), grip.height()) / 2;
            painter->drawRoundedRect(grip, round, round);
        }
        painter->restore();
        return;
    }
    if (control == CC_ToolButton) {
        if (const QStyleOptionToolButton* button = withWordsAndMenu(option)) {
            drawPrimitive(PE_PanelButtonTool, option, painter, widget);
            if (focused && option->state.testFlag(State_KeyboardFocusChange)) {
                QStyleOptionFocusRect ring;
                ring.QStyleOption::operator=(*option);
                drawPrimitive(PE_FrameFocusRect, &ring, painter, widget);
            }
            const QRect words = option->rect.adjusted(0, 0, -menuArrow(), 0);
            QStyleOptionToolButton label = *button;
            label.features &= ~QStyleOptionToolButton::ToolButtonFeatures(QStyleOptionToolButton::HasMenu);
            label.rect = visualRect(option->direction, option->rect, words);
            proxy()->drawControl(CE_ToolButtonLabel, &label, painter, widget);
            QStyleOption arrow = *option;
            arrow.rect = visualRect(option->direction, option->rect,
                                    QRect(words.right() + 1 - Theme::grid, option->rect.top(), menuArrow(),
                                          option->rect.height()));
            drawPrimitive(PE_IndicatorArrowDown, &arrow, painter, widget);
            return;
        }
    }
    if (control == CC_ComboBox) {
        const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
        if (combo == nullptr)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (combo->frame)
            frame(combo->editable                                      ? Theme::Role::Surface
                  : option->state.testFlag(State_MouseOver) && enabled ? Theme::Role::Hover
                                                                       : Theme::Role::Raised);
        drawChevron(*painter, proxy()->subControlRect(CC_ComboBox, combo, SC_ComboBoxArrow, widget), sign);
        painter->restore();
        return;
    }
    if (control == CC_SpinBox) {
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        if (spin == nullptr)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (spin->frame)
            frame(Theme::Role::Surface);
        if (spin->buttonSymbols != QAbstractSpinBox::NoButtons) {
            const auto arrow = [&](SubControl which, QAbstractSpinBox::StepEnabledFlag step) {
                drawChevron(*painter, proxy()->subControlRect(CC_SpinBox, spin, which, widget),
                            spin->stepEnabled.testFlag(step) && enabled
                                ? m_theme.colour(option->activeSubControls == which
                                                     ? Theme::Role::Text
                                                     : Theme::Role::SecondaryText)
                                : m_theme.colour(Theme::Role::DisabledText),
                            which == SC_SpinBoxUp);
            };
            arrow(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled);
            arrow(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled);
        }
        painter->restore();
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                            const QWidget* widget) const {
    if (control == CC_ScrollBar) {
        const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (bar == nullptr)
            return {};
        const bool vertical = bar->orientation == Qt::Vertical;
        const int length = vertical ? bar->rect.height() : bar->rect.width();
        const qint64 range = static_cast<qint64>(bar->maximum) - bar->minimum;
        const int slider = range <= 0
                               ? length
                               : std::clamp(static_cast<int>(static_cast<qint64>(length) * bar->pageStep /
                                                             (range + std::max(1, bar->pageStep))),
                                            std::min(shortestSlider, length), length);
        const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                                  length - slider, bar->upsideDown);
        const auto along = [&](int from, int size) {
            return visualRect(bar->direction, bar->rect,
                              vertical
                                  ? QRect(bar->rect.x(), bar->rect.y() + from, bar->rect.width(), size)
                                  : QRect(bar->rect.x() + from, bar->rect.y(), size, bar->rect.height()));
        };
        switch (part) {
        case SC_ScrollBarSubPage:
            return along(0, start);
        case SC_ScrollBarAddPage:
            return along(start + slider, length - start - slider);
        case SC_ScrollBarGroove:
            return along(0, length);
        case SC_ScrollBarSlider:
            return along(start, slider);
        default:
            return {};
        }
    }
    if (control == CC_ComboBox) {
        const QRect rect = option->rect;
        switch (part) {
        case SC_ComboBoxArrow:
            return visualRect(
                option->direction, rect,
                QRect(rect.right() + 1 - comboArrow(), rect.top(), comboArrow() - 2, rect.height()));
        case SC_ComboBoxEditField:
            return visualRect(option->direction, rect,
                              rect.adjusted(Theme::paddingSmall, 2, -comboArrow(), -2));
        default:
            break;
        }
    }
    if (control == CC_SpinBox) {
        const QRect rect = option->rect;
        const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const bool buttons = spin != nullptr && spin->buttonSymbols != QAbstractSpinBox::NoButtons;
        const int half = rect.height() / 2;
        switch (part) {
        case SC_SpinBoxUp:
            return buttons ? visualRect(option->direction, rect,
                                        QRect(rect.right() + 1 - spinArrows(), rect.top() + 1,
                                              spinArrows() - 2, half - 1))
                           : QRect();
        case SC_SpinBoxDown:
            return buttons ? visualRect(option->direction, rect,
                                        QRect(rect.right() + 1 - spinArrows(), rect.top() + half,
                                              spinArrows() - 2, half - 1))
                           : QRect();
        case SC_SpinBoxEditField:
            return visualRect(option->direction, rect, rect.adjusted(3, 2, buttons ? -spinArrows() : -3, -2));
        default:
            break;
        }
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
    case PM_SplitterWidth:
        return 5;
    case PM_ScrollBarExtent:
        return scrollExtent;
    case PM_ScrollBarSliderMin:
        return shortestSlider;
    case PM_FocusFrameHMargin: // the room between the edge of a cell and its text
        if (qobject_cast<const QAbstractItemView*>(widget) != nullptr)
            return Theme::paddingSmall - 2;
        return QProxyStyle::pixelMetric(metric, option, widget);
    case PM_SmallIconSize: // as large beside large text as beside the usual
    case PM_ButtonIconSize:
    case PM_LineEditIconSize:
        return besideText(usualIcon);
    case PM_MenuButtonIndicator:
        return menuArrow();
    case PM_HeaderMargin:
        return Theme::paddingSmall - 1; // so that a header stands over the text of its column
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                              const QWidget* widget) const {
    QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
    if (type == CT_PushButton)
        size = {size.width() + Theme::padding, std::max(size.height(), Theme::rowHeight())};
    if (type == CT_ComboBox) // our arrow and margins are wider than Fusion's
        size.rwidth() += Theme::paddingSmall + comboArrow() - comboArrowOfFusion;
    if (type == CT_SpinBox) {
        size.rwidth() += spinArrows() - spinArrowsOfFusion;
        const auto* day = qobject_cast<const QDateTimeEdit*>(widget);
        if (day != nullptr && day->calendarPopup()) // drawn as a combo box
            size.rwidth() += comboArrow() - spinArrows() + 2 * Theme::paddingSmall;
    }
    if (type == CT_ToolButton && withWordsAndMenu(option) != nullptr)
        size.rwidth() += menuArrow() - Theme::grid;
    return size;
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                     QStyleHintReturn* data) const {
    switch (hint) {
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
        return 0;
    case SH_ItemView_ActivateItemOnSingleClick:
    case SH_DialogButtonBox_ButtonsHaveIcons:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

} // namespace tierdeck::ui
