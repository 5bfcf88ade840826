// The chips of the Sessions page: what it is filtered by, each with a way to take it away, and the two days
// of a range of one's own. Not seen while there is nothing to say. The menu that adds a chip opens from a
// button elsewhere. GUI thread; owned by the Sessions page, which asks the store.
#pragma once

#include "ui/backend/store_worker.h"
#include "ui/sessions/session_terms.h"

#include <QDate>
#include <QWidget>

class QDateEdit;
class QLabel;
class QMenu;

namespace tierdeck::ui {

class FlowLayout;
class Theme;

class FilterBar final : public QWidget {
    Q_OBJECT
public:
    explicit FilterBar(const Theme& theme, QWidget* parent = nullptr);

    [[nodiscard]] const SessionTerms& terms() const { return m_terms; }

    void setTerm(const SessionTerms::Term& term);
    void clear();

    /// To be opened by a button; owned by the bar.
    [[nodiscard]] QMenu* menu() { return m_menu; }

    /// What the menu offers.
    void setChoices(const FilterChoices& choices);
    /// Shows the two days.
    void setOwnRange(bool shown);
    [[nodiscard]] QDate firstDay() const;
    [[nodiscard]] QDate lastDay() const;
    void setDays(const QDate& first, const QDate& last);

Q_SIGNALS:
    void changed();
    /// The menu is about to open.
    void choicesWanted();

private:
    void showTerms();
    void fillMenu();

    const Theme& m_theme;
    SessionTerms m_terms;
    FilterChoices m_choices;
    QMenu* m_menu = nullptr;
    QList<QMenu*> m_submenus; ///< one a key, in the order of SessionTerms::keys
    FlowLayout* m_flow = nullptr;
    QWidget* m_days = nullptr;
    QDateEdit* m_first = nullptr;
    QDateEdit* m_last = nullptr;
    QList<QWidget*> m_chips;
};

} // namespace tierdeck::ui
