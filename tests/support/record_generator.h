// Believable history out of a seed: what several clients in several projects would have sent over some
// months, with tool loops, sub-agents, promotions, fallbacks, cold caches, hang-ups and models without a
// price. The same options give the same records on every machine. One thread; owned by the test, benchmark or
// program that wants records.
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/request_record.h"

#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

namespace tierdeck::testing {

/// Random numbers that do not depend on the standard library's distributions.
class Random {
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed) {}

    [[nodiscard]] std::uint64_t next();
    /// In [0, bound).
    [[nodiscard]] std::int64_t below(std::int64_t bound);
    /// In [0, 1).
    [[nodiscard]] double unit();

    [[nodiscard]] bool chance(double probability) { return unit() < probability; }

    /// In [low, high], small values more often: the lengths of turns, replies and sessions.
    [[nodiscard]] std::int64_t skewed(std::int64_t low, std::int64_t high, double power = 3.0);

    template <typename Container>
    [[nodiscard]] const auto& pick(const Container& from) {
        return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(from))))];
    }

private:
    std::uint64_t m_state;
};

struct GeneratorOptions {
    std::uint64_t seed = 1;
    std::int64_t requests = 1000;                                        ///< exactly as many
    UtcTime end = UtcTime(std::chrono::milliseconds(1'795'262'400'000)); ///< 2026-11-21T12:00Z: none is later
    int days = 90;                                                       ///< over which they are spread
    int longestSession = 200;                                            ///< in turns
    std::int64_t firstRequest = 1;                                       ///< ids count up from here
    bool decisions = true;                                               ///< with the packed decision
};

class RecordGenerator {
public:
    explicit RecordGenerator(GeneratorOptions options);
    ~RecordGenerator();

    /// By time of arrival; nullopt when all were given.
    [[nodiscard]] std::optional<routing::RequestRecord> next();
    [[nodiscard]] std::vector<routing::RequestRecord> all();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::testing
