#include "core/gateway/http/body.h"

#include <algorithm>

namespace tierdeck::gateway::http {

namespace {

constexpr std::size_t maxOverheadBytes = 16u << 10;

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

BodyDecoder::BodyDecoder(Framing framing)
    : m_state(framing.kind == Framing::Kind::None ? State::Done : State::More)
    , m_kind(framing.kind)
    , m_remaining(framing.kind == Framing::Kind::Length ? framing.length : 0) {}

std::size_t BodyDecoder::feed(std::string_view bytes, std::string& out) {
    if (m_state != State::More)
        return 0;
    switch (m_kind) {
    case Framing::Kind::None:
        return 0;
    case Framing::Kind::UntilClose:
        out.append(bytes);
        return bytes.size();
    case Framing::Kind::Length: {
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), m_remaining));
        out.append(bytes.substr(0, taken));
        m_remaining -= taken;
        if (m_remaining == 0)
            m_state = State::Done;
        return taken;
    }
    case Framing::Kind::Chunked:
        return feedChunked(bytes, out);
    }
    return 0;
}

std::size_t BodyDecoder::feedChunked(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    const auto broken = [&] {
        m_state = State::Broken;
        return at;
    };
    while (at < bytes.size()) {
        const char c = bytes[at];
        switch (m_chunk) {
        case Chunk::Size:
            if (const int digit = hexDigit(c); digit >= 0) {
                if (++m_sizeDigits > 15)
                    return broken();
                m_remaining = m_remaining * 16 + static_cast<std::uint64_t>(digit);
            } else if (m_sizeDigits == 0) {
                return broken();
            } else if (c == ';' || c == ' ' || c == '\t') {
                m_chunk = Chunk::Extension;
            } else if (c == '\r') {
                m_chunk = Chunk::SizeEnd;
            } else {
                return broken();
            }
            ++at;
            break;
        case Chunk::Extension:
            if (++m_overheadBytes > maxOverheadBytes || c == '\n')
                return broken();
            if (c == '\r')
                m_chunk = Chunk::SizeEnd;
            ++at;
            break;
        case Chunk::SizeEnd:
            if (c != '\n')
                return broken();
            m_chunk = m_remaining == 0 ? Chunk::Trailer : Chunk::Data;
            ++at;
            break;
        case Chunk::Data: {
            const auto taken =
                static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size() - at, m_remaining));
            out.append(bytes.substr(at, taken));
            m_remaining -= taken;
            at += taken;
            if (m_remaining == 0)
                m_chunk = Chunk::DataEnd;
            break;
        }
        case Chunk::DataEnd:
            if (c != '\r')
                return broken();
            m_chunk = Chunk::DataEndLf;
            ++at;
            break;
        case Chunk::DataEndLf:
            if (c != '\n')
                return broken();
            m_chunk = Chunk::Size;
            m_sizeDigits = 0;
            ++at;
            break;
        case Chunk::Trailer: // at the start of a trailer line
            m_chunk = c == '\r' ? Chunk::LastLf : Chunk::TrailerLine;
            ++at;
            break;
        case Chunk::TrailerLine:
            if (++m_overheadBytes > maxOverheadBytes || c == '\n')
                return broken();
            if (c == '\r')
                m_chunk = Chunk::TrailerLf;
            ++at;
            break;
        case Chunk::TrailerLf:
            if (c != '\n')
                return broken();
            m_chunk = Chunk::Trailer;
            ++at;
            break;
        case Chunk::LastLf:
            if (c != '\n')
                return broken();
            m_state = State::Done;
            return at + 1;
        }
    }
    return at;
}

void BodyDecoder::finish() {
    if (m_state == State::More)
        m_state = m_kind == Framing::Kind::UntilClose ? State::Done : State::Broken;
}

} // namespace tierdeck::gateway::http
