// Brings the rows of a model to a new snapshot by the fewest steps that keep selection, expansion and scroll
// position: update in place, move, insert, remove. For models of up to a few thousand rows. GUI thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tierdeck::ui {

/// The key names a row for life; `make(Wanted&&)` makes a row. `steps` has beginInsert(int row), endInsert(),
/// beginRemove(int row), endRemove(), beginMove(int from, int to), endMove() and update(int row, Wanted&&);
/// row numbers are those before the step. Rows before `first` stay as they are; `wanted` is what follows
/// them.
template <typename Row, typename Wanted, typename KeyOfRow, typename KeyOfWanted, typename Make,
          typename Steps>
void syncRows(std::vector<Row>& rows, std::vector<Wanted> wanted, KeyOfRow keyOfRow, KeyOfWanted keyOfWanted,
              Make make, Steps& steps, std::size_t first = 0) {
    using Key = std::decay_t<decltype(keyOfRow(rows.front()))>;
    std::unordered_set<Key> kept;
    for (const Wanted& row : wanted)
        kept.insert(keyOfWanted(row));
    for (std::size_t i = rows.size(); i-- > first;) {
        if (kept.count(keyOfRow(rows[i])) > 0)
            continue;
        steps.beginRemove(static_cast<int>(i));
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(i));
        steps.endRemove();
    }
    for (std::size_t i = first; i < first + wanted.size(); ++i) {
        Wanted& next = wanted[i - first];
        const Key key = keyOfWanted(next);
        const auto here = rows.begin() + static_cast<std::ptrdiff_t>(std::min(i, rows.size()));
        const auto found =
            std::find_if(here, rows.end(), [&](const Row& row) { return keyOfRow(row) == key; });
        if (found == rows.end()) {
            steps.beginInsert(static_cast<int>(i));
            rows.insert(here, make(std::move(next)));
            steps.endInsert();
            continue;
        }
        if (found != here) {
            steps.beginMove(static_cast<int>(found - rows.begin()), static_cast<int>(i));
            std::rotate(here, found, std::next(found));
            steps.endMove();
        }
        steps.update(static_cast<int>(i), std::move(next));
    }
}

/// The steps of a model whose rows stand for themselves, but for update(): for a struct of the model's that
/// derives from it. The model has it as a friend.
template <typename Model>
struct PlainSteps {
    Model& model;

    void beginInsert(int row) { model.beginInsertRows({}, row, row); }

    void endInsert() { model.endInsertRows(); }

    void beginRemove(int row) { model.beginRemoveRows({}, row, row); }

    void endRemove() { model.endRemoveRows(); }

    void beginMove(int from, int to) { model.beginMoveRows({}, from, from, {}, to); }

    void endMove() { model.endMoveRows(); }
};

} // namespace tierdeck::ui
