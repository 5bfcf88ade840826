// A raised area with a hairline around it, for what belongs together. GUI thread.
#pragma once

#include <QWidget>

namespace tierdeck::ui {

class Theme;

class Card final : public QWidget {
    Q_OBJECT
public:
    explicit Card(const Theme& theme, QWidget* parent = nullptr);

private:
    void paintEvent(QPaintEvent* event) override;

    const Theme& m_theme;
};

} // namespace tierdeck::ui
