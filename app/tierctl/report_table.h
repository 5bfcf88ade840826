// One report as columns and rows, printed for people, as JSON or as CSV. A column is described once and
// serves all three. One thread; a plain helper of the report command.
#pragma once

#include "app/tierctl/json_writer.h"
#include "app/tierctl/text_table.h"
#include "core/foundation/clock.h"
#include "core/foundation/strong_type.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tierdeck::app {

struct Null {};

struct Money {
    std::optional<NanoUsd> cost; ///< nullopt: unpriced
    bool simulated = false;      ///< no one was asked and nothing is owed
};

using Counts = std::vector<std::pair<std::string, std::int64_t>>;
using Texts = std::vector<std::string>;
using Cell = std::variant<Null, std::string, std::int64_t, bool, UtcTime, Money, Counts, Texts>;

void writeJson(JsonWriter& json, const Cell& cell);
[[nodiscard]] std::string csvText(const Cell& cell);
/// Times by `timeText`.
[[nodiscard]] std::string peopleText(const Cell& cell, const std::function<std::string(UtcTime)>& timeText);

/// `text` as one field of RFC 4180.
[[nodiscard]] std::string csvField(const std::string& text);

/// A dollar amount with enough digits to be true: 0.0004, 0.37, 128.40.
[[nodiscard]] std::string moneyText(NanoUsd cost);

template <typename Row>
struct ReportColumn {
    std::string key;    ///< in JSON and CSV
    std::string header; ///< for people; "" = not shown to them
    std::function<Cell(const Row&)> cell;
    TextTable::Align align = TextTable::Align::Left;
};

} // namespace tierdeck::app
