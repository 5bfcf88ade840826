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

std::string costText(const Money& money) {
    if (money.simulated) {
        return "simulated";
    }
    return money.cost ? moneyText(*money.cost) : "unpriced";
}

} // namespace

std::string peopleText(const Cell& cell, const std::function<std::string(UtcTime)>& timeText) {
    return std::visit(Overloaded{
                          [](Null) { return std::string("–"); },
                          [](const std::string& value) { return value; },
                          [](std::int64_t value) { return groupedText(value); },
                          [](bool value) { return std::string(value ? "yes" : "no"); },
                          [&](UtcTime value) { return timeText(value); },
                          [](const Money& value) { return costText(value); },
                          [](const Counts& value) {
                              return value.size() == 1 ? value.front().first : sessions::joined(value);
                          },
                          [](const Texts& value) {
                              return value.empty() ? std::string("–") : sessions::joined(value, ", ");
                          },
                      },
                      cell);
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
