#include "tests/support/http_text.h"

#include <algorithm>
#include <cctype>

namespace tierdeck::testing {

namespace {

std::string lowered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string::npos ? std::string()
                                      : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void appendHeaders(std::string& text, const Headers& headers, std::size_t bodySize, bool mayHaveBody) {
    bool framed = !mayHaveBody;
    for (const auto& [name, value] : headers) {
        text.append(name).append(": ").append(value).append("\r\n");
        framed = framed || lowered(name) == "content-length" || lowered(name) == "transfer-encoding";
    }
    if (!framed)
        text.append("content-length: ").append(std::to_string(bodySize)).append("\r\n");
    text.append("\r\n");
}

} // namespace

std::string HttpMessage::header(std::string_view lowerName) const {
    for (const auto& [name, value] : headers) {
        if (name == lowerName)
            return value;
    }
    return {};
}

int HttpMessage::count(std::string_view lowerName) const {
    return static_cast<int>(std::count_if(headers.begin(), headers.end(),
                                          [&](const auto& entry) { return entry.first == lowerName; }));
}

int HttpMessage::status() const {
    return start.size() > 12 && start.starts_with("HTTP/1.") ? std::stoi(start.substr(9, 3)) : 0;
}

std::optional<HttpMessage> takeHead(std::string& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos)
        return std::nullopt;
    HttpMessage message;
    std::size_t begin = 0;
    while (begin < end + 2) {
        const auto lineEnd = bytes.find("\r\n", begin);
        const auto line = bytes.substr(begin, lineEnd - begin);
        begin = lineEnd + 2;
        if (message.start.empty()) {
            message.start = line;
            continue;
        }
        const auto colon = line.find(':');
        message.headers.emplace_back(lowered(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    bytes.erase(0, end + 4);
    return message;
}

bool takeBody(HttpMessage& message, std::string& bytes, bool hasBody, bool atEnd) {
    if (!hasBody || message.isComplete)
        return message.isComplete = true;
    if (message.header("transfer-encoding") == "chunked") {
        while (true) {
            const auto lineEnd = bytes.find("\r\n");
            if (lineEnd == std::string::npos)
                return false;
            const auto size = std::stoul(bytes, nullptr, 16);
            if (bytes.size() < lineEnd + 2 + size + 2)
                return false;
            message.body.append(bytes, lineEnd + 2, size);
            bytes.erase(0, lineEnd + 2 + size + 2);
            if (size == 0)
                return message.isComplete = true;
        }
    }
    if (const auto length = message.header("content-length"); !length.empty()) {
        const auto missing = std::stoul(length) - message.body.size();
        message.body.append(bytes, 0, missing);
        bytes.erase(0, missing);
        return message.isComplete = message.body.size() == std::stoul(length);
    }
    const bool isRequest = !message.start.starts_with("HTTP/");
    if (isRequest)
        return message.isComplete = true;
    message.body.append(bytes);
    bytes.clear();
    return message.isComplete = atEnd;
}

std::string httpRequest(std::string_view method, std::string_view target, std::string_view body,
                        const Headers& headers) {
    std::string text;
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    const bool hasHost = std::any_of(headers.begin(), headers.end(),
                                     [](const auto& entry) { return lowered(entry.first) == "host"; });
    if (!hasHost)
        text.append("host: localhost\r\n");
    appendHeaders(text, headers, body.size(), !body.empty() || method == "POST");
    return text.append(body);
}

std::string httpReply(int status, std::string_view body, const Headers& headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
    appendHeaders(text, headers, body.size(), true);
    return text.append(body);
}

std::string streamHead(const Headers& headers) {
    std::string text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";
    appendHeaders(text, headers, 0, false);
    return text;
}

std::string httpChunk(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string size;
    for (auto rest = bytes.size(); rest > 0; rest /= 16)
        size.insert(size.begin(), digits[rest % 16]);
    return size + "\r\n" + std::string(bytes) + "\r\n";
}

} // namespace tierdeck::testing
