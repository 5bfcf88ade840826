// The hash of a row of numbers, for maps whose keys are several numbers of the store. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tierdeck::sessions {

/// FNV-1a over whole numbers, folded so that tables of a power of two see the upper half, too.
struct NumbersHash {
    template <typename Numbers>
    std::size_t operator()(const Numbers& numbers) const {
        std::uint64_t hash = 1469598103934665603u;
        for (const std::int64_t number : numbers)
            hash = (hash ^ static_cast<std::uint64_t>(number)) * 1099511628211u;
        return static_cast<std::size_t>(hash ^ (hash >> 32));
    }
};

} // namespace tierdeck::sessions
