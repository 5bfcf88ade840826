// Bytes in a buffer that ends exactly where the wire parts may still read, so that the address sanitizer sees
// every read too far. Test support; one thread.
#pragma once

#include "core/gateway/wire/chat_request.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

class Padded {
public:
    /// A NUL as behind every std::string, then `rubbish`, which would be understood if it were read.
    explicit Padded(std::string_view text, char rubbish = '}')
        : m_size(text.size())
        , m_bytes(text.size() + wire::bodyPadding, rubbish) {
        m_bytes[m_size] = '\0'; // simdjson looks at it, and checks more where it is a brace
        std::copy(text.begin(), text.end(), m_bytes.begin());
    }

    [[nodiscard]] std::string_view view() const { return {m_bytes.data(), m_size}; }

private:
    std::size_t m_size;
    std::vector<char> m_bytes;
};

} // namespace tierdeck::gateway
