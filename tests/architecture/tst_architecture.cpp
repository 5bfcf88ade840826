#include "tests/architecture/source_rules.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <fstream>
#include <map>

namespace {

namespace fs = std::filesystem;
using tierdeck::testing::Violation;
using Files = std::map<std::string, std::string>;

void write(const fs::path& root, const Files& files) {
    for (const auto& [name, text] : files) {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << text;
    }
}

/// A small house in which every include is allowed.
Files goodHouse() {
    const std::string opening = "// What for.\n#pragma once\n";
    return {
        {"qt/QtCore/QString", ""},
        {"qt/QtGui/QColor", ""},
        {"qt/QtWidgets/QLabel", ""},
        {"qt/QtCharts/QChart", ""},
        {"core/foundation/clock.h", opening},
        {"core/pricing/price_table.h", opening + "#include \"core/foundation/clock.h\"\n"},
        {"core/routing/policy.h", opening + "#include \"core/pricing/price_table.h\"\n"},
        {"core/sessions/session_store.h", opening + "#include \"core/routing/policy.h\"\n"},
        {"core/sessions/sqlite.h", opening + "#include <sqlite3.h>\n"},
        {"core/sessions/session_store.cpp", "#include \"core/sessions/sqlite.h\"\n"},
        {"core/preferences/preferences_file.h", opening + "#include \"core/routing/policy.h\"\n"},
        {"core/gateway/gateway.h", opening + "#include <string>\n#include \"core/routing/policy.h\"\n"},
        {"core/tierlog/log_line.h", opening + "#include \"core/foundation/clock.h\"\n"},
        {"ui/backend/gateway_host.h", opening + "#include <QString>\n#include \"core/gateway/gateway.h\"\n"},
        {"ui/shell/theme.h", opening + "#include <QColor>\n"},
        {"ui/charts/turn_chart.h", opening + "#include <QChart>\n#include \"ui/shell/theme.h\"\n"},
        {"app/serving.h", opening + "#include \"core/gateway/gateway.h\"\n"},
        {"app/tierctl/main.cpp",
         "#include <QtCore/QString>\n#include \"app/serving.h\"\n#include <CLI/CLI.hpp>\n"},
        {"app/tierdeck_main.cpp", "#include <QLabel>\n#include \"ui/charts/turn_chart.h\"\n"},
        {"tests/core/pricing/tst_price_table.cpp",
         "#include <QString>\n#include \"core/pricing/price_table.h\"\n"},
    };
}

QString textOf(const std::vector<Violation>& violations) {
    QString text;
    for (const Violation& violation : violations) {
        text += QString::fromStdString(violation.text()) + QLatin1Char('\n');
    }
    return text;
}

} // namespace

class TestArchitecture : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void repositoryKeepsTheRules() {
        const auto violations = tierdeck::testing::checkSources(TIERDECK_SOURCE_ROOT, TIERDECK_QT_HEADERS);
        QVERIFY2(violations.empty(), qPrintable(QLatin1Char('\n') + textOf(violations)));
    }

    void topLevelIsTheLayout() {
        const auto violations = tierdeck::testing::checkTopLevel(TIERDECK_SOURCE_ROOT);
        QVERIFY2(violations.empty(), qPrintable(textOf(violations)));
    }

    void goodHouseHasNoViolation() {
        const QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        write(root, goodHouse());
        QCOMPARE(textOf(tierdeck::testing::checkSources(root, root / "qt")), QString());
    }

    void wrongFileIsFound_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");

        const auto row = [](const char* name, const char* file, const char* text, const char* expected) {
            QTest::newRow(name) << QString::fromLatin1(file) << QString::fromLatin1(text)
                                << QString::fromLatin1(expected);
        };
        row("Qt in core", "core/routing/a.cpp", "#include <QString>\n",
            "core/routing may not use <QString> of QtCore");
        row("Qt in core by its module", "core/gateway/a.cpp", "#include <QtCore/QString>\n",
            "core/gateway may not use <QtCore/QString> of QtCore");
        row("Qt in core that is not installed", "core/tierlog/a.cpp", "#include <QWebEngineView>\n",
            "core/tierlog may not use <QWebEngineView> of Qt");
        row("include with odd spaces", "core/routing/a.cpp", "\n  #  include   <QString> // why\n",
            "core/routing/a.cpp:2: core/routing may not use");
        row("widgets in the backend", "ui/backend/a.cpp", "#include <QLabel>\n",
            "ui/backend may not use <QLabel> of QtWidgets");
        row("gui in the backend", "ui/backend/a.cpp", "#include <QColor>\n",
            "ui/backend may not use <QColor> of QtGui");
        row("charts in a page", "ui/sessions/a.cpp", "#include <QChart>\n",
            "ui may not use <QChart> of QtCharts");
        row("charts in the app", "app/a.cpp", "#include <QtCharts/QChart>\n",
            "app may not use <QtCharts/QChart> of QtCharts");
        row("widgets in tierctl", "app/tierctl/a.cpp", "#include <QLabel>\n",
            "app/tierctl may not use <QLabel> of QtWidgets");
        row("foundation upwards", "core/foundation/a.cpp", "#include \"core/pricing/price_table.h\"\n",
            "core/foundation may not know \"core/pricing/price_table.h\"");
        row("pricing upwards", "core/pricing/a.cpp", "#include \"core/routing/policy.h\"\n",
            "core/pricing may not know");
        row("routing upwards", "core/routing/a.cpp", "#include \"core/gateway/gateway.h\"\n",
            "core/routing may not know");
        row("gateway to the store", "core/gateway/a.cpp", "#include \"core/sessions/session_store.h\"\n",
            "core/gateway may not know \"core/sessions/session_store.h\"");
        row("gateway to the preferences", "core/gateway/a.cpp",
            "#include \"core/preferences/preferences_file.h\"\n", "core/gateway may not know");
        row("store to the preferences", "core/sessions/a.cpp",
            "#include \"core/preferences/preferences_file.h\"\n", "core/sessions may not know");
        row("tier log to routing", "core/tierlog/a.cpp", "#include \"core/routing/policy.h\"\n",
            "core/tierlog may not know");
        row("core to the ui", "core/routing/a.cpp", "#include \"ui/shell/theme.h\"\n",
            "core/routing may not know");
        row("backend to a page", "ui/backend/a.cpp", "#include \"ui/shell/theme.h\"\n",
            "ui/backend may not know");
        row("app from the ui", "ui/shell/a.cpp", "#include \"app/serving.h\"\n",
            "ui may not know \"app/serving.h\"");
        row("ui from tierctl", "app/tierctl/a.cpp", "#include \"ui/shell/theme.h\"\n",
            "app/tierctl may not know");
        row("core's test to the ui", "tests/core/a.cpp", "#include \"ui/shell/theme.h\"\n",
            "tests/core may not know");
        row("not from the root", "core/routing/a.cpp", "#include \"policy.h\"\n",
            "\"policy.h\" is not written from the project's root");
        row("library in the wrong folder", "core/routing/a.cpp", "#include <sqlite3.h>\n",
            "<sqlite3.h> belongs behind another folder");
        row("heavy header goes out", "app/a.cpp", "#include \"core/sessions/sqlite.h\"\n",
            "\"core/sessions/sqlite.h\" brings <sqlite3.h> along");
        row("unknown folder", "core/extras/a.cpp", "\n", "stands in a folder that DESIGN.md does not name");
        row("header without a word", "core/routing/a.h", "#pragma once\n",
            "core/routing/a.h:1: does not open by saying");
        row("header without a guard", "core/routing/a.h", "// What for.\n", "has no #pragma once");
        row("awaiting in a condition", "core/gateway/a.cpp", "    if (!co_await read())\n",
            "core/gateway/a.cpp:1: awaits in a condition");
        row("awaiting in a loop", "core/gateway/a.cpp", "    while (const auto more = co_await read())\n",
            "awaits in a condition");
        row("awaiting with braces", "core/gateway/a.cpp", "    co_await reply({404, {}, body});\n",
            "awaits with a braced argument");
        row("left for later", "core/routing/a.cpp",
            "// TO"
            "DO: later\n",
            "core/routing/a.cpp:1: says TO"
            "DO");
        row("left for later in a script", "packaging/a",
            "# FIX"
            "ME\n",
            "packaging/a:1: says FIX"
            "ME");
    }

    void wrongFileIsFound() {
        QFETCH(QString, file);
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        Files files = goodHouse();
        files[file.toStdString()] = text.toStdString();
        write(root, files);
        const auto violations = tierdeck::testing::checkSources(root, root / "qt");
        QCOMPARE(violations.size(), std::size_t{1});
        QVERIFY2(textOf(violations).contains(expected), qPrintable(textOf(violations)));
    }

    void strangerAtTheTopIsFound() {
        const QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        write(root, {{"README.md", ""}, {"core/a.h", ""}, {".gitignore", ""}, {"notes.txt", ""}});
        const auto violations = tierdeck::testing::checkTopLevel(root);
        QCOMPARE(violations.size(), std::size_t{1});
        QVERIFY(textOf(violations).startsWith(QStringLiteral("notes.txt: ")));
    }

    /// What the loader would load, so also what a library of ours drags in.
    void tierctlIsNotLinkedWithTheGui() {
        QProcess ldd;
        ldd.start(QStringLiteral("ldd"), {QStringLiteral(TIERDECK_TIERCTL)});
        QVERIFY(ldd.waitForFinished());
        const QString libraries = QString::fromUtf8(ldd.readAllStandardOutput());
        QVERIFY2(libraries.contains(QStringLiteral("libQt6Core")), qPrintable(libraries));
        for (const char* module : {"Gui", "Widgets", "Charts", "Svg", "Quick"}) {
            const QString library = QStringLiteral("libQt6") + QString::fromLatin1(module);
            QVERIFY2(!libraries.contains(library), qPrintable(library));
        }
    }
};

QTEST_GUILESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
