// What every page is: an id (for --page and pictures), a title row with slots for range, filter and actions,
// a banner, and content in four states. Pages know their backend; the main window knows only this. GUI
// thread.
#pragma once

#include "ui/shell/banner.h"
#include "ui/shell/page_state.h"
#include "ui/shell/theme.h"

#include <QIcon>
#include <QString>
#include <QWidget>

#include <functional>
#include <utility>

class QHBoxLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace tierdeck::ui {

class Page : public QWidget {
    Q_OBJECT
public:
    /// `id` is that of the command line ("sessions", "tier-log", "model-router"); `iconName` one of
    /// resources/icons.
    Page(Theme& theme, const QString& id, const QString& title, const QString& iconName,
         QWidget* parent = nullptr);

    [[nodiscard]] const QString& id() const { return m_id; }

    [[nodiscard]] QString title() const;

    [[nodiscard]] const QString& iconName() const { return m_iconName; }

    /// Beside the title, in secondary text: "times in CET (UTC+1)".
    void setSubtitle(const QString& subtitle);
    /// Left to right: range, filter, actions. The page keeps them; absent ones take no room.
    void setRangeWidget(QWidget* widget);
    void setFilterWidget(QLineEdit* filter);
    void addActionWidget(QWidget* widget);
    /// Under the title row, in every state of the content: what the page is filtered by.
    void setFilterRow(QWidget* row);

    [[nodiscard]] Banner& banner() { return *m_banner; }

    [[nodiscard]] PageState& states() { return *m_states; }

    void setContent(QWidget* content) { m_states->setContent(content); }

    /// Ctrl+F or /.
    virtual void focusFilter();
    /// Esc, and when the page is chosen: to what one works with.
    virtual void focusContent();
    /// Esc inside the page first asks it: true when it had something to close (a filter, an open editor).
    virtual bool closeInnermost();

    /// True when what is to be shown first has arrived and is shown; pictures wait for becameReady().
    [[nodiscard]] virtual bool isReady() const { return m_ready; }

    /// What would be lost if the window closed now, as a sentence; "" for nothing.
    [[nodiscard]] QString unsavedWork() const { return m_unsavedWork ? m_unsavedWork() : QString(); }

    void setUnsavedWork(std::function<QString()> sentence) { m_unsavedWork = std::move(sentence); }

    /// Called by the window with what another page asked for; unknown requests are ignored.
    virtual void reveal(const QString& what);

Q_SIGNALS:
    void becameReady();
    /// Asks the window to show another page; `what` is that page's own business ("request:4711" for
    /// Sessions).
    void pageWanted(const QString& pageId, const QString& what);

protected:
    /// Says that the first data is shown (or that there is none to show). Once ready, always ready.
    void setReady();

    [[nodiscard]] Theme& theme() const { return m_theme; }

    void changeEvent(QEvent* event) override;

private:
    Theme& m_theme;
    QString m_id;
    QString m_iconName;
    QLabel* m_title = nullptr;
    QLabel* m_subtitle = nullptr;
    QVBoxLayout* m_column = nullptr;
    QHBoxLayout* m_header = nullptr;
    QHBoxLayout* m_rangeSlot = nullptr;
    QHBoxLayout* m_filterSlot = nullptr;
    QHBoxLayout* m_actionSlot = nullptr;
    QLineEdit* m_filter = nullptr;
    Banner* m_banner = nullptr;
    PageState* m_states = nullptr;
    std::function<QString()> m_unsavedWork;
    bool m_ready = false;
};

} // namespace tierdeck::ui
