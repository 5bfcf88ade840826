// A strip across the top of a page, shown only when something needs a decision or is worth knowing: an icon,
// one sentence, and buttons with verbs. Announced to screen readers when it appears. GUI thread; owned by its
// page.
#pragma once

#include "ui/shell/theme.h"

#include <QFrame>
#include <QList>
#include <QString>

#include <functional>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace tierdeck::ui {

class Banner final : public QFrame {
    Q_OBJECT
public:
    enum class Severity { Information, Attention, Error };

    struct Action {
        QString text;       ///< a verb
        QString objectName; ///< for tests
        std::function<void()> run;
    };

    explicit Banner(Theme& theme, QWidget* parent = nullptr);

    /// Shows it. What is shown already is not announced again.
    void tell(Severity severity, const QString& sentence, const QList<Action>& actions = {},
              bool dismissible = true);
    void dismiss();

    [[nodiscard]] bool isTelling() const { return !isHidden(); }

    [[nodiscard]] QString sentence() const;

    [[nodiscard]] Severity severity() const { return m_severity; }

Q_SIGNALS:
    void dismissed();

private:
    void paintEvent(QPaintEvent* event) override;
    void refresh();

    Theme& m_theme;
    Severity m_severity = Severity::Information;
    QLabel* m_icon = nullptr;
    QLabel* m_sentence = nullptr;
    QHBoxLayout* m_buttons = nullptr;
    QToolButton* m_close = nullptr;
};

} // namespace tierdeck::ui
