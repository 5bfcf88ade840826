// Every shortcut of the catalogue, grouped by where it holds. GUI thread.
#pragma once

#include <QDialog>

namespace tierdeck::ui {

class Theme;

class ShortcutsDialog final : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutsDialog(const Theme& theme, QWidget* parent = nullptr);
};

} // namespace tierdeck::ui
