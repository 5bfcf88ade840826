#include "tests/fuzz/reply_stream_fuzz.h"

#include "core/gateway/wire/reply_stream.h"
#include "tests/core/gateway/padded.h"
#include "tests/core/gateway/reply_checks.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/variants.h"

#include <string>

namespace tierdeck::gateway {

using namespace wire;

namespace {

constexpr Dialect dialects[] = {Dialect::Chat, Dialect::Responses, Dialect::Messages};

TranslationContext makeContext() {
    TranslationContext context;
    context.servingModel = "shop/m-1";
    context.tools["apply_patch"] = {"apply_patch", "", true};
    context.structuredOutputTool = "json_reply";
    return context;
}

struct Outcome {
    std::string out;
    std::string tail;
    bool isDone = false;
    bool isBroken = false;
    bool operator==(const Outcome&) const = default;
};

Outcome run(Dialect from, Dialect to, const TranslationContext& context, std::string_view first,
            std::string_view second) {
    const auto stream = makeReplyStream(from, to, context);
    Outcome outcome;
    stream->feed(first, outcome.out);
    stream->feed(second, outcome.out);
    stream->end(outcome.out);
    outcome.tail = stream->tail();
    outcome.isDone = stream->isDone();
    outcome.isBroken = stream->isBroken();
    if (!outcome.isDone && stream->facts().finishReason.empty() && stream->facts().errorCode.empty()) {
        stream->breakOff({502, "", "", "It broke off."}, outcome.out);
        outcome.tail = stream->tail();
    }
    return outcome;
}

} // namespace

void fuzzReplyStream(Dialect from, std::string_view bytes) {
    static const auto context = makeContext();
    const auto cut = sumOf(bytes) % (bytes.size() + 1);
    const Padded padded(bytes);
    for (const auto to : dialects) {
        const auto whole = run(from, to, context, bytes, {});
        require(whole == run(from, to, context, bytes.substr(0, cut), bytes.substr(cut)),
                "the cut makes a difference");
        if (to != from) {
            const auto problem = problemOf(to, whole.out + whole.tail, false, false);
            require(problem.empty(), "the client's format is broken", problem);
        }
        WholeOfStream gatherer(from, to, context);
        gatherer.feed(bytes);
        gatherer.end();
        if (const auto reply = gatherer.take(); reply && !reply->error) {
            const Padded body(reply->body);
            require(readReplyFacts(to, body.view()).has_value(), "our own reply cannot be read");
        }
        if (const auto streamed = streamOfWhole(from, to, padded.view(), context)) {
            const auto problem = problemOf(to, streamed->events + streamed->tail, true, false);
            require(problem.empty(), "the stream of a whole reply is broken", problem);
        }
    }
    static_cast<void>(readReplyFacts(from, padded.view()));
}

} // namespace tierdeck::gateway
