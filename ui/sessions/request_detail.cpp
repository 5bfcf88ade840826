#include "ui/sessions/request_detail.h"

#include "core/routing/packed_decision.h"
#include "core/routing/route_decision.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollBar>
#include <QTextBrowser>
#include <QTextCursor>
#include <QTextDocument>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tierdeck::ui {

namespace {

/// Of the decision's sentences and ladder, beside tokens and prices.
constexpr int leastCharactersLeft = 44;
constexpr int roomyCharacters = 64; ///< of the header

QString escaped(std::string_view text) {
    return text::fromUtf8(text).toHtmlEscaped();
}

/// Builds the panel's HTML in the theme's colours.
class Writer {
public:
    /// Of a row's cells, the last may always take more than one line.
    enum class Cells { InOneLine, MayBreak };

    Writer(const Theme& theme, Cells cells)
        : m_text(theme.colour(Theme::Role::Text).name())
        , m_quiet(theme.colour(Theme::Role::SecondaryText).name())
        , m_line(theme.colour(Theme::Role::Hairline).name())
        , m_error(theme.status(Theme::Status::Error).name())
        , m_cells(cells)
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

    [[nodiscard]] QString row(const QStringList& cells, const QList<Qt::Alignment>& alignments = {}) const {
        QStringList written;
        for (qsizetype i = 0; i < cells.size(); ++i) {
            const bool right = i < alignments.size() && alignments.at(i) == Qt::AlignRight;
            const bool last = i + 1 == cells.size(); // only what ends a row may need more than one line
            written.append(QStringLiteral("<td align='%1' style='padding-top:1px; padding-bottom:1px; "
                                          "%4:12px'><p style='margin:0; white-space:%3'>%2</p></td>")
                               .arg(right ? QStringLiteral("right") : QStringLiteral("left"), cells.at(i),
                                    last || m_cells == Cells::MayBreak ? QStringLiteral("normal")
                                                                       : QStringLiteral("nowrap"),
                                    paddingAtEnd()));
        }
        return rowOf(std::move(written));
    }

    /// Tables are not turned round by what shows them.
    [[nodiscard]] static QString rowOf(QStringList cells) {
        if (QGuiApplication::isRightToLeft())
            std::ranges::reverse(cells);
        return QStringLiteral("<tr>%1</tr>").arg(cells.join(QString()));
    }

    /// Of a cell, towards the next one.
    [[nodiscard]] static QString paddingAtEnd() {
        return QGuiApplication::isRightToLeft() ? QStringLiteral("padding-left")
                                                : QStringLiteral("padding-right");
    }

    [[nodiscard]] static QString table(const QString& rows) {
        return QStringLiteral(
                   "<table %1 cellspacing='0' cellpadding='0' style='margin:0 0 10px 0'>%2</table>")
            .arg(QGuiApplication::isRightToLeft() ? QStringLiteral("align='right'") : QString(), rows);
    }

private:
    QString m_text;
    QString m_quiet;
    QString m_line;
    QString m_error;
    Cells m_cells;
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
            rows += writer.row({name, tier.isEmpty() ? QString() : writer.chip(tier),
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
            rows += writer.row({escaped(std::string(routing::nameOf(exclusion))),
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
            writer.row({writer.quiet(text::count(static_cast<std::int64_t>(i) + 1)), escaped(attempt.model),
                        ok ? RequestDetail::tr("OK") : writer.error(escaped(attempt.outcome)),
                        text::duration(attempt.latencyMs).replace(u' ', QChar(QChar::Nbsp))});
        if (!attempt.reason.empty())
            rows +=
                Writer::rowOf({QStringLiteral("<td></td>"),
                               QStringLiteral("<td colspan='3' style='padding-bottom:3px; %2:12px'>%1</td>")
                                   .arg(writer.quiet(escaped(attempt.reason)), Writer::paddingAtEnd())});
    }
    return writer.heading(RequestDetail::tr("Attempts")) + Writer::table(rows);
}

/// One class of tokens: how many, at what price, and what that makes.
struct TokenClass {
    QString name;
    std::int64_t tokens = 0;
    std::optional<PicoUsdPerToken> rate; ///< nullopt: this class costs nothing
    bool always = false;
};

QString perMillion(PicoUsdPerToken rate) {
    return QLocale().toString(static_cast<double>(rate.value) / 1e6, 'g', 6);
}

QString tokensHtml(const Writer& writer, const routing::RequestRecord& request,
                   const std::optional<pricing::Rates>& rates) {
    const pricing::TokenUsage& usage = request.usage;
    const QList<Qt::Alignment> numbers{Qt::AlignLeft, Qt::AlignRight, Qt::AlignRight, Qt::AlignRight};
    const bool priced = rates.has_value() && request.cost && !request.simulated;
    QList<TokenClass> classes{
        {RequestDetail::tr("uncached input"), usage.input, {}, true},
        {RequestDetail::tr("cached input"), usage.cachedInput, {}, true},
        {RequestDetail::tr("cache write, 5 minutes"), usage.cacheWrite5m, {}, false},
        {RequestDetail::tr("cache write, 1 hour"), usage.cacheWrite1h, {}, false},
        {RequestDetail::tr("output"), usage.output, {}, true},
    };
    if (priced) {
        classes[0].rate = rates->input;
        classes[1].rate = rates->cachedInput.value_or(rates->input); // else a cached read is billed as input
        classes[2].rate = rates->cacheWrite5m;
        classes[3].rate = rates->cacheWrite1h;
        classes[4].rate = rates->output;
    }
    QString rows;
    if (priced)
        rows += writer.row({QString(), writer.quiet(RequestDetail::tr("tokens")),
                            writer.quiet(RequestDetail::tr("$ per million")),
                            writer.quiet(RequestDetail::tr("cost $"))},
                           numbers);
    std::int64_t sumPicoUsd = 0;
    for (const TokenClass& one : classes) {
        if (one.tokens == 0 && !one.always)
            continue;
        QStringList cells{writer.quiet(one.name), text::count(one.tokens)};
        if (priced) {
            const std::int64_t picoUsd = one.rate ? one.tokens * one.rate->value : 0;
            sumPicoUsd += picoUsd;
            cells.append(one.rate ? perMillion(*one.rate) : RequestDetail::tr("free"));
            cells.append(text::moneyExact(NanoUsd((picoUsd + 500) / 1000)).remove(u'$').trimmed());
        }
        rows += writer.row(cells, numbers);
    }
    if (usage.reasoning > 0)
        rows += writer.row({writer.quiet(RequestDetail::tr("of it reasoning")), text::count(usage.reasoning)},
                           numbers);
    if (usage.webSearches > 0)
        rows += writer.row({writer.quiet(RequestDetail::tr("web searches")), text::count(usage.webSearches)},
                           numbers);
    QString cost = request.cost ? text::moneyExact(*request.cost) : text::unpriced();
    if (request.simulated)
        cost = RequestDetail::tr("simulated, costs nothing");
    QStringList total{QStringLiteral("<b>%1</b>").arg(RequestDetail::tr("cost"))};
    if (priced)
        total << QString() << QString();
    total << QStringLiteral("<b>%1</b>").arg(cost);
    rows += writer.row(total, numbers);
    QString html = writer.heading(RequestDetail::tr("Tokens")) + Writer::table(rows);
    const NanoUsd sum((sumPicoUsd + 500) / 1000);
    if (priced && sum != *request.cost)
        html += writer.paragraph(writer.quiet(
            RequestDetail::tr("By the prices known here the tokens alone make %1. The request was priced "
                              "when it was made, with what its provider adds or takes off.")
                .arg(text::moneyExact(sum))));
    if (!request.cost && !request.simulated)
        html += writer.paragraph(writer.quiet(
            RequestDetail::tr("No price is known for this model. Add it to preferences/prices.json to have "
                              "the next requests priced.")));
    if (request.usageEstimated)
        html += writer.paragraph(
            writer.quiet(RequestDetail::tr("The provider did not say; these are estimates.")));
    return html;
}

QString factsHtml(const Writer& writer, const routing::RequestRecord& request) {
    QString rows;
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty())
            rows += writer.row({writer.quiet(name), value});
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
    add(RequestDetail::tr("request"), QString::number(request.request.value));
    add(RequestDetail::tr("session"), escaped(request.session));
    add(RequestDetail::tr("reply id"), escaped(request.messageId));
    QString html;
    if (!rows.isEmpty())
        html += writer.heading(RequestDetail::tr("Details")) + Writer::table(rows);
    if (!request.notes.empty())
        html += writer.heading(RequestDetail::tr("Not carried over")) +
                writer.paragraph(escaped(request.notes).replace(u'\n', QStringLiteral("<br>")));
    return html;
}

/// Where HTML would go by the words of each line.
void layRightToLeft(QTextDocument& document) {
    QTextBlockFormat lines;
    lines.setLayoutDirection(Qt::RightToLeft);
    QTextCursor all(&document);
    all.select(QTextCursor::Document);
    all.mergeBlockFormat(lines);
}

} // namespace

RequestDetail::RequestDetail(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_chip(new TierChip(theme, this))
    , m_title(new ElidedLabel(this))
    , m_labelName(new QLabel(tr("Should have &been"), this))
    , m_labels(new QComboBox(this))
    , m_copy(new QToolButton(this))
    , m_copyMenu(new QMenu(m_copy))
    , m_body(new QTextBrowser(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, Theme::grid, 0, 0);
    column->setSpacing(Theme::grid);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(Theme::paddingSmall, 0, Theme::paddingSmall, 0);
    row->setSpacing(Theme::paddingSmall);
    row->addWidget(m_chip);
    row->addWidget(m_title, 1);
    row->addWidget(m_labelName);
    row->addWidget(m_labels);
    row->addWidget(m_copy);
    column->addLayout(row);
    m_labelName->setBuddy(m_labels);
    m_labels->setObjectName(QStringLiteral("requestLabel"));
    m_labels->setAccessibleName(tr("The tier that this request should have been"));
    m_labels->setToolTip(
        tr("Says which tier would have been right. Labels teach the router and show where it "
           "routes too high or too low."));
    m_labels->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(m_labels, &QComboBox::activated, this, [this] {
        if (m_request && m_labels->currentData().toString() != m_label)
            Q_EMIT labelChosen(m_request->request, m_labels->currentData().toString());
    });
    m_copy->setObjectName(QStringLiteral("requestCopy"));
    m_copy->setIcon(m_theme.icon(QStringLiteral("copy")));
    m_copy->setToolTip(tr("Copy ids and the decision"));
    m_copy->setAccessibleName(m_copy->toolTip());
    m_copy->setFocusPolicy(Qt::StrongFocus);
    m_copyMenu->setObjectName(QStringLiteral("requestCopyMenu"));
    connect(m_copy, &QToolButton::clicked, this,
            [this] { m_copyMenu->popup(m_copy->mapToGlobal(QPoint(0, m_copy->height()))); });
    connect(m_copyMenu, &QMenu::aboutToShow, this, &RequestDetail::fillCopyMenu);
    connect(&m_theme, &Theme::changed, this,
            [this] { m_copy->setIcon(m_theme.icon(QStringLiteral("copy"))); });
    m_labels->setFocusPolicy(Qt::StrongFocus);
    m_labels->installEventFilter(this); // scrolling past it must say nothing
    setTiers({});
    m_title->setObjectName(QStringLiteral("requestTitle"));
    m_body->setObjectName(QStringLiteral("requestDetail"));
    m_body->setAccessibleName(tr("Details of the chosen request"));
    m_body->setFrameShape(QFrame::NoFrame);
    m_body->setOpenLinks(false);
    m_body->document()->setDocumentMargin(Theme::paddingSmall);
    m_body->setTabChangesFocus(true);
    m_body->setTextInteractionFlags(Qt::TextBrowserInteraction | Qt::TextSelectableByKeyboard);
    column->addWidget(m_body, 1);
    connect(&m_theme, &Theme::changed, this, &RequestDetail::render);
    clear({});
}

void RequestDetail::showRequest(const routing::RequestRecord& request, const sessions::TurnRow& turn,
                                int number) {
    const bool other = !m_request || m_request->request != request.request;
    // What is recorded stays as it is, but for what an import adds to it; its turn may grow.
    if (!other && m_number == number && m_turn.totals.requests == turn.totals.requests &&
        m_request->usage == request.usage && m_request->cost == request.cost &&
        m_request->status == request.status)
        return;
    m_request = request;
    m_turn = turn;
    m_number = number;
    if (other) {
        m_rates.reset();
        m_label.clear();
        m_labels->setCurrentIndex(0);
    }
    render();
    if (other)
        m_body->verticalScrollBar()->setValue(0);
}

void RequestDetail::clear(const QString& hint) {
    m_request.reset();
    for (QWidget* widget : {static_cast<QWidget*>(m_chip), static_cast<QWidget*>(m_labelName),
                            static_cast<QWidget*>(m_labels), static_cast<QWidget*>(m_copy)})
        widget->hide();
    m_title->setText({});
    m_body->setHtml(QStringLiteral("<p style='color:%1'>%2</p>")
                        .arg(m_theme.colour(Theme::Role::SecondaryText).name(), hint.toHtmlEscaped()));
}

void RequestDetail::setRates(const std::optional<pricing::Rates>& rates) {
    m_rates = rates;
    render();
}

void RequestDetail::setLabel(const std::optional<std::string>& tier) {
    m_label = QString::fromStdString(tier.value_or(std::string()));
    int index = m_labels->findData(m_label);
    if (index < 0) { // of a tier that is no longer known
        m_labels->addItem(m_label, m_label);
        index = m_labels->count() - 1;
    }
    m_labels->setCurrentIndex(index);
}

void RequestDetail::setTiers(const QStringList& tiers) {
    const QString chosen = m_labels->currentData().toString();
    m_labels->clear();
    m_labels->addItem(QString(), QString());
    fitHeader();
    for (const QString& tier : tiers)
        m_labels->addItem(tier, tier);
    m_labels->setCurrentIndex(std::max(0, m_labels->findData(chosen)));
}

bool RequestDetail::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_labels && event->type() == QEvent::Wheel) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void RequestDetail::fillCopyMenu() {
    m_copyMenu->clear();
    if (!m_request)
        return;
    const auto add = [this](const QString& name, const QString& value) {
        if (value.isEmpty())
            return;
        connect(m_copyMenu->addAction(name), &QAction::triggered, this,
                [value] { QGuiApplication::clipboard()->setText(value); });
    };
    add(tr("Request %1").arg(m_request->request.value), QString::number(m_request->request.value));
    add(tr("Session id"), text::fromUtf8(m_request->session));
    add(tr("Reply id"), text::fromUtf8(m_request->messageId));
    add(tr("Model"), text::fromUtf8(m_request->model.value_or(std::string())));
    m_copyMenu->addSeparator();
    add(tr("All of this as text"), m_title->text() + QStringLiteral("\n\n") + m_body->toPlainText());
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
    for (QWidget* widget :
         {static_cast<QWidget*>(m_chip), static_cast<QWidget*>(m_labels), static_cast<QWidget*>(m_copy)})
        widget->show();
    fitHeader();
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

    const Result<routing::RouteDecision> decision =
        request.decision.empty() ? Result<routing::RouteDecision>(failure(ErrorCode::NotFound, {}))
                                 : routing::unpack(request.decision);
    const auto left = [&](const Writer& writer) { return decisionHtml(writer, request, decision); };
    const auto right = [&](const Writer& writer) {
        return attemptsHtml(writer, request) + tokensHtml(writer, request, m_rates) +
               factsHtml(writer, request);
    };
    // Beside each other where the numbers need not be cut for it; else one below the other.
    const Writer writer(m_theme, Writer::Cells::InOneLine);
    const int width =
        m_body->viewport()->width() - static_cast<int>(std::ceil(2 * m_body->document()->documentMargin()));
    const int gap = Theme::padding;
    const int rightWidth = std::max(width * 44 / 100, widthOf(tokensHtml(writer, request, m_rates)) + gap);
    const int scroll = m_body->verticalScrollBar()->value();
    if (width - rightWidth > fontMetrics().averageCharWidth() * leastCharactersLeft) {
        m_body->setHtml(
            QStringLiteral("<table cellspacing='0' cellpadding='0'>%1</table>")
                .arg(Writer::rowOf({QStringLiteral("<td width='%1' valign='top' style='%2:%3px'>%4</td>")
                                        .arg(width - rightWidth - gap)
                                        .arg(Writer::paddingAtEnd())
                                        .arg(gap)
                                        .arg(left(writer)),
                                    QStringLiteral("<td width='%1' valign='top'>%2</td>")
                                        .arg(rightWidth)
                                        .arg(right(writer))})));
    } else if (const QString html = left(writer) + right(writer); fits(html, width)) {
        m_body->setHtml(html);
    } else {
        const Writer breaking(m_theme, Writer::Cells::MayBreak);
        m_body->setHtml(left(breaking) + right(breaking));
    }
    if (isRightToLeft())
        layRightToLeft(*m_body->document());
    m_body->verticalScrollBar()->setValue(scroll);
}

bool RequestDetail::fits(const QString& html, int width) const {
    QTextDocument document;
    document.setDefaultFont(m_body->document()->defaultFont());
    document.setDocumentMargin(0);
    document.setHtml(html);
    document.setTextWidth(width);
    return document.size().width() <= width;
}

/// Without a line broken.
int RequestDetail::widthOf(const QString& html) const {
    QTextDocument document;
    document.setDefaultFont(m_body->document()->defaultFont());
    document.setHtml(html);
    return static_cast<int>(std::ceil(document.idealWidth()));
}

/// Where there is little room it is the request's, and the box says by itself what it is for.
void RequestDetail::fitHeader() {
    const bool roomy = width() > fontMetrics().averageCharWidth() * roomyCharacters;
    m_labelName->setVisible(roomy && m_request.has_value());
    m_labels->setItemText(0, roomy ? tr("not said") : tr("Better tier …"));
}

void RequestDetail::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitHeader();
    if (m_request)
        render();
}

} // namespace tierdeck::ui
