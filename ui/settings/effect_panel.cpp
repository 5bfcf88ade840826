#include "ui/settings/effect_panel.h"

#include "core/routing/policy.h"
#include "core/routing/tier.h"
#include "ui/settings/diff_view.h"
#include "ui/settings/model_choice_model.h"
#include "ui/settings/problem_list.h"
#include "ui/shell/text_format.h"
#include "ui/shell/theme.h"
#include "ui/shell/tier_chip.h"

#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace tierdeck::ui {

namespace {

QLabel* sectionTitle(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setFont(Theme::sectionTitleFont());
    return label;
}

QLabel* quietLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QString targetName(const routing::FallbackTarget& target) {
    return target.model ? text::fromUtf8(target.model->text())
                        : EffectPanel::tr("%1's model").arg(text::fromUtf8(target.tier));
}

/// What one of the policy's lists has for the model of a tier, in the order in which it is tried.
QString fallbacksOf(const routing::FallbackMap& fallbacks, const std::string& tier,
                    const std::string& model) {
    QStringList names;
    for (const std::string& key : {model, tier, std::string("*")}) {
        const auto list = fallbacks.find(key);
        if (list == fallbacks.end())
            continue;
        for (const routing::FallbackTarget& target : list->second) {
            const QString name = targetName(target);
            const bool isItself = target.model && target.model->text() == model;
            if (!isItself && !names.contains(name))
                names.append(name);
        }
    }
    return names.join(QStringLiteral(", "));
}

} // namespace

EffectPanel::EffectPanel(Theme& theme, const ModelChoiceModel& choices, QWidget* parent)
    : QScrollArea(parent)
    , m_theme(theme)
    , m_choices(choices) {
    setObjectName(QStringLiteral("effect"));
    setAccessibleName(tr("Effect"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    auto* body = new QWidget(this);
    body->setAutoFillBackground(false);

    m_problemTitle = sectionTitle({}, body);
    m_problemTitle->setObjectName(QStringLiteral("effectProblemTitle"));
    m_noProblems = quietLabel(tr("None found."), body);
    m_problems = new ProblemList(theme, ProblemList::Places::Shown, body);
    m_problems->setObjectName(QStringLiteral("effectProblems"));

    m_routeNote = quietLabel({}, body);
    m_routeNote->setObjectName(QStringLiteral("effectRouteNote"));
    m_routeNote->hide();
    m_routeArea = new QWidget(body);
    m_routeArea->setObjectName(QStringLiteral("effectRoutes"));
    m_routeGrid = new QGridLayout(m_routeArea);
    m_routeGrid->setContentsMargins(0, 0, 0, 0);
    m_routeGrid->setHorizontalSpacing(Theme::paddingSmall);
    m_routeGrid->setVerticalSpacing(2);
    m_routeGrid->setColumnStretch(1, 1);
    m_behaviour = quietLabel({}, body);
    m_behaviour->setObjectName(QStringLiteral("effectBehaviour"));

    m_noChanges = quietLabel(tr("No edits yet."), body);
    m_noChanges->setObjectName(QStringLiteral("effectNoChanges"));
    m_diff = new DiffView(theme, body);
    m_diff->setObjectName(QStringLiteral("effectDiff"));
    m_diff->setAccessibleName(tr("What Save changes in the file"));
    m_diff->setAccessibleDescription(
        tr("Lines that begin with a minus go, lines that begin with a plus come."));
    m_diff->hide();

    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(Theme::paddingSmall, 0, Theme::paddingSmall, Theme::paddingSmall);
    column->setSpacing(Theme::paddingSmall);
    column->addWidget(m_problemTitle);
    column->addWidget(m_noProblems);
    column->addWidget(m_problems);
    column->addSpacing(Theme::paddingSmall);
    column->addWidget(sectionTitle(tr("What serves each tier"), body));
    column->addWidget(m_routeNote);
    column->addWidget(m_routeArea);
    column->addWidget(m_behaviour);
    column->addSpacing(Theme::paddingSmall);
    column->addWidget(sectionTitle(tr("What Save changes"), body));
    column->addWidget(m_noChanges);
    column->addWidget(m_diff);
    column->addStretch(1);
    setWidget(body);

    connect(m_problems, &ProblemList::fixWanted, this, &EffectPanel::fixWanted);
    connect(&m_choices, &QAbstractItemModel::modelReset, this, &EffectPanel::rebuildRoutes);
    showProblems({}, {});
}

void EffectPanel::showProblems(const std::vector<preferences::Problem>& problems,
                               const std::string& fixableFile) {
    const auto errors = static_cast<int>(
        std::count_if(problems.begin(), problems.end(), [](const preferences::Problem& problem) {
            return problem.severity == preferences::Severity::Error;
        }));
    const int warnings = static_cast<int>(problems.size()) - errors;
    QStringList counts;
    if (errors > 0)
        counts << (errors == 1 ? tr("1 error") : tr("%Ln errors", nullptr, errors));
    if (warnings > 0)
        counts << (warnings == 1 ? tr("1 warning") : tr("%Ln warnings", nullptr, warnings));
    m_problemTitle->setText(counts.isEmpty() ? tr("Problems")
                                             : tr("Problems: %1").arg(counts.join(QStringLiteral(", "))));
    m_noProblems->setVisible(problems.empty());
    m_problems->setProblems(problems, fixableFile);
}

QList<EffectPanel::Route> EffectPanel::routesOf(const routing::Policy& policy) const {
    // The four in their usual order, then background, then what the user added.
    std::vector<std::string> tiers(routing::tiers::four.begin(), routing::tiers::four.end());
    tiers.emplace_back(routing::tiers::background);
    for (const auto& [name, settings] : policy.tiers) {
        if (std::find(tiers.begin(), tiers.end(), name) == tiers.end())
            tiers.push_back(name);
    }
    QList<Route> routes;
    for (const std::string& tier : tiers) {
        const auto settings = policy.tiers.find(tier);
        Route route{text::fromUtf8(tier),
                    settings == policy.tiers.end() ? QString() : text::fromUtf8(settings->second.label),
                    {},
                    {}};
        const bool builtIn = std::find(routing::tiers::four.begin(), routing::tiers::four.end(), tier) !=
                             routing::tiers::four.end();
        QStringList why;
        if (const auto serving = routing::servingModel(policy, tier)) {
            route.model = text::fromUtf8(serving->model.text());
            route.isOwnModel = serving->reason.empty() && builtIn;
            if (!serving->reason.empty())
                why << tr("%1.").arg(text::fromUtf8(routing::render(serving->reason)));
            for (const auto& [fallbacks, when] :
                 {std::pair{&policy.fallbacks, tr("If it fails: %1.")},
                  {&policy.contextWindowFallbacks, tr("If the prompt is too long for it: %1.")},
                  {&policy.contentPolicyFallbacks, tr("If it refuses the content: %1.")}}) {
                if (const QString names = fallbacksOf(*fallbacks, tier, serving->model.text());
                    !names.isEmpty())
                    why << when.arg(names);
            }
        } else {
            why << (tier == routing::tiers::balanced ? tr("Requests for it are refused until it is set.")
                                                     : tr("Refused until it or balanced is set."));
        }
        route.why = why.join(u'\n');
        routes.append(route);
    }
    return routes;
}

void EffectPanel::showRoutes(const std::shared_ptr<const routing::Policy>& policy) {
    m_routeNote->setVisible(!policy);
    m_routeArea->setEnabled(policy != nullptr);
    m_routeArea->setVisible(policy != nullptr || !m_routes.isEmpty());
    m_behaviour->setVisible(m_routeArea->isVisibleTo(this));
    m_behaviour->setEnabled(policy != nullptr);
    if (!policy) {
        m_routeNote->setText(
            m_routes.isEmpty()
                ? tr("Not known while there are errors; the gateway keeps the last good preferences.")
                : tr("With these errors the gateway keeps the last good preferences. Shown is what "
                     "held before them."));
        return;
    }
    QStringList behaviour;
    behaviour << (policy->dynamicTierEnabled && policy->classifier.kind != routing::ClassifierKind::Off
                      ? tr("A request on balanced or lower that looks hard climbs to smart, coding or deep.")
                      : tr("No request climbs by itself."));
    if (policy->temperature)
        behaviour << tr("Temperature %1 is added where a request has none and the model takes one.")
                         .arg(QLocale().toString(*policy->temperature, 'g', 6));
    m_behaviour->setText(behaviour.join(u' '));
    const QList<Route> routes = routesOf(*policy);
    if (routes == m_routes)
        return;
    m_routes = routes;
    rebuildRoutes();
}

void EffectPanel::rebuildRoutes() {
    while (QLayoutItem* item = m_routeGrid->takeAt(0)) {
        if (item->widget() != nullptr) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    for (int old = 0; old < m_routeGrid->rowCount(); ++old)
        m_routeGrid->setRowMinimumHeight(old, 0);
    int row = 0;
    for (const Route& route : std::as_const(m_routes)) {
        auto* chip = new TierChip(m_theme, m_routeArea);
        chip->setTier(route.tier, route.label);
        m_routeGrid->addWidget(chip, row, 0, Qt::AlignTop);
        const QString name = route.label.isEmpty() ? text::tierName(route.tier) : route.label;
        auto* serving = new QLabel(route.model.isEmpty() ? tr("%1: no model").arg(name)
                                                         : tr("%1: %2").arg(name, route.model),
                                   m_routeArea);
        serving->setObjectName(QStringLiteral("route_") + route.tier);
        serving->setTextFormat(Qt::PlainText);
        serving->setWordWrap(true);
        serving->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_routeGrid->addWidget(serving, row++, 1);
        QStringList details;
        // Prices stand beside the fields already; here they are news where another tier's model steps in.
        const ModelChoice* choice = m_choices.find(route.model);
        if (choice != nullptr && !route.isOwnModel)
            details << ModelChoiceModel::sentence(*choice);
        if (!route.why.isEmpty())
            details << route.why;
        if (!details.isEmpty()) {
            QLabel* detail = quietLabel(details.join(u'\n'), m_routeArea);
            detail->setFont(Theme::smallFont());
            detail->setObjectName(QStringLiteral("routeWhy_") + route.tier);
            m_routeGrid->addWidget(detail, row++, 1);
        }
        m_routeGrid->setRowMinimumHeight(row++, Theme::grid);
    }
}

void EffectPanel::showDiff(const QList<DiffLine>& lines) {
    m_noChanges->setVisible(lines.isEmpty());
    m_diff->setLines(lines);
    m_diff->setVisible(!lines.isEmpty());
}

} // namespace tierdeck::ui
