#include "core/gateway/providers/simulated.h"

#include "core/foundation/atomic_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <random>
#include <vector>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 48> words{
    "the",     "request", "was",    "read",  "and",     "a",       "first", "look",    "shows", "that",
    "most",    "of",      "its",    "work",  "can",     "be",      "done",  "in",      "small", "steps",
    "each",    "one",     "easy",   "to",    "check",   "before",  "next",  "begins",  "so",    "nothing",
    "is",      "lost",    "when",   "plan",  "changes", "tests",   "come",  "with",    "every", "part",
    "results", "stay",    "simple", "clear", "numbers", "explain", "what",  "happened"};

std::optional<int> errorStatus(std::string_view model) {
    constexpr std::string_view prefix = "error-";
    if (!model.starts_with(prefix))
        return std::nullopt;
    const auto digits = model.substr(prefix.size());
    int status = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
    return error == std::errc() && end == digits.data() + digits.size() && status >= 400 && status <= 599
               ? std::optional(status)
               : std::nullopt;
}

/// 12 to 90 words, always the same for the same prompt.
std::vector<std::string> answerTo(const std::string& prompt) {
    std::mt19937_64 random(fingerprintOf(prompt).hash);
    const auto count = 12 + random() % 79;
    std::vector<std::string> tokens{"Simulated", " answer:"};
    for (std::uint64_t i = 0; i < count; ++i)
        tokens.push_back(' ' + std::string(words[random() % words.size()]));
    tokens.emplace_back(".");
    return tokens;
}

class SimulatedCall final : public http::UpstreamCall {
public:
    SimulatedCall(asio::io_context& reactor, SimulatedRequest request)
        : m_timer(reactor)
        , m_request(std::move(request)) {}

    asio::awaitable<http::Fallible<void>> open() override {
        m_tokens = answerTo(m_request.prompt);
        m_delay = m_request.model == "slow" ? std::chrono::milliseconds(250)
                  : isInstant()             ? std::chrono::milliseconds(0)
                                            : std::chrono::milliseconds(33);
        if (const auto status = errorStatus(m_request.model)) {
            m_whole = Json{{"error",
                            {{"message", "The simulated provider was asked to fail with " +
                                             std::to_string(*status) + "."},
                             {"type", "simulated_error"},
                             {"code", "simulated_" + std::to_string(*status)}}}}
                          .dump();
            setHead(*status, "application/json");
            co_return http::Fallible<void>();
        }
        if (m_request.model == "reset" && !m_request.stream)
            co_return tl::unexpected(http::Fault{http::Fault::Kind::Reset, "simulated"});
        if (m_request.model == "stall")
            co_return tl::unexpected(co_await stall());
        if (!m_request.stream) {
            const bool waited = co_await pause(m_delay * static_cast<int>(m_tokens.size()));
            if (!waited)
                co_return tl::unexpected(http::Fault{http::Fault::Kind::Aborted, {}});
            m_whole =
                m_request.model == "rubbish" ? "<html>This is not what you asked for.</html>" : completion();
        }
        setHead(200, m_request.stream ? "text/event-stream" : "application/json");
        co_return http::Fallible<void>();
    }

    const http::Head& head() const override { return m_head; }

    asio::awaitable<http::Fallible<bool>> read(std::string& into) override {
        if (m_aborted)
            co_return tl::unexpected(http::Fault{http::Fault::Kind::Aborted, {}});
        if (!m_whole.empty()) {
            if (m_request.model == "truncate" && m_head.status == 200) {
                into += m_whole.substr(0, m_whole.size() / 2);
                m_whole.clear();
                m_truncated = true;
            } else {
                into += std::exchange(m_whole, {});
            }
            co_return true;
        }
        if (m_truncated)
            co_return tl::unexpected(http::Fault{http::Fault::Kind::Reset, "simulated"});
        if (!m_request.stream || m_head.status != 200 || m_ended)
            co_return false;
        co_return co_await readStream(into);
    }

    void abort() override {
        m_aborted = true;
        m_timer.cancel();
    }

private:
    [[nodiscard]] bool isInstant() const {
        return m_request.model != "slow" && m_request.model != "steady" &&
               (m_request.model == "fast" || m_request.model == "truncate" || m_request.model == "reset" ||
                m_request.model == "mismatch" || m_request.model == "rubbish");
    }

    asio::awaitable<http::Fallible<bool>> readStream(std::string& into) {
        if (m_request.model == "rubbish") {
            into += "data: this is not JSON\n\n";
            m_ended = true;
            co_return true;
        }
        // The failing ones fail in the middle, when content has been seen.
        if ((m_request.model == "truncate" || m_request.model == "reset") && m_next >= m_tokens.size() / 2) {
            m_ended = true;
            if (m_request.model == "truncate")
                co_return false;
            co_return tl::unexpected(http::Fault{http::Fault::Kind::Reset, "simulated"});
        }
        const bool waited = co_await pause(m_delay);
        if (!waited)
            co_return tl::unexpected(http::Fault{http::Fault::Kind::Aborted, {}});
        if (m_next == 0)
            into += chunk({{"role", "assistant"}, {"content", ""}}, nullptr);
        if (m_next < m_tokens.size()) {
            into += chunk({{"content", m_tokens[m_next]}}, nullptr);
            ++m_next;
            co_return true;
        }
        into += chunk(Json::object(), "stop");
        Json last = chunkBase();
        last["choices"] = Json::array();
        last["usage"] = usage();
        into += "data: " + last.dump() + "\n\ndata: [DONE]\n\n";
        m_ended = true;
        co_return true;
    }

    /// false when aborted.
    asio::awaitable<bool> pause(std::chrono::milliseconds time) {
        if (time.count() > 0 && !m_aborted) {
            m_timer.expires_after(time);
            co_await m_timer.async_wait(asTuple);
        }
        co_return !m_aborted;
    }

    asio::awaitable<http::Fault> stall() {
        const bool waited = co_await pause(m_request.idleTimeout);
        co_return waited ? http::Fault{http::Fault::Kind::Timeout, "the simulated provider stalls"}
                         : http::Fault{http::Fault::Kind::Aborted, {}};
    }

    void setHead(int status, std::string_view contentType) {
        m_head.status = status;
        m_head.headers = {{"content-type", contentType}};
    }

    [[nodiscard]] std::string id() const {
        return "chatcmpl-sim-" +
               fingerprintOf(m_request.prompt + '\n' + std::to_string(m_request.createdSeconds) + '\n' +
                             std::to_string(m_request.number))
                   .text();
    }

    [[nodiscard]] std::string modelName() const {
        return m_request.model == "mismatch" ? "sim-another-model" : m_request.model;
    }

    [[nodiscard]] Json usage() const {
        const auto output = static_cast<std::int64_t>(m_tokens.size());
        return {{"prompt_tokens", m_request.promptTokens},
                {"completion_tokens", output},
                {"total_tokens", m_request.promptTokens + output},
                {"prompt_tokens_details", {{"cached_tokens", m_request.cachedTokens}}}};
    }

    [[nodiscard]] Json chunkBase() const {
        return {{"id", id()},
                {"object", "chat.completion.chunk"},
                {"created", m_request.createdSeconds},
                {"model", modelName()}};
    }

    [[nodiscard]] std::string chunk(const Json& delta, const Json& finish) const {
        Json json = chunkBase();
        json["choices"] = Json::array({{{"index", 0}, {"delta", delta}, {"finish_reason", finish}}});
        return "data: " + json.dump() + "\n\n";
    }

    [[nodiscard]] std::string completion() const {
        std::string text;
        for (const auto& token : m_tokens)
            text += token;
        Json json = chunkBase();
        json["object"] = "chat.completion";
        json["choices"] = Json::array({{{"index", 0},
                                        {"message", {{"role", "assistant"}, {"content", text}}},
                                        {"finish_reason", "stop"}}});
        json["usage"] = usage();
        return json.dump();
    }

    asio::steady_timer m_timer;
    SimulatedRequest m_request;
    http::Head m_head;
    std::vector<std::string> m_tokens;
    std::size_t m_next = 0;
    std::string m_whole;
    std::chrono::milliseconds m_delay{0};
    bool m_truncated = false;
    bool m_ended = false;
    bool m_aborted = false;
};

} // namespace

std::unique_ptr<http::UpstreamCall> callSimulated(asio::io_context& reactor, SimulatedRequest request) {
    return std::make_unique<SimulatedCall>(reactor, std::move(request));
}

} // namespace tierdeck::gateway
