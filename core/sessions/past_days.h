// What is known of days gone by, made small: what each day and month cost by tier, by model, by project …, of
// everything and within each value of another of these; every combination of them by quarters of an hour, of
// which the hours and days of any zone consist; the order of a day's requests by cost, and that of sessions
// that are over. So a question over a year reads a few rows a day. Made a few days at a time by whoever looks
// at the store for longer; a request that is written on such a day makes its writer say from which day on
// this no longer holds. One thread at a time; owned by who looks.
#pragma once

#include "core/foundation/result.h"
#include "core/sessions/time_zone.h"

#include <chrono>
#include <filesystem>
#include <memory>

namespace tierdeck::sessions {

class PastDays {
public:
    /// NotFound when there is no store yet; ReadOnly where it may only be read.
    [[nodiscard]] static Result<PastDays> open(const std::filesystem::path& file);
    ~PastDays();
    PastDays(PastDays&&) noexcept;
    PastDays& operator=(PastDays&&) noexcept;

    /// Sums up days before `end` (of the store's zone) that are not yet, at least one and then no more after
    /// so long: writers wait meanwhile. True when none is left.
    [[nodiscard]] Result<bool> sumUp(LocalDay end, std::chrono::milliseconds longest);

private:
    struct Impl;
    explicit PastDays(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::sessions
