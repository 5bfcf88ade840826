// A reply that is kept instead of sent: what a model answers to a question of the gateway's own, and what a
// rung of the cascade answers before its gates have passed. Reactor thread only; owned by who asked.
#pragma once

#include "core/gateway/http/server.h"

#include <functional>
#include <string>

namespace tierdeck::gateway {

class HeldReply final : public http::Responder {
public:
    /// Held for `client`, who may go away meanwhile; nullptr: for nobody but us.
    explicit HeldReply(const http::Responder* client = nullptr)
        : m_client(client) {}

    [[nodiscard]] asio::awaitable<void> reply(const http::Answer& answer) override;
    [[nodiscard]] asio::awaitable<bool> startStream(int status, const http::HeaderLines& headers) override;
    [[nodiscard]] asio::awaitable<bool> sendStream(std::string_view bytes) override;
    [[nodiscard]] asio::awaitable<bool> endStream(std::string_view lastBytes) override;

    void breakOff() override { m_isWhole = false; }

    void whenGone(std::function<void()> action) override { m_whenGone = std::move(action); }

    [[nodiscard]] bool isGone() const override { return m_isGone || (m_client && m_client->isGone()); }

    /// The reply is not waited for any longer.
    void giveUp();

    [[nodiscard]] int status() const { return m_answer.status; }

    [[nodiscard]] bool isStream() const { return m_isStream; }

    [[nodiscard]] bool isWhole() const { return m_isWhole; }

    /// The whole body, or all events of the stream.
    [[nodiscard]] const std::string& body() const { return m_answer.body; }

    /// Sends it, in the form in which it came.
    [[nodiscard]] asio::awaitable<void> passOn(http::Responder& client) const;

private:
    const http::Responder* m_client;
    http::Answer m_answer;
    std::function<void()> m_whenGone;
    bool m_isStream = false;
    bool m_isWhole = false;
    bool m_isGone = false;
};

} // namespace tierdeck::gateway
