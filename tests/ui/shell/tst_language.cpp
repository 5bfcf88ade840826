#include "ui/shell/language.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QtTest>

using namespace tierdeck::ui;

namespace {

QString readAll(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

class LanguageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void initTestCase() { installLanguage(*QCoreApplication::instance()); }

    void pluralsAreEnglish() {
        const auto turns = [](int count) {
            return QCoreApplication::translate("tierdeck::ui::SessionListModel", "%n turn(s)", nullptr,
                                               count);
        };
        QCOMPARE(turns(1), QStringLiteral("1 turn"));
        QCOMPARE(turns(0), QStringLiteral("0 turns"));
        QCOMPARE(turns(86), QStringLiteral("86 turns"));
    }

    /// A counted sentence without its forms would be shown as "1 turn(s)".
    void everyCountedSentenceHasItsForms() {
        const QString forms = readAll(QStringLiteral(TIERDECK_RESOURCES "/translations/tierdeck_en.ts"));
        QVERIFY(!forms.isEmpty());
        const QRegularExpression counted(QStringLiteral("\\btr\\(\\s*\"([^\"]*%L?n[^\"]*)\""));
        int found = 0;
        for (const char* folder : {"/../ui", "/../app"}) {
            QDirIterator files(QLatin1StringView(TIERDECK_RESOURCES) + QLatin1StringView(folder),
                               {QStringLiteral("*.cpp")}, QDir::Files, QDirIterator::Subdirectories);
            while (files.hasNext()) {
                const QString path = files.next();
                const QString source = readAll(path);
                for (auto match = counted.globalMatch(source); match.hasNext();) {
                    const QString sentence = match.next().captured(1);
                    ++found;
                    QVERIFY2(
                        forms.contains(QStringLiteral("<source>%1</source>").arg(sentence.toHtmlEscaped())),
                        qPrintable(path + QStringLiteral(": ") + sentence));
                }
            }
        }
        QVERIFY(found > 15);
        QVERIFY(!forms.contains(QStringLiteral("<numerusform></numerusform>")));
        QVERIFY(!forms.contains(QStringLiteral("unfinished")));
        const QRegularExpression halfDone(QStringLiteral("<numerusform>[^<]*\\(s\\)"));
        QVERIFY(!halfDone.match(forms).hasMatch());
    }
};

QTEST_MAIN(LanguageTest)
#include "tst_language.moc"
