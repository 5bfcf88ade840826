#include "app/tierctl/command.h"
#include "core/foundation/atomic_file.h"
#include "core/foundation/json_writer.h"
#include "core/routing/user_head.h"
#include "core/sessions/store_reader.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

namespace tierdeck::app {
namespace {

struct Labels {
    std::vector<routing::TrainingExample> usable;
    std::int64_t withoutFeatures = 0; ///< imported, or scored by an earlier version
    std::int64_t ofOtherTiers = 0;    ///< a tier that the score does not decide
};

Labels readLabels(const std::vector<sessions::LabelledRequest>& requests) {
    Labels labels;
    for (const auto& request : requests) {
        const auto tier = routing::trainedTier(request.tier);
        if (!tier) {
            ++labels.ofOtherTiers;
            continue;
        }
        const auto vector = routing::unpackFeatures(request.features);
        if (!vector) {
            ++labels.withoutFeatures;
            continue;
        }
        labels.usable.push_back({*vector, *tier, {}});
    }
    return labels;
}

/// A share in ten-thousandths.
void writeShare(JsonWriter& json, std::string_view name, double share) {
    json.key(name);
    json.raw(decimalText(std::lround(share * 1e4), 4));
}

std::string percent(double share) {
    return decimalText(std::lround(share * 1e3), 1) + " %";
}

std::string points(double share) {
    return (share > 0 ? "+" : "") + decimalText(std::lround(share * 1e3), 1);
}

void printJson(const Invocation& invocation, const Labels& labels, const routing::UserHeadReport& report) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.key("labels"), json.integer(static_cast<std::int64_t>(report.labels));
    json.key("withoutFeatures"), json.integer(labels.withoutFeatures);
    json.key("ofOtherTiers"), json.integer(labels.ofOtherTiers);
    json.key("neededLabels"), json.integer(static_cast<std::int64_t>(routing::fewestLabels));
    writeShare(json, "rightBefore", report.before);
    writeShare(json, "rightAfter", report.after);
    writeShare(json, "gain", report.gain);
    writeShare(json, "gainLow", report.gainLow);
    writeShare(json, "gainHigh", report.gainHigh);
    json.key("active"), json.boolean(report.active);
    json.endObject();
    invocation.out << '\n';
}

void printText(const Invocation& invocation, const Labels& labels, const routing::UserHeadReport& report) {
    auto& out = invocation.out;
    out << report.labels << (report.labels == 1 ? " label" : " labels") << " to learn from";
    if (labels.withoutFeatures > 0)
        out << "; " << labels.withoutFeatures << " of requests of which no features are stored";
    if (labels.ofOtherTiers > 0)
        out << "; " << labels.ofOtherTiers << " of tiers that the score does not decide";
    out << ".\n";
    if (report.labels == 0) {
        out << "`tierctl label REQUEST TIER` says what a request should have been; it takes "
            << routing::fewestLabels << " labels.\n";
        return;
    }
    out << "Right, held out: " << percent(report.before) << " without, " << percent(report.after)
        << " with what the labels teach.\n"
        << "Gain: " << points(report.gain) << " points, 95 % interval " << points(report.gainLow) << " to "
        << points(report.gainHigh) << ".\n";
    if (report.active)
        out << "It is used from the next request on.\n";
    else if (report.labels < routing::fewestLabels)
        out << "It is not used: it takes " << routing::fewestLabels << " labels.\n";
    else
        out << "It is not used: the gain is not beyond chance.\n";
}

Exit run(const Invocation& invocation) {
    auto store = sessions::StoreReader::open(invocation.workspace.storeFile());
    if (!store)
        return fail(invocation, Exit::WrongUsage, store.error());
    const auto requests = (*store)->labels();
    if (!requests)
        return fail(invocation, Exit::CheckFailed, requests.error());
    const Labels labels = readLabels(*requests);
    const auto fitted = routing::fitUserHead(labels.usable);
    // Also one that is not used is written, in the place of one that was: it says what the labels say now.
    if (const auto written = writeFileAtomically(invocation.workspace.userHeadFile(), fitted.head.bytes());
        !written)
        return fail(invocation, Exit::CheckFailed, written.error());
    if (invocation.json)
        printJson(invocation, labels, fitted.report);
    else
        printText(invocation, labels, fitted.report);
    return Exit::Done;
}

} // namespace

void addTrain(CLI::App& line, Command& chosen) {
    line.add_subcommand("train",
                        "Learn from labels what is hard and what is code to you, and say what it gains")
        ->callback([&chosen] { chosen = run; });
}

} // namespace tierdeck::app
