// A diff to read: lines that go and come with their signs, what differs within a line marked. Colour never
// stands alone. GUI thread.
#pragma once

#include "ui/settings/text_diff.h"

#include <QList>
#include <QPlainTextEdit>

namespace tierdeck::ui {

class Theme;

class DiffView final : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit DiffView(Theme& theme, QWidget* parent = nullptr);

    void setLines(const QList<DiffLine>& lines);
    /// As high as its lines, up to twenty of them.
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

private:
    void changeEvent(QEvent* event) override;
    void colourLines();
    void refreshFont();

    Theme& m_theme;
    QList<DiffLine> m_lines;
};

} // namespace tierdeck::ui
