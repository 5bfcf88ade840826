#include "ui/log/log_detail.h"

#include "ui/log/log_text.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr qsizetype longestSentence = 4000; // a label is no text editor; Copy takes all of it
constexpr int mostPairsAcross = 4;

void makeSelectable(QLabel* label) {
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    label->setFocusPolicy(Qt::ClickFocus); // by Tab one goes from button to button, not from word to word
}

} // namespace

LogDetail::LogDetail(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_chip(new TierChip(theme, this))
    , m_kind(new QLabel(this))
    , m_levelIcon(new QLabel(this))
    , m_about(new ElidedLabel(this))
    , m_sentence(new QLabel(this))
    , m_nothing(new QLabel(tr("Choose a line to see all that it says."), this))
    , m_line(new QWidget(this))
    , m_fieldArea(new QWidget(this))
    , m_grid(new QGridLayout)
    , m_openTurn(new QPushButton(tr("Open &turn"), this))
    , m_filterSession(new QPushButton(tr("Only this &session"), this))
    , m_copy(new QPushButton(tr("&Copy line"), this)) {
    setObjectName(QStringLiteral("logDetail"));
    setAccessibleName(tr("The chosen line"));
    m_kind->setObjectName(QStringLiteral("logDetailKind"));
    m_about->setObjectName(QStringLiteral("logDetailAbout"));
    m_sentence->setObjectName(QStringLiteral("logDetailSentence"));
    m_openTurn->setObjectName(QStringLiteral("logOpenTurn"));
    m_filterSession->setObjectName(QStringLiteral("logFilterSession"));
    m_copy->setObjectName(QStringLiteral("logCopyLine"));
    m_openTurn->setToolTip(tr("Shows the turn on the Sessions page (Enter)"));
    m_filterSession->setToolTip(tr("Filters the log by this line's session"));
    m_copy->setToolTip(tr("Copies the line as it stands in the file"));

    auto* head = new QHBoxLayout;
    head->setSpacing(Theme::paddingSmall);
    head->addWidget(m_chip);
    head->addWidget(m_kind);
    head->addSpacing(Theme::grid);
    head->addWidget(m_levelIcon);
    m_about->setForegroundRole(QPalette::PlaceholderText);
    head->addWidget(m_about, 1);
    for (QPushButton* button : {m_openTurn, m_filterSession, m_copy}) {
        button->setAutoDefault(false);
        head->addWidget(button);
    }

    m_sentence->setWordWrap(true);
    makeSelectable(m_sentence);
    m_sentence->setAccessibleName(tr("What the line says"));
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(Theme::paddingSmall);
    m_grid->setVerticalSpacing(Theme::grid);
    m_fieldArea->setLayout(m_grid);

    auto* body = new QWidget(this);
    auto* bodyColumn = new QVBoxLayout(body);
    bodyColumn->setContentsMargins(0, 0, 0, 0);
    bodyColumn->setSpacing(Theme::paddingSmall);
    bodyColumn->addWidget(m_sentence);
    bodyColumn->addWidget(m_fieldArea);
    bodyColumn->addStretch(1);
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("logDetailScroll"));
    scroll->setAccessibleName(tr("Fields of the chosen line"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(body);
    body->setAutoFillBackground(false);
    scroll->viewport()->setAutoFillBackground(false);

    auto* lineColumn = new QVBoxLayout(m_line);
    lineColumn->setContentsMargins(0, 0, 0, 0);
    lineColumn->setSpacing(Theme::paddingSmall);
    lineColumn->addLayout(head);
    lineColumn->addWidget(scroll, 1);

    m_nothing->setObjectName(QStringLiteral("logDetailNothing"));
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setForegroundRole(QPalette::PlaceholderText);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, Theme::paddingSmall, 0, Theme::paddingSmall);
    column->addWidget(m_line, 1);
    column->addWidget(m_nothing, 1);

    connect(m_openTurn, &QPushButton::clicked, this,
            [this] { Q_EMIT openTurnWanted(m_row.session, m_row.turn, m_row.agent); });
    connect(m_filterSession, &QPushButton::clicked, this,
            [this] { Q_EMIT sessionFilterWanted(m_row.session); });
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_text); });
    connect(&m_theme, &Theme::changed, this, &LogDetail::refresh);
    showNothing();
}

void LogDetail::showNothing() {
    m_text.clear();
    m_line->hide();
    m_nothing->show();
}

void LogDetail::showLine(const LogRow& row, const QString& text) {
    m_row = row;
    m_text = text;
    const std::string bytes = text.toStdString();
    const tierlog::LogLine parsed = tierlog::parseLogLine(bytes);

    m_chip->setVisible(!row.tier.isEmpty());
    if (!row.tier.isEmpty())
        m_chip->setTier(text::tierOfLog(row.tier));
    QStringList title;
    if (!row.tier.isEmpty())
        title << text::tierName(text::tierOfLog(row.tier));
    if (const QString kind = text::logKind(row.kind); !kind.isEmpty())
        title << kind;
    m_kind->setText(title.isEmpty() ? tr("Line") : title.join(QStringLiteral(" · ")));
    QStringList about;
    if (row.level != tierlog::Level::None)
        about << text::logLevel(row.level);
    if (row.time)
        about << text::logTimeInFull(*row.time, row.timeIsLocal);
    about << tr("line %1").arg(text::count(row.line + 1));
    m_about->setText(about.join(QStringLiteral(" · ")));

    // Lines that are not ours are shown as they are.
    const std::vector<tierlog::LogField> fields = parsed.fields();
    QString sentence =
        fields.empty() || parsed.kind == tierlog::Kind::Other ? text : text::fromUtf8(parsed.sentence());
    if (sentence.size() > longestSentence)
        sentence = sentence.left(longestSentence) + QStringLiteral("…");
    m_sentence->setText(sentence);

    for (const FieldLabels& field : std::as_const(m_fields)) {
        delete field.key;
        delete field.value;
    }
    m_fields.clear();
    if (parsed.kind != tierlog::Kind::Other) {
        for (const tierlog::LogField& field : fields) {
            auto* key = new QLabel(text::fromUtf8(field.key), m_fieldArea);
            auto* value = new QLabel(text::fromUtf8(tierlog::unescaped(field.value)), m_fieldArea);
            key->setTextFormat(Qt::PlainText);
            key->setForegroundRole(QPalette::PlaceholderText);
            value->setObjectName(QStringLiteral("logField_") + key->text());
            value->setAccessibleName(QStringLiteral("%1: %2").arg(key->text(), value->text()));
            value->setWordWrap(true);
            makeSelectable(value);
            m_fields.append(FieldLabels{key, value});
        }
    }
    m_pairsAcross = 0;
    arrangeFields();

    m_openTurn->setEnabled(!row.session.isEmpty() && row.turn > 0);
    m_filterSession->setEnabled(!row.session.isEmpty());
    m_nothing->hide();
    m_line->show();
    refresh();
}

void LogDetail::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrangeFields();
}

void LogDetail::arrangeFields() {
    // About thirty characters for a name and its value.
    const int pairWidth = fontMetrics().averageCharWidth() * 42;
    const int across = std::clamp(width() / std::max(1, pairWidth), 1, mostPairsAcross);
    if (across == m_pairsAcross)
        return;
    m_pairsAcross = across;
    while (QLayoutItem* item = m_grid->takeAt(0))
        delete item;
    for (int column = 0; column < mostPairsAcross * 2; ++column)
        m_grid->setColumnStretch(column, column % 2 == 1 && column < across * 2 ? 1 : 0);
    // Down each pair of columns first: that is how a list is read.
    const int down = (static_cast<int>(m_fields.size()) + across - 1) / std::max(1, across);
    for (int i = 0; i < m_fields.size(); ++i) {
        const int row = i % std::max(1, down);
        const int pair = i / std::max(1, down);
        m_grid->addWidget(m_fields.at(i).key, row, pair * 2, Qt::AlignLeading | Qt::AlignTop);
        m_grid->addWidget(m_fields.at(i).value, row, pair * 2 + 1, Qt::AlignTop);
    }
}

void LogDetail::refresh() {
    m_kind->setFont(Theme::sectionTitleFont());
    const bool matters = m_row.level >= tierlog::Level::Warn;
    m_levelIcon->setVisible(matters);
    if (matters) {
        const int size = fontMetrics().height();
        m_levelIcon->setPixmap(m_theme
                                   .statusIcon(m_row.level == tierlog::Level::Error
                                                   ? Theme::Status::Error
                                                   : Theme::Status::Attention)
                                   .pixmap(QSize(size, size), devicePixelRatioF()));
    }
}

} // namespace tierdeck::ui
