// How a whole message leaves: together with those of others, and without a coroutine's waiting for it where
// it fits into the socket's buffer, as most do. Reactor thread only.
#pragma once

#include "core/gateway/http/asio.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>

namespace tierdeck::gateway::http {

/// Goes on behind all that is ready now. What they send leaves back to back then, so that a peer that sleeps
/// wakes for several messages, not for each: waking it is the dearest part of sending.
[[nodiscard]] inline asio::awaitable<void> sendTogether(const asio::Executor& executor) {
    return asio::post(executor, asio::use_awaitable);
}

/// True when all of it is sent, or `error` says why it never will be; else `buffers` are left with what is
/// still to be sent. The socket must not block.
template <typename Buffers>
[[nodiscard]] bool sendAtOnce(tcp::socket& socket, Buffers& buffers, error_code& error) {
    std::size_t sent = socket.write_some(buffers, error);
    if (error == asio::error::would_block || error == asio::error::try_again)
        error.clear();
    if (error)
        return true;
    bool isAll = true;
    for (asio::const_buffer& buffer : buffers) {
        const std::size_t gone = std::min(sent, buffer.size());
        buffer += gone;
        sent -= gone;
        isAll = isAll && buffer.size() == 0;
    }
    return isAll;
}

} // namespace tierdeck::gateway::http
