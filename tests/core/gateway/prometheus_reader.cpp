#include "tests/core/gateway/prometheus_reader.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

namespace tierdeck::testing {

namespace {

using Labels = std::map<std::string, std::string>;

struct Sample {
    std::string name;
    Labels labels;
    double value = 0;
};

bool isName(std::string_view text, bool mayHaveColon) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0)
        return false;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && !(mayHaveColon && c == ':'))
            return false;
    }
    return true;
}

std::optional<double> numberIn(std::string_view text) {
    if (text == "+Inf")
        return INFINITY;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// Takes `{a="x",b="y"}` from the front.
std::optional<Labels> takeLabels(std::string_view& rest) {
    Labels labels;
    rest.remove_prefix(1);
    while (true) {
        const auto equals = rest.find("=\"");
        if (equals == std::string_view::npos || !isName(rest.substr(0, equals), false))
            return std::nullopt;
        const std::string name(rest.substr(0, equals));
        rest.remove_prefix(equals + 2);
        std::string value;
        while (!rest.empty() && rest.front() != '"') {
            char c = rest.front();
            if (c == '\\') {
                rest.remove_prefix(1);
                if (rest.empty() || std::string_view("\\\"n").find(rest.front()) == std::string_view::npos)
                    return std::nullopt;
                c = rest.front() == 'n' ? '\n' : rest.front();
            }
            value += c;
            rest.remove_prefix(1);
        }
        if (rest.size() < 2 || !labels.emplace(name, value).second)
            return std::nullopt;
        const char next = rest[1];
        rest.remove_prefix(2);
        if (next == '}')
            return labels;
        if (next != ',')
            return std::nullopt;
    }
}

std::optional<Sample> sampleIn(std::string_view line) {
    Sample sample;
    const auto nameEnd = line.find_first_of("{ ");
    if (nameEnd == std::string_view::npos || !isName(line.substr(0, nameEnd), true))
        return std::nullopt;
    sample.name = line.substr(0, nameEnd);
    auto rest = line.substr(nameEnd);
    if (rest.front() == '{') {
        auto labels = takeLabels(rest);
        if (!labels)
            return std::nullopt;
        sample.labels = std::move(*labels);
    }
    if (!rest.starts_with(' '))
        return std::nullopt;
    const auto value = numberIn(rest.substr(1));
    if (!value)
        return std::nullopt;
    sample.value = *value;
    return sample;
}

std::string keyOf(std::string_view name, const Labels& labels) {
    std::string key(name);
    char before = '{';
    for (const auto& [label, value] : labels) {
        key += before + label + "=\"" + value + '"';
        before = ',';
    }
    return labels.empty() ? key : key + '}';
}

bool isUtf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + length > text.size())
            return false;
        for (std::size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80)
                return false;
        }
        i += length;
    }
    return true;
}

class Reader {
public:
    PrometheusPage read(std::string_view text) {
        if (!isUtf8(text))
            complain("the page is not UTF-8");
        if (!text.ends_with('\n'))
            complain("the last line does not end");
        while (!text.empty()) {
            const auto end = text.find('\n');
            readLine(text.substr(0, end));
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        }
        checkHistograms();
        return std::move(m_page);
    }

private:
    void complain(std::string problem) { m_page.problems.push_back(std::move(problem)); }

    void readLine(std::string_view line) {
        if (line.starts_with("# HELP "))
            readHelp(line.substr(7));
        else if (line.starts_with("# TYPE "))
            readType(line.substr(7));
        else
            readSample(line);
    }

    void readHelp(std::string_view rest) {
        const auto space = rest.find(' ');
        const std::string name(rest.substr(0, space));
        if (!isName(name, true) || space == std::string_view::npos || rest.size() == space + 1)
            complain("a HELP line without name or words: " + std::string(rest));
        if (!m_begun.insert(name).second)
            complain(name + " begins twice");
        if (rest.find('\\') != std::string_view::npos)
            complain(name + "'s words hold a backslash");
        m_family = name;
        m_type.clear();
    }

    void readType(std::string_view rest) {
        const auto space = rest.find(' ');
        const std::string name(rest.substr(0, space));
        m_type = space == std::string_view::npos ? "" : std::string(rest.substr(space + 1));
        if (name != m_family)
            complain("the TYPE of " + name + " does not stand behind its HELP");
        if (m_type != "counter" && m_type != "gauge" && m_type != "histogram")
            complain(name + " has an unknown type: " + m_type);
        if ((m_type == "counter") != name.ends_with("_total"))
            complain(name + ": counters, and only they, end with _total");
        if (name.find("_ms") != std::string::npos || name.find("milli") != std::string::npos)
            complain(name + " is not in base units");
        if (!m_page.types.emplace(name, m_type).second)
            complain(name + " has two types");
    }

    void readSample(std::string_view line) {
        const auto sample = sampleIn(line);
        if (!sample) {
            complain("not a sample: " + std::string(line));
            return;
        }
        const auto& name = sample->name;
        const bool isHistogram = m_type == "histogram";
        const bool belongs = isHistogram ? name == m_family + "_bucket" || name == m_family + "_sum" ||
                                               name == m_family + "_count"
                                         : name == m_family;
        if (m_type.empty() || !belongs)
            complain(name + " stands outside of its family");
        if (sample->labels.contains("le") != name.ends_with("_bucket"))
            complain(name + ": `le` is for buckets alone");
        if (m_type != "gauge" && (sample->value < 0 || !std::isfinite(sample->value)))
            complain(name + " counts " + std::to_string(sample->value));
        if (!m_page.samples.emplace(keyOf(name, sample->labels), sample->value).second)
            complain(keyOf(name, sample->labels) + " stands there twice");
        if (isHistogram)
            takeHistogram(*sample);
    }

    void takeHistogram(const Sample& sample) {
        auto labels = sample.labels;
        labels.erase("le");
        auto& histogram = m_histograms[keyOf(m_family, labels)];
        if (sample.name.ends_with("_sum")) {
            histogram.sum = sample.value;
        } else if (sample.name.ends_with("_count")) {
            histogram.count = sample.value;
        } else {
            const auto bound = numberIn(sample.labels.at("le"));
            if (!bound || (!histogram.buckets.empty() && *bound <= histogram.buckets.back().first))
                complain(sample.name + ": the bounds do not rise");
            histogram.buckets.emplace_back(bound.value_or(0), sample.value);
        }
    }

    void checkHistograms() {
        for (const auto& [key, histogram] : m_histograms) {
            if (!histogram.sum || !histogram.count || histogram.buckets.empty()) {
                complain(key + " is not whole");
                continue;
            }
            double before = 0;
            for (const auto& [bound, count] : histogram.buckets) {
                if (count < before)
                    complain(key + ": the buckets are not cumulative");
                before = count;
            }
            if (!std::isinf(histogram.buckets.back().first) || before != *histogram.count)
                complain(key + ": the last bucket does not hold everything");
        }
    }

    struct Histogram {
        std::vector<std::pair<double, double>> buckets;
        std::optional<double> sum;
        std::optional<double> count;
    };

    PrometheusPage m_page;
    std::string m_family;
    std::string m_type;
    std::set<std::string> m_begun;
    std::map<std::string, Histogram> m_histograms;
};

} // namespace

double PrometheusPage::value(const std::string& sample) const {
    const auto found = samples.find(sample);
    return found == samples.end() ? -1 : found->second;
}

int PrometheusPage::countOf(std::string_view family) const {
    int count = 0;
    for (const auto& [sample, value] : samples) {
        if (std::string_view(sample).substr(0, sample.find('{')) == family)
            ++count;
    }
    return count;
}

PrometheusPage readPrometheus(std::string_view text) {
    return Reader().read(text);
}

} // namespace tierdeck::testing
