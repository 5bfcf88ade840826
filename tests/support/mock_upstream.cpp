#include "tests/support/mock_upstream.h"

#include <algorithm>
#include <chrono>

namespace tierdeck::testing {

namespace {

constexpr std::chrono::seconds patience{10};

} // namespace

void Gate::open() {
    const std::lock_guard lock(m_mutex);
    m_isOpen = true;
    m_changed.notify_all();
}

bool Gate::wait() {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [this] { return m_isOpen; });
}

void MockConnection::close() {
    const std::lock_guard lock(m_mutex);
    m_socket.close();
}

void MockConnection::reset() {
    const std::lock_guard lock(m_mutex);
    m_socket.reset();
}

bool MockConnection::waitUntilGone() {
    std::string bytes;
    const auto read = m_socket.receive(bytes);
    return read == Socket::Read::End || read == Socket::Read::Reset;
}

MockUpstream::MockUpstream(Script script)
    : m_listener(Socket::listening())
    , m_port(m_listener.port())
    , m_script(std::move(script))
    , m_thread([this] { acceptAll(); }) {}

MockUpstream::~MockUpstream() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_listener.wake();
        for (const auto& served : m_served)
            served.socket.wake();
    }
    m_thread.join();
    for (auto& served : m_served)
        served.thread.join();
}

std::string MockUpstream::url() const {
    return "http://127.0.0.1:" + std::to_string(m_port) + "/v1";
}

void MockUpstream::setScript(Script script) {
    const std::lock_guard lock(m_mutex);
    m_script = std::move(script);
}

std::vector<MockRequest> MockUpstream::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

int MockUpstream::connections() const {
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_served.size());
}

bool MockUpstream::waitForRequests(std::size_t count) const {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [&] { return m_requests.size() >= count; });
}

bool MockUpstream::waitUntilIdle() const {
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, patience, [&] {
        return std::all_of(m_served.begin(), m_served.end(),
                           [](const Served& served) { return served.isIdle; });
    });
}

void MockUpstream::closeIdle() {
    const std::lock_guard lock(m_mutex);
    for (const auto& served : m_served) {
        if (served.isIdle)
            served.socket.wake();
    }
}

void MockUpstream::acceptAll() {
    while (true) {
        Socket socket = m_listener.accept();
        const std::lock_guard lock(m_mutex);
        if (m_stopping || !socket.isValid())
            return;
        auto& served = m_served.emplace_back();
        served.socket = std::move(socket);
        const int number = static_cast<int>(m_served.size());
        served.thread = std::thread([this, &served, number] { serve(served, number); });
    }
}

void MockUpstream::serve(Served& served, int number) {
    std::string bytes;
    while (true) {
        {
            const std::lock_guard lock(m_mutex);
            served.isIdle = true;
            m_changed.notify_all();
            if (m_stopping)
                return;
        }
        std::optional<HttpMessage> head;
        while (!(head = takeHead(bytes))) {
            if (!served.socket.isValid() || served.socket.receive(bytes) != Socket::Read::Bytes)
                return;
        }
        MockRequest request{std::move(*head), number};
        while (!takeBody(request, bytes, true, false)) {
            if (served.socket.receive(bytes) != Socket::Read::Bytes)
                return;
        }
        Script script;
        {
            const std::lock_guard lock(m_mutex);
            served.isIdle = false;
            m_requests.push_back(request);
            m_changed.notify_all();
            script = m_script;
        }
        MockConnection connection(served.socket, m_mutex);
        script(connection, request);
        if (!served.socket.isValid())
            return;
    }
}

std::string chatJson(std::string_view model, std::string_view text) {
    return R"({"id":"chatcmpl-mock","object":"chat.completion","created":1,"model":")" + std::string(model) +
           R"(","choices":[{"index":0,"message":{"role":"assistant","content":")" + std::string(text) +
           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,)"
           R"("prompt_tokens_details":{"cached_tokens":2}}})";
}

std::string chatEvent(std::string_view model, std::string_view text) {
    return R"(data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1,"model":")" +
           std::string(model) + R"(","choices":[{"index":0,"delta":{"content":")" + std::string(text) +
           R"("},"finish_reason":null}]})" + "\n\n";
}

std::string chatEnd(std::string_view model, bool withUsage) {
    const std::string start =
        R"(data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1,"model":")" +
        std::string(model) + R"(","choices":[)";
    return start + R"({"index":0,"delta":{},"finish_reason":"stop"}]})" + "\n\n" +
           (withUsage ? start + R"(],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,)"
                                R"("prompt_tokens_details":{"cached_tokens":2}}})"
                                "\n\n"
                      : "") +
           "data: [DONE]\n\n";
}

std::string modelIn(const MockRequest& request) {
    const std::string_view key = "\"model\":\"";
    const auto at = request.body.find(key);
    if (at == std::string::npos)
        return {};
    const auto begin = at + key.size();
    return request.body.substr(begin, request.body.find('"', begin) - begin);
}

MockUpstream::Script answering(std::string text) {
    return [text = std::move(text)](MockConnection& connection, const MockRequest& request) {
        const auto model = modelIn(request);
        if (request.body.find("\"stream\":true") == std::string::npos) {
            connection.send(httpReply(200, chatJson(model, text)));
            return;
        }
        connection.send(streamHead() + httpChunk(chatEvent(model, text)));
        connection.send(httpChunk(chatEnd(model)) + std::string(lastChunk));
    };
}

MockUpstream::Script replying(std::string bytes) {
    return [bytes = std::move(bytes)](MockConnection& connection, const MockRequest&) {
        connection.send(bytes);
    };
}

MockUpstream::Script failing(int status, std::string body, Headers headers) {
    headers.emplace_back("content-type", "application/json");
    return replying(httpReply(status, body, headers));
}

} // namespace tierdeck::testing
