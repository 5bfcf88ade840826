#include "ui/sessions/filter_bar.h"

#include "ui/shell/flow_layout.h"
#include "ui/shell/style.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"

#include <QAction>
#include <QDateEdit>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QToolButton>

#include <iterator>

namespace tierdeck::ui {

namespace {

using Key = SessionTerms::Key;

constexpr std::size_t mostOffered = 40; // of each kind; the rest is typed
constexpr int longestChip = 32;         // letters

std::vector<std::string> offered(const FilterChoices& choices, Key key) {
    switch (key) {
    case Key::Source:
        return choices.sources;
    case Key::Project:
        return choices.projects;
    case Key::Client:
        return choices.clients;
    case Key::Model:
        return choices.models;
    case Key::Tier:
        return choices.tiers;
    case Key::LeastCost:
        return {"0.10", "1", "5", "10", "50"};
    }
    return {};
}

} // namespace

FilterBar::FilterBar(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_menu(new QMenu(this))
    , m_flow(new FlowLayout(this))
    , m_days(new QWidget(this))
    , m_first(new QDateEdit(m_days))
    , m_last(new QDateEdit(m_days)) {
    setObjectName(QStringLiteral("sessionsFilterBar"));
    m_flow->setContentsMargins(0, 0, 0, 0);
    m_flow->setSpacing(Theme::grid);
    auto* days = new QHBoxLayout(m_days);
    days->setContentsMargins(0, 0, 0, 0);
    days->setSpacing(Theme::grid);
    auto* from = new QLabel(tr("F&rom"), m_days);
    from->setBuddy(m_first);
    auto* to = new QLabel(tr("&to"), m_days);
    to->setBuddy(m_last);
    m_first->setObjectName(QStringLiteral("sessionsFirstDay"));
    m_first->setAccessibleName(tr("First day"));
    m_last->setObjectName(QStringLiteral("sessionsLastDay"));
    m_last->setAccessibleName(tr("Last day"));
    for (QDateEdit* edit : {m_first, m_last}) {
        edit->setCalendarPopup(true);
        connect(edit, &QDateEdit::dateChanged, this, &FilterBar::changed);
    }
    days->addWidget(from);
    days->addWidget(m_first);
    days->addWidget(to);
    days->addWidget(m_last);
    m_flow->addWidget(m_days);
    m_days->hide();

    m_menu->setObjectName(QStringLiteral("sessionsFilterMenu"));
    for (const Key key : SessionTerms::keys) {
        QMenu* submenu = m_menu->addMenu(SessionTerms::name(key));
        submenu->setObjectName(QStringLiteral("sessionsFilter-") + SessionTerms::word(key));
        m_submenus.append(submenu);
    }
    connect(m_menu, &QMenu::aboutToShow, this, [this] {
        fillMenu();
        Q_EMIT choicesWanted();
    });
    connect(&m_theme, &Theme::changed, this, &FilterBar::showTerms);
    showTerms();
}

void FilterBar::setTerm(const SessionTerms::Term& term) {
    m_terms.set(term);
    showTerms();
    Q_EMIT changed();
}

void FilterBar::clear() {
    m_terms.terms.clear();
    showTerms();
    Q_EMIT changed();
}

void FilterBar::setChoices(const FilterChoices& choices) {
    m_choices = choices;
    fillMenu();
}

void FilterBar::fillMenu() {
    for (qsizetype i = 0; i < m_submenus.size(); ++i) {
        const Key key = SessionTerms::keys[i];
        QMenu* submenu = m_submenus.at(i);
        submenu->clear();
        const std::vector<std::string> values = offered(m_choices, key);
        for (std::size_t at = 0; at < values.size() && at < mostOffered; ++at) {
            SessionTerms::Term term{key, QString::fromStdString(values[at])};
            if (key == Key::Tier && term.value.isEmpty())
                term.value = QStringLiteral("-");
            QString shown = key == Key::LeastCost ? SessionTerms::label(term)
                            : key == Key::Tier    ? text::tierName(QString::fromStdString(values[at]))
                                                  : term.value;
            shown.replace(u'&', QStringLiteral("&&"));
            QAction* action = submenu->addAction(shown);
            action->setCheckable(true);
            action->setChecked(m_terms.value(key) == term.value);
            connect(action, &QAction::triggered, this, [this, term](bool on) {
                if (on) {
                    setTerm(term);
                } else {
                    m_terms.remove(term.key);
                    showTerms();
                    Q_EMIT changed();
                }
            });
        }
        const QString word = SessionTerms::word(key);
        const QString typed =
            key == Key::LeastCost ? QStringLiteral("cost>0.50") : word + QStringLiteral(":…");
        if (values.empty())
            submenu->addAction(tr("None is known yet"))->setEnabled(false);
        else if (values.size() > mostOffered || key == Key::LeastCost) {
            submenu->addSeparator();
            submenu->addAction(tr("Others: type %1 into the filter").arg(typed))->setEnabled(false);
        }
    }
}

void FilterBar::showTerms() {
    for (QWidget* chip : std::as_const(m_chips))
        chip->deleteLater();
    for (QWidget* chip : std::as_const(m_chips))
        m_flow->removeWidget(chip);
    m_chips.clear();
    const auto add = [this](const QString& text, const QString& name, const QString& what) {
        auto* chip = new QToolButton(this);
        chip->setObjectName(name);
        chip->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        chip->setProperty(Style::chip, true);
        chip->setIcon(m_theme.icon(QStringLiteral("close")));
        QString shown = text;
        if (shown.size() > longestChip)
            shown = shown.left(longestChip - 1) + QChar(0x2026);
        chip->setText(shown.replace(u'&', QStringLiteral("&&")));
        chip->setToolTip(what);
        chip->setAccessibleName(what);
        chip->setFocusPolicy(Qt::StrongFocus);
        m_flow->addWidget(chip);
        m_chips.append(chip);
        chip->show();
        return chip;
    };
    for (const SessionTerms::Term& term : m_terms.terms) {
        const QString label = SessionTerms::label(term);
        auto* chip = add(label, QStringLiteral("sessionsChip-") + SessionTerms::word(term.key),
                         tr("Take the filter “%1” away").arg(label));
        connect(chip, &QToolButton::clicked, this, [this, key = term.key] {
            m_terms.remove(key);
            showTerms();
            Q_EMIT changed();
        });
    }
    if (m_terms.terms.size() > 1) {
        auto* all = add(tr("Clear all"), QStringLiteral("sessionsChip-all"), tr("Take all filters away"));
        all->setToolButtonStyle(Qt::ToolButtonTextOnly); // no filter itself
        all->setProperty(Style::chip, false);
        connect(all, &QToolButton::clicked, this, &FilterBar::clear);
    }
    setVisible(!m_terms.terms.isEmpty() || !m_days->isHidden());
    updateGeometry();
}

void FilterBar::setOwnRange(bool shown) {
    m_days->setVisible(shown);
    setVisible(!m_terms.terms.isEmpty() || shown);
}

QDate FilterBar::firstDay() const {
    return std::min(m_first->date(), m_last->date());
}

QDate FilterBar::lastDay() const {
    return std::max(m_first->date(), m_last->date());
}

void FilterBar::setDays(const QDate& first, const QDate& last) {
    const QSignalBlocker quietFirst(m_first);
    const QSignalBlocker quietLast(m_last);
    m_first->setDate(first);
    m_last->setDate(last);
}

} // namespace tierdeck::ui
