#include "tests/ui/settings/settings_fixture.h"
#include "ui/settings/router_document.h"

#include <QtTest>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::preferences::PreferencesFile;
using tierdeck::ui::test::PreferencesFolder;
using tierdeck::ui::test::sampleRouter;

namespace {

const QString step = QStringLiteral("step");

PreferencesFile load(const PreferencesFolder& folder) {
    auto file = PreferencesFile::load(folder.workspace().modelRouterFile(),
                                      folder.workspace().historyFolder(), "modelRouter");
    if (!file)
        qFatal("The test's preferences cannot be read.");
    return *file;
}

QByteArray textOf(const RouterDocument& document) {
    return QByteArray::fromStdString(document.text().value_or(""));
}

} // namespace

class TestRouterDocument : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsFields();
    void editsOnlyTheBytesOfAValue();
    void undoesEverything();
    void typingIsOneStep();
    void typingBackIsNoStep();
    void unsetsAndSetsAgain();
    void startsAFile();
    void showsOtherFormsAndLeavesThem_data();
    void showsOtherFormsAndLeavesThem();
    void countsChanges();
    void reverts();
    void reloadsAsAStep();
    void keepsMine();
    void takesWhatWasSaved();
    void doesNotTouchWhatDoesNotParse();
    void randomEditsUndoToTheSameBytes();
};

void TestRouterDocument::readsFields() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    QCOMPARE(document.field(RouterField::Coding).text, QStringLiteral("openai/gpt-5.2"));
    QCOMPARE(document.field(RouterField::Temperature).text, QStringLiteral("0.70")); // as it is spelled
    QCOMPARE(document.field(RouterField::Dynamic).text, QStringLiteral("true"));
    QCOMPARE(QByteArray::fromStdString(document.field(RouterField::Deep).pointer),
             QByteArray("/modelRouter/deepModel"));
    QVERIFY(!document.isModified());
    QCOMPARE(document.changeCount(), 0);
}

void TestRouterDocument::editsOnlyTheBytesOfAValue() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/steady")", step);
    QByteArray expected = sampleRouter;
    expected.replace("openai/gpt-5.2\"", "sim/steady\"");
    expected.replace("openai/gpt-5.2-codex", "openai/gpt-5.2-codex");
    QCOMPARE(textOf(document), expected);
    QCOMPARE(document.changeCount(), 1);
    document.set(RouterField::Coding, R"("sim/steady")", step);
    QCOMPARE(document.steps().count(), 1); // nothing changed
}

void TestRouterDocument::undoesEverything() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Balanced, R"("sim/fast")", step);
    document.unset(RouterField::Smart, step);
    document.set(RouterField::Dynamic, "false", step);
    document.set(RouterField::Temperature, "1e0", step);
    document.unset(RouterField::Routing, step);
    QCOMPARE(document.changeCount(), 5);
    const QByteArray last = textOf(document);
    while (document.steps().canUndo())
        document.steps().undo();
    QCOMPARE(textOf(document), sampleRouter);
    QVERIFY(!document.isModified());
    while (document.steps().canRedo())
        document.steps().redo();
    QCOMPARE(textOf(document), last);
}

void TestRouterDocument::typingIsOneStep() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    for (const char* json : {R"("o")", R"("op")", R"("ope")"})
        document.set(RouterField::Coding, json, step, true);
    QCOMPARE(document.steps().count(), 1);
    document.set(RouterField::Deep, R"("x")", step, true); // another field
    QCOMPARE(document.steps().count(), 2);
    document.endTyping();
    document.set(RouterField::Deep, R"("xy")", step, true); // the same, but it was left in between
    QCOMPARE(document.steps().count(), 3);
    document.set(RouterField::Deep, R"("xyz")", step); // picked, not typed
    QCOMPARE(document.steps().count(), 4);
    document.steps().undo();
    document.steps().undo();
    document.steps().undo();
    QCOMPARE(document.field(RouterField::Coding).text, QStringLiteral("ope"));
    document.steps().undo();
    QCOMPARE(textOf(document), sampleRouter);
}

void TestRouterDocument::typingBackIsNoStep() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Temperature, "0.7", step, true);
    document.set(RouterField::Temperature, "0.70", step, true);
    QCOMPARE(document.steps().count(), 0);
    QCOMPARE(textOf(document), sampleRouter);
}

void TestRouterDocument::unsetsAndSetsAgain() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.unset(RouterField::Deep, step);
    QVERIFY(!document.field(RouterField::Deep).isSet);
    QVERIFY(!textOf(document).contains("deepModel"));
    document.set(RouterField::Deep, R"("sim/slow")", step);
    document.unset(RouterField::Deep, step);
    document.steps().undo();
    document.steps().undo();
    document.steps().undo();
    QCOMPARE(textOf(document), sampleRouter);

    // Setting what the file did not have, and unsetting it, leaves the file as it was.
    for (const QByteArray& text : {QByteArray("{}"), QByteArray("{ \"modelRouter\": {} }\n"),
                                   QByteArray("\xEF\xBB\xBF{\r\n\t\"balancedModel\": \"sim/fast\"\r\n}"),
                                   QByteArray("{\"modelRouter\":{\"balancedModel\":\"sim/fast\"}}")}) {
        const PreferencesFolder other(text);
        document.start(load(other));
        document.set(RouterField::Coding, R"("sim/steady")", step);
        QCOMPARE(document.field(RouterField::Coding).text, QStringLiteral("sim/steady"));
        document.unset(RouterField::Coding, step);
        QCOMPARE(textOf(document), text);
        QVERIFY(!document.isModified());
    }
}

void TestRouterDocument::startsAFile() {
    const PreferencesFolder folder{QByteArray()};
    RouterDocument document;
    document.start(load(folder));
    QVERIFY(!document.text().has_value());
    QVERIFY(document.isEditable());
    document.set(RouterField::Balanced, R"("sim/fast")", step);
    QVERIFY(document.text()->find("\"modelRouter\"") != std::string::npos);
    QCOMPARE(document.changeCount(), 1);
    document.steps().undo();
    QVERIFY(!document.text().has_value());
    QVERIFY(!document.isModified());
    document.steps().redo();
    QCOMPARE(document.field(RouterField::Balanced).text, QStringLiteral("sim/fast"));
}

void TestRouterDocument::showsOtherFormsAndLeavesThem_data() {
    QTest::addColumn<QByteArray>("router");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QByteArray>("pointer");
    QTest::newRow("tiers, a string") << QByteArray(R"({"tiers": {"coding": {"model": "openai/gpt-5.2"}}})")
                                     << QStringLiteral("openai/gpt-5.2") << QByteArray("/tiers/coding/model");
    QTest::newRow("tiers, an object")
        << QByteArray(
               R"({"modelRouter": {"tiers": {"coding": {"model": {"provider": "openai", "id": "gpt-5.2"}}}}})")
        << QStringLiteral("openai/gpt-5.2") << QByteArray("/modelRouter/tiers/coding/model");
    QTest::newRow("own key, an object")
        << QByteArray(R"({"codingModel": {"provider": "openai", "id": "gpt-5.2"}})")
        << QStringLiteral("openai/gpt-5.2") << QByteArray("/codingModel");
}

void TestRouterDocument::showsOtherFormsAndLeavesThem() {
    QFETCH(QByteArray, router);
    const PreferencesFolder folder(router);
    RouterDocument document;
    document.start(load(folder));
    const RouterDocument::FieldState state = document.field(RouterField::Coding);
    QVERIFY(state.isSet);
    QVERIFY(!state.isOwnForm);
    QTEST(state.text, "model");
    QTEST(QByteArray::fromStdString(state.pointer), "pointer");
    QVERIFY(document.field(RouterField::Balanced).isOwnForm);
}

void TestRouterDocument::countsChanges() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/fast")", step);
    document.set(RouterField::Coding, R"("sim/slow")", step);
    QCOMPARE(document.changeCount(), 1); // one key, however often
    document.unset(RouterField::Deep, step);
    QCOMPARE(document.changeCount(), 2);
    document.set(RouterField::Coding, R"("openai/gpt-5.2")", step);
    QCOMPARE(document.changeCount(), 1);
}

void TestRouterDocument::reverts() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/fast")", step);
    document.unset(RouterField::Deep, step);
    const QByteArray mine = textOf(document);
    document.revert(step);
    QCOMPARE(textOf(document), sampleRouter);
    document.steps().undo(); // reverting was a mistake
    QCOMPARE(textOf(document), mine);
}

void TestRouterDocument::reloadsAsAStep() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/fast")", step);
    const QByteArray mine = textOf(document);
    QByteArray theirs = sampleRouter;
    theirs.replace("0.70", "1.5");
    folder.writeRouter(theirs);
    document.reload(load(folder), step);
    QCOMPARE(textOf(document), theirs);
    QVERIFY(!document.isModified());
    document.steps().undo();
    QCOMPARE(textOf(document), mine);
    QVERIFY(document.isModified());
}

void TestRouterDocument::keepsMine() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/fast")", step);
    const QByteArray mine = textOf(document);
    folder.writeRouter("{}\n");
    document.keepMine(load(folder));
    QCOMPARE(textOf(document), mine);
    QCOMPARE(QByteArray::fromStdString(document.file().savedText()),
             QByteArray("{}\n")); // the diff is against theirs
    PreferencesFile copy = document.file();
    QVERIFY(copy.save()); // and Save knows what it overwrites
    QCOMPARE(folder.router(), mine);
}

void TestRouterDocument::takesWhatWasSaved() {
    const PreferencesFolder folder;
    RouterDocument document;
    document.start(load(folder));
    document.set(RouterField::Coding, R"("sim/fast")", step);
    PreferencesFile sent = document.file();
    QVERIFY(sent.save());
    document.set(RouterField::Deep, R"("sim/slow")", step); // while the save was under way
    document.takeSaved(sent);
    QVERIFY(document.isModified());
    QCOMPARE(document.changeCount(), 1);
    document.steps().undo();
    QVERIFY(!document.isModified());
    document.steps().undo();
    QVERIFY(document.isModified()); // the file has the edit, the hand has not
    QCOMPARE(textOf(document), sampleRouter);
}

void TestRouterDocument::doesNotTouchWhatDoesNotParse() {
    const PreferencesFolder folder("{\"codingModel\": \n oops}");
    RouterDocument document;
    document.start(load(folder));
    QVERIFY(!document.isEditable());
    document.set(RouterField::Coding, R"("sim/fast")", step);
    document.revert(step);
    QVERIFY(!document.isModified());
    QCOMPARE(document.steps().count(), 0);
    QCOMPARE(textOf(document), QByteArray("{\"codingModel\": \n oops}"));
}

void TestRouterDocument::randomEditsUndoToTheSameBytes() {
    QRandomGenerator random(42);
    for (int round = 0; round < 60; ++round) {
        const PreferencesFolder folder(
            round % 3 == 0 ? QByteArray("{\r\n  \"other\": [1, 2],\r\n  \"deepModel\": \"a/b\"}")
                           : sampleRouter);
        const QByteArray before = folder.router();
        RouterDocument document;
        document.start(load(folder));
        for (int i = 0; i < 25; ++i) {
            const RouterField field = routerFields[random.bounded(quint32(routerFields.size()))];
            const bool typing = random.bounded(2) == 0;
            switch (random.bounded(4)) {
            case 0:
                document.unset(field, step, typing);
                break;
            case 1:
                document.steps().undo();
                break;
            default:
                document.set(field, "\"m/" + std::to_string(random.bounded(50)) + "\"", step, typing);
            }
        }
        while (document.steps().canUndo())
            document.steps().undo();
        QCOMPARE(textOf(document), before);
    }
}

QTEST_GUILESS_MAIN(TestRouterDocument)
#include "tst_router_document.moc"
