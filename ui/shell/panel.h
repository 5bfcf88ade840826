// A surface on the window: the theme's surface colour inside a hairline with rounded corners. GUI thread.
#pragma once

#include <QWidget>

namespace tierdeck::ui {

class Theme;

class Panel final : public QWidget {
    Q_OBJECT
public:
    explicit Panel(const Theme& theme, QWidget* parent = nullptr);
    /// Fills the panel, inside the line.
    void setContent(QWidget* content);

private:
    void paintEvent(QPaintEvent* event) override;

    const Theme& m_theme;
};

} // namespace tierdeck::ui
