// All that one line of the tier log says: its time in full, its sentence, and its fields by name. GUI thread;
// part of the Tier Log page.
#pragma once

#include "ui/backend/log_worker.h"

#include <QLabel>
#include <QList>
#include <QString>
#include <QWidget>

class QGridLayout;
class QPushButton;

namespace tierdeck::ui {

class ElidedLabel;
class Theme;
class TierChip;

class LogDetail final : public QWidget {
    Q_OBJECT
public:
    explicit LogDetail(Theme& theme, QWidget* parent = nullptr);

    void showNothing();
    /// `text` is the line as it stands in the file.
    void showLine(const LogRow& row, const QString& text);

    [[nodiscard]] const QString& lineText() const { return m_text; }

Q_SIGNALS:
    void openTurnWanted(const QString& session, int turn, const QString& agent);
    void sessionFilterWanted(const QString& session);

private:
    struct FieldLabels {
        QLabel* key;
        QLabel* value;
    };

    void resizeEvent(QResizeEvent* event) override;
    void arrangeFields();
    void refresh();

    Theme& m_theme;
    TierChip* m_chip = nullptr;
    QLabel* m_kind = nullptr;
    QLabel* m_levelIcon = nullptr;
    ElidedLabel* m_about = nullptr;
    QLabel* m_sentence = nullptr;
    QLabel* m_nothing = nullptr;
    QWidget* m_line = nullptr;
    QWidget* m_fieldArea = nullptr;
    QGridLayout* m_grid = nullptr;
    QPushButton* m_openTurn = nullptr;
    QPushButton* m_filterSession = nullptr;
    QPushButton* m_copy = nullptr;
    QList<FieldLabels> m_fields;
    int m_pairsAcross = 0;
    LogRow m_row;
    QString m_text;
};

} // namespace tierdeck::ui
