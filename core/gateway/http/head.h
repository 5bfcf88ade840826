// The head of an HTTP/1.1 message, read strictly from bytes that tests and fuzzers can feed. Names are
// lowered in place in the buffer that the caller owns; every view points into that buffer. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::http {

struct Header {
    std::string_view name; ///< lower case
    std::string_view value;
};

/// How the body that follows is delimited.
struct Framing {
    enum class Kind { None, Length, Chunked, UntilClose };
    Kind kind = Kind::None;
    std::uint64_t length = 0;
};

struct Head {
    std::string_view method; ///< requests
    std::string_view target; ///< requests
    int status = 0;          ///< responses
    std::string_view reason; ///< responses
    int minorVersion = 1;
    std::vector<Header> headers;
    bool keepAlive = true;
    Framing framing;

    /// As if new, but with the room for headers that it has.
    void clear();
    /// The first value; "" when absent.
    [[nodiscard]] std::string_view find(std::string_view lowerName) const;
    [[nodiscard]] bool has(std::string_view lowerName) const;

    /// target without its query.
    [[nodiscard]] std::string_view path() const { return target.substr(0, target.find('?')); }
};

enum class HeadError {
    Malformed,       ///< 400
    TooLarge,        ///< 431
    BadLength,       ///< 400: Content-Length that contradicts itself or Transfer-Encoding
    UnknownTransfer, ///< 501: a transfer coding that is not chunked
    WrongVersion,    ///< 505
};

inline constexpr std::size_t maxHeadBytes = 64u << 10;

/// Where the head ends (just behind the empty line), or nullopt while it is incomplete. `scanned` remembers
/// how far earlier calls have looked; the caller keeps it with the buffer and starts at 0.
[[nodiscard]] std::optional<std::size_t> findHeadEnd(std::string_view buffer, std::size_t& scanned);

/// `bytes` is a whole head as findHeadEnd() delimited it. `head` is filled, its vector reused; what is too
/// large still gives its method and target, so that it can be answered in the form that its path asks for.
[[nodiscard]] std::optional<HeadError> parseRequestHead(char* bytes, std::size_t size, Head& head);
/// `forHead`: the response to a HEAD request, which has no body whatever its headers say.
[[nodiscard]] std::optional<HeadError> parseResponseHead(char* bytes, std::size_t size, Head& head,
                                                         bool forHead = false);

[[nodiscard]] bool equalsIgnoringCase(std::string_view a, std::string_view b);
/// Whether a comma-separated header value names `token`.
[[nodiscard]] bool hasToken(std::string_view value, std::string_view token);
/// Headers that belong to one connection and are never passed on (RFC 9110 §7.6.1).
[[nodiscard]] bool isHopByHop(std::string_view lowerName);

/// The same, and those that a message's own Connection header names. The message must outlive it.
class HopHeaders {
public:
    explicit HopHeaders(const Head& head);

    [[nodiscard]] bool has(std::string_view lowerName) const {
        return isHopByHop(lowerName) || (m_namesMore && isNamed(lowerName));
    }

private:
    [[nodiscard]] bool isNamed(std::string_view lowerName) const;

    const Head& m_head;
    bool m_namesMore;
};

[[nodiscard]] std::string_view reasonPhrase(int status);
/// The line of a header, as it is sent. `value` must hold nothing that breaks out of a line.
void appendHeader(std::string& lines, std::string_view name, std::string_view value);

} // namespace tierdeck::gateway::http
