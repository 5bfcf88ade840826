// One line of text that gives way when there is little room: the end becomes "…", the whole stands in the
// tool tip and the accessible name. GUI thread.
#pragma once

#include <QWidget>

namespace tierdeck::ui {

class ElidedLabel final : public QWidget {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    void setText(const QString& text);

    [[nodiscard]] const QString& text() const { return m_text; }

    void setElideMode(Qt::TextElideMode mode);
    /// Takes no more room than its text needs.
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

private:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

    QString m_text;
    Qt::TextElideMode m_mode = Qt::ElideRight;
};

} // namespace tierdeck::ui
