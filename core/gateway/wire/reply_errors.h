// Errors in each dialect's shape: those of providers read and carried over, and our own. Pure; any thread.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// The provider's words for "the conversation does not fit" or "not allowed".
enum class ErrorKind { Other, ContextWindow, ContentPolicy };

/// Found in an error body of any dialect, or in an error's message.
[[nodiscard]] ErrorKind classifyError(std::string_view body);

/// An error as a value; texts are plain.
struct ReplyError {
    int status = 0; ///< 0 where it came inside a stream and does not say
    std::string type;
    std::string code;
    std::string message;
};

/// What a provider's error body says, in whatever shape; nullopt where it says nothing that can be read (a
/// page of HTML, nothing at all).
[[nodiscard]] std::optional<ReplyError> readError(std::string_view body, int status);

/// The same error as a client of `dialect` knows it: its type and code, and the wording by which the client
/// acts on it.
[[nodiscard]] ReplyError errorFor(Dialect dialect, const ReplyError& error);

/// The status to send with it: OpenAI's clients do not know 529.
[[nodiscard]] int statusFor(Dialect dialect, int status);

/// The body of an error reply. `requestId` stands in those of Messages.
[[nodiscard]] std::string errorBody(Dialect dialect, const ReplyError& error,
                                    std::string_view requestId = {});

/// An event inside a stream that has begun; for Responses one that stands alone. A stream that is under way
/// ends with ReplyStream::breakOff().
[[nodiscard]] std::string errorEvent(Dialect dialect, const ReplyError& error);

} // namespace tierdeck::gateway::wire
