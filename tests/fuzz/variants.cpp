#include "tests/fuzz/variants.h"

#include <numeric>
#include <random>

namespace tierdeck {

namespace {

constexpr int mutations = 2000;

} // namespace

std::size_t sumOf(std::string_view bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), std::size_t(0),
                           [](std::size_t sum, char c) { return sum * 31 + static_cast<unsigned char>(c); });
}

void forEachVariant(const std::string& bytes, std::string_view likely,
                    const std::function<void(std::string_view)>& run) {
    for (std::size_t size = 0; size <= bytes.size(); ++size)
        run(std::string_view(bytes).substr(0, size));
    std::mt19937_64 random(sumOf(bytes));
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    for (int round = 0; round < mutations; ++round) {
        auto changed = bytes;
        for (auto changes = 1 + below(4); changes > 0 && !changed.empty(); --changes) {
            const auto at = below(changed.size());
            switch (below(5)) {
            case 0:
                changed[at] = likely[below(likely.size())];
                break;
            case 1:
                changed[at] = static_cast<char>(static_cast<unsigned char>(below(256)));
                break;
            case 2:
                changed.insert(at, 1, likely[below(likely.size())]);
                break;
            case 3:
                changed.erase(at, 1 + below(20));
                break;
            default:
                changed.insert(at, changed.substr(below(changed.size()), 1 + below(60)));
            }
        }
        run(changed);
    }
}

} // namespace tierdeck
