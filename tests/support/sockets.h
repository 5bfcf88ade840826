// Blocking loopback sockets for tests: an owner of a descriptor, and reads that give up after ten seconds
// rather than hang. Test support; each socket belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tierdeck::testing {

class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    /// On 127.0.0.1; the port is port().
    [[nodiscard]] static Socket listening(std::uint16_t port = 0);
    [[nodiscard]] static Socket connectedTo(std::uint16_t port, const std::string& address = "127.0.0.1");
    /// Blocks until a connection comes; not valid once wake() was called.
    [[nodiscard]] Socket accept() const;

    [[nodiscard]] bool isValid() const { return m_descriptor >= 0; }

    [[nodiscard]] int descriptor() const { return m_descriptor; }

    [[nodiscard]] std::uint16_t port() const;
    /// false when the peer is gone.
    bool send(std::string_view bytes) const;
    /// How many are taken without waiting.
    [[nodiscard]] std::size_t sendAtOnce(std::string_view bytes) const;
    /// How much of what is sent the kernel keeps until the peer takes it.
    void setSendBuffer(int bytes) const;

    enum class Read { Bytes, End, Reset, TimedOut };
    /// Appends what comes next.
    Read receive(std::string& into) const;
    /// Bytes lie ready, or the end: without waiting.
    [[nodiscard]] bool isReadable() const;
    void endSending() const;
    /// Makes whoever blocks on it go on; from any thread.
    void wake() const;
    void close();
    /// Closes by a reset, as a crashed peer would.
    void reset();

private:
    int m_descriptor = -1;
};

} // namespace tierdeck::testing
