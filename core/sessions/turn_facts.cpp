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

std::vector<PackedShare> sharesIn(std::string_view text) {
    std::vector<PackedShare> shares;
    while (!text.empty()) {
        PackedShare share;
        share.tier = takeNumber(text);
        share.requests = takeNumber(text);
        share.cost = takeNumber(text);
        shares.push_back(share);
    }
    return shares;
}

std::string packed(const std::vector<PackedShare>& shares) {
    std::string text;
    for (const auto& share : shares)
        text += std::to_string(share.tier) + ':' + std::to_string(share.requests) + ':' +
                std::to_string(share.cost) + ';';
    return text;
}

void addRequest(std::vector<PackedShare>& shares, std::int64_t tier, std::int64_t cost) {
    auto share = std::ranges::find(shares, tier, &PackedShare::tier);
    if (share == shares.end())
        share = shares.insert(share, PackedShare{tier, 0, 0});
    ++share->requests;
    share->cost += cost;
}

std::vector<std::int64_t> numbersIn(std::string_view text) {
    std::vector<std::int64_t> numbers;
    while (!text.empty())
        numbers.push_back(takeNumber(text));
    return numbers;
}

std::string packed(const std::vector<std::int64_t>& numbers) {
    std::string text;
    for (const std::int64_t number : numbers)
        text += std::to_string(number) + ';';
    return text;
}

void addNumber(std::vector<std::int64_t>& numbers, std::int64_t number) {
    if (std::ranges::find(numbers, number) == numbers.end())
        numbers.push_back(number);
}

} // namespace tierdeck::sessions
