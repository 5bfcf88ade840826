// The few names of Asio that the gateway's coroutines use. Only for .cpp files and headers that only they
// include.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace tierdeck::gateway {

using boost::system::error_code;

/// Asio, with what it makes an executor's type a parameter of bound to the one kind of executor that there is
/// here: its own default takes any kind, which costs a copy and an indirect call at every step of a
/// coroutine.
namespace asio {

using namespace boost::asio; // what stands below hides its namesakes there

using Executor = io_context::executor_type;

template <typename Value>
using awaitable = boost::asio::awaitable<Value, Executor>;

inline constexpr boost::asio::use_awaitable_t<Executor> use_awaitable;

using steady_timer =
    basic_waitable_timer<std::chrono::steady_clock, wait_traits<std::chrono::steady_clock>, Executor>;

} // namespace asio

struct tcp : asio::ip::tcp {
    using socket = asio::basic_stream_socket<asio::ip::tcp, asio::Executor>;
    using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::Executor>;
    using resolver = asio::ip::basic_resolver<asio::ip::tcp, asio::Executor>;
};

// Never co_await inside the condition of an `if` or a loop: GCC 12 resumes such a coroutine into a trap when
// the branch leaves a loop. Put the result into a named constant first; tests/architecture looks for it. Nor
// put a lambda that captures by value what has a destructor into an awaited expression: it is destroyed
// twice. Give it a name before.

/// co_await gives a tuple that begins with the error_code; nothing throws.
inline constexpr auto asTuple = asio::as_tuple(asio::use_awaitable);

} // namespace tierdeck::gateway
