#include "ui/shell/system_appearance.h"
#include "ui/shell/theme.h"

#include <QDBusConnection>
#include <QDBusError>
#include <QDBusMessage>
#include <QDBusVariant>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

using namespace tierdeck::ui;

namespace {

constexpr auto service = "org.freedesktop.portal.Desktop";
constexpr auto path = "/org/freedesktop/portal/desktop";

/// The settings portal of a desktop, on a bus of the test's own.
class Portal final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

public:
    uint scheme = 0;

public Q_SLOTS:

    QDBusVariant Read(const QString& group, const QString& key) {
        Q_UNUSED(group)
        Q_UNUSED(key)
        // As the portal does: a variant in a variant.
        return QDBusVariant(QVariant::fromValue(QDBusVariant(scheme)));
    }

Q_SIGNALS:
    void SettingChanged(const QString& group, const QString& key, const QDBusVariant& value);
};

} // namespace

class SystemAppearanceTest : public QObject {
    Q_OBJECT

    QProcess m_daemon;
    Portal m_portal;
    std::unique_ptr<QDBusConnection> m_desktop;

    void change(const char* group, const char* key, uint scheme) {
        Q_EMIT m_portal.SettingChanged(QLatin1StringView(group), QLatin1StringView(key),
                                       QDBusVariant(scheme));
    }

private Q_SLOTS:

    void initTestCase() {
        const QString daemon = QStandardPaths::findExecutable(QStringLiteral("dbus-daemon"));
        QVERIFY2(!daemon.isEmpty(), "dbus-daemon is needed: packaging/deps test");
        m_daemon.start(daemon, {QStringLiteral("--session"), QStringLiteral("--nofork"),
                                QStringLiteral("--print-address")});
        QVERIFY(m_daemon.waitForReadyRead());
        const QByteArray address = m_daemon.readLine().trimmed();
        qputenv("DBUS_SESSION_BUS_ADDRESS", address);
        m_desktop = std::make_unique<QDBusConnection>(
            QDBusConnection::connectToBus(QString::fromUtf8(address), QStringLiteral("desktop")));
        QVERIFY2(m_desktop->isConnected(), qPrintable(m_desktop->lastError().message()));
    }

    void cleanupTestCase() {
        m_daemon.terminate();
        QVERIFY(m_daemon.waitForFinished());
    }

    void withoutAPortalNothingIsSaid() {
        Theme theme;
        const bool before = theme.isDark();
        const SystemAppearance appearance(theme);
        // A call of our own over the same connection comes back later than its question.
        const auto reply = QDBusConnection::sessionBus().call(
            QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"), QStringLiteral("/"),
                                           QStringLiteral("org.freedesktop.DBus"), QStringLiteral("GetId")));
        QCOMPARE(reply.type(), QDBusMessage::ReplyMessage);
        QCoreApplication::processEvents();
        QCOMPARE(theme.isDark(), before);
    }

    void theDesktopsChoiceIsReadAndFollowed() {
        QVERIFY(
            m_desktop->registerObject(QLatin1StringView(path), &m_portal,
                                      QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
        QVERIFY(m_desktop->registerService(QLatin1StringView(service)));
        m_portal.scheme = 1;
        Theme theme;
        const SystemAppearance appearance(theme);
        QTRY_VERIFY(theme.isDark());
        change("org.freedesktop.appearance", "color-scheme", 2);
        QTRY_VERIFY(!theme.isDark());
        change("org.freedesktop.appearance", "color-scheme", 1);
        QTRY_VERIFY(theme.isDark());
        // Other settings are not ours; the one after them is seen, so they were.
        change("org.freedesktop.appearance", "accent-color", 0);
        change("org.gnome.desktop.interface", "color-scheme", 0);
        change("org.freedesktop.appearance", "color-scheme", 1);
        QSignalSpy changed(&theme, &Theme::changed);
        change("org.freedesktop.appearance", "color-scheme", 0);
        QTRY_VERIFY(!theme.isDark());
        QCOMPARE(changed.count(), 1);
        // The user's choice wins.
        theme.setChoice(Theme::Choice::Light);
        change("org.freedesktop.appearance", "color-scheme", 1);
        theme.setChoice(Theme::Choice::System);
        QTRY_VERIFY(theme.isDark());
    }
};

QTEST_MAIN(SystemAppearanceTest)
#include "tst_system_appearance.moc"
