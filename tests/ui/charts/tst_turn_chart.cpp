#include "ui/charts/turn_chart.h"
#include "ui/shell/theme.h"

#include <QApplication>
#include <QGraphicsView>
#include <QHelpEvent>
#include <QSignalSpy>
#include <QToolButton>
#include <QToolTip>
#include <QWheelEvent>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace tierdeck::ui;

namespace {

TurnBar bar(int turn, std::initializer_list<TurnBar::Part> parts) {
    TurnBar made;
    made.turn = turn;
    made.parts = parts;
    return made;
}

TurnChartData manyTurns(int count) {
    TurnChartData data;
    for (int i = 0; i < count; ++i)
        data.turns.append(
            bar(i + 1, {{QStringLiteral("balanced"), (i + 1) * std::int64_t(1'000'000), 1},
                        {i % 3 == 0 ? QStringLiteral("deep") : QStringLiteral("coding"), 7'000'000, 2}}));
    return data;
}

std::int64_t sum(const QList<TurnBar>& turns) {
    std::int64_t total = 0;
    for (const TurnBar& turn : turns)
        for (const TurnBar::Part& part : turn.parts)
            total += part.amount;
    return total;
}

struct Shown {
    Theme theme;
    TurnChart chart{theme};

    Shown() {
        chart.resize(900, 260);
        chart.show();
    }

    [[nodiscard]] QGraphicsView* view() {
        return chart.findChild<QGraphicsView*>(QStringLiteral("turnChartView"));
    }
};

} // namespace

class TurnChartTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void binsHoldWholeTurnsAndExactSums_data() {
        QTest::addColumn<int>("turns");
        QTest::addColumn<int>("bins");
        QTest::addColumn<int>("turnsABin");
        QTest::newRow("one") << 1 << 1 << 1;
        QTest::newRow("a hundred have a bar each") << 100 << 100 << 1;
        QTest::newRow("one more makes pairs") << 101 << 51 << 2;
        QTest::newRow("ten thousand") << 10'000 << 100 << 100;
    }

    void binsHoldWholeTurnsAndExactSums() {
        QFETCH(int, turns);
        QFETCH(int, bins);
        QFETCH(int, turnsABin);
        const TurnChartData data = manyTurns(turns);
        const QList<TurnBin> made = binTurns(data.turns, 0, turns - 1, TurnChart::maxBars);
        QCOMPARE(made.size(), bins);
        QCOMPARE(made.constFirst().turns(), qsizetype(turnsABin));
        QCOMPARE(made.constFirst().first, qsizetype(0));
        QCOMPARE(made.constLast().last, qsizetype(turns - 1));
        for (qsizetype i = 1; i < made.size(); ++i)
            QCOMPARE(made.at(i).first, made.at(i - 1).last + 1);
        QCOMPARE(made.constLast().cumulative, sum(data.turns));
        std::int64_t total = 0;
        for (const TurnBin& bin : made)
            total += bin.total;
        QCOMPARE(total, sum(data.turns));
    }

    void partsStandInOneOrder() {
        const QList<TurnBin> bins = binTurns({bar(1, {{QStringLiteral("review"), 1, 1},
                                                      {QStringLiteral("deep"), 2, 1},
                                                      {QStringLiteral("background"), 3, 1},
                                                      {QStringLiteral("balanced"), 4, 1}})},
                                             0, 0, 100);
        QStringList order;
        for (const TurnBar::Part& part : bins.constFirst().parts)
            order.append(part.tier);
        QCOMPARE(order, (QStringList{QStringLiteral("background"), QStringLiteral("balanced"),
                                     QStringLiteral("deep"), QStringLiteral("review")}));
    }

    void scales_data() {
        QTest::addColumn<double>("greatest");
        QTest::addColumn<double>("top");
        QTest::addColumn<double>("step");
        QTest::addColumn<int>("decimals");
        QTest::newRow("nothing") << 0.0 << 1.0 << 0.25 << 2;
        QTest::newRow("cents") << 0.037 << 0.04 << 0.01 << 2;
        QTest::newRow("exactly a step") << 0.04 << 0.04 << 0.01 << 2;
        QTest::newRow("tiny") << 0.00037 << 0.0004 << 0.0001 << 4;
        QTest::newRow("dollars") << 4.84 << 6.0 << 2.0 << 0;
        QTest::newRow("quarters") << 0.9 << 1.0 << 0.25 << 2;
        QTest::newRow("thousands") << 8300.0 << 10000.0 << 2500.0 << 0;
    }

    void scales() {
        QFETCH(double, greatest);
        QFETCH(double, top);
        QFETCH(double, step);
        QFETCH(int, decimals);
        const Scale scale = niceScale(greatest);
        QVERIFY2(std::abs(scale.top - top) < 1e-9 * top, qPrintable(QString::number(scale.top)));
        QVERIFY2(std::abs(scale.step - step) < 1e-9 * step, qPrintable(QString::number(scale.step)));
        QCOMPARE(scale.decimals, decimals);
        QVERIFY(scale.top >= greatest);
    }

    void whatIsDrawnIsWhatWasGiven() {
        Shown shown;
        const TurnChartData data = manyTurns(20);
        shown.chart.setData(data, false);
        std::int64_t cumulative = 0;
        for (qsizetype i = 0; i < data.turns.size(); ++i) {
            double drawn = 0;
            for (const TurnBar::Part& part : data.turns.at(i).parts) {
                const double value = shown.chart.drawnAmount(i, chartTierIndex(part.tier));
                QCOMPARE(std::llround(value * 1e9), part.amount);
                drawn += value;
                cumulative += part.amount;
            }
            QCOMPARE(std::llround(shown.chart.drawnCumulative(i) * 1e9), cumulative);
        }
    }

    void tokensAreDrawnInTokens() {
        Shown shown;
        TurnChartData data;
        data.measure = TurnChartData::Measure::Tokens;
        data.turns = {bar(1, {{QStringLiteral("coding"), 1234, 1}}),
                      bar(2, {{QStringLiteral("deep"), 98'765, 1}})};
        shown.chart.setData(data, false);
        QCOMPARE(std::llround(shown.chart.drawnAmount(0, chartTierIndex(u"coding"))), 1234);
        QCOMPARE(std::llround(shown.chart.drawnAmount(1, chartTierIndex(u"deep"))), 98'765);
    }

    void barsAreAsHighAsTheirAmounts() {
        Shown shown;
        TurnChartData data;
        data.turns = {bar(1, {{QStringLiteral("coding"), 1'000'000'000, 1}}),
                      bar(2, {{QStringLiteral("coding"), 2'000'000'000, 1}})};
        shown.chart.setData(data, false);
        QTRY_VERIFY(shown.chart.barRect(0).height() > 10);
        const double ratio =
            static_cast<double>(shown.chart.barRect(1).height()) / shown.chart.barRect(0).height();
        QVERIFY2(std::abs(ratio - 2) < 0.05, qPrintable(QString::number(ratio)));
        // The bar is where Qt Charts painted it.
        const QImage image = shown.chart.grab().toImage();
        const QPoint inside = shown.chart.barRect(1).center();
        QCOMPARE(image.pixelColor(inside), shown.theme.tier(u"coding"));
    }

    void aBarIsChosenByMouseAndKeys() {
        Shown shown;
        shown.chart.setData(manyTurns(10), false);
        QSignalSpy chosen(&shown.chart, &TurnChart::turnChosen);
        QTest::mouseClick(shown.view()->viewport(), Qt::LeftButton, {},
                          shown.view()->mapFrom(&shown.chart, shown.chart.barRect(4).center()));
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(4));
        QTest::keyClick(shown.view(), Qt::Key_Right);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(5));
        QTest::keyClick(shown.view(), Qt::Key_Home);
        QTest::keyClick(shown.view(), Qt::Key_Left);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(0));
        QTest::keyClick(shown.view(), Qt::Key_End);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(9));
        QSignalSpy activated(&shown.chart, &TurnChart::turnActivated);
        QTest::keyClick(shown.view(), Qt::Key_Return);
        QCOMPARE(activated.count(), 1);
        QCOMPARE(activated.constFirst().constFirst().value<qsizetype>(), qsizetype(9));
    }

    void aBinOpensAndCloses() {
        Shown shown;
        shown.chart.setData(manyTurns(860), false); // 9 a bin
        QCOMPARE(shown.chart.bins().size(), 96);
        shown.chart.setChosenTurn(20);
        QTest::keyClick(shown.view(), Qt::Key_Return);
        QVERIFY(shown.chart.isZoomed());
        QCOMPARE(shown.chart.bins().size(), 9);
        QCOMPARE(shown.chart.bins().constFirst().first, qsizetype(18));
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(20));
        // The running sum goes on from what came before.
        std::int64_t before = 0;
        const TurnChartData data = manyTurns(860);
        for (qsizetype i = 0; i <= 18; ++i)
            before += sum({data.turns.at(i)});
        QCOMPARE(shown.chart.bins().constFirst().cumulative, before);
        auto* all = shown.chart.findChild<QToolButton*>(QStringLiteral("turnChartAll"));
        QVERIFY(all->isVisible());
        all->click();
        QVERIFY(!shown.chart.isZoomed());
        QCOMPARE(shown.chart.bins().size(), 96);
    }

    void aNewTurnMovesNothing() {
        Shown shown;
        shown.chart.setData(manyTurns(10), false);
        shown.chart.setChosenTurn(3);
        const QRect before = shown.chart.barRect(3);
        TurnChartData more = manyTurns(10);
        more.turns.append(bar(11, {{QStringLiteral("smart"), 1'000'000, 1}}));
        shown.chart.setData(more, true);
        QCOMPARE(shown.chart.barRect(3), before);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(3));
        QCOMPARE(shown.chart.bins().size(), 11);
    }

    void anOpenedBinStaysOpenWhenTurnsArrive() {
        Shown shown;
        shown.chart.setData(manyTurns(300), false);
        shown.chart.openBin(2);
        const qsizetype first = shown.chart.bins().constFirst().first;
        shown.chart.setData(manyTurns(301), true);
        QVERIFY(shown.chart.isZoomed());
        QCOMPARE(shown.chart.bins().constFirst().first, first);
        shown.chart.setData(manyTurns(5), false);
        QVERIFY(!shown.chart.isZoomed());
        QCOMPARE(shown.chart.bins().size(), 5);
    }

    void choosingElsewherePansThere() {
        Shown shown;
        shown.chart.setData(manyTurns(300), false);
        shown.chart.zoom(0.1, 0.0);
        QCOMPARE(shown.chart.shownTurns().span(), qsizetype(30));
        shown.chart.setChosenTurn(250);
        QVERIFY(shown.chart.shownTurns().shows(250));
        QCOMPARE(shown.chart.shownTurns().span(), qsizetype(30));
    }

    void aWindowKeepsItsPromises() {
        // Whatever is done: within the turns, never fewer than asked, whole bins, the anchor stays.
        TurnWindow window(100);
        std::mt19937 random(3);
        for (int round = 0; round < 5000; ++round) {
            const qsizetype span = window.span();
            const qsizetype first = window.first();
            switch (random() % 6) {
            case 0:
                if (random() % 20 == 0)
                    window.reset(static_cast<qsizetype>(random() % 6000));
                else
                    window.grow(window.total() + static_cast<qsizetype>(random() % 3));
                break;
            case 1:
                if (window.total() > 0)
                    window.zoom(0.8, 0.5);
                break;
            case 2:
                if (window.total() > 0)
                    window.zoom(1.25, 0.5);
                break;
            case 3:
                window.pan(static_cast<qsizetype>(random() % 50) - 25);
                if (window.total() > 0)
                    QVERIFY(window.span() <= std::max(span, window.turnsABin() * 100));
                break;
            case 4:
                if (window.total() > 0) {
                    const auto turn = static_cast<qsizetype>(random()) % window.total();
                    const bool shown = window.shows(turn);
                    window.show(turn);
                    QVERIFY(window.shows(turn));
                    if (shown)
                        QCOMPARE(window.first(), first);
                }
                break;
            default:
                if (random() % 10 == 0)
                    window.showAll();
            }
            QVERIFY(window.first() >= 0);
            QCOMPARE(window.last() < window.total() || window.total() == 0, true);
            QVERIFY(window.span() >= std::min(TurnWindow::fewest, window.total()) ||
                    window.last() == window.total() - 1);
            if (!window.isAll() && window.turnsABin() > 1)
                QVERIFY(window.span() <= 100 * window.turnsABin());
        }
    }

    void wheelDragAndKeysZoomAndPan() {
        Shown shown;
        shown.chart.setData(manyTurns(5000), false);
        const auto at = [&shown](double share) {
            const int left = shown.chart.barRect(0).left();
            const int right = shown.chart.barRect(shown.chart.bins().size() - 1).right();
            return shown.view()->mapFrom(&shown.chart,
                                         QPoint(left + static_cast<int>((right - left) * share), 120));
        };
        const auto wheel = [&shown](const QPoint& where, int delta, Qt::KeyboardModifiers keys = {}) {
            QWheelEvent event(where, shown.view()->mapToGlobal(where), {}, {0, delta}, Qt::NoButton, keys,
                              Qt::NoScrollPhase, false);
            QApplication::sendEvent(shown.view()->viewport(), &event);
        };
        wheel(at(0.5), -120); // all is all
        QVERIFY(!shown.chart.isZoomed());
        for (int i = 0; i < 4; ++i)
            wheel(at(0.5), 120);
        const TurnWindow& window = shown.chart.shownTurns();
        QVERIFY2(window.span() > 1900 && window.span() < 2200, qPrintable(QString::number(window.span())));
        QVERIFY(window.shows(2500)); // what is under the pointer
        // Drag to the right shows what is before.
        const qsizetype first = window.first();
        QTest::mousePress(shown.view()->viewport(), Qt::LeftButton, {}, at(0.5));
        QTest::mouseMove(shown.view()->viewport(), at(0.6));
        QTest::mouseMove(shown.view()->viewport(), at(0.7));
        QTest::mouseRelease(shown.view()->viewport(), Qt::LeftButton, {}, at(0.7));
        QVERIFY2(window.first() < first - 300 && window.first() > first - 500,
                 qPrintable(QString::number(first - window.first())));
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(-1)); // a drag chooses nothing
        // Keys
        QTest::keyClick(shown.view(), Qt::Key_0);
        QVERIFY(!shown.chart.isZoomed());
        QTest::keyClick(shown.view(), Qt::Key_End);
        for (int i = 0; i < 30; ++i)
            QTest::keyClick(shown.view(), Qt::Key_Plus);
        QCOMPARE(window.span(), TurnWindow::fewest);
        QCOMPARE(window.last(), qsizetype(4999));
        QTest::keyClick(shown.view(), Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(window.last(), qsizetype(4997));
        QTest::keyClick(shown.view(), Qt::Key_Home);
        QCOMPARE(window.first(), qsizetype(0));
        for (int i = 0; i < 8; ++i)
            QTest::keyClick(shown.view(), Qt::Key_Right);
        QCOMPARE(shown.chart.chosenTurn(), qsizetype(8));
        QVERIFY(window.shows(8));
        QTest::keyClick(shown.view(), Qt::Key_Minus);
        QVERIFY(window.span() > TurnWindow::fewest);
        // What is drawn is what was given, wherever one looks.
        const TurnChartData data = manyTurns(5000);
        for (qsizetype i = 0; i < shown.chart.bins().size(); ++i) {
            const TurnBin& bin = shown.chart.bins().at(i);
            QCOMPARE(bin.total, sum(data.turns.mid(bin.first, bin.turns())));
            QCOMPARE(std::llround(shown.chart.drawnCumulative(i) * 1e9),
                     sum(data.turns.mid(0, bin.last + 1)));
        }
    }

    void zoomingFiveThousandTurnsBlocksNobody() {
        Shown shown;
        shown.chart.setData(manyTurns(5000), false);
        std::vector<double> spent;
        for (int i = 0; i < 60; ++i) {
            QElapsedTimer timer;
            timer.start();
            if (i % 3 == 2)
                shown.chart.pan(i % 2 == 0 ? 40 : -40);
            else
                shown.chart.zoom(i % 20 < 10 ? 0.8 : 1.25, 0.3);
            shown.view()->viewport()->repaint();
            spent.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        std::sort(spent.begin(), spent.end());
        qInfo("a step of zoom or pan over 5,000 turns: median %.1f ms, worst %.1f ms", spent[30],
              spent.back());
        QVERIFY2(spent[30] < 100, qPrintable(QString::number(spent[30]))); // far above what it takes
    }

    void cacheLanesAndMarksAreDrawn() {
        Shown shown;
        TurnChartData data = manyTurns(20);
        shown.chart.setData(data, false);
        const QImage plain = shown.chart.grab().toImage();
        const int height = shown.chart.barRect(19).bottom();
        for (qsizetype i = 0; i < data.turns.size(); ++i) {
            data.turns[i].prompt = 1000;
            data.turns[i].cachedInput = 50 * i;
        }
        data.turns[4].agents = {{QStringLiteral("explorer"), 1'000'000, 3}};
        data.turns[4].cold = true;
        shown.chart.setData(data, true);
        QVERIFY(shown.chart.grab().toImage() != plain);
        QVERIFY(shown.chart.barRect(19).bottom() < height); // the rows took their room
        QVERIFY(shown.chart.bins().at(4).cold);
        QCOMPARE(shown.chart.bins().at(4).agents.constFirst().requests, std::int64_t(3));
    }

    void itSaysWhatItShows() {
        Shown shown;
        shown.chart.setData(manyTurns(10), false);
        shown.chart.setChosenTurn(9);
        QVERIFY(!shown.view()->accessibleName().isEmpty());
        const QString words = shown.view()->accessibleDescription();
        QVERIFY2(words.contains(QStringLiteral("$0.13")), qPrintable(words)); // in all
        QVERIFY(words.contains(QStringLiteral("turn 10")));
    }

    void toolTipsHaveTheNumbersAndTheWayToTheTurn() {
        Shown shown;
        shown.chart.setTips([](qsizetype turn) { return QStringLiteral("tip of %1").arg(turn); });
        const auto tipAt = [&shown](qsizetype bin) {
            const QPoint at = shown.view()->mapFrom(&shown.chart, shown.chart.barRect(bin).center());
            QHelpEvent help(QEvent::ToolTip, at, shown.view()->viewport()->mapToGlobal(at));
            QApplication::sendEvent(shown.view()->viewport(), &help);
            return QToolTip::text();
        };
        shown.chart.setData(manyTurns(10), false);
        QCOMPARE(tipAt(3), QStringLiteral("tip of 3"));
        shown.chart.setData(manyTurns(300), false);
        const QString ofBin = tipAt(1); // turns 4 to 6
        for (const char* word : {"4", "6", "balanced", "coding", "$0.036"})
            QVERIFY2(ofBin.contains(QLatin1StringView(word)), qPrintable(ofBin));
        QToolTip::hideText();
    }

    void patternsTellTiersApart() {
        Shown shown;
        shown.chart.setData(manyTurns(4), false);
        const QImage plain = shown.chart.grab().toImage();
        shown.chart.setPatterns(true);
        QVERIFY(shown.chart.grab().toImage() != plain);
    }

    void emptyAndHugeAreDrawn() {
        Shown shown;
        shown.chart.setData({}, false);
        QVERIFY(!shown.chart.grab().isNull());
        QElapsedTimer timer;
        timer.start();
        shown.chart.setData(manyTurns(10'000), false);
        QVERIFY(!shown.chart.grab().isNull());
        QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_MAIN(TurnChartTest)
#include "tst_turn_chart.moc"
