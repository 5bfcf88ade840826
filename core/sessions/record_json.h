// A request's record as one line of JSON and back, without loss: how records wait that the store could not
// take, and how they may travel between programs. Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"

#include <string>
#include <string_view>

namespace tierdeck::sessions {

/// One line without its end. Bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string toJson(const routing::RequestRecord& record);
/// Reads what toJson() wrote, also an older version of it: absent keys keep their defaults, unknown ones are
/// skipped.
[[nodiscard]] Result<routing::RequestRecord> recordFromJson(std::string_view line);

} // namespace tierdeck::sessions
