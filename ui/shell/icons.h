// Icons of resources/icons, drawn from their SVG at any size in the colour that the theme has when they are
// painted. GUI thread.
#pragma once

#include "ui/shell/theme.h"

#include <QIcon>
#include <QString>

namespace tierdeck::ui::icons {

/// In the text's colour, or in that of `status` when `byStatus`. `theme` must outlive the icon.
[[nodiscard]] QIcon themed(const Theme& theme, const QString& name, Theme::Status status, bool byStatus);
/// The program's own icon, in colour.
[[nodiscard]] QIcon application();

} // namespace tierdeck::ui::icons
