// A store of its own and what the Spend page needs beside it, for tests.
#pragma once

#include "core/routing/policy.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"

#include <QFile>
#include <QTemporaryDir>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tierdeck::ui {

class FixedClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override { return time; }

    [[nodiscard]] SteadyTime steadyNow() const override { return {}; }

    UtcTime time{std::chrono::milliseconds(1'795'262'400'000)}; ///< 2026-11-21T12:00Z
};

struct SpendDesk {
    QTemporaryDir folder;
    FixedClock clock;
    std::unique_ptr<sessions::SessionStore> store;
    std::shared_ptr<routing::Policy> policy =
        std::make_shared<routing::Policy>(routing::Policy::withDefaults());
    std::unique_ptr<GatewayController> gateway;
    std::unique_ptr<StoreWorker> worker;

    struct Handle final : GatewayHandle {
        [[nodiscard]] std::string address() const override { return "http://127.0.0.1:4141"; }
    };

    SpendDesk() {
        policy->prices = pricing::PriceTable::parse(pricing::shippedCatalogue()).value();
        policy->tiers.at("deep").model = routing::ModelId::parse("anthropic/claude-opus-4-20250514");
        routing::Budget budget;
        budget.name = "Monthly";
        budget.period = routing::BudgetPeriod::Month;
        budget.limit = NanoUsd(1'000'000'000'000);
        policy->budgets.push_back(budget);
        gateway = std::make_unique<GatewayController>(
            [](const GatewayController::StartOptions&) -> Result<std::unique_ptr<GatewayHandle>> {
                return std::make_unique<Handle>();
            },
            [] { return std::optional<std::string>(); });
    }

    [[nodiscard]] std::string file() const {
        return folder.filePath(QStringLiteral("tierdeck.db")).toStdString();
    }

    void openStore() {
        sessions::StoreOptions options;
        options.file = file();
        options.unsavedFile = folder.filePath(QStringLiteral("unsaved")).toStdString();
        options.timeZone = "Europe/Berlin";
        store = std::move(*sessions::SessionStore::open(options));
    }

    void keep(std::vector<routing::RequestRecord> records) {
        if (!store)
            openStore();
        for (routing::RequestRecord& one : records)
            store->record(std::move(one), [](const Result<void>&) {});
        store->flush();
    }

    void work() { worker = std::make_unique<StoreWorker>(file(), clock); }

    [[nodiscard]] static std::vector<routing::RequestRecord> generated(std::int64_t count, int days,
                                                                       std::uint64_t seed = 1) {
        testing::GeneratorOptions options;
        options.requests = count;
        options.days = days;
        options.seed = seed;
        return testing::RecordGenerator(options).all();
    }
};

} // namespace tierdeck::ui
