#include "tests/app/fake_wallet.h"

#include <QDBusConnection>
#include <QStandardPaths>

namespace tierdeck::testing {
namespace {

const QString connectionName = QStringLiteral("fake-wallet");

} // namespace

std::unique_ptr<FakeWallet> FakeWallet::start() {
    const QString program = QStandardPaths::findExecutable(QStringLiteral("dbus-daemon"));
    if (program.isEmpty()) {
        return nullptr;
    }
    std::unique_ptr<FakeWallet> wallet(new FakeWallet);
    wallet->m_bus.start(program, {QStringLiteral("--session"), QStringLiteral("--nofork"),
                                  QStringLiteral("--print-address")});
    while (!wallet->m_bus.canReadLine() && wallet->m_bus.waitForReadyRead(10'000)) {
    }
    const QByteArray address = wallet->m_bus.readLine().trimmed();
    qputenv("DBUS_SESSION_BUS_ADDRESS", address);
    qputenv("XDG_CURRENT_DESKTOP", "KDE");
    qputenv("KDE_SESSION_VERSION", "5");

    QDBusConnection connection = QDBusConnection::connectToBus(QString::fromLatin1(address), connectionName);
    if (!connection.registerObject(QStringLiteral("/modules/kwalletd5"), wallet.get(),
                                   QDBusConnection::ExportAllSlots) ||
        !connection.registerService(QStringLiteral("org.kde.kwalletd5"))) {
        return nullptr;
    }
    return wallet;
}

FakeWallet::~FakeWallet() {
    QDBusConnection::disconnectFromBus(connectionName);
    m_bus.kill();
    m_bus.waitForFinished();
}

QString FakeWallet::networkWallet() {
    ++m_questions;
    setDelayedReply(!m_answering);
    return QStringLiteral("kdewallet");
}

int FakeWallet::open(const QString&, qlonglong, const QString&) {
    return 1;
}

int FakeWallet::entryType(int, const QString& folder, const QString& key, const QString&) {
    const bool known = folder == QStringLiteral("tierdeck") && key == QStringLiteral("anthropic");
    return known ? 1 : 0; // a password, or unknown
}

QString FakeWallet::readPassword(int, const QString&, const QString&, const QString&) {
    return m_password;
}

} // namespace tierdeck::testing
