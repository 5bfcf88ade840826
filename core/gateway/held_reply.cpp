#include "core/gateway/held_reply.h"

#include <utility>

namespace tierdeck::gateway {

asio::awaitable<void> HeldReply::reply(const http::Answer& answer) {
    m_answer = answer;
    m_isWhole = true;
    co_return;
}

asio::awaitable<bool> HeldReply::startStream(int status, const http::HeaderLines& headers) {
    m_answer.status = status;
    m_answer.headers = headers;
    m_isStream = true;
    co_return !isGone();
}

asio::awaitable<bool> HeldReply::sendStream(std::string_view bytes) {
    m_answer.body += bytes;
    co_return !isGone();
}

asio::awaitable<bool> HeldReply::endStream(std::string_view lastBytes) {
    m_answer.body += lastBytes;
    m_isWhole = true;
    co_return !isGone();
}

void HeldReply::giveUp() {
    m_isGone = true;
    if (const auto action = std::exchange(m_whenGone, {}))
        action();
}

asio::awaitable<void> HeldReply::passOn(http::Responder& client) const {
    if (!m_isStream) {
        co_await client.reply(m_answer);
        co_return;
    }
    const bool started = co_await client.startStream(m_answer.status, m_answer.headers);
    if (started)
        co_await client.endStream(m_answer.body);
}

} // namespace tierdeck::gateway
