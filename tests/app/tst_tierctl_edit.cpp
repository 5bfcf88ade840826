// get, set, unset and check: exit codes, sentences, and that not a byte changes that was not asked to.
#include "tests/app/schema_check.h"
#include "tests/app/tierctl_process.h"

#include <QDirIterator>
#include <QtTest>

#include <nlohmann/json.hpp>

using namespace tierdeck::testing;

namespace {

const QString routerFile = QStringLiteral("preferences/model-router.json");
const QString llmFile = QStringLiteral("preferences/llm.json");

/// The contract's sample, byte for byte.
const QByteArray sample = "{\n"
                          "\"modelRouter\": {\n"
                          "\"routingModel\": \"openai/gpt-5.2-codex\",\n"
                          "\"balancedModel\": \"openai/gpt-5.1\",\n"
                          "\"smartModel\": \"anthropic/claude-sonnet-4-20250514\",\n"
                          "\"codingModel\": \"openai/gpt-5.2\",\n"
                          "\"deepModel\": \"anthropic/claude-opus-4-20250514\",\n"
                          "\"dynamicTierEnabled\": true,\n"
                          "\"temperature\": 0.7\n"
                          "}\n"
                          "}\n";

const QByteArray providers =
    "{\"llm\": {\"providers\": {\n"
    "  \"openai\": {\"apiType\": \"openai\", \"apiKey\": {\"env\": \"OPENAI_API_KEY\"}},\n"
    "  \"anthropic\": {\"apiType\": \"anthropic\", \"apiKey\": {\"env\": \"ANTHROPIC_API_KEY\"}},\n"
    "  \"sim\": {\"apiType\": \"simulated\"}\n"
    "}}}\n";

QStringList words(const char* line) {
    return QString::fromUtf8(line).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

void fill(const TierctlBench& bench) {
    bench.write(routerFile, sample);
    bench.write(llmFile, providers);
}

} // namespace

class TestTierctlEdit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void getPrintsTheValuesOwnBytes_data();
    void getPrintsTheValuesOwnBytes();
    void setChangesOneValueOnly_data();
    void setChangesOneValueOnly();
    void setThenUnsetRestoresTheBytes_data();
    void setThenUnsetRestoresTheBytes();
    void setMakesAMissingFile();
    void setKeepsHistory();
    void setRefusesWhatIsInvalid();
    void setMayMendWhatIsInvalidAlready();
    void wrongUse_data();
    void wrongUse();
    void unparsableFileIsLeftAlone();
    void checkFindsErrors();
};

void TestTierctlEdit::getPrintsTheValuesOwnBytes_data() {
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("text") << QStringLiteral("/modelRouter/balancedModel") << QByteArray("\"openai/gpt-5.1\"");
    QTest::newRow("number keeps its spelling")
        << QStringLiteral("/modelRouter/temperature") << QByteArray("0.70");
    QTest::newRow("object") << QStringLiteral("/modelRouter/mine") << QByteArray("{ \"a\" : [1,\t2] }");
    QTest::newRow("the last of two counts") << QStringLiteral("/modelRouter/twice") << QByteArray("2");
    QTest::newRow("escaped key") << QStringLiteral("/modelRouter/a~1b") << QByteArray("\"caf\\u00e9\"");
}

void TestTierctlEdit::getPrintsTheValuesOwnBytes() {
    QFETCH(QString, pointer);
    QFETCH(QByteArray, value);
    const TierctlBench bench;
    bench.write(routerFile, "\xEF\xBB\xBF{\"modelRouter\":{\"balancedModel\":\"openai/gpt-5.1\",\r\n"
                            "\"temperature\":0.70,\"mine\":{ \"a\" : [1,\t2] },\"twice\":1,\"twice\":2,"
                            "\"a/b\":\"caf\\u00e9\"}}");
    const Outcome outcome = bench.run({QStringLiteral("get"), pointer});
    QCOMPARE(outcome.out, value + '\n');
    QCOMPARE(outcome.err, QByteArray());
    QCOMPARE(outcome.exitCode, 0);
}

void TestTierctlEdit::setChangesOneValueOnly_data() {
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("a model") << QStringLiteral("/modelRouter/codingModel")
                             << QStringLiteral("\"openai/gpt-5.1\"")
                             << QByteArray("\"codingModel\": \"openai/gpt-5.2\"")
                             << QByteArray("\"codingModel\": \"openai/gpt-5.1\"");
    QTest::newRow("a switch") << QStringLiteral("/modelRouter/dynamicTierEnabled") << QStringLiteral("false")
                              << QByteArray("\"dynamicTierEnabled\": true")
                              << QByteArray("\"dynamicTierEnabled\": false");
    QTest::newRow("a number as it is spelt")
        << QStringLiteral("/modelRouter/temperature") << QStringLiteral("0.50") << QByteArray("0.7\n")
        << QByteArray("0.50\n");
}

void TestTierctlEdit::setChangesOneValueOnly() {
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run({QStringLiteral("set"), pointer, value, QStringLiteral("--json")});
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    QCOMPARE(schemaProblems("edit", outcome.out.toStdString()), std::string());
    QByteArray expected = sample;
    expected.replace(before, after);
    QVERIFY(expected != sample);
    QCOMPARE(bench.read(routerFile), expected);
    QCOMPARE(bench.read(llmFile), providers);
}

void TestTierctlEdit::setThenUnsetRestoresTheBytes_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value");
    const auto retries = QStringLiteral("{\"attempts\":3}");
    QTest::newRow("new member") << sample << QStringLiteral("/modelRouter/retries") << retries;
    QTest::newRow("deep in objects that are not there")
        << sample << QStringLiteral("/modelRouter/taskTypes/my-task") << QStringLiteral("\"deep\"");
    QTest::newRow("bare file on one line")
        << QByteArray("{\"balancedModel\":\"sim/fast\"}") << QStringLiteral("/retries") << retries;
    QTest::newRow("CRLF, tabs, no final newline")
        << QByteArray("{\r\n\t\"balancedModel\": \"sim/fast\"\r\n}") << QStringLiteral("/retries") << retries;
    QTest::newRow("empty object with odd space")
        << QByteArray("{ \n }\n") << QStringLiteral("/temperature") << QStringLiteral("1");
    QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBF{\"x\": 1}") << QStringLiteral("/temperature")
                                     << QStringLiteral("1");
}

void TestTierctlEdit::setThenUnsetRestoresTheBytes() {
    QFETCH(QByteArray, file);
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    const TierctlBench bench;
    bench.write(routerFile, file);
    bench.write(llmFile, providers);
    const Outcome set = bench.run({QStringLiteral("set"), pointer, value});
    QVERIFY2(set.exitCode == 0, set.err.constData());
    QVERIFY(bench.read(routerFile) != file);
    const Outcome unset = bench.run({QStringLiteral("unset"), pointer});
    QVERIFY2(unset.exitCode == 0, unset.err.constData());
    QCOMPARE(bench.read(routerFile), file);
}

void TestTierctlEdit::setMakesAMissingFile() {
    const TierctlBench bench;
    bench.write(llmFile, providers);
    const Outcome outcome = bench.run(words("set /modelRouter/balancedModel \"sim/fast\""));
    QVERIFY2(outcome.exitCode == 0, outcome.err.constData());
    const auto document = nlohmann::json::parse(bench.read(routerFile).toStdString());
    QCOMPARE(document, nlohmann::json::parse(R"x({"modelRouter":{"balancedModel":"sim/fast"}})x"));
    const auto permissions = QFile::permissions(bench.path(routerFile));
    QVERIFY(!(permissions & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther)));
}

void TestTierctlEdit::setKeepsHistory() {
    const TierctlBench bench;
    fill(bench);
    QCOMPARE(bench.run(words("set /modelRouter/temperature 0.5")).exitCode, 0);
    QCOMPARE(bench.run(words("set /modelRouter/temperature 0.5")).exitCode, 0); // changes nothing: no version
    QDirIterator versions(bench.path(QStringLiteral("history")), QDir::Files, QDirIterator::Subdirectories);
    QVERIFY(versions.hasNext());
    QFile former(versions.next());
    QVERIFY(former.open(QIODevice::ReadOnly));
    QCOMPARE(former.readAll(), sample);
    QVERIFY(!versions.hasNext());
}

void TestTierctlEdit::setRefusesWhatIsInvalid() {
    const TierctlBench bench;
    fill(bench);
    const QStringList command = words("set /modelRouter/codingModel \"nobody/gpt-9\"");
    const Outcome refused = bench.run(command);
    QCOMPARE(refused.exitCode, 3);
    QCOMPARE(refused.out, QByteArray());
    QVERIFY2(refused.err.contains("/modelRouter/codingModel") && refused.err.contains("--force"),
             refused.err.constData());
    QCOMPARE(bench.read(routerFile), sample);
    QCOMPARE(bench.run(command + QStringList{QStringLiteral("--force")}).exitCode, 0);
    QVERIFY(bench.read(routerFile).contains("nobody/gpt-9"));
}

void TestTierctlEdit::setMayMendWhatIsInvalidAlready() {
    const TierctlBench bench;
    QByteArray broken = sample;
    broken.replace("0.7", "7").replace("openai/gpt-5.2\"", "nobody/gpt-9\"");
    bench.write(routerFile, broken);
    bench.write(llmFile, providers);
    QCOMPARE(bench.run(words("check")).exitCode, 3);
    const Outcome first = bench.run(words("set /modelRouter/temperature 0.7"));
    QVERIFY2(first.exitCode == 0, first.err.constData());
    QCOMPARE(bench.run(words("check")).exitCode, 3);
    QCOMPARE(bench.run(words("set /modelRouter/codingModel \"openai/gpt-5.2\"")).exitCode, 0);
    QCOMPARE(bench.read(routerFile), sample);
    QCOMPARE(bench.run(words("check")).exitCode, 0);
}

void TestTierctlEdit::wrongUse_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("sentence"); // a part of it
    const auto row = [](const char* line, int exitCode, const char* sentence) {
        QTest::addRow("%s", line) << words(line) << exitCode << QString::fromUtf8(sentence);
    };
    row("", 2, "tierctl --help");
    row("dance", 2, "tierctl --help");
    row("get", 2, "POINTER");
    row("get /modelRouter/absent", 1, "/modelRouter/absent is not set");
    row("get balancedModel", 2, "such as /modelRouter/balancedModel");
    row("get /modelRouter/balancedModel --file prices", 2, "--file");
    row("set /modelRouter/balancedModel", 2, "JSON");
    row("set /modelRouter/balancedModel openai/gpt-5.1", 2, "'\"openai/gpt-5.1\"'");
    row("set /modelRouter/balancedModel/x 1", 2, "tierctl: ");
    row("unset /modelRouter/absent", 1, "/modelRouter/absent is not set");
    row("show --loudly", 2, "--loudly");
    row("check extra", 2, "extra");
}

void TestTierctlEdit::wrongUse() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, sentence);
    const TierctlBench bench;
    fill(bench);
    const Outcome outcome = bench.run(arguments);
    QTEST(outcome.exitCode, "exitCode");
    QCOMPARE(outcome.out, QByteArray());
    QVERIFY2(outcome.err.startsWith("tierctl: ") && outcome.err.contains(sentence.toUtf8()),
             outcome.err.constData());
    QCOMPARE(bench.read(routerFile), sample);
}

void TestTierctlEdit::unparsableFileIsLeftAlone() {
    const TierctlBench bench;
    const QByteArray broken = "{\"modelRouter\": {\n  \"balancedModel\": }\n}";
    bench.write(routerFile, broken);
    bench.write(llmFile, providers);
    for (const char* line :
         {"get /modelRouter/balancedModel", "set /modelRouter/balancedModel \"sim/fast\"",
          "set /modelRouter/balancedModel \"sim/fast\" --force", "unset /modelRouter/balancedModel"}) {
        const Outcome outcome = bench.run(words(line));
        QCOMPARE(outcome.exitCode, 3);
        QVERIFY2(outcome.err.contains("line 2, column"), outcome.err.constData());
        QCOMPARE(bench.read(routerFile), broken);
    }
}

void TestTierctlEdit::checkFindsErrors() {
    const TierctlBench bench;
    fill(bench);
    bench.write(routerFile, QByteArray(sample).replace("0.7", "\"warm\""));
    const Outcome outcome = bench.run(words("check --json"));
    QCOMPARE(outcome.exitCode, 3);
    QCOMPARE(outcome.err, QByteArray());
    QCOMPARE(schemaProblems("check", outcome.out.toStdString()), std::string());
    const auto problems = nlohmann::json::parse(outcome.out.toStdString())["problems"];
    QCOMPARE(problems.at(0)["severity"].get<std::string>(), std::string("error"));
    QCOMPARE(problems.at(0)["pointer"].get<std::string>(), std::string("/modelRouter/temperature"));
    QVERIFY(bench.run(words("check")).out.startsWith("error: model-router.json/modelRouter/temperature"));
}

QTEST_GUILESS_MAIN(TestTierctlEdit)
#include "tst_tierctl_edit.moc"
