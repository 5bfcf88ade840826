// A client that sends the bytes it is told to and reads replies piece by piece. One thread; owned by the
// test.
#pragma once

#include "tests/support/http_text.h"
#include "tests/support/sockets.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::testing {

class RawClient {
public:
    explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1")
        : m_socket(Socket::connectedTo(port, address)) {}

    [[nodiscard]] bool isConnected() const { return m_socket.isValid(); }

    bool send(std::string_view bytes) { return m_socket.send(bytes); }

    /// How many bytes are taken without waiting.
    [[nodiscard]] std::size_t sendAtOnce(std::string_view bytes) { return m_socket.sendAtOnce(bytes); }

    /// How much of what is sent the kernel keeps until the gateway takes it.
    void setSendBuffer(int bytes) { m_socket.setSendBuffer(bytes); }

    /// The next reply; `isComplete` is false when the connection ended or ten seconds passed before its end.
    /// `forHead`: to a HEAD request. Interim replies are given like others.
    [[nodiscard]] HttpMessage read(bool forHead = false);
    /// The head of the next reply alone; its body is read by readUntil() and readRest().
    [[nodiscard]] HttpMessage readHead();
    /// Goes on until `needle` stands in the message's body; false when it ended without.
    bool readUntil(HttpMessage& message, std::string_view needle);
    void readRest(HttpMessage& message);
    /// Whether the gateway closes the connection (waits for it), without sending anything more.
    [[nodiscard]] bool seesEnd();

    /// Something lies ready to be read: without waiting.
    [[nodiscard]] bool hasBytes() const { return !m_bytes.empty() || m_socket.isReadable(); }

    /// send() and read().
    HttpMessage ask(std::string_view request) {
        send(request);
        return read();
    }

    void endSending() { m_socket.endSending(); }

    void close() { m_socket.close(); }

    void reset() { m_socket.reset(); }

private:
    Socket m_socket;
    std::string m_bytes;
};

} // namespace tierdeck::testing
