#include "ui/settings/model_choice_model.h"

#include <QAbstractItemModelTester>
#include <QtTest>

using namespace tierdeck::ui;

namespace {

std::shared_ptr<const ModelChoices> choices() {
    return std::make_shared<const ModelChoices>(ModelChoices{
        {QStringLiteral("openai/gpt-5.2"), 1.75, 14.0, 400'000, false, false},
        {QStringLiteral("x/new"), std::nullopt, std::nullopt, std::nullopt, false, false},
        {QStringLiteral("ollama/qwen3"), 0.0, 0.0, 32'768, true, false},
        {QStringLiteral("sim/steady"), 0.0, 0.0, std::nullopt, false, true},
        {QStringLiteral("openai/gpt-4.1"), 2.0, 8.0, 1'047'576, false, false},
    });
}

} // namespace

class TestModelChoiceModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsTheRulesOfModels();
    void saysPriceAndWindow_data();
    void saysPriceAndWindow();
    void resetsOnlyForNews();
};

void TestModelChoiceModel::keepsTheRulesOfModels() {
    ModelChoiceModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    QCOMPARE(model.rowCount(), 1); // "unset" is always there
    model.setChoices(choices());
    QCOMPARE(model.rowCount(), 6);
    QCOMPARE(model.rowOf(QString()), 0);
    QCOMPARE(model.rowOf(QStringLiteral("x/new")), 2);
    QCOMPARE(model.rowOf(QStringLiteral("nobody/knows")), -1);
    QCOMPARE(model.index(1).data().toString(), QStringLiteral("openai/gpt-5.2"));
    QVERIFY(model.index(0).data().toString().isEmpty());
    QVERIFY(!model.index(0).data(Qt::AccessibleTextRole).toString().isEmpty());
    QVERIFY(!model.data(QModelIndex()).isValid());
    model.setChoices(std::make_shared<const ModelChoices>());
    QCOMPARE(model.rowCount(), 1);
}

void TestModelChoiceModel::saysPriceAndWindow_data() {
    QTest::addColumn<int>("row");
    QTest::addColumn<QString>("price");
    QTest::addColumn<QString>("window");
    QTest::newRow("priced") << 1 << QStringLiteral("$1.75 in · $14.00 out") << QStringLiteral("400k");
    QTest::newRow("unpriced is a word, not a zero") << 2 << QStringLiteral("unpriced") << QString();
    QTest::newRow("local") << 3 << QStringLiteral("local, free") << QStringLiteral("33k");
    QTest::newRow("simulated says so") << 4 << QStringLiteral("simulated") << QString();
    QTest::newRow("a million tokens")
        << 5 << QStringLiteral("$2.00 in · $8.00 out") << QStringLiteral("1.05M");
}

void TestModelChoiceModel::saysPriceAndWindow() {
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    ModelChoiceModel model;
    model.setChoices(choices());
    QFETCH(int, row);
    QTEST(model.index(row).data(ModelChoiceModel::PriceRole).toString(), "price");
    QTEST(model.index(row).data(ModelChoiceModel::WindowRole).toString(), "window");
}

void TestModelChoiceModel::resetsOnlyForNews() {
    ModelChoiceModel model;
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    model.setChoices(choices());
    model.setChoices(choices());
    QCOMPARE(resets.size(), 1);
}

QTEST_GUILESS_MAIN(TestModelChoiceModel)
#include "tst_model_choice_model.moc"
