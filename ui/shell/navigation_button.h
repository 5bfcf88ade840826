// An entry of the navigation: icon and name, the chosen one marked. GUI thread.
#pragma once

#include <QToolButton>

namespace tierdeck::ui {

class Theme;

class NavigationButton final : public QToolButton {
    Q_OBJECT
public:
    NavigationButton(const Theme& theme, const QString& name, const QString& iconName,
                     QWidget* parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;

    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

private:
    void paintEvent(QPaintEvent* event) override;

    const Theme& m_theme;
};

} // namespace tierdeck::ui
