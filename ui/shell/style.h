// Fusion, drawn flatter: hairlines instead of bevels, radius 6, a visible focus ring in the accent colour.
// GUI thread; owned by the application.
#pragma once

#include <QProxyStyle>

namespace tierdeck::ui {

class Theme;

class Style final : public QProxyStyle {
    Q_OBJECT
public:
    /// A splitter with this property set draws no line: what it parts has lines of its own.
    static constexpr const char* bareSplitter = "tierdeckBareSplitter";

    /// A tool button with this property set has its words in the colour of links.
    static constexpr const char* link = "tierdeckLink";

    /// A tool button with this property set has an outline: it stands for something that holds.
    static constexpr const char* chip = "tierdeckChip";

    Style(const Theme& theme, QStyle* fusion);

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
    [[nodiscard]] QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option,
                                       SubControl part, const QWidget* widget) const override;
    [[nodiscard]] int pixelMetric(PixelMetric metric, const QStyleOption* option,
                                  const QWidget* widget) const override;
    [[nodiscard]] QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                                         const QWidget* widget) const override;
    [[nodiscard]] int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                                QStyleHintReturn* data) const override;

private:
    const Theme& m_theme;
};

} // namespace tierdeck::ui
