#include "core/gateway/http/head.h"

#include "core/foundation/utf8.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tierdeck::gateway::http {

namespace {

constexpr std::size_t usualHeaders = 16;

constexpr bool isTokenChar(unsigned char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    switch (c) {
    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '*':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~':
        return true;
    default:
        return false;
    }
}

constexpr char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Characters of a token in lower case, 0 for all others.
constexpr std::array<char, 256> tokenTable = [] {
    std::array<char, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        if (isTokenChar(static_cast<unsigned char>(i)))
            table[i] = lowered(static_cast<char>(i));
    }
    return table;
}();

constexpr char inToken(char c) {
    return tokenTable[static_cast<unsigned char>(c)];
}

/// Space, tab and everything printable; no other control character (RFC 9110 §5.5).
bool isFieldValue(std::string_view value) {
    return !holdsControl(value) ||
           std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || !isControl(c); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> parseLength(std::string_view value) {
    if (value.empty() || value.size() > 18)
        return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : value) {
        if (c < '0' || c > '9')
            return std::nullopt;
        length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return length;
}

std::optional<int> parseVersion(std::string_view version) {
    if (version.size() != 8 || version.substr(0, 7) != "HTTP/1." || (version[7] != '0' && version[7] != '1'))
        return std::nullopt;
    return version[7] - '0';
}

/// The field lines after the start line, up to the empty line.
std::optional<HeadError> parseFields(char* begin, const char* end, Head& head) {
    head.headers.reserve(usualHeaders);
    while (begin < end) {
        auto* const lineEnd =
            static_cast<char*>(std::memchr(begin, '\r', static_cast<std::size_t>(end - begin)));
        if (!lineEnd || lineEnd + 1 >= end || lineEnd[1] != '\n')
            return HeadError::Malformed;
        if (lineEnd == begin)
            return lineEnd + 2 == end ? std::nullopt : std::optional(HeadError::Malformed);
        char* colon = begin;
        for (char low = 0; (low = inToken(*colon)) != 0; ++colon) // which the line's end is not
            *colon = low;
        // No name, a space before the colon, a folded line: each has been used to smuggle requests.
        if (colon == begin || colon == lineEnd || *colon != ':')
            return HeadError::Malformed;
        const std::string_view value = trimmed({colon + 1, static_cast<std::size_t>(lineEnd - colon - 1)});
        if (!isFieldValue(value))
            return HeadError::Malformed;
        head.headers.push_back({{begin, static_cast<std::size_t>(colon - begin)}, value});
        begin = lineEnd + 2;
    }
    return HeadError::Malformed;
}

std::optional<HeadError> readFraming(Head& head, bool isResponse, bool neverHasBody) {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool hasHost = false;
    head.keepAlive = head.minorVersion == 1;
    for (const auto& header : head.headers) {
        if (header.name == "content-length") {
            const auto value = parseLength(header.value);
            if (!value || (length && *length != *value))
                return HeadError::BadLength;
            length = value;
        } else if (header.name == "transfer-encoding") {
            if (chunked || head.minorVersion == 0)
                return HeadError::BadLength;
            if (!equalsIgnoringCase(header.value, "chunked"))
                return HeadError::UnknownTransfer;
            chunked = true;
        } else if (header.name == "connection") {
            if (hasToken(header.value, "close"))
                head.keepAlive = false;
            else if (hasToken(header.value, "keep-alive"))
                head.keepAlive = true;
        } else if (header.name == "host" && !isResponse) {
            if (std::exchange(hasHost, true))
                return HeadError::Malformed; // who reads the other one would see another site
        }
    }
    if (chunked && length)
        return HeadError::BadLength;
    if (neverHasBody)
        head.framing = {};
    else if (chunked)
        head.framing = {Framing::Kind::Chunked, 0};
    else if (length)
        head.framing = {*length == 0 ? Framing::Kind::None : Framing::Kind::Length, *length};
    else if (isResponse) {
        head.framing = {Framing::Kind::UntilClose, 0};
        head.keepAlive = false;
    } else {
        head.framing = {};
    }
    return std::nullopt;
}

} // namespace

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    const auto sameLetter = [](char x, char y) { return lowered(x) == lowered(y); };
    return a.size() == b.size() && (a == b || std::equal(a.begin(), a.end(), b.begin(), sameLetter));
}

bool hasToken(std::string_view value, std::string_view token) {
    while (!value.empty()) {
        const auto comma = value.find(',');
        if (equalsIgnoringCase(trimmed(value.substr(0, comma)), token))
            return true;
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
    return false;
}

bool isHopByHop(std::string_view lowerName) {
    static constexpr std::array<std::string_view, 9> names{"connection",
                                                           "keep-alive",
                                                           "proxy-authenticate",
                                                           "proxy-authorization",
                                                           "proxy-connection",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade"};
    return std::find(names.begin(), names.end(), lowerName) != names.end();
}

HopHeaders::HopHeaders(const Head& head)
    : m_head(head)
    , m_namesMore(std::ranges::any_of(head.headers, [](const Header& header) {
        return header.name == "connection" && !equalsIgnoringCase(header.value, "keep-alive");
    })) {}

bool HopHeaders::isNamed(std::string_view lowerName) const {
    return std::ranges::any_of(m_head.headers, [&](const Header& header) {
        return header.name == "connection" && hasToken(header.value, lowerName);
    });
}

void Head::clear() {
    auto room = std::move(headers);
    room.clear();
    *this = {};
    headers = std::move(room);
}

std::string_view Head::find(std::string_view lowerName) const {
    for (const auto& header : headers) {
        if (header.name == lowerName)
            return header.value;
    }
    return {};
}

bool Head::has(std::string_view lowerName) const {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const Header& header) { return header.name == lowerName; });
}

std::optional<std::size_t> findHeadEnd(std::string_view buffer, std::size_t& scanned) {
    const auto from = scanned > 3 ? scanned - 3 : 0;
    const auto found = buffer.find("\r\n\r\n", from);
    scanned = buffer.size();
    if (found == std::string_view::npos)
        return std::nullopt;
    return found + 4;
}

std::optional<HeadError> parseRequestHead(char* bytes, std::size_t size, Head& head) {
    head.headers.clear();
    head.status = 0;
    const auto tooLarge = size > maxHeadBytes ? std::optional(HeadError::TooLarge) : std::nullopt;
    auto* const lineEnd = static_cast<char*>(std::memchr(bytes, '\r', size));
    if (!lineEnd || lineEnd + 1 >= bytes + size || lineEnd[1] != '\n')
        return tooLarge.value_or(HeadError::Malformed);
    const std::string_view line(bytes, static_cast<std::size_t>(lineEnd - bytes));
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last || first == 0)
        return tooLarge.value_or(HeadError::Malformed);
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    if (tooLarge)
        return tooLarge;
    if (!std::all_of(head.method.begin(), head.method.end(), [](char c) { return inToken(c) != 0; }))
        return HeadError::Malformed;
    if (head.target.empty() || !std::all_of(head.target.begin(), head.target.end(), [](char c) {
            return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f;
        }))
        return HeadError::Malformed;
    const auto version = parseVersion(line.substr(last + 1));
    if (!version)
        return line.substr(last + 1).starts_with("HTTP/") ? HeadError::WrongVersion : HeadError::Malformed;
    head.minorVersion = *version;
    if (const auto error = parseFields(lineEnd + 2, bytes + size, head))
        return error;
    return readFraming(head, false, false);
}

std::optional<HeadError> parseResponseHead(char* bytes, std::size_t size, Head& head, bool forHead) {
    head.headers.clear();
    head.method = {};
    head.target = {};
    if (size > maxHeadBytes)
        return HeadError::TooLarge;
    auto* const lineEnd = static_cast<char*>(std::memchr(bytes, '\r', size));
    if (!lineEnd || lineEnd + 1 >= bytes + size || lineEnd[1] != '\n')
        return HeadError::Malformed;
    const std::string_view line(bytes, static_cast<std::size_t>(lineEnd - bytes));
    const auto version = parseVersion(line.substr(0, 8));
    if (!version)
        return line.starts_with("HTTP/") ? HeadError::WrongVersion : HeadError::Malformed;
    if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
        return HeadError::Malformed;
    int status = 0;
    for (const char c : line.substr(9, 3)) {
        if (c < '0' || c > '9')
            return HeadError::Malformed;
        status = status * 10 + (c - '0');
    }
    const auto reason = line.size() > 13 ? line.substr(13) : std::string_view();
    if (status < 100 || !isFieldValue(reason))
        return HeadError::Malformed;
    head.minorVersion = *version;
    head.status = status;
    head.reason = reason;
    if (const auto error = parseFields(lineEnd + 2, bytes + size, head))
        return error;
    return readFraming(head, true, forHead || status < 200 || status == 204 || status == 304);
}

void appendHeader(std::string& lines, std::string_view name, std::string_view value) {
    const auto before = lines.size();
    lines.resize(before + name.size() + value.size() + 4);
    auto* out = std::copy(name.begin(), name.end(), lines.data() + before);
    *out++ = ':';
    *out++ = ' ';
    out = std::copy(value.begin(), value.end(), out);
    *out++ = '\r';
    *out = '\n';
}

std::string_view reasonPhrase(int status) {
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 402:
        return "Payment Required";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Status";
    }
}

} // namespace tierdeck::gateway::http
