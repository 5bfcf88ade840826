#include "ui/shell/row_sync.h"

#include <QtTest>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using tierdeck::ui::syncRows;

namespace {

struct Row {
    int key = 0;
    int value = 0;
    bool operator==(const Row&) const = default;
};

/// Applies the steps to a list of its own, as a view would, from row numbers alone.
struct Mirror {
    std::vector<int> keys;
    int pending = -1;
    int moveFrom = -1;
    int steps = 0;
    const std::vector<Row>* rows = nullptr;

    void beginInsert(int row) { pending = row; }

    void endInsert() {
        keys.insert(keys.begin() + pending, rows->at(static_cast<std::size_t>(pending)).key);
        ++steps;
    }

    void beginRemove(int row) { pending = row; }

    void endRemove() {
        keys.erase(keys.begin() + pending);
        ++steps;
    }

    void beginMove(int from, int to) {
        moveFrom = from;
        pending = to;
    }

    void endMove() {
        const int key = keys.at(static_cast<std::size_t>(moveFrom));
        keys.erase(keys.begin() + moveFrom);
        keys.insert(keys.begin() + pending, key);
        ++steps;
    }

    void update(int row, Row&& wanted) {
        const_cast<std::vector<Row>&>(*rows).at(static_cast<std::size_t>(row)) = wanted;
    }
};

int sync(std::vector<Row>& rows, const std::vector<Row>& wanted, Mirror& mirror) {
    mirror.rows = &rows;
    mirror.steps = 0;
    const auto key = [](const Row& row) { return row.key; };
    syncRows(
        rows, wanted, key, key, [](Row&& row) { return row; }, mirror);
    return mirror.steps;
}

} // namespace

class RowSyncTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void aRowThatMovedToTheTopIsOneStep() {
        std::vector<Row> rows{{1, 0}, {2, 0}, {3, 0}, {4, 0}};
        Mirror mirror{{1, 2, 3, 4}};
        const std::vector<Row> wanted{{4, 9}, {1, 0}, {2, 0}, {3, 0}};
        QCOMPARE(sync(rows, wanted, mirror), 1);
        QCOMPARE(rows, wanted);
        QCOMPARE(mirror.keys, (std::vector<int>{4, 1, 2, 3}));
    }

    void aNewRowAtTheEndIsOneStep() {
        std::vector<Row> rows{{1, 0}, {2, 0}};
        Mirror mirror{{1, 2}};
        QCOMPARE(sync(rows, {{1, 0}, {2, 5}, {3, 0}}, mirror), 1);
        QCOMPARE(rows.at(1).value, 5);
        QCOMPARE(mirror.keys, (std::vector<int>{1, 2, 3}));
    }

    void nothingNewIsNoStep() {
        std::vector<Row> rows{{1, 0}, {2, 0}};
        Mirror mirror{{1, 2}};
        QCOMPARE(sync(rows, {{1, 0}, {2, 0}}, mirror), 0);
    }

    void anySnapshotIsReached() {
        std::mt19937 random(7);
        std::vector<Row> rows;
        Mirror mirror;
        for (int round = 0; round < 400; ++round) {
            std::vector<int> keys(30);
            std::iota(keys.begin(), keys.end(), 0);
            std::shuffle(keys.begin(), keys.end(), random);
            keys.resize(random() % 31);
            std::vector<Row> wanted;
            for (const int key : keys)
                wanted.push_back({key, static_cast<int>(random() % 100)});
            sync(rows, wanted, mirror);
            QCOMPARE(rows, wanted);
            QCOMPARE(mirror.keys, keys);
        }
    }
};

QTEST_MAIN(RowSyncTest)
#include "tst_row_sync.moc"
