#include "core/sessions/turn_facts.h"

#include <algorithm>
#include <charconv>

namespace tierdeck::sessions {

namespace {

/// Takes a number and the sign after it from the front.
std::int64_t takeNumber(std::string_view& text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(read.ptr - text.data());
    text.remove_prefix(std::min(length + 1, text.size()));
    return number;
}

} // namespace

std::vector<PackedShare> sharesIn(std::string_view shares) {
    std::vector<PackedShare> found;
    while (!shares.empty()) {
        PackedShare share;
        share.tier = takeNumber(shares);
        share.requests = takeNumber(shares);
        share.cost = takeNumber(shares);
        found.push_back(share);
    }
    return found;
}

std::string withRequest(std::string_view shares, std::int64_t tier, std::int64_t cost) {
    auto all = sharesIn(shares);
    auto share =
        std::find_if(all.begin(), all.end(), [tier](const PackedShare& one) { return one.tier == tier; });
    if (share == all.end())
        share = all.insert(all.end(), PackedShare{tier, 0, 0});
    ++share->requests;
    share->cost += cost;
    std::string text;
    for (const auto& one : all) {
        text +=
            std::to_string(one.tier) + ':' + std::to_string(one.requests) + ':' + std::to_string(one.cost);
        text += ';';
    }
    return text;
}

std::vector<std::int64_t> numbersIn(std::string_view numbers) {
    std::vector<std::int64_t> found;
    while (!numbers.empty())
        found.push_back(takeNumber(numbers));
    return found;
}

std::string withNumber(std::string_view numbers, std::int64_t number) {
    std::string text(numbers);
    const auto all = numbersIn(numbers);
    if (std::find(all.begin(), all.end(), number) == all.end()) {
        text += std::to_string(number);
        text += ';';
    }
    return text;
}

} // namespace tierdeck::sessions
