// A proxy that lets clients through to one server, whatever host they ask for, or refuses them. Each tunnel
// has a thread. Owned by the test; outlives the gateway that goes through it.
#pragma once

#include "tests/support/http_text.h"
#include "tests/support/sockets.h"

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tierdeck::testing {

class MockProxy {
public:
    explicit MockProxy(std::uint16_t server);
    ~MockProxy();

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// Sent instead of an agreement from now on; "" agrees again.
    void refuseWith(const std::string& bytes);
    /// What was asked for.
    [[nodiscard]] std::vector<HttpMessage> asked() const;

private:
    struct Tunnel {
        Socket client;
        Socket server;
        std::thread thread;
    };

    void acceptAll();
    void serve(Tunnel& tunnel);
    static void pass(const Socket& from, const Socket& to);

    std::uint16_t m_server;
    Socket m_listener;
    std::uint16_t m_port;
    mutable std::mutex m_mutex;
    std::list<Tunnel> m_tunnels;
    std::vector<HttpMessage> m_asked;
    std::string m_refusal;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace tierdeck::testing
