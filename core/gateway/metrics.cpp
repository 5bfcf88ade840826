#include "core/gateway/metrics.h"

#include "core/foundation/utf8.h"

#include <algorithm>

namespace tierdeck::gateway {

namespace {

constexpr std::string_view none = "-"; ///< as in x-tierdeck-tier
constexpr std::string_view overflow = "other";
constexpr std::size_t maxNameBytes = 160;
constexpr int milliDecimals = 3;
constexpr int nanoDecimals = 9;

using Label = std::pair<std::string_view, std::string_view>;

/// `units` of 10^-decimals, without trailing zeros.
std::string decimal(std::int64_t units, int decimals) {
    std::string digits = std::to_string(units);
    const auto places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places)
        digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.'))
        digits.pop_back();
    return digits;
}

/// What is not UTF-8 would make a reader refuse the whole page.
void addEscaped(std::string& out, std::string_view value) {
    while (!value.empty()) {
        const auto length = utf8SequenceLength(value);
        const auto one = value.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0)
            out += "\uFFFD";
        else if (one == "\n")
            out += "\\n";
        else if (one == "\\" || one == "\"")
            out.append(1, '\\').append(one);
        else
            out += one;
        value.remove_prefix(one.size());
    }
}

void addFamily(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    out.append(name).append(" ").append(type).append("\n");
}

void addSample(std::string& out, std::string_view name, std::initializer_list<Label> labels,
               std::string_view value) {
    out += name;
    char before = '{';
    for (const auto& [label, text] : labels) {
        out.append(1, before).append(label).append("=\"");
        addEscaped(out, text);
        out += '"';
        before = ',';
    }
    if (labels.size() > 0)
        out += '}';
    out.append(" ").append(value).append("\n");
}

void addSample(std::string& out, std::string_view name, std::initializer_list<Label> labels,
               std::int64_t value) {
    addSample(out, name, labels, std::to_string(value));
}

} // namespace

Metrics::Names::Names(std::size_t limit)
    : m_limit(limit)
    , m_names{std::string(overflow)}
    , m_indices{{std::string(overflow), 0}} {}

std::size_t Metrics::Names::indexOf(std::string_view name) {
    if (name.empty())
        name = none;
    if (const auto known = m_indices.find(name); known != m_indices.end())
        return known->second;
    if (m_names.size() > m_limit || name.size() > maxNameBytes)
        return 0;
    m_names.emplace_back(name);
    return m_indices.emplace(name, m_names.size() - 1).first->second;
}

void Metrics::Histogram::add(std::int64_t ms) {
    ms = std::max<std::int64_t>(ms, 0);
    const auto bucket = std::lower_bound(boundsMs.begin(), boundsMs.end(), ms);
    ++counts[static_cast<std::size_t>(bucket - boundsMs.begin())];
    sumMs += ms;
}

void Metrics::count(const routing::RequestRecord& record) {
    const std::lock_guard lock(m_mutex);
    const auto tier = m_tiers.indexOf(record.tier ? *record.tier : std::string_view());
    const auto model = m_models.indexOf(record.model ? *record.model : std::string_view());
    ++m_requests[{tier, model, m_statuses.indexOf(record.status)}];
    m_durations[tier].add(record.latencyMs);
    if (record.firstByteMs)
        m_firstBytes[tier].add(*record.firstByteMs);

    auto& sums = m_byModel[model];
    const auto& usage = record.usage;
    const std::array<std::int64_t, tokenClasses.size()> tokens{
        usage.input, usage.cachedInput, usage.cacheWrite5m, usage.cacheWrite1h, usage.output};
    // A counter never falls, whatever a provider claims.
    for (std::size_t i = 0; i < tokens.size(); ++i)
        sums.tokens[i] += std::max<std::int64_t>(tokens[i], 0);
    sums.reasoningTokens += std::max<std::int64_t>(usage.reasoning, 0);
    if (record.cost) {
        sums.costNanoUsd += std::max<std::int64_t>(record.cost->value, 0);
        ++sums.pricedRequests;
    } else {
        ++sums.unpricedRequests;
    }

    const routing::AttemptRecord* previous = nullptr;
    std::size_t asked = 0;
    for (const auto& attempt : record.attempts) {
        if (previous && previous->model != attempt.model)
            ++m_fallbacks[asked];
        asked = attempt.model == record.model ? model : m_models.indexOf(attempt.model);
        ++m_attempts[{asked, m_outcomes.indexOf(attempt.outcome)}];
        previous = &attempt;
    }
}

void Metrics::write(std::string& out, std::string_view family, std::string_view help,
                    const Histograms& histograms, const Names& tiers) {
    addFamily(out, family, "histogram", help);
    const auto part = [family](std::string_view suffix) { return std::string(family).append(suffix); };
    for (const auto& [tier, histogram] : histograms) {
        const auto& name = tiers.at(tier);
        std::int64_t total = 0;
        for (std::size_t i = 0; i < boundsMs.size(); ++i) {
            total += histogram.counts[i];
            addSample(out, part("_bucket"), {{"tier", name}, {"le", decimal(boundsMs[i], milliDecimals)}},
                      total);
        }
        total += histogram.counts.back();
        addSample(out, part("_bucket"), {{"tier", name}, {"le", "+Inf"}}, total);
        addSample(out, part("_sum"), {{"tier", name}}, decimal(histogram.sumMs, milliDecimals));
        addSample(out, part("_count"), {{"tier", name}}, total);
    }
}

std::string Metrics::text(const Gauges& gauges) const {
    const std::lock_guard lock(m_mutex);
    std::string out;
    out.reserve(16u << 10);
    addFamily(out, "tierdeck_requests_total", "counter",
              "Finished requests; the model is the one that served, - where none did, and the tier - for an "
              "explicit model.");
    for (const auto& [key, requests] : m_requests)
        addSample(
            out, "tierdeck_requests_total",
            {{"tier", m_tiers.at(key[0])}, {"model", m_models.at(key[1])}, {"status", m_statuses.at(key[2])}},
            requests);
    addFamily(out, "tierdeck_tokens_total", "counter",
              "Tokens by class; the classes are disjoint, so their sum is what was processed.");
    for (const auto& [model, sums] : m_byModel) {
        for (std::size_t i = 0; i < tokenClasses.size(); ++i)
            addSample(out, "tierdeck_tokens_total",
                      {{"model", m_models.at(model)}, {"class", tokenClasses[i]}}, sums.tokens[i]);
    }
    addFamily(out, "tierdeck_reasoning_tokens_total", "counter",
              "The part of the output tokens that was reasoning.");
    for (const auto& [model, sums] : m_byModel)
        addSample(out, "tierdeck_reasoning_tokens_total", {{"model", m_models.at(model)}},
                  sums.reasoningTokens);
    addFamily(out, "tierdeck_cost_usd_total", "counter",
              "What the requests with a known price cost, in US dollars.");
    for (const auto& [model, sums] : m_byModel) {
        if (sums.pricedRequests > 0) // no price is unknown, not free
            addSample(out, "tierdeck_cost_usd_total", {{"model", m_models.at(model)}},
                      decimal(sums.costNanoUsd, nanoDecimals));
    }
    addFamily(out, "tierdeck_unpriced_requests_total", "counter",
              "Requests whose cost is not known because the model has no price.");
    for (const auto& [model, sums] : m_byModel)
        addSample(out, "tierdeck_unpriced_requests_total", {{"model", m_models.at(model)}},
                  sums.unpricedRequests);
    addFamily(out, "tierdeck_attempts_total", "counter", "Tries at a provider and how they ended.");
    for (const auto& [key, attempts] : m_attempts)
        addSample(out, "tierdeck_attempts_total",
                  {{"model", m_models.at(key[0])}, {"outcome", m_outcomes.at(key[1])}}, attempts);
    addFamily(out, "tierdeck_fallbacks_total", "counter",
              "How often another model was tried after this one had failed.");
    for (const auto& [model, fallbacks] : m_fallbacks)
        addSample(out, "tierdeck_fallbacks_total", {{"model", m_models.at(model)}}, fallbacks);
    write(out, "tierdeck_request_duration_seconds", "From a request's arrival to the end of its reply.",
          m_durations, m_tiers);
    write(out, "tierdeck_first_byte_seconds",
          "From a request's arrival to the first byte of its reply's content.", m_firstBytes, m_tiers);

    const auto add = [&out](std::string_view name, std::string_view type, std::string_view help, auto value) {
        addFamily(out, name, type, help);
        addSample(out, name, {}, value);
    };
    add("tierdeck_active_requests", "gauge", "Requests that are being served.", gauges.activeRequests);
    add("tierdeck_sessions", "gauge", "Sessions that the gateway remembers.", gauges.sessions);
    add("tierdeck_breakers_open", "gauge",
        "Models that are left alone for a while because they kept failing.", gauges.openBreakers);
    add("tierdeck_unsaved_requests_total", "counter",
        "Records that went to state/unsaved.jsonl because the store could not commit.",
        gauges.unsavedRequests);
    add("process_start_time_seconds", "gauge", "When the gateway began to count, in seconds since 1970.",
        decimal(gauges.started.time_since_epoch().count(), milliDecimals));
    addFamily(out, "tierdeck_build_info", "gauge", "The version that runs; always 1.");
    addSample(out, "tierdeck_build_info", {{"version", gauges.version}}, std::int64_t{1});
    return out;
}

} // namespace tierdeck::gateway
