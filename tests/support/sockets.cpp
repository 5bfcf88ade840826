#include "tests/support/sockets.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace tierdeck::testing {

namespace {

constexpr int patienceSeconds = 10;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

} // namespace

Socket::Socket(int descriptor)
    : m_descriptor(descriptor) {
    if (descriptor < 0)
        return;
    const timeval patience{patienceSeconds, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

Socket::Socket(Socket&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

Socket::~Socket() {
    close();
}

Socket Socket::listening(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = loopback(port);
    Socket socket(descriptor);
    const timeval forEver{0, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &forEver, sizeof forEver);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(descriptor, 1024) != 0)
        socket.close();
    return socket;
}

Socket Socket::connectedTo(std::uint16_t port, const std::string& address) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Socket socket(descriptor);
    auto target = loopback(port);
    ::inet_pton(AF_INET, address.c_str(), &target.sin_addr);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0)
        socket.close();
    return socket;
}

Socket Socket::accept() const {
    const int descriptor = ::accept4(m_descriptor, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor >= 0) {
        const int yes = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return Socket(descriptor);
}

std::uint16_t Socket::port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(m_descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

bool Socket::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(m_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::size_t Socket::sendAtOnce(std::string_view bytes) const {
    const auto sent = ::send(m_descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void Socket::setSendBuffer(int bytes) const {
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

Socket::Read Socket::receive(std::string& into) const {
    std::array<char, 64 * 1024> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init)
    while (true) {
        const auto size = ::recv(m_descriptor, bytes.data(), bytes.size(), 0);
        if (size > 0) {
            into.append(bytes.data(), static_cast<std::size_t>(size));
            return Read::Bytes;
        }
        if (size == 0)
            return Read::End;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? Read::TimedOut : Read::Reset;
    }
}

bool Socket::isReadable() const {
    pollfd entry{m_descriptor, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
}

void Socket::endSending() const {
    ::shutdown(m_descriptor, SHUT_WR);
}

void Socket::wake() const {
    ::shutdown(m_descriptor, SHUT_RDWR);
}

void Socket::close() {
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

void Socket::reset() {
    const linger atOnce{1, 0};
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
    close();
}

} // namespace tierdeck::testing
