// The four states of a page or panel: loading, empty (says why and offers the next step), error (says what to
// do) and content. Loading appears only after 300 ms, so that what is quick does not flicker. GUI thread.
#pragma once

#include "ui/shell/theme.h"

#include <QString>
#include <QTimer>
#include <QWidget>

#include <functional>

class QLabel;
class QPushButton;
class QStackedLayout;

namespace tierdeck::ui {

class PageState final : public QWidget {
    Q_OBJECT
public:
    enum class State { Loading, Empty, Error, Content };

    struct NextStep {
        QString text; ///< a verb; "" for no button
        std::function<void()> run;
    };

    explicit PageState(Theme& theme, QWidget* parent = nullptr);

    /// Takes it over; shown by showContent().
    void setContent(QWidget* content);
    void showLoading(const QString& what);
    void showEmpty(const QString& title, const QString& reason, const NextStep& next = {});
    void showError(const QString& title, const QString& whatToDo, const NextStep& next = {});
    void showContent();

    [[nodiscard]] State state() const { return m_state; }

private:
    void showNotice(State state, const QString& icon, const QString& title, const QString& text,
                    const NextStep& next);
    void refresh();

    Theme& m_theme;
    State m_state = State::Loading;
    QString m_iconName;
    QStackedLayout* m_stack = nullptr;
    QWidget* m_notice = nullptr;
    QWidget* m_nothing = nullptr;
    QWidget* m_content = nullptr;
    QLabel* m_icon = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_text = nullptr;
    QPushButton* m_button = nullptr;
    std::function<void()> m_run;
    QTimer m_loadingDelay;
};

} // namespace tierdeck::ui
