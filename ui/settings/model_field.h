// One model of the router as a row of a card: the tier's chip and name, the picker, what the chosen model
// costs and holds, what the tier is for, and the problems of this very field. GUI thread; part of the Model
// Router page.
#pragma once

#include "core/preferences/problem.h"
#include "ui/settings/router_document.h"

#include <QString>
#include <QWidget>

#include <vector>

class QLabel;

namespace tierdeck::ui {

class ModelChoiceModel;
class ModelPicker;
class ProblemList;
class Theme;

class ModelField final : public QWidget {
    Q_OBJECT
public:
    /// `label` with its mnemonic; `help` is one sentence.
    ModelField(Theme& theme, ModelChoiceModel& choices, RouterField field, const QString& label,
               const QString& help, QWidget* parent = nullptr);

    [[nodiscard]] RouterField field() const { return m_field; }

    [[nodiscard]] ModelPicker& picker() const { return *m_picker; }

    void showState(const RouterDocument::FieldState& state, const QString& unsetText, bool editable);
    void showProblems(const std::vector<preferences::Problem>& problems);
    /// The width that all fields give their names, so that the pickers stand in one column.
    [[nodiscard]] int nameWidth() const;
    void setNameWidth(int width);

Q_SIGNALS:
    void typed(const QString& id);
    void picked(const QString& id);
    void left();
    void fixWanted(const tierdeck::preferences::Problem& problem);

private:
    void refreshFacts();

    ModelChoiceModel& m_choices;
    RouterField m_field;
    QWidget* m_name = nullptr;
    QLabel* m_label = nullptr;
    ModelPicker* m_picker = nullptr;
    QLabel* m_fixed = nullptr; ///< in place of the picker for another runtime's form
    QLabel* m_facts = nullptr;
    QLabel* m_help = nullptr;
    ProblemList* m_problems = nullptr;
    RouterDocument::FieldState m_state;
};

} // namespace tierdeck::ui
