// A request's record as bytes and back, without loss and in about a microsecond: how the journal keeps it. Of
// this machine and this version only; what travels or stays is JSON (record_json.h). Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/request_record.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace tierdeck::sessions {

/// How many bytes were written; 0 where the record needs more than there are.
[[nodiscard]] std::size_t writeBytes(const routing::RequestRecord& record, std::span<char> into);
/// ParseFailed for what writeBytes() did not write.
[[nodiscard]] Result<routing::RequestRecord> recordFromBytes(std::string_view bytes);

} // namespace tierdeck::sessions
