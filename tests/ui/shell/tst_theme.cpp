#include "ui/shell/theme.h"

#include <QApplication>
#include <QSignalSpy>
#include <QtTest>

using tierdeck::ui::Theme;

namespace {

constexpr double readable = 4.5; // WCAG 2 AA for text
constexpr double visible = 3.0;  // for graphics and what can be operated

} // namespace

class ThemeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void textIsReadable_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<int>("text");
        QTest::addColumn<int>("ground");
        for (const bool dark : {false, true})
            for (const auto text : {Theme::Role::Text, Theme::Role::SecondaryText, Theme::Role::Accent})
                for (const auto ground : {Theme::Role::Window, Theme::Role::Surface, Theme::Role::Raised,
                                          Theme::Role::Selection, Theme::Role::Hover})
                    QTest::addRow("%s %d on %d", dark ? "dark" : "light", static_cast<int>(text),
                                  static_cast<int>(ground))
                        << dark << static_cast<int>(text) << static_cast<int>(ground);
    }

    void textIsReadable() {
        QFETCH(bool, dark);
        QFETCH(int, text);
        QFETCH(int, ground);
        const double contrast = Theme::contrast(Theme::colourOf(static_cast<Theme::Role>(text), dark),
                                                Theme::colourOf(static_cast<Theme::Role>(ground), dark));
        const bool words = static_cast<Theme::Role>(text) != Theme::Role::Accent;
        QVERIFY2(contrast >= (words ? readable : visible), qPrintable(QString::number(contrast)));
    }

    void statesAreReadable() {
        for (const bool dark : {false, true}) {
            Theme theme;
            theme.setChoice(dark ? Theme::Choice::Dark : Theme::Choice::Light);
            for (const auto status : {Theme::Status::Ok, Theme::Status::Attention, Theme::Status::Error}) {
                QVERIFY(Theme::contrast(theme.status(status), theme.colour(Theme::Role::Surface)) >=
                        readable);
                QVERIFY(Theme::contrast(theme.colour(Theme::Role::Text), theme.statusBackground(status)) >=
                        readable);
                QVERIFY(Theme::contrast(theme.status(status), theme.statusBackground(status)) >= visible);
            }
        }
    }

    void tiersStandOutAndTheirLettersAreReadable_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<QString>("tier");
        for (const bool dark : {false, true})
            for (const char* tier : {"balanced", "smart", "coding", "deep", "background", "other"})
                QTest::addRow("%s %s", dark ? "dark" : "light", tier) << dark << QString::fromLatin1(tier);
    }

    void tiersStandOutAndTheirLettersAreReadable() {
        QFETCH(bool, dark);
        QFETCH(QString, tier);
        const QColor colour = Theme::tierColour(tier, dark);
        const QColor ground = dark ? QColor(0x1B, 0x1E, 0x24) : QColor(Qt::white);
        QCOMPARE(Theme::colourOf(Theme::Role::Surface, dark), ground);
        QVERIFY2(Theme::contrast(colour, ground) >= visible, qPrintable(colour.name()));
        QVERIFY2(Theme::contrast(colour, Theme::textOn(colour)) >= readable, qPrintable(colour.name()));
    }

    void tierColoursDiffer() {
        for (const bool dark : {false, true}) {
            QSet<QRgb> colours;
            for (const char* tier : {"balanced", "smart", "coding", "deep", "background", "other"})
                colours.insert(Theme::tierColour(QString::fromLatin1(tier), dark).rgb());
            QCOMPARE(colours.size(), 6);
        }
        QCOMPARE(Theme::tierColour(u"", false), Theme::tierColour(u"review", false));
    }

    void theUsersChoiceWins() {
        Theme theme;
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setSystemDark(true);
        QVERIFY(theme.isDark());
        theme.setChoice(Theme::Choice::Light);
        QVERIFY(!theme.isDark());
        theme.setSystemDark(false);
        theme.setSystemDark(true);
        QVERIFY(!theme.isDark());
        theme.setChoice(Theme::Choice::System);
        QVERIFY(theme.isDark());
        QVERIFY(changed.count() >= 4);
    }

    void theApplicationGetsThePalette() {
        Theme theme;
        theme.applyToApplication();
        theme.setChoice(Theme::Choice::Dark);
        QCOMPARE(QApplication::palette().color(QPalette::Base), theme.colour(Theme::Role::Surface));
        QVERIFY(QApplication::palette().color(QPalette::Text).lightness() > 128);
        theme.setChoice(Theme::Choice::Light);
        QCOMPARE(QApplication::palette().color(QPalette::Base), QColor(Qt::white));
    }

    void aForeignPaletteIsReplaced() {
        Theme theme;
        theme.setSystemDark(std::nullopt);
        theme.applyToApplication();
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::Base, Qt::darkGray);
        QApplication::setPalette(dark); // as a platform theme does when the desktop turns dark
        QTRY_COMPARE(QApplication::palette().color(QPalette::Base),
                     Theme::colourOf(Theme::Role::Surface, true));
        QVERIFY(theme.isDark());
    }

    void iconsTakeTheColourOfTheMoment() {
        Theme theme;
        theme.setChoice(Theme::Choice::Light);
        const QIcon icon = theme.icon(QStringLiteral("stop"));
        const auto darkest = [](const QImage& image) {
            int lightness = 255;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (image.pixelColor(x, y).alpha() > 200)
                        lightness = std::min(lightness, image.pixelColor(x, y).lightness());
            return lightness;
        };
        QVERIFY(darkest(icon.pixmap(32, 32).toImage()) < 128);
        theme.setChoice(Theme::Choice::Dark);
        QVERIFY(darkest(icon.pixmap(32, 32).toImage()) > 128);
    }

    void everyIconExists_data() {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"sessions",  "spend",  "tier-log", "model-router", "close", "info",  "ok",
              "attention", "error",  "empty",    "loading",      "copy",  "start", "stop",
              "stopped",   "filter", "menu",     "undo",         "redo",  "save",  "reload"})
            QTest::addRow("%s", name) << QString::fromLatin1(name);
    }

    void everyIconExists() {
        QFETCH(QString, name);
        QVERIFY(QFile::exists(QStringLiteral(":/icons/%1.svg").arg(name)));
        Theme theme;
        const QImage image = theme.icon(name).pixmap(24, 24).toImage();
        bool drawn = false;
        for (int y = 0; y < image.height() && !drawn; ++y)
            for (int x = 0; x < image.width() && !drawn; ++x)
                drawn = image.pixelColor(x, y).alpha() > 100;
        QVERIFY(drawn);
    }
};

QTEST_MAIN(ThemeTest)
#include "tst_theme.moc"
