// What differs between two texts, line by line, as a person reads a diff. Pure; any thread.
#pragma once

#include <QList>
#include <QString>

#include <string_view>

namespace tierdeck::ui {

struct DiffLine {
    enum class Kind { Context, Removed, Added, Gap }; ///< Gap: unchanged lines that are left out
    Kind kind = Kind::Context;
    int number = 0; ///< from 1, in the old text for Removed, else in the new one; 0 for Gap
    QString text;   ///< without its line end, unless that is all that differs
    /// The part that differs from the line it replaces; empty where there is none.
    int emphasisBegin = 0;
    int emphasisLength = 0;
};

[[nodiscard]] QList<DiffLine> diffLines(std::string_view before, std::string_view after,
                                        int contextLines = 2);

} // namespace tierdeck::ui
