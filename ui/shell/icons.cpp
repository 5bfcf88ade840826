#include "ui/shell/icons.h"

#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <memory>

namespace tierdeck::ui::icons {

namespace {

/// Draws the SVG as a mask in one colour, so that one file serves both themes and every state.
class ThemedIconEngine final : public QIconEngine {
public:
    ThemedIconEngine(const Theme& theme, const QString& name, Theme::Status status, bool byStatus)
        : m_theme(theme)
        , m_name(name)
        , m_status(status)
        , m_byStatus(byStatus) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
        const qreal scale = painter->device() ? painter->device()->devicePixelRatio() : 1;
        QPixmap picture = scaledPixmap(rect.size() * scale, mode, state, scale);
        painter->drawPixmap(rect, picture);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        return scaledPixmap(size, mode, state, 1);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override {
        const QColor colour = colourFor(mode);
        const QString key = QStringLiteral("tierdeck/%1/%2/%3x%4")
                                .arg(m_name, colour.name())
                                .arg(size.width())
                                .arg(size.height());
        QPixmap picture;
        if (QPixmapCache::find(key, &picture)) {
            picture.setDevicePixelRatio(scale);
            return picture;
        }
        picture = QPixmap(size);
        picture.fill(Qt::transparent);
        QSvgRenderer renderer(QStringLiteral(":/icons/%1.svg").arg(m_name));
        QPainter painter(&picture);
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        renderer.render(&painter);
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(picture.rect(), colour);
        painter.end();
        QPixmapCache::insert(key, picture);
        picture.setDevicePixelRatio(scale);
        return picture;
    }

    [[nodiscard]] QIconEngine* clone() const override {
        return new ThemedIconEngine(m_theme, m_name, m_status, m_byStatus);
    }

    [[nodiscard]] QString iconName() override { return m_name; }

private:
    [[nodiscard]] QColor colourFor(QIcon::Mode mode) const {
        if (mode == QIcon::Disabled)
            return m_theme.colour(Theme::Role::DisabledText);
        if (m_byStatus)
            return m_theme.status(m_status);
        return m_theme.colour(mode == QIcon::Selected ? Theme::Role::Text : Theme::Role::SecondaryText);
    }

    const Theme& m_theme;
    QString m_name;
    Theme::Status m_status;
    bool m_byStatus;
};

} // namespace

QIcon themed(const Theme& theme, const QString& name, Theme::Status status, bool byStatus) {
    return QIcon(new ThemedIconEngine(theme, name, status, byStatus));
}

QIcon application() {
    return QIcon(QStringLiteral(":/icons/tierdeck.svg"));
}

} // namespace tierdeck::ui::icons
