// One call to a provider: what is sent, and its reply as it comes in. Implemented by the HTTP client and by
// the simulated provider, so that everything above treats them alike. Reactor thread only; owned by the
// exchange.
#pragma once

#include "core/gateway/http/asio.h"
#include "core/gateway/http/head.h"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tierdeck::gateway::http {

struct Fault {
    enum class Kind {
        Resolve,
        Connect,
        Tls,
        Timeout,
        Reset,     ///< closed before its end
        Malformed, ///< not HTTP
        SelfReference,
        Aborted, ///< by us
    };
    Kind kind = Kind::Reset;
    std::string detail;
};

/// "resolve_failed", "connect_failed", "tls_failed", "timeout", "reset", "rubbish", "self_reference",
/// "cancelled".
[[nodiscard]] std::string_view outcomeOf(Fault::Kind kind);

template <typename T>
using Fallible = tl::expected<T, Fault>;

class UpstreamCall {
public:
    virtual ~UpstreamCall() = default;
    /// Sends the request and reads the reply's head.
    [[nodiscard]] virtual asio::awaitable<Fallible<void>> open() = 0;
    /// Views that live until the call is destroyed or read() is called.
    [[nodiscard]] virtual const Head& head() const = 0;
    /// Appends body bytes as they come; false at the end.
    [[nodiscard]] virtual asio::awaitable<Fallible<bool>> read(std::string& into) = 0;

    /// The same without waiting: nullopt where read() is to be awaited.
    [[nodiscard]] virtual std::optional<Fallible<bool>> readAtOnce(std::string& into) {
        static_cast<void>(into);
        return std::nullopt;
    }

    /// Everything of worth was read, if not to the framing's end: what the call holds is kept for the next
    /// one where that end has come meanwhile. Never waits.
    virtual void settle() {}

    /// Makes what is under way fail with Aborted. May be called at any time.
    virtual void abort() = 0;
};

/// What is sent. The views must outlive the call.
struct UpstreamRequest {
    std::string_view method = "POST";
    std::string target; ///< origin form, "/v1/chat/completions"
    std::vector<std::pair<std::string_view, std::string_view>> headers; ///< without host and framing
    std::vector<std::string_view> bodyPieces;
    std::size_t bodySize = 0;
};

} // namespace tierdeck::gateway::http
