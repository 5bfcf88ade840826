// What the router in hand would do, in words: the problems, which model serves each tier and why, and the
// bytes that Save will change. GUI thread; part of the Model Router page.
#pragma once

#include "core/preferences/problem.h"
#include "ui/backend/preferences_worker.h"
#include "ui/settings/text_diff.h"

#include <QList>
#include <QScrollArea>
#include <QString>

#include <memory>
#include <string>
#include <vector>

class QGridLayout;
class QLabel;

namespace tierdeck::ui {

class DiffView;
class ModelChoiceModel;
class ProblemList;
class Theme;

class EffectPanel final : public QScrollArea {
    Q_OBJECT
public:
    EffectPanel(Theme& theme, const ModelChoiceModel& choices, QWidget* parent = nullptr);

    void showProblems(const std::vector<preferences::Problem>& problems, const std::string& fixableFile);
    /// `policy` null: the text has errors. What was shown before stays, and it is said that it is not this
    /// text's.
    void showRoutes(const std::shared_ptr<const routing::Policy>& policy);
    void showDiff(const QList<DiffLine>& lines);

Q_SIGNALS:
    void fixWanted(const tierdeck::preferences::Problem& problem);

private:
    struct Route {
        QString tier;
        QString label;
        QString model; ///< "" where nothing serves it
        QString why;
        bool isOwnModel = false; ///< set by a field beside the panel
        bool operator==(const Route&) const = default;
    };

    [[nodiscard]] QList<Route> routesOf(const routing::Policy& policy) const;
    void rebuildRoutes();

    Theme& m_theme;
    const ModelChoiceModel& m_choices;
    QLabel* m_problemTitle = nullptr;
    QLabel* m_noProblems = nullptr;
    ProblemList* m_problems = nullptr;
    QLabel* m_routeNote = nullptr;
    QWidget* m_routeArea = nullptr;
    QGridLayout* m_routeGrid = nullptr;
    QLabel* m_behaviour = nullptr;
    QLabel* m_noChanges = nullptr;
    DiffView* m_diff = nullptr;
    QList<Route> m_routes;
};

} // namespace tierdeck::ui
