// Two sessions side by side: the running sums over each other, and every measure with its difference. Where
// the table's columns do not fit beside each other, each measure stands above its numbers. GUI thread; fed by
// the Sessions page.
#pragma once

#include "ui/sessions/compare_model.h"

#include <QWidget>

class QLabel;

namespace tierdeck::ui {

class CompareChart;
class CompareTable;
class ElidedLabel;
class Theme;

class CompareView final : public QWidget {
    Q_OBJECT
public:
    explicit CompareView(const Theme& theme, QWidget* parent = nullptr);

    /// The first is known, the second is still to be chosen.
    void askForSecond(const QString& firstTitle);
    void showSides(const CompareSide& first, const CompareSide& second);

Q_SIGNALS:
    void closeWanted();

private:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void fitColumns();

    const Theme& m_theme;
    ElidedLabel* m_title = nullptr;
    QLabel* m_hint = nullptr;
    CompareChart* m_chart = nullptr;
    CompareTable* m_table = nullptr;
    CompareModel* m_model = nullptr;
};

} // namespace tierdeck::ui
