#include "tests/fuzz/http_fuzz.h"

#include "core/gateway/http/body.h"
#include "core/gateway/http/head.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/variants.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::gateway {

using namespace http;

namespace {

enum class Side { Request, Response, ResponseToHead };

/// Bytes that end where their memory does, so that the address sanitizer sees every read too far.
std::vector<char> alone(std::string_view bytes) {
    std::vector<char> copy(bytes.begin(), bytes.end());
    copy.shrink_to_fit();
    return copy;
}

std::string_view viewOf(const std::vector<char>& bytes) {
    return {bytes.data(), bytes.size()};
}

/// What was read of one message, apart from the buffer that it was read from.
struct Message {
    std::optional<HeadError> error;
    std::string start;
    std::vector<std::pair<std::string, std::string>> headers;
    bool keepAlive = false;
    Framing::Kind kind = Framing::Kind::None;
    std::uint64_t length = 0;
    std::string body;
    BodyDecoder::State state = BodyDecoder::State::More;
    std::uint64_t remaining = 0;
    bool operator==(const Message&) const = default;
};

std::optional<HeadError> parseHead(Side side, std::vector<char>& bytes, Head& head) {
    if (side == Side::Request)
        return parseRequestHead(bytes.data(), bytes.size(), head);
    return parseResponseHead(bytes.data(), bytes.size(), head, side == Side::ResponseToHead);
}

std::string startOf(const Head& head) {
    std::string start(head.method);
    start.append(1, '\n').append(head.target).append(1, '\n').append(head.reason);
    return start + '\n' + std::to_string(head.status) + '\n' + std::to_string(head.minorVersion);
}

/// What the rest of the gateway relies on, since it writes names and values into other messages.
void checkHead(Side side, const Head& head, std::string_view bytes) {
    const auto isInside = [&](std::string_view view) {
        return view.empty() ||
               (view.data() >= bytes.data() && view.data() + view.size() <= bytes.data() + bytes.size());
    };
    constexpr std::string_view breaks("\r\n\0", 3);
    bool hasLength = false;
    bool hasTransfer = false;
    for (const auto& [name, value] : head.headers) {
        require(isInside(name) && isInside(value), "a header lies outside its buffer", bytes);
        require(!name.empty() && name.find_first_of(" \t:\x7f") == std::string_view::npos &&
                    std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
                "a header's name is none", bytes);
        require(name.find_first_of(breaks) == std::string_view::npos &&
                    value.find_first_of(breaks) == std::string_view::npos,
                "a header goes over its line", bytes);
        require(value.empty() || (std::string_view(" \t").find(value.front()) == std::string_view::npos &&
                                  std::string_view(" \t").find(value.back()) == std::string_view::npos),
                "a header's value has space around it", bytes);
        require(head.has(name), "a header is not found by its name", bytes);
        hasLength = hasLength || name == "content-length";
        hasTransfer = hasTransfer || name == "transfer-encoding";
    }
    require(!(hasLength && hasTransfer), "two framings in one head", bytes);
    require(side != Side::ResponseToHead || head.framing.kind == Framing::Kind::None,
            "an answer to HEAD has a body", bytes);
    require(head.framing.kind != Framing::Kind::UntilClose || (side != Side::Request && !head.keepAlive),
            "a body ends with a connection that stays", bytes);
    if (side == Side::Request) {
        require(isInside(head.method) && isInside(head.target) && isInside(head.path()),
                "a request line lies outside its buffer", bytes);
        require(!head.method.empty() && !head.target.empty() &&
                    head.target.find_first_of(" \t\r\n") == std::string_view::npos,
                "a request line is none", bytes);
    } else {
        require(isInside(head.reason) && head.status >= 100 && head.status <= 999, "a status line is none",
                bytes);
        require(head.reason.find_first_of("\r\n") == std::string_view::npos, "a reason goes over its line",
                bytes);
    }
}

/// Reads messages as a connection does: bytes come in pieces, a message begins where the one before it ended.
class Reader {
public:
    explicit Reader(Side side)
        : m_side(side) {}

    void feed(std::string_view piece) {
        m_buffer.append(piece);
        while (m_isOpen && (m_isInBody ? readBody() : readHead())) {
        }
    }

    std::vector<Message> finish() {
        if (m_isInBody) {
            m_decoder.finish();
            endMessage();
        }
        return std::move(m_messages);
    }

    [[nodiscard]] const std::string& rest() const { return m_buffer; }

private:
    bool readHead() {
        const auto copy = alone(m_buffer);
        const auto end = findHeadEnd(viewOf(copy), m_scanned);
        const auto searched = m_buffer.find("\r\n\r\n");
        require(end.value_or(0) == (searched == std::string::npos ? 0 : searched + 4),
                "a head's end is elsewhere", m_buffer);
        if (!end)
            return false;
        auto bytes = alone(std::string_view(m_buffer).substr(0, *end));
        m_buffer.erase(0, *end);
        m_scanned = 0;
        Head head;
        auto& message = m_messages.emplace_back();
        message.error = parseHead(m_side, bytes, head);
        if (message.error) {
            m_isOpen = false;
            return false;
        }
        checkHead(m_side, head, viewOf(bytes));
        message.start = startOf(head);
        for (const auto& [name, value] : head.headers)
            message.headers.emplace_back(name, value);
        message.keepAlive = head.keepAlive;
        message.kind = head.framing.kind;
        message.length = head.framing.length;
        checkAgain(bytes, message);
        m_decoder = BodyDecoder(head.framing);
        m_isInBody = true;
        return true;
    }

    /// Names are lowered in place: who reads the same bytes again sees the same head.
    void checkAgain(std::vector<char>& bytes, const Message& message) const {
        Head head;
        require(!parseHead(m_side, bytes, head) && startOf(head) == message.start &&
                    head.headers.size() == message.headers.size() && head.framing.kind == message.kind &&
                    head.framing.length == message.length,
                "a head that was read is another one", viewOf(bytes));
    }

    bool readBody() {
        const auto copy = alone(m_buffer);
        const auto taken = m_decoder.feed(viewOf(copy), m_messages.back().body);
        require(taken <= m_buffer.size(), "more was taken than there is", m_buffer);
        m_buffer.erase(0, taken);
        if (m_decoder.state() == BodyDecoder::State::More) {
            require(m_buffer.empty(), "bytes of a body are left lying", m_buffer);
            return false;
        }
        endMessage();
        return true;
    }

    void endMessage() {
        auto& message = m_messages.back();
        message.state = m_decoder.state();
        message.remaining = m_decoder.remaining();
        require(message.kind != Framing::Kind::Length || message.state != BodyDecoder::State::Done ||
                    message.body.size() == message.length,
                "a body is not as long as was said", message.body);
        m_isInBody = false;
        m_isOpen = message.state == BodyDecoder::State::Done && message.keepAlive;
    }

    Side m_side;
    std::string m_buffer;
    std::size_t m_scanned = 0;
    bool m_isOpen = true;
    bool m_isInBody = false;
    BodyDecoder m_decoder;
    std::vector<Message> m_messages;
};

using Pieces = std::vector<std::string_view>;

/// Byte by byte, in two pieces, and in pieces of a few bytes.
std::array<Pieces, 3> cutsOf(std::string_view bytes) {
    const auto sum = sumOf(bytes);
    const auto cut = sum % (bytes.size() + 1);
    const auto stride = 2 + sum / 7 % 6;
    std::array<Pieces, 3> cuts;
    cuts[0] = {bytes.substr(0, cut), bytes.substr(cut)};
    for (std::size_t at = 0; at < bytes.size(); ++at)
        cuts[1].push_back(bytes.substr(at, 1));
    for (std::size_t at = 0; at < bytes.size(); at += stride)
        cuts[2].push_back(bytes.substr(at, stride));
    return cuts;
}

void checkMessages(Side side, std::string_view bytes, const std::array<Pieces, 3>& cuts) {
    Reader whole(side);
    whole.feed(bytes);
    const auto rest = whole.rest();
    const auto messages = whole.finish();
    for (const auto& pieces : cuts) {
        Reader reader(side);
        for (const auto piece : pieces)
            reader.feed(piece);
        // What follows the last message is not read at all, so that it may lie in any number of pieces.
        require(reader.rest() == rest, "the pieces leave another rest", bytes);
        require(reader.finish() == messages, "the pieces make another message", bytes);
    }
}

struct Decoded {
    std::string body;
    std::size_t taken = 0;
    BodyDecoder::State state = BodyDecoder::State::More;
    std::uint64_t remaining = 0;
    bool operator==(const Decoded&) const = default;
};

Decoded decoded(Framing framing, const Pieces& pieces) {
    BodyDecoder decoder(framing);
    Decoded result;
    for (const auto piece : pieces) {
        const auto copy = alone(piece);
        const auto taken = decoder.feed(viewOf(copy), result.body);
        result.taken += taken;
        if (taken < piece.size())
            break; // the body has ended or broken: nobody feeds it what comes next
    }
    decoder.finish();
    result.state = decoder.state();
    result.remaining = decoder.remaining();
    return result;
}

void checkBodies(std::string_view bytes, const std::array<Pieces, 3>& cuts) {
    const auto length = static_cast<std::uint64_t>(sumOf(bytes) % (bytes.size() + 3)) + 1;
    for (const auto framing : {Framing{Framing::Kind::Chunked, 0}, Framing{Framing::Kind::Length, length},
                               Framing{Framing::Kind::UntilClose, 0}, Framing{}}) {
        const auto whole = decoded(framing, {bytes});
        for (const auto& pieces : cuts)
            require(decoded(framing, pieces) == whole, "the pieces make another body", bytes);
        if (framing.kind == Framing::Kind::Length)
            require(whole.body == bytes.substr(0, framing.length), "a body of known length is another one",
                    bytes);
        if (framing.kind == Framing::Kind::UntilClose)
            require(whole.body == bytes && whole.state == BodyDecoder::State::Done,
                    "a body until the end is another one", bytes);
    }
}

/// Chunks that we make of the bytes are those bytes again, and end where we ended them.
void checkChunks(const Pieces& pieces) {
    std::string bytes;
    std::string chunks;
    for (const auto piece : pieces) {
        if (piece.empty())
            continue;
        constexpr std::string_view digits = "0123456789aBcDeF";
        std::string size;
        for (auto left = piece.size(); left > 0; left /= 16)
            size.insert(size.begin(), digits[left % 16]);
        chunks.append(size).append("\r\n").append(piece).append("\r\n");
        bytes.append(piece);
    }
    chunks += "0\r\n\r\n";
    const auto end = chunks.size();
    chunks += "GET / HTTP/1.1\r\n";
    for (const auto& cut : cutsOf(chunks)) {
        const auto result = decoded({Framing::Kind::Chunked, 0}, cut);
        require(result.body == bytes && result.taken == end && result.state == BodyDecoder::State::Done,
                "chunks are not the bytes that they were made of", chunks);
    }
}

} // namespace

void fuzzHttp(std::string_view bytes) {
    const auto cuts = cutsOf(bytes);
    for (const auto side : {Side::Request, Side::Response, Side::ResponseToHead})
        checkMessages(side, bytes, cuts);
    checkBodies(bytes, cuts);
    for (const auto& pieces : {cuts[0], cuts[2]})
        checkChunks(pieces);
}

} // namespace tierdeck::gateway
