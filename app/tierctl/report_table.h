// What a report's cells look like to people. One thread; plain helpers of the report command.
#pragma once

#include "app/tierctl/text_table.h"
#include "core/sessions/report.h"

#include <functional>
#include <string>

namespace tierdeck::app {

using sessions::Cell;
using sessions::Counts;
using sessions::csvField;
using sessions::csvText;
using sessions::Money;
using sessions::Null;
using sessions::ReportColumn;
using sessions::Texts;
using sessions::writeJson;

/// Times by `timeText`.
[[nodiscard]] std::string peopleText(const Cell& cell, const std::function<std::string(UtcTime)>& timeText);

/// A dollar amount with enough digits to be true: 0.0004, 0.37, 128.40.
[[nodiscard]] std::string moneyText(NanoUsd cost);

} // namespace tierdeck::app
