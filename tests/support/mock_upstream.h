// A provider that does what a test tells it: for each request a script gets the connection and writes what it
// likes, slowly, wrongly or never. Each connection has a thread. Owned by the test; outlives the gateway that
// calls it.
#pragma once

#include "tests/support/http_text.h"
#include "tests/support/sockets.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tierdeck::testing {

/// Opened once; whoever waits goes on. Threads.
class Gate {
public:
    void open();
    /// false after ten seconds.
    bool wait();

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isOpen = false;
};

struct MockRequest : HttpMessage {
    int connection = 0; ///< from 1, in the order of their coming
};

/// A script's hold on the connection that its request came by.
class MockConnection {
public:
    MockConnection(Socket& socket, std::mutex& mutex)
        : m_socket(socket)
        , m_mutex(mutex) {}

    bool send(std::string_view bytes) { return m_socket.send(bytes); }

    void close();
    void reset();

    /// Until the gateway closes its end; false after ten seconds, or when bytes come.
    [[nodiscard]] bool waitUntilGone();

private:
    Socket& m_socket;
    std::mutex& m_mutex; ///< of the upstream, which may wake the socket meanwhile
};

class MockUpstream {
public:
    /// What a script leaves open may serve another request.
    using Script = std::function<void(MockConnection&, const MockRequest&)>;

    explicit MockUpstream(Script script);
    ~MockUpstream();

    [[nodiscard]] std::uint16_t port() const { return m_port; }

    /// "http://127.0.0.1:…/v1"
    [[nodiscard]] std::string url() const;
    void setScript(Script script);
    [[nodiscard]] std::vector<MockRequest> requests() const;
    [[nodiscard]] int connections() const;
    /// false after ten seconds.
    [[nodiscard]] bool waitForRequests(std::size_t count) const;
    /// Until no script runs; false after ten seconds.
    [[nodiscard]] bool waitUntilIdle() const;
    /// Closes the connections that are waiting for a request.
    void closeIdle();

private:
    struct Served {
        Socket socket;
        std::thread thread;
        bool isIdle = false;
    };

    void acceptAll();
    void serve(Served& served, int number);

    Socket m_listener;
    std::uint16_t m_port = 0;
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    Script m_script;
    std::vector<MockRequest> m_requests;
    std::list<Served> m_served;
    bool m_stopping = false;
    std::thread m_thread;
};

/// {"id", "model", "choices", "usage"} with 12 prompt tokens, of which 2 cached, and 5 completion tokens.
[[nodiscard]] std::string chatJson(std::string_view model, std::string_view text);
/// "data: {…}\n\n" with a delta of `text`.
[[nodiscard]] std::string chatEvent(std::string_view model, std::string_view text);
/// The event with the finish reason, that with the same usage as chatJson(), and [DONE].
[[nodiscard]] std::string chatEnd(std::string_view model, bool withUsage = true);
/// The value of `model` in a request's body.
[[nodiscard]] std::string modelIn(const MockRequest& request);
/// Scripts: what a healthy provider does, whole or streamed as asked.
[[nodiscard]] MockUpstream::Script answering(std::string text = "Hello");
[[nodiscard]] MockUpstream::Script replying(std::string bytes);
[[nodiscard]] MockUpstream::Script
failing(int status, std::string body = R"({"error":{"message":"scripted"}})", Headers headers = {});

} // namespace tierdeck::testing
