#include "ui/shell/theme.h"

#include "ui/shell/icons.h"
#include "ui/shell/style.h"

#include <QApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QFontMetrics>
#include <QHash>
#include <QStyleFactory>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace tierdeck::ui {

namespace {

QColor mixed(const QColor& over, const QColor& under, double share) {
    const auto channel = [share](int a, int b) {
        return static_cast<int>(std::lround(a * share + b * (1 - share)));
    };
    return QColor(channel(over.red(), under.red()), channel(over.green(), under.green()),
                  channel(over.blue(), under.blue()));
}

double luminance(const QColor& colour) {
    const auto linear = [](double part) {
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

struct TierColours {
    QStringView name;
    QRgb light;
    QRgb dark;
};

// Found by search for the greatest difference under normal, deutan, protan and tritan sight (worst ΔE 22)
// with at least 3:1 on white and on #1B1E24.
constexpr std::array<TierColours, 5> tierColours{{
    {u"balanced", 0xFF0D297B, 0xFF276BF4},
    {u"smart", 0xFFBA35ED, 0xFFE69FF6},
    {u"coding", 0xFF10945E, 0xFF97F0D4},
    {u"deep", 0xFFEE700D, 0xFFF49534},
    {u"background", 0xFF8692AE, 0xFF6B788E},
}};
constexpr QRgb otherLight = 0xFF54091F;
constexpr QRgb otherDark = 0xFFE30840;

} // namespace

Theme::Theme(QObject* parent)
    : QObject(parent) {}

Theme::~Theme() {
    if (m_applied && qApp != nullptr) // our style asks us for colours
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
}

QColor Theme::colourOf(Role role, bool dark) {
    const QColor surface = dark ? QColor(0x1B, 0x1E, 0x24) : QColor(0xFF, 0xFF, 0xFF);
    const QColor text = dark ? QColor(0xE7, 0xEA, 0xEF) : QColor(0x1A, 0x1D, 0x23);
    switch (role) {
    case Role::Window:
        return dark ? QColor(0x14, 0x16, 0x1B) : QColor(0xF3, 0xF5, 0xF8);
    case Role::Surface:
        return surface;
    case Role::Raised:
        return dark ? QColor(0x24, 0x28, 0x30) : QColor(0xFA, 0xFB, 0xFC);
    case Role::Text:
        return text;
    case Role::SecondaryText:
        return mixed(text, surface, 0.72);
    case Role::DisabledText:
        return mixed(text, surface, 0.42);
    case Role::Hairline:
        return mixed(text, surface, 0.12);
    case Role::Border:
        return mixed(text, surface, 0.28);
    case Role::Accent:
        return dark ? QColor(0x7D, 0xB4, 0xE6) : QColor(0x1F, 0x5F, 0x99);
    case Role::Selection:
        return mixed(colourOf(Role::Accent, dark), surface, dark ? 0.24 : 0.15);
    case Role::Hover:
        return mixed(text, surface, 0.05);
    }
    return text;
}

QColor Theme::tierColour(QStringView tierName, bool dark) {
    for (const TierColours& entry : tierColours)
        if (entry.name == tierName)
            return QColor::fromRgba(dark ? entry.dark : entry.light);
    return QColor::fromRgba(dark ? otherDark : otherLight);
}

QColor Theme::statusColour(Status status, bool dark) {
    switch (status) {
    case Status::Ok:
        return dark ? QColor(0x63, 0xC7, 0x8F) : QColor(0x1B, 0x7A, 0x48);
    case Status::Attention:
        return dark ? QColor(0xE3, 0xB3, 0x41) : QColor(0x8F, 0x5E, 0x00);
    case Status::Error:
        return dark ? QColor(0xFF, 0x7B, 0x72) : QColor(0xC0, 0x26, 0x2D);
    case Status::Neutral:
        return colourOf(Role::SecondaryText, dark);
    }
    return colourOf(Role::Text, dark);
}

QColor Theme::statusBackground(Status status) const {
    return mixed(statusColour(status, m_dark), colour(Role::Surface), m_dark ? 0.16 : 0.10);
}

QColor Theme::textOn(const QColor& background) {
    const QColor white(0xFF, 0xFF, 0xFF);
    const QColor black(0x00, 0x00, 0x00); // nothing softer reads on all twelve tier colours
    return contrast(white, background) >= contrast(black, background) ? white : black;
}

double Theme::contrast(const QColor& a, const QColor& b) {
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

void Theme::setChoice(Choice choice) {
    if (m_choice == choice)
        return;
    m_choice = choice;
    refresh();
}

void Theme::setSystemDark(std::optional<bool> dark) {
    if (m_systemDark == dark)
        return;
    m_systemDark = dark;
    refresh();
}

QPalette Theme::palette() const {
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor& colour) {
        palette.setColor(role, colour);
    };
    set(QPalette::Window, colour(Role::Window));
    set(QPalette::WindowText, colour(Role::Text));
    set(QPalette::Base, colour(Role::Surface));
    set(QPalette::AlternateBase, mixed(colour(Role::Text), colour(Role::Surface), 0.025));
    set(QPalette::Text, colour(Role::Text));
    set(QPalette::PlaceholderText, colour(Role::SecondaryText)); // also what labels use for secondary text
    set(QPalette::Button, colour(Role::Raised));
    set(QPalette::ButtonText, colour(Role::Text));
    set(QPalette::BrightText, statusColour(Status::Error, m_dark));
    set(QPalette::Highlight, colour(Role::Selection));
    set(QPalette::HighlightedText, colour(Role::Text));
    set(QPalette::Link, colour(Role::Accent));
    set(QPalette::LinkVisited, colour(Role::Accent));
    set(QPalette::ToolTipBase, colour(Role::Raised));
    set(QPalette::ToolTipText, colour(Role::Text));
    set(QPalette::Light, mixed(QColor(Qt::white), colour(Role::Raised), m_dark ? 0.10 : 0.8));
    set(QPalette::Midlight, mixed(QColor(Qt::white), colour(Role::Raised), m_dark ? 0.05 : 0.4));
    set(QPalette::Mid, colour(Role::Hairline));
    set(QPalette::Dark, colour(Role::Border));
    set(QPalette::Shadow, m_dark ? QColor(0x08, 0x09, 0x0B) : QColor(0x9A, 0xA1, 0xAC));
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, colour(Role::DisabledText));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, colour(Role::Hover));
    return palette;
}

void Theme::applyToApplication() {
    if (m_applied)
        return;
    m_applied = true;
    m_platformDark = contrast(QGuiApplication::palette().color(QPalette::Window), Qt::black) <
                     contrast(QGuiApplication::palette().color(QPalette::Window), Qt::white);
    QApplication::setStyle(new Style(*this, QStyleFactory::create(QStringLiteral("Fusion"))));
    qApp->installEventFilter(this);
    refresh();
}

void Theme::refresh() {
    const bool dark =
        m_choice == Choice::Dark || (m_choice == Choice::System && m_systemDark.value_or(m_platformDark));
    m_dark = dark;
    if (m_applied) {
        m_applying = true;
        QApplication::setPalette(palette());
        QToolTip::setPalette(palette());
        m_applying = false;
    }
    Q_EMIT changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
    // The platform's theme sets a palette of its own when the desktop changes: take its lightness, keep our
    // colours.
    if (event->type() == QEvent::ApplicationPaletteChange && watched == qApp && !m_applying &&
        QGuiApplication::palette() != palette()) {
        m_platformDark = contrast(QGuiApplication::palette().color(QPalette::Window), Qt::black) <
                         contrast(QGuiApplication::palette().color(QPalette::Window), Qt::white);
        QMetaObject::invokeMethod(this, &Theme::refresh, Qt::QueuedConnection);
    }
    return QObject::eventFilter(watched, event);
}

QFont Theme::pageTitleFont() {
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() + 4);
    font.setBold(true);
    return font;
}

QFont Theme::sectionTitleFont() {
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() + 1);
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont Theme::smallFont() {
    QFont font = QApplication::font();
    font.setPointSizeF(std::max(7.0, font.pointSizeF() - 1));
    return font;
}

QFont Theme::monospaceFont() {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(QApplication::font().pointSizeF());
    return font;
}

int Theme::rowHeight(bool compact) {
    const int text = QFontMetrics(QApplication::font()).height();
    return std::max(compact ? 24 : 28, text + (compact ? 6 : 10));
}

QIcon Theme::icon(const QString& name) const {
    return icons::themed(*this, name, Status::Neutral, false);
}

QIcon Theme::statusIcon(Status status) const {
    QString name = QStringLiteral("info");
    if (status == Status::Ok)
        name = QStringLiteral("ok");
    else if (status == Status::Attention)
        name = QStringLiteral("attention");
    else if (status == Status::Error)
        name = QStringLiteral("error");
    return icons::themed(*this, name, status, true);
}

} // namespace tierdeck::ui
