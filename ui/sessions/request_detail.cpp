#include "ui/sessions/request_detail.h"

#include "core/routing/packed_decision.h"
#include "core/routing/route_decision.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QHBoxLayout>
#include <QScrollBar>
#include <QTextBrowser>
#include <QVBoxLayout>

#include <utility>

namespace tierdeck::ui {

namespace {

QString escaped(std::string_view text) {
    return text::fromUtf8(text).toHtmlEscaped();
}

/// Builds the panel's HTML in the theme's colours.
class Writer {
public:
    explicit Writer(const Theme& theme)
        : m_text(theme.colour(Theme::Role::Text).name())
        , m_quiet(theme.colour(Theme::Role::SecondaryText).name())
        , m_line(theme.colour(Theme::Role::Hairline).name())
        , m_error(theme.status(Theme::Status::Error).name())
        , m_theme(theme) {}

    [[nodiscard]] QString heading(const QString& title) const {
        return QStringLiteral("<p style='margin:0 0 2px 0; color:%1; font-weight:600'>%2</p>")
            .arg(m_quiet, title);
    }

    [[nodiscard]] QString paragraph(const QString& html) const {
        return QStringLiteral("<p style='margin:0 0 8px 0; color:%1'>%2</p>").arg(m_text, html);
    }

    [[nodiscard]] QString quiet(const QString& html) const {
        return QStringLiteral("<span style='color:%1'>%2</span>").arg(m_quiet, html);
    }

    [[nodiscard]] QString error(const QString& html) const {
        return QStringLiteral("<span style='color:%1'>%2</span>").arg(m_error, html);
    }

    [[nodiscard]] QString chip(const QString& tier) const {
        const QColor fill = m_theme.tier(tier);
        return QStringLiteral(
                   "<span style='background-color:%1; color:%2; font-weight:700'>&nbsp;%3&nbsp;</span>")
            .arg(fill.name(), Theme::textOn(fill).name(), text::tierLetter(tier).toHtmlEscaped());
    }

    [[nodiscard]] static QString row(const QStringList& cells, const QList<Qt::Alignment>& alignments = {}) {
        QString html = QStringLiteral("<tr>");
        for (qsizetype i = 0; i < cells.size(); ++i) {
            const bool right = i < alignments.size() && alignments.at(i) == Qt::AlignRight;
            const bool last = i + 1 == cells.size(); // only what ends a row may need more than one line
            html += QStringLiteral("<td align='%1' style='padding:1px 12px 1px 0'><p style='margin:0; "
                                   "white-space:%3'>%2</p></td>")
                        .arg(right ? QStringLiteral("right") : QStringLiteral("left"), cells.at(i),
                             last ? QStringLiteral("normal") : QStringLiteral("nowrap"));
        }
        return html + QStringLiteral("</tr>");
    }

    [[nodiscard]] static QString table(const QString& rows) {
        return QStringLiteral("<table cellspacing='0' cellpadding='0' style='margin:0 0 10px 0'>%1</table>")
            .arg(rows);
    }

private:
    QString m_text;
    QString m_quiet;
    QString m_line;
    QString m_error;
    const Theme& m_theme;
};

QString outcomeText(routing::LadderStep::Outcome outcome) {
    switch (outcome) {
    case routing::LadderStep::Outcome::Won:
        return RequestDetail::tr("decided");
    case routing::LadderStep::Outcome::Lost:
        return RequestDetail::tr("lost");
    case routing::LadderStep::Outcome::Passed:
        return RequestDetail::tr("passed");
    }
    return {};
}

QString decisionHtml(const Writer& writer, const routing::RequestRecord& request,
                     const Result<routing::RouteDecision>& decision) {
    if (!decision) {
        QString html = writer.heading(RequestDetail::tr("Why"));
        html += writer.paragraph(request.reason.empty()
                                     ? RequestDetail::tr("Nothing is known about how it was decided.")
                                     : escaped(request.reason));
        return html;
    }
    QString html = writer.heading(RequestDetail::tr("Why"));
    QString why = text::fromUtf8(routing::explain(*decision)) + u'.';
    if (decision->tier) // a model's name stays as it is
        why.replace(0, 1, why.at(0).toUpper());
    html += writer.paragraph(why.toHtmlEscaped());
    if (!decision->ladder.empty()) {
        html += writer.heading(RequestDetail::tr("Ladder, highest first"));
        QString rows;
        for (const routing::LadderStep& step : decision->ladder) {
            const bool won = step.outcome == routing::LadderStep::Outcome::Won;
            const bool passed = step.outcome == routing::LadderStep::Outcome::Passed;
            const QString source = text::tierSource(text::fromUtf8(routing::toString(step.source)));
            const QString tier = text::fromUtf8(step.tier);
            QString name =
                won ? QStringLiteral("<b>%1</b>").arg(source.toHtmlEscaped()) : source.toHtmlEscaped();
            if (passed)
                name = writer.quiet(name);
            const QString reason = escaped(routing::sentence(step, decision->source));
            const QString outcome = outcomeText(step.outcome).toHtmlEscaped();
            rows += Writer::row({name, tier.isEmpty() ? QString() : writer.chip(tier),
                                 won ? QStringLiteral("<b>%1</b>").arg(outcome) : writer.quiet(outcome),
                                 passed ? writer.quiet(reason) : reason});
        }
        html += Writer::table(rows);
    }
    if (!decision->unsetWanted.empty())
        html += writer.paragraph(RequestDetail::tr("The turn wanted %1, which is not set in Model Router.")
                                     .arg(escaped(decision->unsetWanted)));
    if (!decision->flip.empty())
        html += writer.paragraph(escaped(routing::render(decision->flip)));
    if (!decision->excluded.empty()) {
        html += writer.heading(RequestDetail::tr("Left out"));
        QString rows;
        for (const routing::Exclusion& exclusion : decision->excluded)
            rows += Writer::row({escaped(std::string(routing::nameOf(exclusion))),
                                 writer.quiet(escaped(routing::render(exclusion.reason)))});
        html += Writer::table(rows);
    }
    return html;
}

QString attemptsHtml(const Writer& writer, const routing::RequestRecord& request) {
    if (request.attempts.empty())
        return {};
    QString rows;
    for (std::size_t i = 0; i < request.attempts.size(); ++i) {
        const routing::AttemptRecord& attempt = request.attempts[i];
        const bool ok = attempt.outcome == "ok";
        rows +=
            Writer::row({writer.quiet(text::count(static_cast<std::int64_t>(i) + 1)), escaped(attempt.model),
                         ok ? RequestDetail::tr("OK") : writer.error(escaped(attempt.outcome)),
                         text::duration(attempt.latencyMs)});
        if (!attempt.reason.empty())
            rows += QStringLiteral("<tr><td></td><td colspan='3' style='padding:0 0 3px 0'>%1</td></tr>")
                        .arg(writer.quiet(escaped(attempt.reason)));
    }
    return writer.heading(RequestDetail::tr("Attempts")) + Writer::table(rows);
}

QString tokensHtml(const Writer& writer, const routing::RequestRecord& request) {
    const pricing::TokenUsage& usage = request.usage;
    const QList<Qt::Alignment> numbers{Qt::AlignLeft, Qt::AlignRight};
    QString rows;
    const auto add = [&](const QString& name, std::int64_t tokens, bool always = false) {
        if (tokens > 0 || always)
            rows += Writer::row({writer.quiet(name), text::count(tokens)}, numbers);
    };
    add(RequestDetail::tr("uncached input"), usage.input, true);
    add(RequestDetail::tr("cached input"), usage.cachedInput, true);
    add(RequestDetail::tr("cache write, 5 minutes"), usage.cacheWrite5m);
    add(RequestDetail::tr("cache write, 1 hour"), usage.cacheWrite1h);
    add(RequestDetail::tr("output"), usage.output, true);
    add(RequestDetail::tr("of it reasoning"), usage.reasoning);
    add(RequestDetail::tr("web searches"), usage.webSearches);
    QString cost = request.cost ? text::moneyExact(*request.cost) : text::unpriced();
    if (request.simulated)
        cost = RequestDetail::tr("simulated, costs nothing");
    rows += Writer::row(
        {QStringLiteral("<b>%1</b>").arg(RequestDetail::tr("cost")), QStringLiteral("<b>%1</b>").arg(cost)},
        numbers);
    QString html = writer.heading(RequestDetail::tr("Tokens")) + Writer::table(rows);
    if (request.usageEstimated)
        html += writer.paragraph(
            writer.quiet(RequestDetail::tr("The provider did not say; these are estimates.")));
    return html;
}

QString factsHtml(const Writer& writer, const routing::RequestRecord& request) {
    QString rows;
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty())
            rows += Writer::row({writer.quiet(name), value});
    };
    if (request.model && !request.modelReturned.empty() && request.modelReturned != *request.model)
        add(RequestDetail::tr("answered by"), escaped(request.modelReturned));
    if (request.firstByteMs)
        add(RequestDetail::tr("first byte after"), text::duration(*request.firstByteMs));
    add(RequestDetail::tr("task type"), escaped(request.taskType));
    const auto addKnown = [&](const QString& name, const std::string& value, const std::string& source) {
        if (!value.empty())
            add(name, source.empty()
                          ? escaped(value)
                          : RequestDetail::tr("%1, known by %2").arg(escaped(value), escaped(source)));
    };
    addKnown(RequestDetail::tr("agent"), request.agent, request.agentSource);
    add(RequestDetail::tr("works for agent"), escaped(request.parentAgent));
    add(RequestDetail::tr("works for session"), escaped(request.parentSession));
    addKnown(RequestDetail::tr("client"), request.client, request.clientSource);
    addKnown(RequestDetail::tr("project"), request.project, request.projectSource);
    add(RequestDetail::tr("session known from"), escaped(request.sessionSource));
    add(RequestDetail::tr("prices of"),
        request.cost && !request.simulated ? escaped(request.priceVersion) : QString());
    add(RequestDetail::tr("reply id"), escaped(request.messageId));
    QString html;
    if (!rows.isEmpty())
        html += writer.heading(RequestDetail::tr("Details")) + Writer::table(rows);
    if (!request.notes.empty())
        html += writer.heading(RequestDetail::tr("Not carried over")) +
                writer.paragraph(escaped(request.notes).replace(u'\n', QStringLiteral("<br>")));
    return html;
}

} // namespace

RequestDetail::RequestDetail(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_chip(new TierChip(theme, this))
    , m_title(new ElidedLabel(this))
    , m_body(new QTextBrowser(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, Theme::grid, 0, 0);
    column->setSpacing(Theme::grid);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(Theme::paddingSmall, 0, Theme::paddingSmall, 0);
    row->setSpacing(Theme::paddingSmall);
    row->addWidget(m_chip);
    row->addWidget(m_title, 1);
    column->addLayout(row);
    m_title->setObjectName(QStringLiteral("requestTitle"));
    m_body->setObjectName(QStringLiteral("requestDetail"));
    m_body->setAccessibleName(tr("Details of the chosen request"));
    m_body->setFrameShape(QFrame::NoFrame);
    m_body->setOpenLinks(false);
    m_body->document()->setDocumentMargin(Theme::paddingSmall);
    m_body->setTabChangesFocus(true);
    column->addWidget(m_body, 1);
    connect(&m_theme, &Theme::changed, this, &RequestDetail::render);
    clear({});
}

void RequestDetail::showRequest(const routing::RequestRecord& request, const sessions::TurnRow& turn,
                                int number) {
    const bool other = !m_request || m_request->request != request.request;
    m_request = request;
    m_turn = turn;
    m_number = number;
    render();
    if (other)
        m_body->verticalScrollBar()->setValue(0);
}

void RequestDetail::clear(const QString& hint) {
    m_request.reset();
    m_chip->hide();
    m_title->setText({});
    m_body->setHtml(QStringLiteral("<p style='color:%1'>%2</p>")
                        .arg(m_theme.colour(Theme::Role::SecondaryText).name(), hint.toHtmlEscaped()));
}

std::optional<RequestId> RequestDetail::shownRequest() const {
    return m_request ? std::optional(m_request->request) : std::nullopt;
}

QString RequestDetail::plainText() const {
    return m_body->toPlainText();
}

void RequestDetail::render() {
    if (!m_request)
        return;
    const routing::RequestRecord& request = *m_request;
    m_chip->setVisible(true);
    m_chip->setTier(QString::fromStdString(request.tier.value_or(std::string())));
    QStringList title{tr("Turn %1").arg(m_turn.turn)};
    if (m_turn.totals.requests > 1)
        title.append(tr("request %1 of %2").arg(m_number).arg(m_turn.totals.requests));
    title.append(text::fromUtf8(request.model.value_or(std::string())));
    title.append(text::dateTime(request.time));
    title.append(text::duration(request.latencyMs));
    QString status = text::requestStatus(QString::fromStdString(request.status));
    if (request.status != "ok" && request.httpStatus > 0)
        status = tr("%1, HTTP %2").arg(status).arg(request.httpStatus);
    title.append(status);
    m_title->setText(title.join(QStringLiteral(" · ")));

    const Writer writer(m_theme);
    const Result<routing::RouteDecision> decision =
        request.decision.empty() ? Result<routing::RouteDecision>(failure(ErrorCode::NotFound, {}))
                                 : routing::unpack(request.decision);
    const QString left = decisionHtml(writer, request, decision);
    const QString right =
        attemptsHtml(writer, request) + tokensHtml(writer, request) + factsHtml(writer, request);
    m_wide = m_body->viewport()->width() > fontMetrics().averageCharWidth() * 90;
    const int scroll = m_body->verticalScrollBar()->value();
    if (m_wide)
        m_body->setHtml(QStringLiteral("<table width='100%' cellspacing='0' cellpadding='0'><tr>"
                                       "<td width='56%' valign='top' style='padding-right:16px'>%1</td>"
                                       "<td width='44%' valign='top'>%2</td></tr></table>")
                            .arg(left, right));
    else
        m_body->setHtml(left + right);
    m_body->verticalScrollBar()->setValue(scroll);
}

void RequestDetail::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (m_request && m_wide != (m_body->viewport()->width() > fontMetrics().averageCharWidth() * 90))
        render();
}

} // namespace tierdeck::ui
