// A person's mouse for tests: clicks where a widget is seen, and counts the clicks. GUI tests only.
#pragma once

#include <QAbstractItemView>
#include <QComboBox>
#include <QScrollArea>
#include <QtTest>

namespace tierdeck::testing {

class CountedClicks {
public:
    [[nodiscard]] int count() const { return m_count; }

    void at(QWidget& widget, const QPoint& place) {
        for (QWidget* above = widget.parentWidget(); above != nullptr; above = above->parentWidget()) {
            if (auto* area = qobject_cast<QScrollArea*>(above)) { // turning the wheel is no click
                const QPoint there = widget.mapTo(area->widget(), place);
                area->ensureVisible(there.x(), there.y());
            }
        }
        QVERIFY2(widget.isVisible() && widget.visibleRegion().contains(place),
                 qPrintable(widget.objectName() + QStringLiteral(" is not seen there")));
        QTest::mouseMove(&widget, place);
        QTest::mouseClick(&widget, Qt::LeftButton, {}, place);
        ++m_count;
    }

    void on(QWidget& widget) { at(widget, widget.rect().center()); }

    /// Two: the box, then the item in its list.
    void choose(QComboBox& box, const QVariant& data) {
        const int wanted = box.findData(data);
        QVERIFY(wanted >= 0);
        on(box);
        QTRY_VERIFY(box.view()->isVisible());
        cell(*box.view(), box.model()->index(wanted, box.modelColumn()));
        QCOMPARE(box.currentIndex(), wanted);
    }

    void cell(QAbstractItemView& view, const QModelIndex& index) {
        QVERIFY(index.isValid());
        const QRect place = view.visualRect(index);
        at(*view.viewport(), place.isValid() ? place.center() : QPoint(-1, -1));
    }

private:
    int m_count = 0;
};

} // namespace tierdeck::testing
