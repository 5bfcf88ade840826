// Makes text that may be shown of bytes that may be anything. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tierdeck::tierlog {

/// `bytes` with every ill-formed sequence as U+FFFD, one for each maximal part, as Unicode recommends.
[[nodiscard]] std::string toValidUtf8(std::string_view bytes);
/// At most `limit` bytes of `text`, cut before a character that would be split.
[[nodiscard]] std::string_view cutUtf8(std::string_view text, std::size_t limit);

} // namespace tierdeck::tierlog
