#include "ui/settings/text_diff.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tierdeck::ui {

namespace {

/// Beyond this many pairs the middle is shown as replaced as a whole: nobody reads such a diff line by line.
constexpr std::size_t mostPairs = 4'000'000;

using Lines = std::vector<std::string_view>;

/// With their ends, so that a changed line end is a changed line.
Lines linesOf(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        const std::size_t size = newline == std::string_view::npos ? text.size() : newline + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

struct Step {
    enum class Kind { Keep, Remove, Add };
    Kind kind;
    std::size_t before; ///< index of the line, for Keep and Remove
    std::size_t after;  ///< for Keep and Add
};

/// The longest common subsequence of the middles, as steps. Removals come before additions.
std::vector<Step> stepsOf(const Lines& before, const Lines& after) {
    std::vector<Step> steps;
    std::size_t front = 0;
    while (front < before.size() && front < after.size() && before[front] == after[front]) {
        steps.push_back({Step::Kind::Keep, front, front});
        ++front;
    }
    std::size_t back = 0;
    while (back < before.size() - front && back < after.size() - front &&
           before[before.size() - 1 - back] == after[after.size() - 1 - back])
        ++back;
    const std::size_t rows = before.size() - front - back;
    const std::size_t columns = after.size() - front - back;
    std::vector<std::size_t> lengths;
    const bool compared = rows > 0 && columns > 0 && rows <= mostPairs / columns;
    const auto at = [columns](std::size_t row, std::size_t column) { return row * (columns + 1) + column; };
    if (compared) {
        lengths.assign((rows + 1) * (columns + 1), 0);
        for (std::size_t i = rows; i-- > 0;) {
            for (std::size_t k = columns; k-- > 0;)
                lengths[at(i, k)] = before[front + i] == after[front + k]
                                        ? lengths[at(i + 1, k + 1)] + 1
                                        : std::max(lengths[at(i + 1, k)], lengths[at(i, k + 1)]);
        }
    }
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < rows || k < columns) {
        if (compared && i < rows && k < columns && before[front + i] == after[front + k]) {
            steps.push_back({Step::Kind::Keep, front + i, front + k});
            ++i;
            ++k;
        } else if (i < rows &&
                   (!compared || k == columns || lengths[at(i + 1, k)] >= lengths[at(i, k + 1)])) {
            steps.push_back({Step::Kind::Remove, front + i, front + k});
            ++i;
        } else {
            steps.push_back({Step::Kind::Add, front + i, front + k});
            ++k;
        }
    }
    for (std::size_t n = back; n > 0; --n)
        steps.push_back({Step::Kind::Keep, before.size() - n, after.size() - n});
    return steps;
}

QString shown(std::string_view line) {
    if (!line.empty() && line.back() == '\n')
        line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    return QString::fromUtf8(line.data(), static_cast<qsizetype>(line.size()));
}

QString shownLineEnd(std::string_view line) {
    if (line.size() >= 2 && line.substr(line.size() - 2) == "\r\n")
        return QStringLiteral("␍␊");
    return !line.empty() && line.back() == '\n' ? QStringLiteral("␊") : QString();
}

/// Marks in both lines what one has and the other has not.
void emphasise(DiffLine& removed, DiffLine& added) {
    const qsizetype shorter = std::min(removed.text.size(), added.text.size());
    qsizetype front = 0;
    while (front < shorter && removed.text[front] == added.text[front])
        ++front;
    qsizetype back = 0;
    while (back < shorter - front &&
           removed.text[removed.text.size() - 1 - back] == added.text[added.text.size() - 1 - back])
        ++back;
    for (DiffLine* line : {&removed, &added}) {
        line->emphasisBegin = static_cast<int>(front);
        line->emphasisLength = static_cast<int>(line->text.size() - front - back);
    }
}

/// How many characters two lines share at both ends.
qsizetype likeness(const QString& a, const QString& b) {
    const qsizetype shorter = std::min(a.size(), b.size());
    qsizetype front = 0;
    while (front < shorter && a[front] == b[front])
        ++front;
    qsizetype back = 0;
    while (back < shorter - front && a[a.size() - 1 - back] == b[b.size() - 1 - back])
        ++back;
    return front + back;
}

/// Which of the lines that come takes the place of which that goes: the likest, each once. Indices from the
/// first of either kind.
std::vector<std::pair<std::size_t, std::size_t>> pairsOf(const QList<DiffLine>& lines, qsizetype first,
                                                         std::size_t gone, std::size_t come) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    if (gone == come || gone * come > mostPairs / 1000) {
        for (std::size_t n = 0; n < std::min(gone, come); ++n)
            pairs.emplace_back(n, n);
        return pairs;
    }
    std::vector<bool> taken(gone, false);
    for (std::size_t to = 0; to < come; ++to) {
        std::size_t best = gone;
        qsizetype bestLikeness = -1;
        for (std::size_t from = 0; from < gone; ++from) {
            const qsizetype like = likeness(lines[first + static_cast<qsizetype>(from)].text,
                                            lines[first + static_cast<qsizetype>(gone + to)].text);
            if (!taken[from] && like > bestLikeness) {
                best = from;
                bestLikeness = like;
            }
        }
        if (best == gone)
            break;
        taken[best] = true;
        pairs.emplace_back(best, to);
    }
    return pairs;
}

} // namespace

QList<DiffLine> diffLines(std::string_view before, std::string_view after, int contextLines) {
    const Lines old = linesOf(before);
    const Lines now = linesOf(after);
    const std::vector<Step> steps = stepsOf(old, now);

    std::vector<bool> isShown(steps.size(), false);
    const auto context = static_cast<std::size_t>(std::max(0, contextLines));
    for (std::size_t n = 0; n < steps.size(); ++n) {
        if (steps[n].kind == Step::Kind::Keep)
            continue;
        const std::size_t last = std::min(steps.size(), n + context + 1);
        for (std::size_t near = n - std::min(n, context); near < last; ++near)
            isShown[near] = true;
    }

    QList<DiffLine> lines;
    for (std::size_t n = 0; n < steps.size();) {
        if (!isShown[n]) {
            if (lines.isEmpty() || lines.last().kind != DiffLine::Kind::Gap)
                lines.append(DiffLine{DiffLine::Kind::Gap, 0, {}, 0, 0});
            ++n;
            continue;
        }
        if (steps[n].kind == Step::Kind::Keep) {
            lines.append(DiffLine{DiffLine::Kind::Context, static_cast<int>(steps[n].after) + 1,
                                  shown(now[steps[n].after]), 0, 0});
            ++n;
            continue;
        }
        // A run of changes: first what goes, then what comes, paired in order.
        std::vector<std::size_t> gone;
        std::vector<std::size_t> come;
        for (; n < steps.size() && steps[n].kind != Step::Kind::Keep; ++n) {
            if (steps[n].kind == Step::Kind::Remove)
                gone.push_back(steps[n].before);
            else
                come.push_back(steps[n].after);
        }
        const qsizetype first = lines.size();
        for (const std::size_t line : gone)
            lines.append(
                DiffLine{DiffLine::Kind::Removed, static_cast<int>(line) + 1, shown(old[line]), 0, 0});
        for (const std::size_t line : come)
            lines.append(DiffLine{DiffLine::Kind::Added, static_cast<int>(line) + 1, shown(now[line]), 0, 0});
        for (const auto& [from, to] : pairsOf(lines, first, gone.size(), come.size())) {
            DiffLine& removed = lines[first + static_cast<qsizetype>(from)];
            DiffLine& added = lines[first + static_cast<qsizetype>(gone.size() + to)];
            if (removed.text == added.text) {
                removed.text += shownLineEnd(old[gone[from]]);
                added.text += shownLineEnd(now[come[to]]);
            }
            emphasise(removed, added);
        }
    }
    if (lines.size() == 1 && lines.first().kind == DiffLine::Kind::Gap)
        lines.clear();
    return lines;
}

} // namespace tierdeck::ui
