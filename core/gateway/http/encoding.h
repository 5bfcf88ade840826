// Request bodies that come compressed. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::http {

enum class DecodeError { UnknownEncoding, Broken, TooLarge };

/// Replaces `body` by what `encoding` ("gzip", "zstd", "identity", "") packed, at most `limit` bytes.
[[nodiscard]] std::optional<DecodeError> decodeBody(std::string_view encoding, std::string& body,
                                                    std::size_t limit);

} // namespace tierdeck::gateway::http
