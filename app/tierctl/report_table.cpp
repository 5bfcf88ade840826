#include "app/tierctl/report_table.h"

#include <algorithm>
#include <cstdlib>

namespace tierdeck::app {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::string joined(const Counts& counts) {
    std::string text;
    for (const auto& [name, count] : counts) {
        text += (text.empty() ? "" : " ") + name + ":" + std::to_string(count);
    }
    return text;
}

std::string joined(const Texts& texts, const char* between) {
    std::string text;
    for (const std::string& part : texts) {
        text += (text.empty() ? "" : between) + part;
    }
    return text;
}

std::string costText(const Money& money) {
    if (money.simulated) {
        return "simulated";
    }
    return money.cost ? moneyText(*money.cost) : "unpriced";
}

} // namespace

void writeJson(JsonWriter& json, const Cell& cell) {
    std::visit(Overloaded{
                   [&](Null) { json.null(); },
                   [&](const std::string& value) { json.text(value); },
                   [&](std::int64_t value) { json.integer(value); },
                   [&](bool value) { json.boolean(value); },
                   [&](UtcTime value) { json.text(toRfc3339(value)); },
                   [&](const Money& value) { json.usd(value.cost); },
                   [&](const Counts& value) {
                       json.beginObject();
                       for (const auto& [name, count] : value) {
                           json.key(name), json.integer(count);
                       }
                       json.endObject();
                   },
                   [&](const Texts& value) { json.texts(value); },
               },
               cell);
}

std::string csvText(const Cell& cell) {
    return std::visit(
        Overloaded{
            [](Null) { return std::string(); },
            [](const std::string& value) { return value; },
            [](std::int64_t value) { return std::to_string(value); },
            [](bool value) { return std::string(value ? "true" : "false"); },
            [](UtcTime value) { return toRfc3339(value); },
            [](const Money& value) { return value.cost ? decimalText(value.cost->value, 9) : std::string(); },
            [](const Counts& value) { return joined(value); },
            [](const Texts& value) { return joined(value, " "); },
        },
        cell);
}

std::string peopleText(const Cell& cell, const std::function<std::string(UtcTime)>& timeText) {
    return std::visit(
        Overloaded{
            [](Null) { return std::string("–"); },
            [](const std::string& value) { return value; },
            [](std::int64_t value) { return groupedText(value); },
            [](bool value) { return std::string(value ? "yes" : "no"); },
            [&](UtcTime value) { return timeText(value); },
            [](const Money& value) { return costText(value); },
            [](const Counts& value) { return value.size() == 1 ? value.front().first : joined(value); },
            [](const Texts& value) { return value.empty() ? std::string("–") : joined(value, ", "); },
        },
        cell);
}

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char letter : text) {
        quoted += letter;
        if (letter == '"') {
            quoted += letter;
        }
    }
    return quoted + '"';
}

std::string moneyText(NanoUsd cost) {
    if (cost.value == 0) {
        return "0";
    }
    // Two decimals from a dollar on; below, three digits from the first that is not zero.
    std::int64_t unit = 10'000'000; // nano-dollars of a cent
    std::int64_t magnitude = std::abs(cost.value);
    for (std::int64_t bound = 1'000'000'000; magnitude < bound && unit > 1; bound /= 10) {
        unit /= 10;
    }
    magnitude = (magnitude + unit / 2) / unit * unit;
    std::string text = decimalText(cost.value < 0 ? -magnitude : magnitude, 9);
    const auto point = text.find('.');
    const std::size_t decimals = point == std::string::npos ? 0 : text.size() - point - 1;
    if (decimals < 2) {
        text += point == std::string::npos ? ".00" : "0";
    }
    return text;
}

} // namespace tierdeck::app
