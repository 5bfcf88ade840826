// What the gateway did since it started, as counters and histograms in Prometheus' text format. However many
// names clients make up, the number of series is bounded. Thread-safe; owned by the gateway's services.
#pragma once

#include "core/foundation/clock.h"
#include "core/routing/request_record.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

class Metrics {
public:
    /// What is not counted but looked at when someone asks.
    struct Gauges {
        std::int64_t activeRequests = 0;
        std::int64_t unsavedRequests = 0; ///< since the start
        std::int64_t openBreakers = 0;
        std::int64_t sessions = 0;
        UtcTime started{};
        std::string_view version;
    };

    static constexpr std::string_view contentType = "text/plain; version=0.0.4; charset=utf-8";
    static constexpr std::size_t maxModels = 200; ///< those that come later count as "other"

    /// A finished request, once.
    void count(const routing::RequestRecord& record);
    [[nodiscard]] std::string text(const Gauges& gauges) const;

private:
    /// The values of one label as small numbers; those beyond the limit share one.
    class Names {
    public:
        explicit Names(std::size_t limit);
        [[nodiscard]] std::size_t indexOf(std::string_view name);

        [[nodiscard]] const std::string& at(std::size_t index) const { return m_names[index]; }

    private:
        std::size_t m_limit;
        std::vector<std::string> m_names;
        std::map<std::string, std::size_t, std::less<>> m_indices;
    };

    static constexpr std::array<std::int64_t, 15> boundsMs{
        10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000, 300000, 600000};

    struct Histogram {
        std::array<std::int64_t, boundsMs.size() + 1> counts{}; ///< each bucket's own; the last has no bound
        std::int64_t sumMs = 0;
        void add(std::int64_t ms);
    };

    static constexpr std::array<std::string_view, 5> tokenClasses{"input", "cached_input", "cache_write_5m",
                                                                  "cache_write_1h", "output"};

    struct Model {
        std::array<std::int64_t, tokenClasses.size()> tokens{};
        std::int64_t reasoningTokens = 0;
        std::int64_t costNanoUsd = 0;
        std::int64_t pricedRequests = 0;
        std::int64_t unpricedRequests = 0;
    };

    using Histograms = std::map<std::size_t, Histogram>; ///< by tier
    static void write(std::string& out, std::string_view family, std::string_view help,
                      const Histograms& histograms, const Names& tiers);

    mutable std::mutex m_mutex;
    Names m_tiers{50};
    Names m_models{maxModels};
    Names m_statuses{8};
    Names m_outcomes{64};
    std::map<std::array<std::size_t, 3>, std::int64_t> m_requests; ///< by tier, model, status
    std::map<std::array<std::size_t, 2>, std::int64_t> m_attempts; ///< by model, outcome
    std::map<std::size_t, std::int64_t> m_fallbacks;               ///< by the model that was left
    std::map<std::size_t, Model> m_byModel;
    Histograms m_durations;
    Histograms m_firstBytes;
};

} // namespace tierdeck::gateway
