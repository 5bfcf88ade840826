#include "core/foundation/workspace.h"
#include "core/sessions/session_store.h"
#include "tests/support/record_generator.h"
#include "ui/shell/theme.h"

#include <QImage>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

using namespace tierdeck;

namespace {

struct Ran {
    int exitCode = -1;
    QStringList lines;
    QString errors;
};

Ran run(const QStringList& arguments) {
    QProcess program;
    program.setProcessChannelMode(QProcess::SeparateChannels);
    program.start(QStringLiteral(TIERDECK_PROGRAM), arguments);
    Ran ran;
    if (!program.waitForFinished(60'000))
        return ran;
    ran.exitCode = program.exitStatus() == QProcess::NormalExit ? program.exitCode() : -1;
    ran.lines = QString::fromUtf8(program.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts);
    ran.errors = QString::fromUtf8(program.readAllStandardError());
    return ran;
}

int pixelsOf(const QImage& image, const QColor& colour) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            count += image.pixel(x, y) == colour.rgb() ? 1 : 0;
    return count;
}

void fill(const Workspace& workspace) {
    sessions::StoreOptions options;
    options.file = workspace.storeFile();
    options.unsavedFile = workspace.unsavedFile();
    auto store = sessions::SessionStore::open(options);
    testing::GeneratorOptions wanted;
    wanted.requests = 800;
    wanted.days = 4;
    wanted.end = SystemClock().now();
    for (routing::RequestRecord& record : testing::RecordGenerator(wanted).all())
        (*store)->record(std::move(record), [](const Result<void>&) {});
}

} // namespace

class PicturesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void everyPageInLightAndDark() {
        const QTemporaryDir folder;
        fill(Workspace(folder.filePath(QStringLiteral("workspace")).toStdString()));
        const QString pictures = folder.filePath(QStringLiteral("deep/pictures"));
        const Ran ran = run({QStringLiteral("--workspace"), folder.filePath(QStringLiteral("workspace")),
                             QStringLiteral("--pictures"), pictures});
        QVERIFY2(ran.exitCode == 0, qPrintable(ran.errors));
        QStringList expected;
        for (const char* page : {"sessions", "spend", "tier-log", "model-router"})
            for (const char* theme : {"light", "dark"})
                expected.append(QStringLiteral("%1/%2-%3.png")
                                    .arg(pictures, QLatin1StringView(page), QLatin1StringView(theme)));
        QCOMPARE(ran.lines, expected);
        for (const QString& path : expected) {
            const QImage image(path);
            QCOMPARE(image.size(), QSize(1280, 800));
            const bool dark = path.endsWith(QLatin1StringView("dark.png"));
            // Most of it is the theme's own ground.
            const int ground = pixelsOf(image, ui::Theme::colourOf(ui::Theme::Role::Window, dark)) +
                               pixelsOf(image, ui::Theme::colourOf(ui::Theme::Role::Surface, dark));
            QVERIFY2(ground > 400'000, qPrintable(QStringLiteral("%1: %2").arg(path).arg(ground)));
        }
        const QImage sessions(expected.constFirst());
        int tiers = 0;
        for (const char* tier : {"balanced", "smart", "coding", "deep", "other"})
            tiers +=
                pixelsOf(sessions, ui::Theme::tierColour(QString::fromLatin1(tier), false)) > 200 ? 1 : 0;
        QVERIFY2(tiers >= 2, "no bars of tiers in the picture");
    }

    void anEmptyWorkspaceHasPicturesTooAndIsLeftAlone() {
        const QTemporaryDir folder;
        const QString workspace = folder.filePath(QStringLiteral("none"));
        const Ran ran = run({QStringLiteral("--workspace"), workspace, QStringLiteral("--pictures"),
                             folder.filePath(QStringLiteral("pictures"))});
        QVERIFY2(ran.exitCode == 0, qPrintable(ran.errors));
        QCOMPARE(ran.lines.size(), 8); // four pages, light and dark
        QVERIFY(!QFile::exists(workspace));
    }

    void aFolderThatCannotBeMadeIsSaid() {
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("file")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const Ran ran = run({QStringLiteral("--workspace"), folder.path(), QStringLiteral("--pictures"),
                             folder.filePath(QStringLiteral("file/below"))});
        QCOMPARE(ran.exitCode, 1);
        QVERIFY(ran.errors.contains(QStringLiteral("tierdeck: ")));
    }

    void wrongUsageIsTwo_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("unknown page") << QStringList{QStringLiteral("--page"), QStringLiteral("nowhere")};
        QTest::newRow("unknown option") << QStringList{QStringLiteral("--frobnicate")};
        QTest::newRow("no folder") << QStringList{QStringLiteral("--pictures")};
    }

    void wrongUsageIsTwo() {
        QFETCH(QStringList, arguments);
        const Ran ran = run(arguments);
        QCOMPARE(ran.exitCode, 2);
        QVERIFY(ran.errors.contains(QStringLiteral("--help")));
    }

    void helpAndVersion() {
        QCOMPARE(run({QStringLiteral("--help")}).exitCode, 0);
        const Ran version = run({QStringLiteral("--version")});
        QCOMPARE(version.exitCode, 0);
        QCOMPARE(version.lines.size(), 1);
    }
};

QTEST_GUILESS_MAIN(PicturesTest)
#include "tst_pictures.moc"
