#include "ui/shell/style.h"

#include "ui/shell/theme.h"

#include <QAbstractItemView>
#include <QPainter>
#include <QPainterPath>
#include <QStyleOption>
#include <QWidget>

namespace tierdeck::ui {

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
        if (!down && !hovered)
            return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(m_theme.colour(down ? Theme::Role::Selection : Theme::Role::Hover));
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
    if (element == CE_HeaderLabel) {
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            QStyleOptionHeader quiet = *header;
            quiet.palette.setColor(QPalette::ButtonText, m_theme.colour(Theme::Role::SecondaryText));
            quiet.state &= ~State_On; // the chosen column's header is not made bold
            QProxyStyle::drawControl(element, &quiet, painter, widget);
            return;
        }
    }
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

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
    case PM_SplitterWidth:
        return 5;
    case PM_FocusFrameHMargin: // the room between the edge of a cell and its text
        if (qobject_cast<const QAbstractItemView*>(widget) != nullptr)
            return Theme::paddingSmall - 2;
        return QProxyStyle::pixelMetric(metric, option, widget);
    case PM_HeaderMargin:
        return Theme::paddingSmall - 1; // so that a header stands over the text of its column
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                     QStyleHintReturn* data) const {
    switch (hint) {
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
        return 0;
    case SH_ItemView_ActivateItemOnSingleClick:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

} // namespace tierdeck::ui
