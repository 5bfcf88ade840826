// Awaiting work that another thread does: the coroutine goes on, on its own reactor, when that thread calls
// `done`. The reactor must outlive the call. Only for .cpp files.
#pragma once

#include "core/gateway/http/asio.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace tierdeck::gateway {

/// `begin` is given a copyable `done(Value)`, to be called exactly once from any thread.
template <typename Value, typename Begin>
asio::awaitable<Value> elsewhere(Begin begin) {
    return asio::async_initiate<decltype(asio::use_awaitable), void(Value)>(
        [](auto handler, Begin start) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            auto executor = asio::get_associated_executor(*shared);
            start([shared, executor](Value value) {
                asio::post(executor, [shared, value = std::move(value)]() mutable {
                    std::move (*shared)(std::move(value));
                });
            });
        },
        asio::use_awaitable, std::move(begin));
}

} // namespace tierdeck::gateway
