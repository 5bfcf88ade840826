// What the checks found, one row a problem: icon, sentence, where it stands, and a button for its fix. GUI
// thread.
#pragma once

#include "core/preferences/problem.h"

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace tierdeck::ui {

class Theme;

class ProblemList final : public QWidget {
    Q_OBJECT
public:
    enum class Places { Hidden, Shown };

    ProblemList(Theme& theme, Places places, QWidget* parent = nullptr);

    /// Only problems of `fixableFile` get a button.
    void setProblems(const std::vector<preferences::Problem>& problems, const std::string& fixableFile);

    [[nodiscard]] const std::vector<preferences::Problem>& problems() const { return m_problems; }

Q_SIGNALS:
    void fixWanted(const tierdeck::preferences::Problem& problem);

private:
    void rebuild();

    Theme& m_theme;
    Places m_places;
    QVBoxLayout* m_rows = nullptr;
    std::vector<preferences::Problem> m_problems;
    std::string m_fixableFile;
};

} // namespace tierdeck::ui
