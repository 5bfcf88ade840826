// picture_spend WORKSPACE FILE [WIDTH HEIGHT [FONT_PERCENT [dark|light [NAME=VALUE …]]]]: renders the Spend
// page as it would look in a window of that size, to look at. NAME is a combo box or button of the page,
// VALUE the index to choose or nothing to press; "rtl" and "locale=de_DE" are for all of it.
#include "core/foundation/workspace.h"
#include "core/pricing/price_table.h"
#include "core/routing/policy.h"
#include "ui/backend/gateway_controller.h"
#include "ui/backend/store_worker.h"
#include "ui/shell/theme.h"
#include "ui/spend/spend_page.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QLocale>
#include <QPixmap>
#include <QTest>

#include <cstdio>
#include <memory>

using namespace tierdeck;
using namespace tierdeck::ui;

namespace {

struct NoHandle final : GatewayHandle {
    [[nodiscard]] std::string address() const override { return {}; }
};

std::shared_ptr<const routing::Policy> policyWithBudget() {
    auto policy = std::make_shared<routing::Policy>(routing::Policy::withDefaults());
    policy->prices = pricing::PriceTable::parse(pricing::shippedCatalogue()).value();
    policy->tiers.at("deep").model = routing::ModelId::parse("anthropic/claude-opus-4-20250514");
    routing::Budget budget;
    budget.name = "Team";
    budget.period = routing::BudgetPeriod::Month;
    budget.limit = NanoUsd(400'000'000'000);
    policy->budgets.push_back(budget);
    return policy;
}

} // namespace

int main(int argc, char** argv) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() < 3) {
        std::fprintf(stderr, "picture_spend WORKSPACE FILE [WIDTH HEIGHT [FONT_PERCENT [dark|light "
                             "[NAME=VALUE ...]]]]\n");
        return 2;
    }
    const auto number = [&arguments](qsizetype at, int otherwise) {
        return at < arguments.size() ? arguments.at(at).toInt() : otherwise;
    };
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * number(5, 100) / 100);
    QApplication::setFont(font);
    Theme theme;
    theme.setChoice(arguments.value(6) == QStringLiteral("dark") ? Theme::Choice::Dark
                                                                 : Theme::Choice::Light);
    if (arguments.contains(QStringLiteral("rtl")))
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    for (const QString& argument : arguments.filter(QStringLiteral("locale=")))
        QLocale::setDefault(QLocale(argument.section(u'=', 1)));
    theme.applyToApplication();
    const SystemClock clock;
    StoreWorker worker(Workspace(arguments.at(1).toStdString()).storeFile(), clock);
    GatewayController gateway(
        [](const GatewayController::StartOptions&) -> Result<std::unique_ptr<GatewayHandle>> {
            return std::make_unique<NoHandle>();
        },
        [] { return std::optional<std::string>(); });
    SpendPage page(theme, worker, gateway, clock, policyWithBudget);
    page.resize(number(3, 1120), number(4, 740));
    page.show();
    if (!QTest::qWaitFor([&page] { return page.isReady(); }, 30'000))
        return 1;
    for (qsizetype i = 7; i < arguments.size(); ++i) {
        const QString name = arguments.at(i).section(u'=', 0, 0);
        if (auto* box = page.findChild<QComboBox*>(name))
            box->setCurrentIndex(arguments.at(i).section(u'=', 1).toInt());
        else if (auto* button = page.findChild<QAbstractButton*>(name))
            button->click();
        QTest::qWait(1000);
    }
    QTest::qWait(200);
    return page.grab().save(arguments.at(2)) ? 0 : 1;
}
