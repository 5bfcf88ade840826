// Lists and sums of the store as rows of named columns, for programs: JSON and CSV that `tierctl report` and
// the app's export share to the byte. A column is described once; who shows tables to people takes its
// header. Plain functions; any thread.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/json_writer.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"
#include "core/sessions/store_reader.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tierdeck::sessions {

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
/// `text` as one field of RFC 4180.
[[nodiscard]] std::string csvField(const std::string& text);

/// The parts of a cell, joined: "coding:3 deep:1"; texts with `between`.
[[nodiscard]] std::string joined(const Counts& counts);
[[nodiscard]] std::string joined(const Texts& texts, const char* between);

template <typename Row>
struct ReportColumn {
    std::string key;    ///< in JSON and CSV
    std::string header; ///< for people; "" = not shown to them
    std::function<Cell(const Row&)> cell;
    bool isNumber = false;
};

/// What all requests cost together; null where none of them has a price.
[[nodiscard]] Money costOf(const Totals& totals);

[[nodiscard]] std::vector<ReportColumn<routing::RequestRecord>> requestColumns();
[[nodiscard]] std::vector<ReportColumn<TurnRow>> turnColumns();
[[nodiscard]] std::vector<ReportColumn<SessionRow>> sessionColumns();
/// `by` are the names of the query's dimensions.
[[nodiscard]] std::vector<ReportColumn<SpendRow>> spendColumns(bool byPeriod,
                                                               const std::vector<std::string>& by);

template <typename Row>
void writeJsonRow(JsonWriter& json, const std::vector<ReportColumn<Row>>& columns, const Row& row) {
    json.beginObject();
    for (const auto& column : columns) {
        json.key(column.key), writeJson(json, column.cell(row));
    }
    json.endObject();
}

template <typename Row>
void writeCsvHeader(std::ostream& out, const std::vector<ReportColumn<Row>>& columns) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
        out << (index > 0 ? "," : "") << columns[index].key;
    }
    out << "\r\n";
}

template <typename Row>
void writeCsvRow(std::ostream& out, const std::vector<ReportColumn<Row>>& columns, const Row& row) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
        out << (index > 0 ? "," : "") << csvField(csvText(columns[index].cell(row)));
    }
    out << "\r\n";
}

enum class ListKind { Requests, Turns, Sessions };
enum class ListFormat { Json, Csv };

/// A list to be written, from a cursor on.
struct ListReport {
    ListKind kind = ListKind::Requests;
    ListFormat format = ListFormat::Json;
    Filter filter;
    SessionOrder order = SessionOrder::LastTime; ///< of sessions
    int limit = 0;                               ///< 0: all
    std::string after;
};

/// Writes `{"requests": […], "next": …}` or CSV with its header, a page at a time. Returns the cursor where
/// it stopped, "" at the end. `store` may be null: a store that is not there yet has no rows. `wanted` is
/// asked between pages; false ends it with Cancelled.
[[nodiscard]] Result<std::string> writeList(std::ostream& out, StoreReader* store, const ListReport& list,
                                            const std::function<bool()>& wanted = {});

} // namespace tierdeck::sessions
