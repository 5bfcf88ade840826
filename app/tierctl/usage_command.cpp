#include "app/tierctl/report_table.h"
#include "app/tierctl/standing.h"
#include "app/tierctl/text_table.h"
#include "app/tierctl/time_zone.h"
#include "core/foundation/json_writer.h"
#include "core/routing/policy.h"

#include <CLI/CLI.hpp>

namespace tierdeck::app {
namespace {

constexpr auto right = TextTable::Align::Right;

void writeJson(const Invocation& invocation, const Standing& standing) {
    JsonWriter json(invocation.out);
    json.beginObject();
    json.key("budgets"), writeBudgets(json, standing);
    json.key("quotas"), writeQuotas(json, standing);
    json.key("degradation"), writeDegradation(json, standing);
    json.endObject();
    invocation.out << '\n';
}

std::string forecastText(const sessions::BudgetUse& use) {
    if (!use.forecast) {
        return "–";
    }
    const routing::Forecast& forecast = *use.forecast;
    std::string text = moneyText(forecast.expected);
    if (forecast.low != forecast.high) {
        text += " (" + moneyText(forecast.low) + "–" + moneyText(forecast.high) + ")";
    }
    return text;
}

void writeText(const Invocation& invocation, const Standing& standing) {
    std::ostream& out = invocation.out;
    if (standing.budgets.empty()) {
        out << "There are no budgets; add some to model-router.json (`budgets`).\n";
    } else {
        TextTable budgets;
        budgets.column("budget");
        budgets.column("period");
        budgets.column("used USD", right);
        budgets.column("limit USD", right);
        budgets.column("%", right);
        budgets.column("at its end, USD", right);
        budgets.column("state");
        for (const sessions::BudgetUse& use : standing.budgets) {
            const bool bursts = use.burst && use.budget->burst && *use.burst > use.budget->burst->limit;
            // Of sessions it is the latest one's.
            const std::string period =
                std::string(toString(use.budget->period)) + (use.session.empty() ? "" : " ") + use.session;
            budgets.row({use.budget->name, period, moneyText(use.used), moneyText(use.budget->limit),
                         percentText(use.percent), forecastText(use),
                         std::string(stateOf(*use.budget, use.used)) + (bursts ? ", spent in a burst" : "")});
        }
        budgets.print(out);
        out << "\nAt its end: what is used, and for the rest of the period what a day cost on average of the "
               "last "
               "28; four times out of five within the brackets.\n";
    }
    if (!standing.quotas.empty()) {
        const auto zone = TimeZone::find("");
        TextTable quotas;
        quotas.column("quota");
        quotas.column("% used", right);
        quotas.column("resets");
        quotas.column("said by");
        for (const QuotaStanding& quota : standing.quotas) {
            quotas.row({quota.name, percentText(quota.percentUsed),
                        !quota.resetsAt ? "–"
                        : zone          ? zone->text(*quota.resetsAt)
                                        : toRfc3339(*quota.resetsAt),
                        quota.isReported ? "the provider" : "llm.json"});
        }
        out << '\n';
        quotas.print(out);
    }
    out << "\nUsage       " << percentText(standing.percent) << " %\n"
        << "Band        " << (standing.band.empty() ? "none" : standing.band) << '\n';
    for (const std::string& model : standing.excluded) {
        out << "Left out    " << model << '\n';
    }
}

Exit run(const Invocation& invocation) {
    const auto usable = usablePolicy(invocation);
    if (!usable) {
        return usable.error();
    }
    const auto& policy = *usable;
    const auto standing = standingOf(invocation, *policy);
    if (!standing) {
        return fail(invocation, Exit::CheckFailed, standing.error());
    }
    if (invocation.json) {
        writeJson(invocation, *standing);
    } else {
        writeText(invocation, *standing);
    }
    return Exit::Done;
}

} // namespace

void addUsage(CLI::App& line, Command& chosen) {
    line.add_subcommand("usage", "Budgets and quotas: used, limit, forecast, and the band that is in force")
        ->callback([&chosen] { chosen = run; });
}

} // namespace tierdeck::app
