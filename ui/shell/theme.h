// Tierdeck's look: the light and dark palettes on Qt's Fusion style, the colours of tiers and states, and the
// spacing grid. Made once by the composition root and passed to whatever paints; GUI thread. Colours are
// asked for when painting, never kept, so that a change of theme needs nothing but the repaint that Qt does
// anyway.
#pragma once

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>
#include <QPalette>
#include <QString>
#include <QStringView>

#include <optional>

namespace tierdeck::ui {

class Theme final : public QObject {
    Q_OBJECT
public:
    /// What the user chose; System follows the desktop.
    enum class Choice { System, Light, Dark };
    enum class Status { Ok, Attention, Error, Neutral };
    enum class Role {
        Window,  ///< around and behind the pages
        Surface, ///< where content stands: tables, editors, charts
        Raised,  ///< cards, headers, buttons
        Text,
        SecondaryText, ///< 72 % of the text
        DisabledText,
        Hairline,  ///< 12 % of the text
        Border,    ///< around what can be operated
        Accent,    ///< focus, links, the mark of what is chosen; never a tier
        Selection, ///< behind what is chosen; text keeps its colour
        Hover,
    };

    // The grid, in pixels at 96 dpi.
    static constexpr int grid = 4;
    static constexpr int paddingSmall = 8;
    static constexpr int padding = 12;
    static constexpr int paddingLarge = 16;
    static constexpr int radius = 6;

    explicit Theme(QObject* parent = nullptr);
    ~Theme() override;

    [[nodiscard]] Choice choice() const { return m_choice; }

    void setChoice(Choice choice);
    /// What the desktop says; nullopt where it says nothing (then the platform's own palette decides).
    void setSystemDark(std::optional<bool> dark);

    [[nodiscard]] bool isDark() const { return m_dark; }

    [[nodiscard]] QColor colour(Role role) const { return colourOf(role, m_dark); }

    /// Of a tier by its name; custom tiers and explicit models ("") share "other".
    [[nodiscard]] QColor tier(QStringView tierName) const { return tierColour(tierName, m_dark); }

    [[nodiscard]] QColor status(Status status) const { return statusColour(status, m_dark); }

    /// Behind a banner of that status.
    [[nodiscard]] QColor statusBackground(Status status) const;
    /// Black or white, whichever reads better on `background`.
    [[nodiscard]] static QColor textOn(const QColor& background);

    [[nodiscard]] static QColor colourOf(Role role, bool dark);
    [[nodiscard]] static QColor tierColour(QStringView tierName, bool dark);
    [[nodiscard]] static QColor statusColour(Status status, bool dark);
    /// WCAG contrast, 1 to 21.
    [[nodiscard]] static double contrast(const QColor& a, const QColor& b);

    [[nodiscard]] QPalette palette() const;
    /// Sets style and palette of the running application, and keeps them right from then on.
    void applyToApplication();

    /// The application's font: +4 bold for page titles, +1 semibold for sections, one step smaller for side
    /// notes.
    [[nodiscard]] static QFont pageTitleFont();
    [[nodiscard]] static QFont sectionTitleFont();
    [[nodiscard]] static QFont smallFont();
    /// The fixed-pitch font of the desktop at the UI font's size.
    [[nodiscard]] static QFont monospaceFont();
    /// 28 (compact: 24) at the usual font size, and as much more as a larger font needs.
    [[nodiscard]] static int rowHeight(bool compact = false);

    /// An icon of resources/icons by name ("sessions"), drawn in the text's colour of the moment, or that of
    /// `status`.
    [[nodiscard]] QIcon icon(const QString& name) const;
    [[nodiscard]] QIcon statusIcon(Status status) const;

Q_SIGNALS:
    /// After the palette of the application has changed.
    void changed();

private:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void refresh();

    Choice m_choice = Choice::System;
    std::optional<bool> m_systemDark;
    bool m_platformDark = false;
    bool m_dark = false;
    bool m_applied = false;
    bool m_applying = false;
};

} // namespace tierdeck::ui
