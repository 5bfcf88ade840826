// The small changes to a corpus file that the plain tests try: every prefix, and seeded mutations. Test
// support; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tierdeck {

/// Sums the bytes, for choices that a fuzzer's input makes without a part of its own for them.
[[nodiscard]] std::size_t sumOf(std::string_view bytes);

/// `run` gets the bytes, each of their prefixes and 2,000 changed copies, the same ones every time. Changed
/// bytes are mostly taken from `likely`, what the format is made of.
void forEachVariant(const std::string& bytes, std::string_view likely,
                    const std::function<void(std::string_view)>& run);

} // namespace tierdeck
