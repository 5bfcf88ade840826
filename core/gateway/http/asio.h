// The few names of Asio that the gateway's coroutines use. Only for .cpp files and headers that only they
// include.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tierdeck::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Never co_await inside the condition of an `if` or a loop: GCC 12 resumes such a coroutine into a trap when
// the branch leaves a loop. Put the result into a named constant first; tests/architecture looks for it. Nor
// put a lambda that captures by value what has a destructor into an awaited expression: it is destroyed
// twice. Give it a name before.

/// co_await gives a tuple that begins with the error_code; nothing throws.
inline constexpr auto asTuple = asio::as_tuple(asio::use_awaitable);

} // namespace tierdeck::gateway
