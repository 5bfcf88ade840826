#include "tests/fuzz/request_fuzz.h"

#include "core/foundation/json_text.h"
#include "core/gateway/wire/request_translation.h"
#include "core/gateway/wire/scanned_request.h"
#include "tests/core/gateway/padded.h"
#include "tests/core/gateway/wire_checks.h"
#include "tests/fuzz/require.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tierdeck::gateway {

using namespace wire;

namespace {

constexpr Dialect dialects[] = {Dialect::Chat, Dialect::Responses, Dialect::Messages};
constexpr std::string_view newModel = "shop/m-1";

bool areSame(const std::vector<Splice>& some, const std::vector<Splice>& others) {
    return std::equal(some.begin(), some.end(), others.begin(), others.end(),
                      [](const Splice& a, const Splice& b) {
                          return a.begin == b.begin && a.end == b.end && a.text == b.text;
                      });
}

std::string joined(std::string_view body, const std::vector<Splice>& splices) {
    std::size_t end = 0;
    for (const auto& splice : splices) {
        require(splice.begin >= end && splice.end >= splice.begin && splice.end <= body.size(),
                "splices do not rise", body);
        end = splice.end;
    }
    const auto result = spliced(body, splices);
    std::string text;
    for (const auto piece : result.pieces)
        text += piece;
    require(text.size() == result.size, "a spliced body is not as long as was said", body);
    return text;
}

std::vector<BodyChanges> changesToTry() {
    BodyChanges little;
    little.model = newModel;
    BodyChanges much = little;
    much.temperature = 0.25;
    much.reasoning = "high";
    much.requestUsage = much.removeOpenRouter = much.removeAttribution = much.removeReasoning = true;
    BodyChanges some = little;
    some.reasoning = "low";
    some.removeReasoning = true;
    return {little, some, much};
}

/// That neither a request before nor what lies behind the body makes a difference. Only for bodies that are
/// no JSON may it: where a brace follows simdjson counts the body's own, too.
void checkScanAgain(Dialect from, std::string_view bytes, char rubbish,
                    const Result<ScannedRequest>& scanned) {
    const Padded other(bytes, rubbish);
    const auto again = scanRequest(from, other.view());
    require(scanned.has_value() == again.has_value(), "what lies behind a body makes it another", bytes);
    if (!scanned)
        return;
    require(scanned->model == again->model && scanned->messages == again->messages &&
                scanned->rootHash == again->rootHash && scanned->userHashes == again->userHashes &&
                scanned->estimatedTokens == again->estimatedTokens && scanned->userText == again->userText &&
                areSame(scanned->commandSplices, again->commandSplices) &&
                areSame(scanned->reasoningSplices, again->reasoningSplices) &&
                areSame(scanned->carriedSplices, again->carriedSplices) &&
                areSame(scanned->openRouterSplices, again->openRouterSplices) &&
                areSame(scanned->attributionSplices, again->attributionSplices),
            "a second scan finds other things", bytes);
}

void checkSplices(const ScannedRequest& scanned, std::string_view body) {
    const bool wasJson = isJson(body);
    for (const auto& changes : changesToTry()) {
        const auto text = joined(body, requestSplices(scanned, changes));
        if (!wasJson)
            continue; // the provider that it was written for says so
        const auto after = JsonText::parse(text);
        require(after.has_value(), "a spliced body is no JSON", body);
        require(after->value("/model") == "\"shop/m-1\"", "a spliced body names another model", body);
    }
}

WriteOptions optionsFor(Dialect to) {
    WriteOptions options;
    options.model = to == Dialect::Messages ? "claude-opus-4-6" : "gpt-5.2";
    options.servingModel = newModel;
    options.isOpenAi = to != Dialect::Messages;
    return options;
}

} // namespace

void fuzzRequest(Dialect from, std::string_view bytes) {
    const Padded padded(bytes, ',');
    const auto body = padded.view();
    const auto scanned = scanRequest(from, body);
    checkScanAgain(from, bytes, '"', scanned);
    checkScanAgain(from, bytes, '}', scanned);
    if (scanned)
        checkSplices(*scanned, body);

    Notes notes;
    const auto request = readRequest(from, body, notes);
    for (const auto to : dialects) {
        if (request) {
            const auto written = writeRequest(to, *request, optionsFor(to), notes);
            require(isJson(written.body), "a written body is no JSON", bytes);
            const auto problem = problemOf(to, written.body);
            require(problem.empty(), problem.c_str(), bytes);
            const auto conversation = to == Dialect::Responses ? "/input" : "/messages";
            if (JsonText::parse(written.body)->value(conversation) == "[]")
                continue; // the client said nothing that can be carried: its provider tells it so
            const Padded again(written.body);
            Notes others;
            require(readRequest(to, again.view(), others).has_value(), "our own request cannot be read",
                    bytes);
        }
        if (scanned && to != from) {
            Notes others;
            const auto written = translateRequest(*scanned, body, to, optionsFor(to), others);
            require(!written || isJson(written->body), "a translated body is no JSON", bytes);
        }
    }
    if (from == Dialect::Messages) {
        const auto estimate = estimateInputTokens(body);
        require(!estimate || *estimate >= 0, "an estimate is negative", bytes);
    }
}

} // namespace tierdeck::gateway
