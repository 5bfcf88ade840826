// How many lossless edits a second a preferences document takes.
#include "core/foundation/json_text.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

/// About 2 KiB, as a well-used model-router.json is.
std::string document() {
    std::string text =
        "{\n  \"modelRouter\": {\n    \"routingModel\": \"openai/gpt-5.2-codex\",\n"
        "    \"balancedModel\": \"openai/gpt-5.1\",\n    \"codingModel\": \"openai/gpt-5.2\",\n"
        "    \"rules\": [\n";
    for (int i = 0; i < 14; ++i)
        text += "      {\"name\": \"rule " + std::to_string(i) +
                "\", \"when\": {\"keywords\": [\"security audit\", \"licence\"]}, \"tier\": \"deep\"},\n";
    text += "      {\"name\": \"last\", \"when\": {}, \"tier\": \"smart\"}\n    ],\n    \"temperature\": "
            "0.70\n  }\n}\n";
    return text;
}

void replaceValue(benchmark::State& state) {
    auto json = tierdeck::JsonText::parse(document()).value();
    bool odd = false;
    for (auto _ : state) {
        odd = !odd;
        benchmark::DoNotOptimize(
            json.set("/modelRouter/temperature", odd ? std::string_view("0.65") : std::string_view("0.7")));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(replaceValue);

void addAndRemoveMember(benchmark::State& state) {
    auto json = tierdeck::JsonText::parse(document()).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(json.set("/modelRouter/deepModel", "\"anthropic/claude-opus-4-20250514\""));
        benchmark::DoNotOptimize(json.remove("/modelRouter/deepModel"));
    }
    state.SetItemsProcessed(2 * state.iterations());
}

BENCHMARK(addAndRemoveMember);

void parseDocument(benchmark::State& state) {
    const auto text = document();
    for (auto _ : state)
        benchmark::DoNotOptimize(tierdeck::JsonText::parse(text));
}

BENCHMARK(parseDocument);

} // namespace
