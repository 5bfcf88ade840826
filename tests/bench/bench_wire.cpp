// How fast requests are scanned and streams are relayed.
#include "core/gateway/wire/chat_reply.h"
#include "core/gateway/wire/chat_request.h"
#include "core/gateway/wire/reply_stream.h"

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

/// What begins a stream of text in each dialect, and one word of it.
struct Words {
    std::string begin;
    std::string word;
};

Words wordsOf(Dialect dialect) {
    const auto event = [](const std::string& name, const std::string& data) {
        return "event: " + name + "\ndata: " + data + "\n\n";
    };
    switch (dialect) {
    case Dialect::Messages:
        return {event("message_start",
                      R"({"type":"message_start","message":{"id":"msg_1","model":"claude-x",)"
                      R"("usage":{"input_tokens":25,"output_tokens":1}}})") +
                    event("content_block_start", R"({"type":"content_block_start","index":0,)"
                                                 R"("content_block":{"type":"text","text":""}})"),
                event("content_block_delta", R"({"type":"content_block_delta","index":0,)"
                                             R"("delta":{"type":"text_delta","text":" word"}})")};
    case Dialect::Responses:
        return {event("response.created", R"({"type":"response.created","sequence_number":0,"response":)"
                                          R"({"id":"resp_1","model":"gpt-5.2","created_at":1}})") +
                    event("response.output_item.added",
                          R"({"type":"response.output_item.added","sequence_number":1,"output_index":0,)"
                          R"("item":{"id":"msg_1","type":"message","content":[]}})"),
                event("response.output_text.delta",
                      R"({"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1",)"
                      R"("output_index":0,"content_index":0,"delta":" word","logprobs":[]})")};
    case Dialect::Chat:
        break;
    }
    const std::string chunk =
        R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5.2",)"
        R"("choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}],"usage":null})"
        "\n\n";
    return {chunk, chunk};
}

void streamWords(benchmark::State& state) {
    const auto from = static_cast<Dialect>(state.range(0));
    const auto to = static_cast<Dialect>(state.range(1));
    const auto words = wordsOf(from);
    const TranslationContext context;
    auto stream = makeReplyStream(from, to, context);
    std::string out;
    stream->feed(words.begin, out);
    std::int64_t events = 0;
    for (auto _ : state) {
        out.clear();
        stream->feed(words.word, out);
        benchmark::DoNotOptimize(out);
        if (++events % 10000 == 0) { // no reply is longer: writers keep what they wrote for the last event
            state.PauseTiming();
            stream = makeReplyStream(from, to, context);
            stream->feed(words.begin, out);
            state.ResumeTiming();
        }
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(streamWords)->ArgNames({"from", "to"})->ArgsProduct({{0, 1, 2}, {0, 1, 2}});

} // namespace
