// The one way in which an expected failure travels: a Result<T> that holds a value or an Error.
// Plain values; any thread.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace tierdeck {

enum class ErrorCode {
    InvalidInput, ///< the caller gave something that cannot be right
    ParseFailed,  ///< text that is not what it should be; `detail` says where
    NotFound,
    Conflict, ///< the file or row changed since it was read
    ReadOnly, ///< no permission to write here
    IoFailed,
    DiskFull,
    Locked, ///< someone else holds it
    Unsupported,
    NetworkFailed,
    Cancelled,
};

struct Error {
    ErrorCode code = ErrorCode::InvalidInput;
    std::string message; ///< one plain sentence that says what to do; never a key, a prompt or a body
    std::string detail;  ///< where or why, for those who look closer; may be empty
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, std::string message,
                                                   std::string detail = {}) {
    return tl::unexpected<Error>(Error{code, std::move(message), std::move(detail)});
}

} // namespace tierdeck
