#include "ui/shell/banner.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace tierdeck::ui {

namespace {

Theme::Status statusOf(Banner::Severity severity) {
    switch (severity) {
    case Banner::Severity::Information:
        return Theme::Status::Neutral;
    case Banner::Severity::Attention:
        return Theme::Status::Attention;
    case Banner::Severity::Error:
        return Theme::Status::Error;
    }
    return Theme::Status::Neutral;
}

} // namespace

Banner::Banner(Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_icon(new QLabel(this))
    , m_sentence(new QLabel(this))
    , m_close(new QToolButton(this)) {
    setObjectName(QStringLiteral("banner"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::padding, Theme::paddingSmall, Theme::paddingSmall, Theme::paddingSmall);
    row->setSpacing(Theme::paddingSmall);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    m_sentence->setObjectName(QStringLiteral("bannerSentence"));
    m_sentence->setAccessibleName(tr("Notice"));
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(m_sentence, 1);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(Theme::paddingSmall);
    row->addLayout(m_buttons);
    m_close->setObjectName(QStringLiteral("bannerClose"));
    m_close->setAccessibleName(tr("Close this notice"));
    m_close->setToolTip(tr("Close this notice"));
    m_close->setAutoRaise(true);
    m_close->setIcon(m_theme.icon(QStringLiteral("close")));
    connect(m_close, &QToolButton::clicked, this, [this] {
        dismiss();
        Q_EMIT dismissed();
    });
    row->addWidget(m_close, 0, Qt::AlignTop);
    connect(&m_theme, &Theme::changed, this, &Banner::refresh);
    hide();
}

void Banner::tell(Severity severity, const QString& sentence, const QList<Action>& actions,
                  bool dismissible) {
    const bool news = isHidden() || sentence != m_sentence->text();
    m_severity = severity;
    m_sentence->setText(sentence);
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        if (QWidget* button = item->widget()) {
            button->hide();
            button->deleteLater(); // the click that led here may still be on the stack
        }
        delete item;
    }
    for (const Action& action : actions) {
        auto* button = new QPushButton(action.text, this);
        button->setObjectName(action.objectName);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [run = action.run] { run(); });
        m_buttons->addWidget(button, 0, Qt::AlignTop);
    }
    m_close->setVisible(dismissible);
    setAccessibleName(sentence);
    m_sentence->setAccessibleName(sentence);
    refresh();
    setVisible(true);
    if (news) {
        QAccessibleEvent alert(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

void Banner::dismiss() {
    hide();
    m_sentence->clear();
}

QString Banner::sentence() const {
    return m_sentence->text();
}

void Banner::refresh() {
    const int size = QFontMetrics(font()).height();
    m_icon->setPixmap(
        m_theme.statusIcon(statusOf(m_severity)).pixmap(QSize(size, size), devicePixelRatioF()));
    QString word = tr("Note");
    if (m_severity == Severity::Attention)
        word = tr("Attention");
    else if (m_severity == Severity::Error)
        word = tr("Error");
    m_icon->setAccessibleName(word);
    m_icon->setToolTip(word);
    update();
}

void Banner::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme::Status status = statusOf(m_severity);
    QColor edge = m_theme.status(status);
    edge.setAlphaF(0.45F);
    painter.setPen(edge);
    painter.setBrush(m_theme.statusBackground(status));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius, Theme::radius);
}

} // namespace tierdeck::ui
