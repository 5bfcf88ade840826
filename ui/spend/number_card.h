// One of the numbers on top of the Spend page: a caption, the number, what stands behind it; a button. GUI
// thread.
#pragma once

#include "ui/spend/spend_values.h"

#include <QAbstractButton>

namespace tierdeck::ui {

class Theme;

class NumberCard final : public QAbstractButton {
    Q_OBJECT
public:
    explicit NumberCard(const Theme& theme, QWidget* parent = nullptr);
    void setText(const spend::CardText& words);

    [[nodiscard]] const spend::CardText& words() const { return m_words; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    /// Higher where what stands behind the number needs a second line.
    [[nodiscard]] int heightForWidth(int width) const override;

private:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

    [[nodiscard]] int linesOfDetail(int width) const;

    const Theme& m_theme;
    spend::CardText m_words;
};

} // namespace tierdeck::ui
