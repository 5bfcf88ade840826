// How fast requests are scanned and streams are relayed.
#include "core/gateway/wire/chat_reply.h"
#include "core/gateway/wire/chat_request.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace tierdeck::gateway::wire;

std::string requestOf(std::size_t bytes) {
    std::string body =
        R"({"model":"tier-coding","stream":true,"messages":[{"role":"system","content":"You are careful."})";
    for (int i = 0; body.size() + 200 < bytes; ++i)
        body += std::string(R"(,{"role":")") + (i % 2 ? "assistant" : "user") +
                R"(","content":"Line of a long conversation about \"parsers\", number )" + std::to_string(i) +
                "\"}";
    body += R"(,{"role":"user","content":"And now?"}]})";
    body.reserve(body.size() + bodyPadding);
    return body;
}

void scanRequest(benchmark::State& state) {
    const auto body = requestOf(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(scanChatRequest(body));
    state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

BENCHMARK(scanRequest)->Arg(2 << 10)->Arg(100 << 10)->Arg(1 << 20);

void relayStreamEvents(benchmark::State& state) {
    const std::string event =
        R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.2",)"
        R"("choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}],"usage":null})"
        "\n\n";
    ChatStream stream(false);
    std::string out;
    for (auto _ : state) {
        out.clear();
        stream.feed(event, out);
        benchmark::DoNotOptimize(out);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(relayStreamEvents);

} // namespace
