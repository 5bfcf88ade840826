// Sub-agents, cold caches and unpriced requests of a session's turns, read from its requests. One thread at a
// time; a part of StoreReader.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/reader_query.h"
#include "core/sessions/sqlite.h"
#include "core/sessions/store_reader.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tierdeck::sessions {

[[nodiscard]] Result<std::vector<TurnTrace>> readTurnTraces(sqlite::Connection& connection, NameBook& names,
                                                            std::int64_t session,
                                                            std::optional<UtcTime> since);

} // namespace tierdeck::sessions
