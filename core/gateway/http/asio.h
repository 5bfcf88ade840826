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

/// co_await gives a tuple that begins with the error_code; nothing throws.
inline constexpr auto asTuple = asio::as_tuple(asio::use_awaitable);

} // namespace tierdeck::gateway
