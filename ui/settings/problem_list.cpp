#include "ui/settings/problem_list.h"

#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace tierdeck::ui {

namespace {

bool sameFix(const std::optional<preferences::Fix>& a, const std::optional<preferences::Fix>& b) {
    if (!a || !b)
        return a.has_value() == b.has_value();
    return a->label == b->label && a->pointer == b->pointer && a->json == b->json;
}

bool sameProblem(const preferences::Problem& a, const preferences::Problem& b) {
    return a.file == b.file && a.pointer == b.pointer && a.severity == b.severity && a.message == b.message &&
           a.where == b.where && sameFix(a.fix, b.fix);
}

} // namespace

ProblemList::ProblemList(Theme& theme, Places places, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_places(places)
    , m_rows(new QVBoxLayout(this)) {
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(Theme::paddingSmall);
    connect(&m_theme, &Theme::changed, this, &ProblemList::rebuild);
    hide();
}

void ProblemList::setProblems(const std::vector<preferences::Problem>& problems,
                              const std::string& fixableFile) {
    if (fixableFile == m_fixableFile &&
        std::equal(problems.begin(), problems.end(), m_problems.begin(), m_problems.end(), sameProblem))
        return;
    m_problems = problems;
    m_fixableFile = fixableFile;
    rebuild();
}

void ProblemList::rebuild() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (QWidget* row = item->widget()) {
            row->hide();
            row->deleteLater(); // the click on its button may still be on the stack
        }
        delete item;
    }
    const int iconSize = fontMetrics().height();
    for (const preferences::Problem& problem : m_problems) {
        const bool isError = problem.severity == preferences::Severity::Error;
        auto* row = new QWidget(this);
        row->setObjectName(QStringLiteral("problem"));
        auto* grid = new QGridLayout(row);
        grid->setContentsMargins(0, 0, 0, 0);
        grid->setHorizontalSpacing(Theme::paddingSmall);
        grid->setVerticalSpacing(2);
        grid->setColumnStretch(1, 1);

        auto* icon = new QLabel(row);
        icon->setPixmap(m_theme.statusIcon(isError ? Theme::Status::Error : Theme::Status::Attention)
                            .pixmap(QSize(iconSize, iconSize), devicePixelRatioF()));
        icon->setToolTip(isError ? tr("Error") : tr("Warning"));
        icon->setAccessibleName(icon->toolTip());
        grid->addWidget(icon, 0, 0, Qt::AlignTop);

        auto* sentence = new QLabel(text::fromUtf8(problem.message), row);
        sentence->setObjectName(QStringLiteral("problemSentence"));
        sentence->setTextFormat(Qt::PlainText);
        sentence->setWordWrap(true);
        sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
        sentence->setAccessibleName(isError ? tr("Error: %1").arg(sentence->text())
                                            : tr("Warning: %1").arg(sentence->text()));
        grid->addWidget(sentence, 0, 1);

        int line = 1;
        if (m_places == Places::Shown) {
            QString place = text::fromUtf8(problem.file);
            if (!problem.where.empty())
                place += QStringLiteral(", ") + text::fromUtf8(problem.where);
            else if (!problem.pointer.empty())
                place += QStringLiteral(" ") + text::fromUtf8(problem.pointer);
            auto* where = new QLabel(place, row);
            where->setTextFormat(Qt::PlainText);
            where->setFont(Theme::smallFont());
            where->setForegroundRole(QPalette::PlaceholderText);
            where->setWordWrap(true);
            grid->addWidget(where, line++, 1);
        }
        if (problem.fix && problem.file == m_fixableFile) {
            auto* fix = new QPushButton(text::fromUtf8(problem.fix->label), row);
            fix->setObjectName(QStringLiteral("problemFix"));
            fix->setAutoDefault(false);
            fix->setAccessibleDescription(tr("Fixes: %1").arg(sentence->text()));
            connect(fix, &QPushButton::clicked, this, [this, problem] { Q_EMIT fixWanted(problem); });
            grid->addWidget(fix, line++, 1, Qt::AlignLeading);
        }
        m_rows->addWidget(row);
    }
    setVisible(!m_problems.empty());
}

} // namespace tierdeck::ui
