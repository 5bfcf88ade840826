// HTTP messages as tests write and read them: plainly, and with nothing of the code under test. Test support;
// pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::testing {

struct HttpMessage {
    std::string start;                                        ///< "POST / HTTP/1.1", "HTTP/1.1 200 OK"
    std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case, in their order
    std::string body;
    bool isComplete = false; ///< the body came to its end

    /// The first value; "" when absent.
    [[nodiscard]] std::string header(std::string_view lowerName) const;
    [[nodiscard]] int count(std::string_view lowerName) const;
    /// Of a reply.
    [[nodiscard]] int status() const;
};

/// Takes a head from the front of `bytes`; nullopt while it has not ended.
[[nodiscard]] std::optional<HttpMessage> takeHead(std::string& bytes);
/// Moves body bytes from `bytes` to the message; says whether the body is complete. `atEnd`: no more will
/// come.
bool takeBody(HttpMessage& message, std::string& bytes, bool hasBody, bool atEnd);

using Headers = std::vector<std::pair<std::string, std::string>>;
/// With `content-length`, unless `headers` say how the body is framed.
[[nodiscard]] std::string httpRequest(std::string_view method, std::string_view target,
                                      std::string_view body = {}, const Headers& headers = {});
[[nodiscard]] std::string httpReply(int status, std::string_view body,
                                    const Headers& headers = {{"content-type", "application/json"}});
/// The head of a chunked reply.
[[nodiscard]] std::string streamHead(const Headers& headers = {{"content-type", "text/event-stream"}});
[[nodiscard]] std::string httpChunk(std::string_view bytes);
inline constexpr std::string_view lastChunk = "0\r\n\r\n";

} // namespace tierdeck::testing
