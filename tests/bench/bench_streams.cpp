// Many streams at once: how late their events come through whoever stands between. `serve` is a provider
// whose streams say in each event when it was sent; `measure` opens streams at a port and prints how old the
// events were when they came. Both read the machine's one monotonic clock.
//   bench_streams serve                          prints its port, ends with its input
//   bench_streams measure PORT STREAMS           prints "p50 p99 p99.9 events", the times in microseconds
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int eventsPerStream = 300;
constexpr std::chrono::milliseconds betweenEvents{20}; // a fast model: 50 tokens a second
constexpr std::string_view mark = "\"content\":\"at ";

std::int64_t nowNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

int socketAt(std::uint16_t port, bool listens) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const int done = listens ? ::bind(fd, generic, sizeof address) | ::listen(fd, SOMAXCONN)
                             : ::connect(fd, generic, sizeof address);
    if (fd < 0 || done != 0)
        throw std::runtime_error(std::string(listens ? "cannot listen: " : "cannot connect: ") +
                                 std::strerror(errno));
    return fd;
}

/// Events go out one by one, as providers send them.
void sendAtOnce(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void watch(int poller, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

void sendAll(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string chunked(std::string_view bytes) {
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    return size.data() + std::string(bytes) + "\r\n";
}

std::string event(const std::string& delta, std::string_view finish) {
    return chunked(
        R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.2",)"
        R"("choices":[{"index":0,"delta":)" +
        delta + R"(,"finish_reason":)" + std::string(finish) + "}]}\n\n");
}

/// One stream that a client waits for.
struct Speaking {
    int sent = 0;
    Clock::time_point next;
};

int serve() {
    const int listener = socketAt(0, true);
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    watch(poller, listener);
    watch(poller, STDIN_FILENO);
    std::map<int, std::string> requests;
    std::map<int, Speaking> streams;
    std::array<epoll_event, 64> ready{};
    std::array<char, 16384> piece{};
    for (;;) {
        const int count = ::epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), 1);
        for (int i = 0; i < count; ++i) {
            const int fd = ready.at(static_cast<std::size_t>(i)).data.fd;
            if (fd == STDIN_FILENO)
                return 0;
            if (fd == listener) {
                const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
                sendAtOnce(client);
                watch(poller, client);
                continue;
            }
            const auto size = ::recv(fd, piece.data(), piece.size(), 0);
            if (size <= 0) {
                ::close(fd);
                requests.erase(fd);
                streams.erase(fd);
                continue;
            }
            auto& request = requests[fd];
            request.append(piece.data(), static_cast<std::size_t>(size));
            if (!request.ends_with("]}")) // the end of the one body that `measure` sends
                continue;
            request.clear();
            sendAll(
                fd,
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
            // Spread over the pause, as streams that began at any time would be.
            const auto offset = betweenEvents * static_cast<int>(streams.size() % 20) / 20;
            streams[fd] = {0, Clock::now() + offset};
        }
        const auto now = Clock::now();
        for (auto at = streams.begin(); at != streams.end();) {
            auto& [fd, stream] = *at;
            if (stream.next > now) {
                ++at;
                continue;
            }
            if (stream.sent < eventsPerStream) {
                sendAll(fd, event(R"({"content":"at )" + std::to_string(nowNs()) + R"( "})", "null"));
                ++stream.sent;
                stream.next += betweenEvents;
                ++at;
                continue;
            }
            sendAll(fd, event("{}", "\"stop\"") + chunked("data: [DONE]\n\n") + "0\r\n\r\n");
            at = streams.erase(at);
        }
    }
}

int measure(std::uint16_t port, int streams) {
    const std::string body =
        R"({"model":"tier-balanced","stream":true,"messages":[{"role":"user","content":"Count."}]})";
    const std::string request =
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(port) +
        "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    std::map<int, std::string> open; ///< with what came and was not understood yet
    for (int i = 0; i < streams; ++i) {
        const int fd = socketAt(port, false);
        sendAll(fd, request);
        watch(poller, fd);
        open[fd];
    }
    std::vector<std::int64_t> ages;
    ages.reserve(static_cast<std::size_t>(streams) * eventsPerStream);
    std::array<epoll_event, 64> ready{};
    std::array<char, 65536> piece{};
    const auto giveUp = Clock::now() + std::chrono::seconds(60);
    while (!open.empty() && Clock::now() < giveUp) {
        const int count = ::epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), 1000);
        for (int i = 0; i < count; ++i) {
            const int fd = ready.at(static_cast<std::size_t>(i)).data.fd;
            const auto size = ::recv(fd, piece.data(), piece.size(), 0);
            const auto came = nowNs();
            auto& text = open[fd];
            if (size > 0)
                text.append(piece.data(), static_cast<std::size_t>(size));
            std::size_t at = 0;
            for (std::size_t found = 0; (found = text.find(mark, at)) != std::string::npos;) {
                const auto end = text.find(' ', found + mark.size());
                if (end == std::string::npos)
                    break;
                std::int64_t sent = 0;
                std::from_chars(text.data() + found + mark.size(), text.data() + end, sent);
                ages.push_back(came - sent);
                at = end;
            }
            const bool done = size <= 0 || text.find("[DONE]", at) != std::string::npos;
            text.erase(0, at);
            if (done) {
                ::close(fd);
                open.erase(fd);
            }
        }
    }
    if (ages.size() != static_cast<std::size_t>(streams) * eventsPerStream) {
        std::fprintf(stderr, "%zu of %d events came\n", ages.size(), streams * eventsPerStream);
        return 1;
    }
    std::sort(ages.begin(), ages.end());
    const auto at = [&](double share) {
        return static_cast<double>(
                   ages[static_cast<std::size_t>(share * static_cast<double>(ages.size() - 1))]) /
               1000;
    };
    std::printf("%.0f %.0f %.0f %zu\n", at(0.5), at(0.99), at(0.999), ages.size());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 1 && words[0] == "serve")
            return serve();
        if (words.size() == 3 && words[0] == "measure")
            return measure(static_cast<std::uint16_t>(std::stoi(words[1])), std::stoi(words[2]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_streams: %s\n", error.what());
        return 1;
    }
    std::fprintf(stderr, "bench_streams serve | bench_streams measure PORT STREAMS\n");
    return 2;
}
