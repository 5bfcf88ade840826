#include "ui/sessions/session_terms.h"

#include "ui/shell/text_format.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

namespace {

using Key = SessionTerms::Key;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(SessionTerms)
};

const QString explicitTier = QStringLiteral("-");

/// Dollars as a person types them: 0.5, .5, 0,5, $0.5.
std::optional<NanoUsd> amountFrom(QString text) {
    text.remove(u'$');
    text.replace(u',', u'.');
    bool ok = false;
    const double dollars = text.toDouble(&ok);
    if (!ok || !(dollars >= 0) || dollars > 1e9)
        return std::nullopt;
    return NanoUsd(std::llround(dollars * 1e9));
}

/// Words at blanks; quotes keep blanks together.
QStringList wordsOf(const QString& line) {
    QStringList words;
    QString word;
    bool quoted = false;
    bool any = false;
    for (const QChar letter : line) {
        if (letter == u'"') {
            quoted = !quoted;
            any = true;
        } else if (letter.isSpace() && !quoted) {
            if (any)
                words.append(word);
            word.clear();
            any = false;
        } else {
            word += letter;
            any = true;
        }
    }
    if (any)
        words.append(word);
    return words;
}

std::optional<SessionTerms::Term> termFrom(const QString& word) {
    if (word.startsWith(QLatin1StringView("cost>"), Qt::CaseInsensitive)) {
        const QString amount =
            word.mid(word.startsWith(QLatin1StringView("cost>="), Qt::CaseInsensitive) ? 6 : 5);
        if (!amountFrom(amount))
            return std::nullopt;
        return SessionTerms::Term{Key::LeastCost, amount};
    }
    const qsizetype colon = word.indexOf(u':');
    if (colon < 1 || colon + 1 == word.size())
        return std::nullopt;
    for (const Key key : SessionTerms::keys)
        if (key != Key::LeastCost &&
            word.left(colon).compare(SessionTerms::word(key), Qt::CaseInsensitive) == 0)
            return SessionTerms::Term{key, word.mid(colon + 1)};
    return std::nullopt;
}

} // namespace

void SessionTerms::set(const Term& term) {
    const auto same = std::find_if(terms.begin(), terms.end(),
                                   [&term](const Term& other) { return other.key == term.key; });
    if (same != terms.end())
        *same = term;
    else
        terms.append(term);
}

void SessionTerms::remove(Key key) {
    terms.removeIf([key](const Term& term) { return term.key == key; });
}

std::optional<QString> SessionTerms::value(Key key) const {
    for (const Term& term : terms)
        if (term.key == key)
            return term.value;
    return std::nullopt;
}

void SessionTerms::addTo(sessions::Filter& filter) const {
    for (const Term& term : terms) {
        const std::string value = term.value.toStdString();
        switch (term.key) {
        case Key::Source:
            filter.source = value;
            break;
        case Key::Project:
            filter.project = value;
            break;
        case Key::Client:
            filter.client = value;
            break;
        case Key::Model:
            filter.model = value;
            break;
        case Key::Tier:
            filter.tier = term.value == explicitTier ? std::string() : value;
            break;
        case Key::LeastCost:
            filter.leastCost = amountFrom(term.value);
            break;
        }
    }
}

QString SessionTerms::word(Key key) {
    switch (key) {
    case Key::Source:
        return QStringLiteral("source");
    case Key::Project:
        return QStringLiteral("project");
    case Key::Client:
        return QStringLiteral("client");
    case Key::Model:
        return QStringLiteral("model");
    case Key::Tier:
        return QStringLiteral("tier");
    case Key::LeastCost:
        return QStringLiteral("cost");
    }
    return {};
}

QString SessionTerms::name(Key key) {
    switch (key) {
    case Key::Source:
        return Words::tr("Source");
    case Key::Project:
        return Words::tr("Project");
    case Key::Client:
        return Words::tr("Client");
    case Key::Model:
        return Words::tr("Model");
    case Key::Tier:
        return Words::tr("Tier");
    case Key::LeastCost:
        return Words::tr("Cost at least");
    }
    return {};
}

QString SessionTerms::label(const Term& term) {
    if (term.key == Key::LeastCost)
        return Words::tr("cost ≥ %1").arg(text::money(amountFrom(term.value).value_or(NanoUsd(0))));
    const QString value = term.key == Key::Tier
                              ? text::tierName(term.value == explicitTier ? QString() : term.value)
                              : term.value;
    return Words::tr("%1: %2").arg(name(term.key).toLower(), value);
}

TypedFilter readTyped(const QString& line) {
    TypedFilter typed;
    QStringList rest;
    for (const QString& word : wordsOf(line)) {
        if (const auto term = termFrom(word))
            typed.terms.append(*term);
        else
            rest.append(word);
    }
    // Without terms the line is searched for as it stands.
    typed.text = typed.terms.isEmpty() ? line.trimmed() : rest.join(u' ');
    return typed;
}

} // namespace tierdeck::ui
