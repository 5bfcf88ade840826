#include "ui/settings/diff_view.h"

#include "ui/shell/theme.h"

#include <QEvent>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>

namespace tierdeck::ui {

namespace {

constexpr int mostLinesHigh = 20;

QColor blend(const QColor& over, const QColor& under, double share) {
    const auto part = [share](int a, int b) { return static_cast<int>(a * share + b * (1 - share)); };
    return {part(over.red(), under.red()), part(over.green(), under.green()),
            part(over.blue(), under.blue())};
}

} // namespace

DiffView::DiffView(Theme& theme, QWidget* parent)
    : QPlainTextEdit(parent)
    , m_theme(theme) {
    setReadOnly(true);
    setLineWrapMode(NoWrap);
    setTabChangesFocus(true);
    setUndoRedoEnabled(false);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    document()->setDocumentMargin(Theme::grid);
    refreshFont();
    connect(&m_theme, &Theme::changed, this, &DiffView::colourLines);
}

void DiffView::setLines(const QList<DiffLine>& lines) {
    m_lines = lines;
    QString text;
    for (const DiffLine& line : lines) {
        if (!text.isEmpty())
            text += u'\n';
        switch (line.kind) {
        case DiffLine::Kind::Context:
            text += QStringLiteral("  ") + line.text;
            break;
        case DiffLine::Kind::Removed:
            text += QStringLiteral("− ") + line.text;
            break;
        case DiffLine::Kind::Added:
            text += QStringLiteral("+ ") + line.text;
            break;
        case DiffLine::Kind::Gap:
            text += QStringLiteral("…");
            break;
        }
    }
    const int scrolled = horizontalScrollBar()->value();
    if (toPlainText() != text)
        setPlainText(text);
    horizontalScrollBar()->setValue(scrolled);
    colourLines();
    updateGeometry();
}

QSize DiffView::sizeHint() const {
    const int lines = std::clamp(static_cast<int>(m_lines.size()), 1, mostLinesHigh);
    const int bar = horizontalScrollBar()->sizeHint().height();
    // Half a line more: a fallback font's line may be higher.
    return {200, lines * fontMetrics().lineSpacing() + fontMetrics().lineSpacing() / 2 + 2 * Theme::grid +
                     2 * frameWidth() + bar};
}

QSize DiffView::minimumSizeHint() const {
    return {120, sizeHint().height()};
}

void DiffView::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange)
        refreshFont();
}

void DiffView::refreshFont() {
    setFont(Theme::monospaceFont());
    updateGeometry();
}

void DiffView::colourLines() {
    QList<QTextEdit::ExtraSelection> marks;
    QTextBlock block = document()->firstBlock();
    for (const DiffLine& line : std::as_const(m_lines)) {
        if (!block.isValid())
            break;
        if (line.kind == DiffLine::Kind::Removed || line.kind == DiffLine::Kind::Added) {
            const Theme::Status status =
                line.kind == DiffLine::Kind::Removed ? Theme::Status::Error : Theme::Status::Ok;
            const QColor background = m_theme.statusBackground(status);
            QTextEdit::ExtraSelection whole;
            whole.cursor = QTextCursor(block);
            whole.format.setBackground(background);
            whole.format.setProperty(QTextFormat::FullWidthSelection, true);
            marks.append(whole);
            if (line.emphasisLength > 0) {
                QTextEdit::ExtraSelection part;
                part.cursor = QTextCursor(block);
                part.cursor.setPosition(block.position() + 2 + line.emphasisBegin);
                part.cursor.setPosition(block.position() + 2 + line.emphasisBegin + line.emphasisLength,
                                        QTextCursor::KeepAnchor);
                part.format.setBackground(blend(m_theme.status(status), background, 0.28));
                marks.append(part);
            }
        } else {
            QTextEdit::ExtraSelection quiet;
            quiet.cursor = QTextCursor(block);
            quiet.cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
            quiet.format.setForeground(m_theme.colour(Theme::Role::SecondaryText));
            marks.append(quiet);
        }
        block = block.next();
    }
    setExtraSelections(marks);
}

} // namespace tierdeck::ui
