#include "tests/support/mock_proxy.h"

namespace tierdeck::testing {

MockProxy::MockProxy(std::uint16_t server)
    : m_server(server)
    , m_listener(Socket::listening())
    , m_port(m_listener.port()) {
    m_thread = std::thread([this] { acceptAll(); });
}

MockProxy::~MockProxy() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_listener.wake();
        for (const auto& tunnel : m_tunnels) {
            tunnel.client.wake();
            if (tunnel.server.isValid())
                tunnel.server.wake();
        }
    }
    m_thread.join();
    for (auto& tunnel : m_tunnels)
        tunnel.thread.join();
}

void MockProxy::refuseWith(const std::string& bytes) {
    const std::lock_guard lock(m_mutex);
    m_refusal = bytes;
}

std::vector<HttpMessage> MockProxy::asked() const {
    const std::lock_guard lock(m_mutex);
    return m_asked;
}

void MockProxy::acceptAll() {
    while (true) {
        Socket client = m_listener.accept();
        const std::lock_guard lock(m_mutex);
        if (m_stopping || !client.isValid())
            return;
        auto& tunnel = m_tunnels.emplace_back();
        tunnel.client = std::move(client);
        tunnel.thread = std::thread([this, &tunnel] { serve(tunnel); });
    }
}

void MockProxy::serve(Tunnel& tunnel) {
    std::string bytes;
    std::optional<HttpMessage> head;
    while (!(head = takeHead(bytes))) {
        if (tunnel.client.receive(bytes) != Socket::Read::Bytes)
            return;
    }
    std::string refusal;
    {
        const std::lock_guard lock(m_mutex);
        m_asked.push_back(*head);
        refusal = m_refusal;
        if (m_stopping)
            return;
        if (refusal.empty())
            tunnel.server = Socket::connectedTo(m_server);
    }
    if (!refusal.empty()) {
        tunnel.client.send(refusal);
        tunnel.client.endSending();
        return;
    }
    tunnel.client.send("HTTP/1.1 200 Connection established\r\n\r\n");
    std::thread back([&tunnel] { pass(tunnel.server, tunnel.client); });
    pass(tunnel.client, tunnel.server);
    back.join();
}

void MockProxy::pass(const Socket& from, const Socket& to) {
    std::string bytes;
    while (from.receive(bytes) == Socket::Read::Bytes) {
        if (!to.send(bytes))
            break;
        bytes.clear();
    }
    to.endSending();
}

} // namespace tierdeck::testing
