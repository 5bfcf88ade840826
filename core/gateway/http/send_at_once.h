// Most of what is sent fits into the socket's buffer: it goes without a coroutine's waiting for it. Reactor
// thread only.
#pragma once

#include "core/gateway/http/asio.h"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstddef>

namespace tierdeck::gateway::http {

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
