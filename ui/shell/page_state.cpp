#include "ui/shell/page_state.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedLayout>
#include <QVBoxLayout>

namespace tierdeck::ui {

namespace {

constexpr int loadingDelayMs = 300;
constexpr int textWidth = 62; // characters

} // namespace

PageState::PageState(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_stack(new QStackedLayout(this))
    , m_notice(new QWidget(this))
    , m_nothing(new QWidget(this))
    , m_icon(new QLabel(m_notice))
    , m_title(new QLabel(m_notice))
    , m_text(new QLabel(m_notice))
    , m_button(new QPushButton(m_notice)) {
    m_notice->setObjectName(QStringLiteral("pageNotice"));
    m_title->setObjectName(QStringLiteral("pageNoticeTitle"));
    m_text->setObjectName(QStringLiteral("pageNoticeText"));
    m_button->setObjectName(QStringLiteral("pageNoticeButton"));
    auto* column = new QVBoxLayout(m_notice);
    column->setSpacing(Theme::paddingSmall);
    column->addStretch(2);
    column->addWidget(m_icon, 0, Qt::AlignHCenter);
    m_title->setAlignment(Qt::AlignHCenter);
    m_title->setWordWrap(true);
    column->addWidget(m_title);
    m_text->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_text->setAccessibleName(tr("Notice"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    // Between stretches and not aligned: only so does the layout give a wrapped text the height it needs.
    auto* textRow = new QHBoxLayout;
    textRow->addStretch(1);
    textRow->addWidget(m_text, 1000);
    textRow->addStretch(1);
    column->addLayout(textRow);
    column->addSpacing(Theme::grid);
    m_button->setDefault(true);
    m_button->hide();
    column->addWidget(m_button, 0, Qt::AlignHCenter);
    column->addStretch(3);
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_run)
            m_run();
    });
    m_stack->addWidget(m_nothing);
    m_stack->addWidget(m_notice);
    m_loadingDelay.setSingleShot(true);
    m_loadingDelay.setInterval(loadingDelayMs);
    connect(&m_loadingDelay, &QTimer::timeout, this, [this] { m_stack->setCurrentWidget(m_notice); });
    connect(&m_theme, &Theme::changed, this, &PageState::refresh);
    refresh();
}

void PageState::setContent(QWidget* content) {
    m_content = content;
    m_stack->addWidget(content);
}

void PageState::showLoading(const QString& what) {
    if (m_state == State::Loading && (m_loadingDelay.isActive() || m_stack->currentWidget() == m_notice)) {
        m_title->setText(what);
        return;
    }
    showNotice(State::Loading, QStringLiteral("loading"), what, {}, {});
    m_stack->setCurrentWidget(m_nothing);
    m_loadingDelay.start();
}

void PageState::showEmpty(const QString& title, const QString& reason, const NextStep& next) {
    showNotice(State::Empty, QStringLiteral("empty"), title, reason, next);
}

void PageState::showError(const QString& title, const QString& whatToDo, const NextStep& next) {
    showNotice(State::Error, QStringLiteral("error"), title, whatToDo, next);
}

void PageState::showContent() {
    m_loadingDelay.stop();
    m_state = State::Content;
    if (m_content != nullptr)
        m_stack->setCurrentWidget(m_content);
}

void PageState::showNotice(State state, const QString& icon, const QString& title, const QString& text,
                           const NextStep& next) {
    m_loadingDelay.stop();
    m_state = state;
    m_iconName = icon;
    m_title->setText(title);
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    m_button->setText(next.text);
    m_button->setVisible(!next.text.isEmpty());
    m_run = next.run;
    m_notice->setAccessibleName(title);
    m_notice->setAccessibleDescription(text);
    if (!text.isEmpty())
        m_text->setAccessibleName(text);
    m_stack->setCurrentWidget(m_notice);
    refresh();
}

void PageState::refresh() {
    m_title->setFont(Theme::sectionTitleFont());
    m_text->setMaximumWidth(m_text->fontMetrics().averageCharWidth() * textWidth);
    QPalette quiet = m_theme.palette();
    quiet.setColor(QPalette::WindowText, m_theme.colour(Theme::Role::SecondaryText));
    m_text->setPalette(quiet);
    const int size = QFontMetrics(font()).height() * 2;
    const QIcon icon =
        m_state == State::Error ? m_theme.statusIcon(Theme::Status::Error) : m_theme.icon(m_iconName);
    if (m_state == State::Error || !m_iconName.isEmpty())
        m_icon->setPixmap(icon.pixmap(QSize(size, size), devicePixelRatioF()));
}

} // namespace tierdeck::ui
