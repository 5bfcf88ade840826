// The published schemas themselves: each can be read, takes what the contract shows, and refuses what it
// forbids.
#include "tests/app/schema_check.h"

#include <QDir>
#include <QtTest>

using tierdeck::testing::schemaProblems;

class TestSchemas : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void refuseAnEmptyArray_data();
    void refuseAnEmptyArray();
    void takeAndRefuse_data();
    void takeAndRefuse();
};

void TestSchemas::refuseAnEmptyArray_data() {
    QTest::addColumn<QString>("schema");
    const QDir folder(QStringLiteral(TIERDECK_RESOURCES "/schemas"));
    for (const QString& file : folder.entryList({QStringLiteral("*.schema.json")}, QDir::Files)) {
        const QString name = file.section(QLatin1Char('.'), 0, 0);
        QTest::newRow(qPrintable(name)) << name;
    }
}

/// Every document of ours is an object; a schema that took this would check nothing.
void TestSchemas::refuseAnEmptyArray() {
    QFETCH(QString, schema);
    QVERIFY(!schemaProblems(schema.toStdString(), "[]").empty());
}

void TestSchemas::takeAndRefuse_data() {
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("json"); // with ' for "
    QTest::addColumn<bool>("taken");
    const auto row = [](const char* name, const char* schema, const char* json, bool taken) {
        QTest::newRow(name) << QByteArray(schema) << QByteArray(json).replace('\'', '"') << taken;
    };
    row("router, the seven keys", "model-router",
        "{'modelRouter':{'routingModel':'openai/gpt-5.2-codex','balancedModel':'openai/gpt-5.1',"
        "'smartModel':'anthropic/claude-sonnet-4-20250514','codingModel':'openai/gpt-5.2',"
        "'deepModel':'anthropic/claude-opus-4-20250514','dynamicTierEnabled':true,'temperature':0.7}}",
        true);
    row("router, bare", "model-router", "{'balancedModel':'sim/fast','dynamicTierEnabled':false}", true);
    row("router, empty", "model-router", "{}", true);
    row("router, unknown keys", "model-router", "{'modelRouter':{'mine':{'x':1}},'other':2}", true);
    row("router, extensions", "model-router",
        "{'modelRouter':{'tiers':{'background':{'model':'ollama/qwen3','rank':0,'reasoning':'low'}},"
        "'fallbacks':{'coding':['anthropic/x','tier/smart'],'*':['ollama/y']},'retries':{'attempts':2},"
        "'rules':[{'name':'n','when':{'keywords':['a'],'header':{'X-Team':'ops'}},'tier':'deep'}],"
        "'aliases':{'gpt-*':'auto'},'taskTypes':{'bulk':null},'classifier':{'kind':'heuristic'}}}",
        true);
    row("router, a tier's model as an object", "model-router",
        "{'modelRouter':{'tiers':{'deep':{'model':{'provider':'openai','id':'gpt-5.2'}}}}}", true);
    row("router, temperature too high", "model-router", "{'modelRouter':{'temperature':2.5}}", false);
    row("router, bare temperature too high", "model-router", "{'temperature':2.5}", false);
    row("router, model without a provider", "model-router", "{'modelRouter':{'balancedModel':'gpt-5.1'}}",
        false);
    row("router, dynamic as a text", "model-router", "{'modelRouter':{'dynamicTierEnabled':'yes'}}", false);
    row("router, rule without a tier", "model-router", "{'modelRouter':{'rules':[{'name':'n','when':{}}]}}",
        false);
    row("router, fallback that is no list", "model-router", "{'modelRouter':{'fallbacks':{'coding':'a/b'}}}",
        false);

    row("providers of the contract", "llm",
        "{'llm':{'providers':{'openai':{'apiType':'openai','baseUrl':'https://api.openai.com/v1',"
        "'apiKey':{'env':'OPENAI_API_KEY'}},'anthropic':{'apiType':'anthropic','apiKey':{'keychain':'"
        "anthropic'}},"
        "'azure-gpt':{'apiType':'openai-chat','baseUrl':'https://example.com/"
        "v1','models':[{'id':'my-deployment',"
        "'sameAs':'openai/gpt-5.2','contextWindow':400000},'other']},'ollama':{'apiType':'openai-chat',"
        "'baseUrl':'http://127.0.0.1:11434/v1','local':true},'sim':{'apiType':'simulated'},"
        "'mine':{'apiType':'openai','apiKey':{'client':true},'timeoutSeconds':60}}}}",
        true);
    row("providers, bare", "llm", "{'providers':{'sim':{'apiType':'simulated'}}}", true);
    row("provider without a type", "llm", "{'llm':{'providers':{'x':{'baseUrl':'https://example.com'}}}}",
        false);
    row("provider of an unknown type", "llm", "{'providers':{'x':{'apiType':'soap'}}}", false);
    row("key of two sources", "llm",
        "{'providers':{'x':{'apiType':'openai','apiKey':{'env':'A','file':'b'}}}}", false);

    row("a failed route", "route", "{'error':{'code':'model_not_found','message':'None.','near':['a']}}",
        true);
    row("a failed route with an unknown code", "route",
        "{'error':{'code':'oops','message':'None.','near':[]}}", false);
    row("a route without attempts", "route", "{'tier':'deep','model':'a/b'}", false);
    row("a smoke record", "smoke",
        "{'date_utc':'2026-11-21T05:47:12.123Z','gateway_host':'api.example.com','model_requested':'a',"
        "'model_returned':null,'http_status':401,'choices_count':0,'error_path_status':null,'pass':false,"
        "'notes':'Check the key.'}",
        true);
    row("a smoke record that tells more", "smoke",
        "{'date_utc':'2026-11-21T05:47:12.123Z','gateway_host':'api.example.com','model_requested':'a',"
        "'model_returned':'a','http_status':200,'choices_count':1,'error_path_status':404,'pass':true,"
        "'notes':'','body':'ready'}",
        false);
    row("an empty report", "report-requests", "{'requests':[],'next':null}", true);
    row("a report without its cursor", "report-requests", "{'requests':[]}", false);
    row("a request without its numbers", "report-requests", "{'requests':[{'request':1}],'next':null}",
        false);
}

void TestSchemas::takeAndRefuse() {
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, json);
    QFETCH(bool, taken);
    const std::string problems = schemaProblems(schema.toStdString(), json.toStdString());
    QVERIFY2(problems.empty() == taken, problems.c_str());
}

QTEST_GUILESS_MAIN(TestSchemas)
#include "tst_schemas.moc"
