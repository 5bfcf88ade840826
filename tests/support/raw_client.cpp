#include "tests/support/raw_client.h"

namespace tierdeck::testing {

namespace {

bool mayHaveBody(const HttpMessage& reply) {
    const int status = reply.status();
    return status >= 200 && status != 204 && status != 304;
}

} // namespace

HttpMessage RawClient::readHead() {
    while (true) {
        if (auto head = takeHead(m_bytes))
            return std::move(*head);
        if (m_socket.receive(m_bytes) != Socket::Read::Bytes)
            return {};
    }
}

HttpMessage RawClient::read(bool forHead) {
    auto message = readHead();
    if (message.start.empty())
        return message;
    if (forHead)
        message.isComplete = true;
    else
        readRest(message);
    return message;
}

bool RawClient::readUntil(HttpMessage& message, std::string_view needle) {
    while (true) {
        takeBody(message, m_bytes, mayHaveBody(message), false);
        if (message.body.find(needle) != std::string::npos)
            return true;
        if (message.isComplete || m_socket.receive(m_bytes) != Socket::Read::Bytes)
            return false;
    }
}

void RawClient::readRest(HttpMessage& message) {
    while (!takeBody(message, m_bytes, mayHaveBody(message), false)) {
        const auto read = m_socket.receive(m_bytes);
        if (read == Socket::Read::Bytes)
            continue;
        takeBody(message, m_bytes, mayHaveBody(message), read == Socket::Read::End);
        return;
    }
}

bool RawClient::seesEnd() {
    if (!m_bytes.empty())
        return false;
    const auto read = m_socket.receive(m_bytes);
    return read == Socket::Read::End || read == Socket::Read::Reset;
}

} // namespace tierdeck::testing
