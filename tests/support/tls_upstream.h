// A provider behind TLS, with a certificate of its own making. Each connection has a thread.
// Owned by the test; outlives the gateway that calls it.
#pragma once

#include "tests/support/http_text.h"
#include "tests/support/sockets.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

struct ssl_ctx_st;

namespace tierdeck::testing {

class TlsUpstream {
public:
    using Send = std::function<void(std::string_view)>;
    using Script = std::function<void(const Send&, const HttpMessage&)>;

    /// `host`: whom the certificate names.
    explicit TlsUpstream(Script script, const std::string& host = "localhost");
    ~TlsUpstream();

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// The certificate as a file to be trusted.
    void writeCertificate(const std::filesystem::path& file) const;
    [[nodiscard]] int connections() const;
    /// Handshakes that came to their end.
    [[nodiscard]] int handshakes() const;

private:
    struct Served {
        Socket socket;
        std::thread thread;
    };

    void acceptAll();
    void serve(Served& served);

    Script m_script;
    std::shared_ptr<ssl_ctx_st> m_context;
    std::string m_certificate; ///< PEM
    Socket m_listener;
    std::uint16_t m_port = 0;
    mutable std::mutex m_mutex;
    std::list<Served> m_served;
    int m_handshakes = 0;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace tierdeck::testing
