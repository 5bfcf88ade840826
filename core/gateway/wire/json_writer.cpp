#include "core/gateway/wire/json_writer.h"

#include "core/foundation/json_text.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

void appendQuoted(std::string& out, std::string_view text) {
    // Large texts (images) are plain from end to end; only what is not is looked at twice.
    const bool isPlain = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' &&
               c != '\\';
    });
    if (!isPlain) {
        out += jsonQuoted(text);
        return;
    }
    out += '"';
    out += text;
    out += '"';
}

} // namespace tierdeck::gateway::wire
