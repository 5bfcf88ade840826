#include "tests/ui/settings/settings_fixture.h"
#include "ui/backend/preferences_worker.h"
#include "ui/settings/router_page.h"
#include "ui/shell/theme.h"

#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QToolButton>
#include <QtTest>

#include <algorithm>

using namespace tierdeck;
using namespace tierdeck::ui;
using tierdeck::ui::test::PreferencesFolder;
using tierdeck::ui::test::sampleRouter;

namespace {

constexpr PreferencesWorker::Timing quick{std::chrono::milliseconds(10), std::chrono::milliseconds(50), true};

struct Shown {
    explicit Shown(const PreferencesFolder& folder)
        : worker(folder.workspace(), nullptr, clock, quick)
        , page(theme, worker, clock) {
        page.resize(1100, 760);
        page.show();
        page.activateWindow();
    }

    template <typename Widget>
    Widget& find(const char* name) {
        auto* found = page.findChild<Widget*>(QString::fromLatin1(name));
        if (found == nullptr)
            qFatal("There is no %s.", name);
        return *found;
    }

    QLineEdit& model(const char* key) { return *find<QComboBox>(key).lineEdit(); }

    void type(QLineEdit& edit, const QString& text) {
        edit.setFocus();
        edit.selectAll();
        if (text.isEmpty())
            QTest::keyClick(&edit, Qt::Key_Delete);
        else
            QTest::keyClicks(&edit, text);
        if (edit.completer() != nullptr)
            edit.completer()->popup()->hide();
    }

    /// An entry of the presets' menu, and of its own menu.
    void choose(const QStringList& path) {
        auto* menu = &find<QMenu>("presetsMenu");
        for (const QString& text : path) {
            Q_EMIT menu->aboutToShow();
            const auto entries = menu->actions();
            const auto found = std::find_if(entries.begin(), entries.end(),
                                            [&](const QAction* entry) { return entry->text() == text; });
            if (found == entries.end() || !(*found)->isEnabled())
                qFatal("There is no entry %s.", qPrintable(text));
            if ((*found)->menu() == nullptr)
                (*found)->trigger();
            menu = (*found)->menu();
        }
    }

    void press(const char* name) { QTest::mouseClick(&find<QPushButton>(name), Qt::LeftButton); }

    QString sentence() { return find<QLabel>("saveSentence").text(); }

    QString diff() { return find<QPlainTextEdit>("effectDiff").toPlainText(); }

    /// The sentences of a list of problems.
    QStringList problems(const char* list) {
        QStringList all;
        for (const QLabel* label :
             find<QWidget>(list).findChildren<QLabel*>(QStringLiteral("problemSentence"))) {
            if (!label->isHidden() && !label->parentWidget()->isHidden())
                all << label->text();
        }
        return all;
    }

    QPushButton* fix(const char* list) {
        for (QPushButton* button :
             find<QWidget>(list).findChildren<QPushButton*>(QStringLiteral("problemFix"))) {
            if (!button->parentWidget()->isHidden())
                return button;
        }
        return nullptr;
    }

    Theme theme;
    SystemClock clock;
    PreferencesWorker worker;
    RouterPage page;
};

} // namespace

class TestRouterPage : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

    void showsTheFile();
    void editingAModelChangesOnlyItsBytes();
    void undoGivesTheSameBytes();
    void undoWorksInsideAnEditor();
    void picksFromTheList();
    void unsetsAndSaysWhereTheTierFalls();
    void switchesTheDynamicTier();
    void showsWhatIsTriedInstead();
    void temperatureKeepsItsSpelling();
    void temperatureThatIsNoNumber();
    void problemsStandUnderTheirField();
    void fixesMend();
    void showsWhatServesEachTier();
    void outsideChangeWithoutEditsIsTakenIn();
    void outsideChangeReload();
    void outsideChangeThenUndo();
    void outsideChangeKeepMine();
    void outsideChangeThatDoesNotParse();
    void readOnlyWhileItDoesNotParse();
    void makesTheFile();
    void saveThatFailsLosesNothing();
    void revertIsAStep();
    void otherFormsAreShownAndLeft();
    void followsTheProviders();
    void everythingHasAName();
    void mnemonicsReachTheFields();
    void standsBelowWhenNarrow();
    void presetsAreEdits();
    void presetOfOneProvider();
    void presetThatChangesNothing();
};

void TestRouterPage::showsTheFile() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QCOMPARE(shown.page.states().state(), PageState::State::Content);
    QCOMPARE(shown.model("routingModel").text(), QStringLiteral("openai/gpt-5.2-codex"));
    QCOMPARE(shown.model("balancedModel").text(), QStringLiteral("openai/gpt-5.1"));
    QCOMPARE(shown.model("deepModel").text(), QStringLiteral("anthropic/claude-opus-4-20250514"));
    QVERIFY(shown.find<QCheckBox>("dynamicTierEnabled").isChecked());
    QCOMPARE(shown.find<QLineEdit>("temperature").text(), QStringLiteral("0.70"));
    QVERIFY(shown.find<QLabel>("codingModelFacts").text().contains(QStringLiteral("$1.75 in")));
    QVERIFY(!shown.find<QPushButton>("saveButton").isEnabled());
    QVERIFY(!shown.find<QPushButton>("revertButton").isEnabled());
    QVERIFY(!shown.page.isModified());
    QCOMPARE(folder.router(), sampleRouter);
}

void TestRouterPage::editingAModelChangesOnlyItsBytes() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QSignalSpy modified(&shown.page, &RouterPage::modifiedChanged);
    shown.type(shown.model("codingModel"), QStringLiteral("sim/steady"));
    QVERIFY(shown.page.isModified());
    QCOMPARE(modified.size(), 1);
    QCOMPARE(shown.sentence(), QStringLiteral("Save writes 1 change to model-router.json."));
    QVERIFY(shown.diff().contains(QStringLiteral("− \"codingModel\": \"openai/gpt-5.2\",")));
    QVERIFY(shown.diff().contains(QStringLiteral("+ \"codingModel\": \"sim/steady\",")));
    QCOMPARE(folder.router(), sampleRouter); // not before Save
    QTest::keyClick(&shown.model("codingModel"), Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(!shown.page.isModified());
    QByteArray expected = sampleRouter;
    expected.replace("\"codingModel\": \"openai/gpt-5.2\"", "\"codingModel\": \"sim/steady\"");
    QCOMPARE(folder.router(), expected);
    QTRY_VERIFY(shown.sentence().startsWith(QStringLiteral("Saved")));
    QVERIFY(!shown.find<QPlainTextEdit>("effectDiff").isVisible());
    QCOMPARE(modified.size(), 2);
}

void TestRouterPage::undoGivesTheSameBytes() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/steady"));
    shown.type(shown.model("smartModel"), QString());
    QTest::mouseClick(&shown.find<QCheckBox>("dynamicTierEnabled"), Qt::LeftButton, {}, QPoint(8, 8));
    shown.type(shown.find<QLineEdit>("temperature"), QStringLiteral("1"));
    QCOMPARE(shown.sentence(), QStringLiteral("Save writes 4 changes to model-router.json."));
    auto& undo = shown.find<QToolButton>("undoButton");
    for (int i = 0; i < 4; ++i) {
        QVERIFY(undo.isEnabled());
        undo.click();
    }
    QVERIFY(!undo.isEnabled());
    QVERIFY(!shown.page.isModified());
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2"));
    QCOMPARE(shown.find<QLineEdit>("temperature").text(), QStringLiteral("0.70"));
    auto& redo = shown.find<QToolButton>("redoButton");
    while (redo.isEnabled())
        redo.click();
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(folder.router() != sampleRouter);
    while (undo.isEnabled())
        undo.click();
    QVERIFY(shown.page.isModified());
    shown.press("saveButton");
    QTRY_COMPARE(folder.router(), sampleRouter);
}

void TestRouterPage::undoWorksInsideAnEditor() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("deepModel"), QStringLiteral("sim/slow"));
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    QTest::keyClick(&shown.model("codingModel"), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2")); // all keystrokes at once
    QTest::keyClick(&shown.model("codingModel"), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(shown.model("deepModel").text(), QStringLiteral("anthropic/claude-opus-4-20250514"));
    QVERIFY(!shown.page.isModified());
    QTest::keyClick(&shown.model("codingModel"), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(shown.model("deepModel").text(), QStringLiteral("sim/slow"));
}

void TestRouterPage::picksFromTheList() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    auto& picker = shown.find<QComboBox>("codingModel");
    picker.setFocus();
    QTest::keyClick(&picker, Qt::Key_Down); // opens; it does not step through models
    QTRY_VERIFY(picker.view()->isVisible());
    QCOMPARE(picker.view()->currentIndex().data().toString(), QStringLiteral("openai/gpt-5.2"));
    QVERIFY(!shown.page.isModified());
    QTest::keyClick(picker.view(), Qt::Key_Down);
    const QString next = picker.view()->currentIndex().data().toString();
    QTest::keyClick(picker.view(), Qt::Key_Return);
    QTRY_COMPARE(picker.lineEdit()->text(), next);
    QVERIFY(shown.page.isModified());
    QVERIFY(shown.diff().contains(next));

    // Completion by any part of the name.
    QLineEdit& smart = shown.model("smartModel");
    smart.setFocus();
    smart.selectAll();
    QTest::keyClicks(&smart, QStringLiteral("opus-4-2025"));
    QTRY_VERIFY(smart.completer()->popup()->isVisible());
    QTest::keyClick(smart.completer()->popup(), Qt::Key_Down);
    QTest::keyClick(smart.completer()->popup(), Qt::Key_Return);
    QTRY_COMPARE(smart.text(), QStringLiteral("anthropic/claude-opus-4-20250514"));
    QVERIFY(shown.diff().contains(QStringLiteral("+ \"smartModel\": \"anthropic/claude-opus-4-20250514\"")));

    // "unset" is the first of the list.
    picker.setFocus();
    picker.showPopup();
    QTRY_VERIFY(picker.view()->isVisible());
    picker.view()->setCurrentIndex(picker.model()->index(0, 0));
    QTest::keyClick(picker.view(), Qt::Key_Return);
    QTRY_COMPARE(picker.lineEdit()->text(), QString());
    QVERIFY(shown.diff().contains(QStringLiteral("− \"codingModel\"")));
    QVERIFY(!shown.diff().contains(QStringLiteral("+ \"codingModel\"")));
}

void TestRouterPage::unsetsAndSaysWhereTheTierFalls() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("deepModel"), QString());
    QCOMPARE(shown.model("deepModel").placeholderText(), QStringLiteral("unset: smart's model serves it"));
    shown.type(shown.model("smartModel"), QString());
    QCOMPARE(shown.model("smartModel").placeholderText(),
             QStringLiteral("unset: balanced's model serves it"));
    QCOMPARE(shown.model("deepModel").placeholderText(), QStringLiteral("unset: balanced's model serves it"));
    shown.type(shown.model("balancedModel"), QString());
    QCOMPARE(shown.model("balancedModel").placeholderText(),
             QStringLiteral("unset: its requests are refused"));
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(!folder.router().contains("deepModel"));
    QVERIFY(!folder.router().contains("smartModel"));
    QVERIFY(!folder.router().contains("balancedModel"));
    QVERIFY(folder.router().contains("\"temperature\": 0.70"));
}

void TestRouterPage::switchesTheDynamicTier() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    auto& dynamic = shown.find<QCheckBox>("dynamicTierEnabled");
    dynamic.setFocus();
    QTest::keyClick(&dynamic, Qt::Key_Space);
    QVERIFY(!dynamic.isChecked());
    QTRY_VERIFY(shown.find<QLabel>("effectBehaviour").text().startsWith(QStringLiteral("No request climbs")));
    shown.press("saveButton");
    QTRY_VERIFY(folder.router().contains("\"dynamicTierEnabled\": false"));
}

void TestRouterPage::showsWhatIsTriedInstead() {
    auto router = sampleRouter;
    router.replace(R"("dynamicTierEnabled")",
                   R"("fallbacks": {"coding": ["sim/fast"]},
"contextWindowFallbacks": {"openai/gpt-5.2": ["tier/deep"]},
"contentPolicyFallbacks": {"*": ["ollama/qwen3"]},
"dynamicTierEnabled")");
    const PreferencesFolder folder(router);
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    const auto shows = [&](const QString& sentence) {
        const auto labels = shown.find<QWidget>("effectRoutes").findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](const QLabel* label) { return label->text().contains(sentence); });
    };
    QTRY_VERIFY(shows(QStringLiteral("If it fails: sim/fast.\nIf the prompt is too long for it: deep's "
                                     "model.\nIf it refuses the content: ollama/qwen3.")));
}

void TestRouterPage::temperatureKeepsItsSpelling() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(folder.router().contains("\"temperature\": 0.70\n")); // untouched
    auto& temperature = shown.find<QLineEdit>("temperature");
    shown.type(temperature, QStringLiteral("1.250"));
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(folder.router().contains("\"temperature\": 1.250\n")); // as it was typed
    shown.type(temperature, QString());
    shown.press("saveButton");
    QTRY_VERIFY(!folder.router().contains("temperature"));
}

void TestRouterPage::temperatureThatIsNoNumber() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    auto& temperature = shown.find<QLineEdit>("temperature");
    shown.type(temperature, QStringLiteral("0,5"));
    QCOMPARE(temperature.text(), QStringLiteral("0,5")); // nothing that was typed is taken away
    QTRY_COMPARE(shown.problems("temperatureProblems").size(), 1);
    QVERIFY(!shown.find<QPushButton>("saveButton").isEnabled());
    QVERIFY(!shown.page.isModified()); // half a number is no edit
    QVERIFY(shown.fix("temperatureProblems") != nullptr);
    QTest::mouseClick(shown.fix("temperatureProblems"), Qt::LeftButton);
    QCOMPARE(temperature.text(), QStringLiteral("0.5"));
    QVERIFY(shown.problems("temperatureProblems").isEmpty());
    QVERIFY(shown.find<QPushButton>("saveButton").isEnabled());
    shown.type(temperature, QStringLiteral("7"));
    QTRY_COMPARE(shown.problems("temperatureProblems").size(), 1); // out of range: the checks say so
    shown.type(temperature, QStringLiteral("warm"));
    shown.press("revertButton");
    QCOMPARE(temperature.text(), QStringLiteral("0.70"));
    QTRY_VERIFY(shown.problems("temperatureProblems").isEmpty());
}

void TestRouterPage::problemsStandUnderTheirField() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QVERIFY(shown.problems("codingModelProblems").isEmpty());
    shown.type(shown.model("codingModel"), QStringLiteral("nowhere/model"));
    QTRY_COMPARE(shown.problems("codingModelProblems").size(), 1);
    QVERIFY(shown.problems("codingModelProblems").first().contains(QStringLiteral("nowhere")));
    QVERIFY(shown.problems("deepModelProblems").isEmpty());
    QVERIFY(shown.problems("effectProblems").contains(shown.problems("codingModelProblems").first()));
    QCOMPARE(shown.find<QLabel>("effectProblemTitle").text(), QStringLiteral("Problems: 1 error"));
    QVERIFY(shown.sentence().contains(QStringLiteral("errors")));
    QVERIFY(shown.find<QLabel>("effectRouteNote").isVisible());
    shown.find<QToolButton>("undoButton").click();
    QTRY_VERIFY(shown.problems("codingModelProblems").isEmpty());
    QVERIFY(!shown.find<QLabel>("effectRouteNote").isVisible());
}

void TestRouterPage::fixesMend() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("opena/gpt-5.2"));
    QTRY_VERIFY(shown.fix("codingModelProblems") != nullptr);
    QTest::mouseClick(shown.fix("codingModelProblems"), Qt::LeftButton);
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2"));
    QVERIFY(!shown.page.isModified());
    shown.type(shown.model("deepModel"), QStringLiteral("antropic/claude-opus-4-20250514"));
    // The list beside offers the same.
    QTRY_VERIFY(shown.fix("effectProblems") != nullptr &&
                shown.fix("effectProblems")->text().contains(QStringLiteral("claude-opus")));
    QTest::mouseClick(shown.fix("effectProblems"), Qt::LeftButton);
    QCOMPARE(shown.model("deepModel").text(), QStringLiteral("anthropic/claude-opus-4-20250514"));
}

void TestRouterPage::showsWhatServesEachTier() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QCOMPARE(shown.find<QLabel>("route_coding").text(), QStringLiteral("coding: openai/gpt-5.2"));
    QCOMPARE(shown.find<QLabel>("route_background").text(), QStringLiteral("background: ollama/qwen3"));
    shown.type(shown.model("codingModel"), QString());
    QTRY_VERIFY([&] {
        for (const QLabel* label : shown.page.findChildren<QLabel*>(QStringLiteral("route_coding"))) {
            if (!label->isHidden())
                return label->text() == QStringLiteral("coding: openai/gpt-5.1");
        }
        return false;
    }());
}

void TestRouterPage::outsideChangeWithoutEditsIsTakenIn() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QByteArray theirs = sampleRouter;
    theirs.replace("openai/gpt-5.1", "sim/fast");
    folder.writeRouter(theirs);
    QTRY_COMPARE(shown.model("balancedModel").text(), QStringLiteral("sim/fast"));
    QVERIFY(!shown.page.banner().isTelling());
    QVERIFY(!shown.page.isModified());
}

void TestRouterPage::outsideChangeReload() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    QByteArray theirs = sampleRouter;
    theirs.replace("0.70", "1.5");
    folder.writeRouter(theirs);
    QTRY_VERIFY(shown.page.banner().isTelling());
    QVERIFY(shown.page.banner().sentence().contains(QStringLiteral("changed outside")));
    QCOMPARE(shown.model("codingModel").text(),
             QStringLiteral("sim/fast")); // nothing lost while it is undecided
    shown.press("bannerReload");
    QVERIFY(!shown.page.banner().isTelling());
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2"));
    QCOMPARE(shown.find<QLineEdit>("temperature").text(), QStringLiteral("1.5"));
    QVERIFY(!shown.page.isModified());
    QCOMPARE(folder.router(), theirs);
    shown.find<QToolButton>("undoButton").click(); // even that can be taken back
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("sim/fast"));
}

void TestRouterPage::outsideChangeThenUndo() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    QByteArray theirs = sampleRouter;
    theirs.replace("0.70", "1.5");
    folder.writeRouter(theirs);
    QTRY_VERIFY(shown.page.banner().isTelling());
    shown.find<QToolButton>("undoButton").click();
    QTRY_VERIFY(!shown.page.banner().isTelling()); // there is nothing left to decide
    QCOMPARE(shown.find<QLineEdit>("temperature").text(), QStringLiteral("1.5"));
    QVERIFY(!shown.page.isModified());
}

void TestRouterPage::outsideChangeKeepMine() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    QByteArray theirs = sampleRouter;
    theirs.replace("0.70", "1.5");
    folder.writeRouter(theirs);
    QTRY_VERIFY(shown.page.banner().isTelling());
    shown.press("bannerKeepMine");
    QVERIFY(!shown.page.banner().isTelling());
    QVERIFY(
        shown.diff().contains(QStringLiteral("− \"temperature\": 1.5"))); // what Save would overwrite is seen
    QCOMPARE(folder.router(), theirs);
    shown.press("saveButton");
    QByteArray mine = sampleRouter;
    mine.replace("\"codingModel\": \"openai/gpt-5.2\"", "\"codingModel\": \"sim/fast\"");
    QTRY_COMPARE(folder.router(), mine);
    QVERIFY(!shown.page.banner().isTelling());
}

void TestRouterPage::outsideChangeThatDoesNotParse() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    folder.writeRouter("{ broken");
    QTRY_VERIFY(shown.page.banner().isTelling());
    QVERIFY(shown.page.banner().sentence().contains(QStringLiteral("line 1")));
    shown.press("bannerKeepMine");
    shown.press("saveButton");
    QTRY_VERIFY(shown.page.banner().isTelling());
    QCOMPARE(folder.router(), QByteArray("{ broken")); // never overwritten
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("sim/fast"));
    folder.writeRouter(sampleRouter); // mended
    QTRY_VERIFY(shown.page.banner().sentence().contains(QStringLiteral("Keep mine")));
    shown.press("bannerKeepMine");
    shown.press("saveButton");
    QTRY_VERIFY(folder.router().contains("sim/fast"));
}

void TestRouterPage::readOnlyWhileItDoesNotParse() {
    const QByteArray broken = "{\n\"modelRouter\": {\n\"balancedModel\": oops\n}}\n";
    const PreferencesFolder folder(broken);
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QVERIFY(shown.page.banner().isTelling());
    QVERIFY2(shown.page.banner().sentence().contains(QStringLiteral("line 3, column 18")),
             qPrintable(shown.page.banner().sentence()));
    auto& raw = shown.find<QPlainTextEdit>("routerRawText");
    QVERIFY(raw.isVisible());
    QVERIFY(raw.isReadOnly());
    QCOMPARE(raw.toPlainText().toUtf8(), broken);
    QCOMPARE(raw.textCursor().blockNumber(), 2);
    QCOMPARE(raw.textCursor().positionInBlock(), 17);
    QVERIFY(!shown.find<QComboBox>("codingModel").isVisible());
    QVERIFY(!shown.find<QPushButton>("saveButton").isEnabled());
    QTest::keyClick(&raw, Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(folder.router(), broken);
    folder.writeRouter(sampleRouter);
    QTRY_VERIFY(shown.find<QComboBox>("codingModel").isVisible());
    QVERIFY(!shown.page.banner().isTelling());
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2"));
}

void TestRouterPage::makesTheFile() {
    const PreferencesFolder folder{QByteArray()};
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QCOMPARE(shown.page.states().state(), PageState::State::Content);
    QVERIFY(shown.sentence().contains(QStringLiteral("no model-router.json yet")));
    QTRY_VERIFY(shown.fix("balancedModelProblems") != nullptr); // balanced is unset: a model is offered
    shown.type(shown.model("balancedModel"), QStringLiteral("sim/fast"));
    shown.press("saveButton");
    QTRY_VERIFY(folder.router().contains("\"balancedModel\": \"sim/fast\""));
    QVERIFY(folder.router().contains("\"modelRouter\""));
    QTRY_VERIFY(!shown.page.isModified());
}

void TestRouterPage::saveThatFailsLosesNothing() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    // A file where the history folder should be: the former bytes cannot be kept, so nothing is overwritten.
    PreferencesFolder::write(folder.workspace().historyFolder(), "in the way");
    shown.press("saveButton");
    QTRY_VERIFY(shown.page.banner().isTelling());
    QCOMPARE(shown.page.banner().severity(), Banner::Severity::Error);
    QCOMPARE(folder.router(), sampleRouter);
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("sim/fast"));
    QVERIFY(shown.page.isModified());
    std::filesystem::remove(folder.workspace().historyFolder());
    shown.press("bannerTryAgain");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(folder.router().contains("sim/fast"));
    QVERIFY(!shown.page.banner().isTelling());
}

void TestRouterPage::revertIsAStep() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("sim/fast"));
    shown.press("revertButton");
    QVERIFY(!shown.page.isModified());
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2"));
    shown.find<QToolButton>("undoButton").click();
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("sim/fast"));
}

void TestRouterPage::otherFormsAreShownAndLeft() {
    const QByteArray router =
        R"({"balancedModel": "openai/gpt-5.1", "tiers": {"coding": {"model": "openai/gpt-5.2"}}})";
    const PreferencesFolder folder(router);
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QCOMPARE(shown.find<QLabel>("codingModelFixed").text(), QStringLiteral("openai/gpt-5.2"));
    QVERIFY(shown.find<QLabel>("codingModelFixed").isVisible());
    QVERIFY(!shown.find<QComboBox>("codingModel").isVisible());
    QVERIFY(shown.model("codingModel").isReadOnly());
    QVERIFY(shown.find<QLabel>("codingModelFacts").text().contains(QStringLiteral("/tiers/coding/model")));
    QTest::keyClicks(&shown.model("codingModel"), QStringLiteral("x"));
    QVERIFY(!shown.page.isModified());
    QVERIFY(!shown.model("balancedModel").isReadOnly());
    QVERIFY(!shown.find<QLabel>("balancedModelFixed").isVisible());
    shown.type(shown.model("balancedModel"), QStringLiteral("sim/fast"));
    shown.press("saveButton");
    QByteArray expected = router;
    expected.replace("openai/gpt-5.1", "sim/fast");
    QTRY_COMPARE(folder.router(), expected);
}

void TestRouterPage::followsTheProviders() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    const int before = shown.find<QComboBox>("codingModel").count();
    QVERIFY(before > 5);
    PreferencesFolder::write(folder.workspace().llmFile(),
                             R"({"providers": {"sim": {"apiType": "simulated"}}})");
    QTRY_VERIFY(shown.find<QComboBox>("codingModel").count() < before);
    QCOMPARE(shown.model("codingModel").text(), QStringLiteral("openai/gpt-5.2")); // what is set stays
    QTRY_COMPARE(shown.problems("codingModelProblems").size(), 1);                 // and cannot be called now
    QVERIFY(!shown.page.isModified());
}

void TestRouterPage::everythingHasAName() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.type(shown.model("codingModel"), QStringLiteral("opena/gpt-5.2"));
    QTRY_VERIFY(shown.fix("codingModelProblems") != nullptr);
    for (QWidget* widget : shown.page.findChildren<QWidget*>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->focusProxy() != nullptr ||
            widget->objectName().startsWith(QStringLiteral("qt_")) ||
            qobject_cast<QComboBox*>(widget->parentWidget()) != nullptr)
            continue;
        const QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
        QVERIFY2(
            interface != nullptr && !interface->text(QAccessible::Name).isEmpty(),
            qPrintable(QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName()));
    }
}

void TestRouterPage::mnemonicsReachTheFields() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QSet<QChar> used;
    for (const QLabel* label : shown.page.findChildren<QLabel*>()) {
        if (label->buddy() == nullptr)
            continue;
        const qsizetype at = label->text().indexOf(u'&');
        QVERIFY2(at >= 0, qPrintable(label->text()));
        const QChar key = label->text().at(at + 1).toLower();
        QVERIFY2(!used.contains(key), qPrintable(label->text()));
        used.insert(key);
    }
    for (const QAbstractButton* button : shown.page.findChildren<QAbstractButton*>()) {
        const qsizetype at = button->text().indexOf(u'&');
        if (!button->isVisible() || at < 0 || qobject_cast<const QToolButton*>(button) != nullptr)
            continue;
        const QChar key = button->text().at(at + 1).toLower();
        QVERIFY2(!used.contains(key), qPrintable(button->text()));
        used.insert(key);
    }
    QVERIFY(used.size() >= 9);
    shown.page.reveal(QStringLiteral("temperature"));
    QCOMPARE(QApplication::focusWidget(), &shown.find<QLineEdit>("temperature"));
}

void TestRouterPage::standsBelowWhenNarrow() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    QCOMPARE(shown.find<QSplitter>("routerSplitter").orientation(), Qt::Horizontal);
    shown.page.resize(600, 760);
    QTRY_COMPARE(shown.find<QSplitter>("routerSplitter").orientation(), Qt::Vertical);
    QVERIFY(shown.page.minimumSizeHint().width() <= 600);
}

void TestRouterPage::presetsAreEdits() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.choose({QStringLiteral("First set-up")});
    QVERIFY(shown.model("smartModel").text().isEmpty());
    QVERIFY(shown.diff().contains(QStringLiteral("smartModel")));
    QVERIFY(shown.page.banner().sentence().startsWith(QStringLiteral("First set-up, not saved yet: ")));
    QCOMPARE(folder.router(), sampleRouter); // nothing is saved by that
    QVERIFY(shown.page.isModified());
    QTest::mouseClick(&shown.find<QAbstractButton>("bannerUndoPreset"), Qt::LeftButton);
    QVERIFY(!shown.page.isModified()); // one step
    QCOMPARE(shown.model("smartModel").text(), QStringLiteral("anthropic/claude-sonnet-4-20250514"));
}

void TestRouterPage::presetOfOneProvider() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.choose({QStringLiteral("One approved provider"), QStringLiteral("anthropic")});
    for (const char* key : {"balancedModel", "smartModel", "codingModel"})
        QVERIFY2(shown.model(key).text().startsWith(QStringLiteral("anthropic/")), key);
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QVERIFY(folder.router().contains("providerPolicy"));
}

void TestRouterPage::presetThatChangesNothing() {
    const PreferencesFolder folder;
    Shown shown(folder);
    QTRY_VERIFY(shown.page.isReady());
    shown.choose({QStringLiteral("Research")});
    shown.press("saveButton");
    QTRY_VERIFY(!shown.page.isModified());
    QTRY_VERIFY(shown.find<QPushButton>("saveButton").isEnabled() == false);
    shown.choose({QStringLiteral("Research")});
    QVERIFY(!shown.page.isModified());
    QCOMPARE(shown.page.banner().sentence(),
             QStringLiteral("Research: everything is set like that already."));
}

QTEST_MAIN(TestRouterPage)
#include "tst_router_page.moc"
