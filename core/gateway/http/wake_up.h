// What one coroutine waits for until somebody else on its reactor calls it. Reactor thread only; owned by
// who calls.
#pragma once

#include "core/gateway/http/asio.h"

#include <optional>
#include <utility>

namespace tierdeck::gateway::http {

class WakeUp {
public:
    /// One coroutine at a time.
    [[nodiscard]] asio::awaitable<void> wait() {
        return asio::async_initiate<Token, void()>(
            [this](Waiting waiting) { m_waiting.emplace(std::move(waiting)); }, asio::use_awaitable);
    }

    /// The one that waits goes on before this returns; nothing happens where none does.
    void call() {
        if (!m_waiting)
            return;
        auto waiting = std::move(*m_waiting);
        m_waiting.reset();
        std::move(waiting)();
    }

private:
    using Token = decltype(asio::use_awaitable);
    using Waiting = asio::async_result<std::decay_t<Token>, void()>::handler_type;

    std::optional<Waiting> m_waiting;
};

} // namespace tierdeck::gateway::http
