#include "resources/embedded.h"

#include <QtTest>

using namespace tierdeck;

class TestEmbedded : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isTheFile_data();
    void isTheFile();
    void unknownNameHasNoBytes();
};

void TestEmbedded::isTheFile_data() {
    QTest::addColumn<QString>("name");
    for (const resources::EmbeddedFile& file : resources::all()) {
        const QString name = QString::fromUtf8(file.name.data(), qsizetype(file.name.size()));
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestEmbedded::isTheFile() {
    QFETCH(QString, name);
    QFile file(QStringLiteral(TIERDECK_RESOURCES "/") + name);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const std::string_view bytes = resources::find(name.toStdString());
    QCOMPARE(QByteArray(bytes.data(), qsizetype(bytes.size())), file.readAll());
}

void TestEmbedded::unknownNameHasNoBytes() {
    QVERIFY(resources::find("prices.jso").data() == nullptr);
    QVERIFY(!resources::find("prices.json").empty());
}

QTEST_APPLESS_MAIN(TestEmbedded)
#include "tst_embedded.moc"
