// Takes the bytes of an HTTP/1.1 body out of their framing. A pure state machine: bytes in, bytes out, at any
// split point. One thread at a time.
#pragma once

#include "core/gateway/http/head.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::gateway::http {

class BodyDecoder {
public:
    BodyDecoder() = default;
    explicit BodyDecoder(Framing framing);

    enum class State { More, Done, Broken };
    /// Decodes from the front of `bytes`, appends the body's bytes to `out`, and says how many of `bytes` it
    /// took. It stops at the body's end; what follows belongs to the next message.
    std::size_t feed(std::string_view bytes, std::string& out);
    /// The connection ended. Done only where that ends the body.
    void finish();

    [[nodiscard]] State state() const { return m_state; }

    /// Bytes that are still to come, where the framing says so; else 0.
    [[nodiscard]] std::uint64_t remaining() const { return m_remaining; }

private:
    enum class Chunk {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataEndLf,
        Trailer,
        TrailerLine,
        TrailerLf,
        LastLf
    };
    std::size_t feedChunked(std::string_view bytes, std::string& out);

    State m_state = State::Done;
    Framing::Kind m_kind = Framing::Kind::None;
    std::uint64_t m_remaining = 0;
    Chunk m_chunk = Chunk::Size;
    int m_sizeDigits = 0;
    std::size_t m_overheadBytes = 0; ///< extensions and trailers, which are read and thrown away
};

} // namespace tierdeck::gateway::http
