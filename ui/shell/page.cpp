#include "ui/shell/page.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace tierdeck::ui {

Page::Page(Theme& theme, const QString& id, const QString& title, const QString& iconName, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_id(id)
    , m_iconName(iconName)
    , m_title(new QLabel(title, this))
    , m_subtitle(new QLabel(this))
    , m_header(new QHBoxLayout)
    , m_rangeSlot(new QHBoxLayout)
    , m_filterSlot(new QHBoxLayout)
    , m_actionSlot(new QHBoxLayout)
    , m_banner(new Banner(theme, this))
    , m_states(new PageState(theme, this)) {
    setObjectName(id);
    setAccessibleName(title);
    auto* column = new QVBoxLayout(this);
    m_column = column;
    column->setContentsMargins(Theme::paddingLarge, Theme::padding, Theme::paddingLarge, 0);
    column->setSpacing(Theme::paddingSmall);
    m_title->setObjectName(QStringLiteral("pageTitle"));
    m_title->setFont(Theme::pageTitleFont());
    m_subtitle->setObjectName(QStringLiteral("pageSubtitle"));
    m_subtitle->setForegroundRole(QPalette::PlaceholderText);
    m_header->setSpacing(Theme::padding);
    m_header->addWidget(m_title, 0, Qt::AlignBaseline);
    m_header->addWidget(m_subtitle, 0, Qt::AlignBaseline);
    m_header->addStretch(1);
    for (QHBoxLayout* slot : {m_rangeSlot, m_filterSlot, m_actionSlot}) {
        slot->setSpacing(Theme::paddingSmall);
        m_header->addLayout(slot);
    }
    column->addLayout(m_header);
    column->addWidget(m_banner);
    column->addWidget(m_states, 1);
}

QString Page::title() const {
    return m_title->text();
}

void Page::setSubtitle(const QString& subtitle) {
    m_subtitle->setText(subtitle);
}

void Page::setRangeWidget(QWidget* widget) {
    m_rangeSlot->addWidget(widget);
}

void Page::setFilterWidget(QLineEdit* filter) {
    m_filter = filter;
    m_filterSlot->addWidget(filter);
}

void Page::addActionWidget(QWidget* widget) {
    m_actionSlot->addWidget(widget);
}

void Page::setFilterRow(QWidget* row) {
    m_column->insertWidget(1, row);
}

void Page::focusFilter() {
    if (m_filter == nullptr)
        return;
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void Page::focusContent() {
    setFocus(Qt::OtherFocusReason);
}

bool Page::closeInnermost() {
    if (m_filter == nullptr || !m_filter->hasFocus() || m_filter->text().isEmpty())
        return false;
    m_filter->clear();
    return true;
}

void Page::reveal(const QString&) {}

void Page::setReady() {
    if (m_ready)
        return;
    m_ready = true;
    Q_EMIT becameReady();
}

void Page::changeEvent(QEvent* event) {
    if (event->type() == QEvent::ApplicationFontChange)
        m_title->setFont(Theme::pageTitleFont());
    QWidget::changeEvent(event);
}

} // namespace tierdeck::ui
