// A desktop wallet (KDE's, over DBus) with one password, on a bus of its own: what a secret service looks
// like from outside. Lives on the thread of the test that owns it.
#pragma once

#include <QDBusContext>
#include <QObject>
#include <QProcess>
#include <QString>

#include <memory>

namespace tierdeck::testing {

class FakeWallet : public QObject, protected QDBusContext {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.kde.KWallet")
public:
    /// nullptr where there is no dbus-daemon. Makes its bus the session bus of this process, before anyone
    /// asked for one.
    [[nodiscard]] static std::unique_ptr<FakeWallet> start();
    ~FakeWallet() override;

    /// While false, it takes questions and answers nothing, as one does that asks its user to unlock it.
    void setAnswering(bool answering) { m_answering = answering; }

    void setPassword(const QString& password) { m_password = password; }

    [[nodiscard]] int questions() const { return m_questions; }

public Q_SLOTS:
    [[nodiscard]] QString networkWallet();
    [[nodiscard]] int open(const QString& wallet, qlonglong window, const QString& program);
    [[nodiscard]] int entryType(int handle, const QString& folder, const QString& key,
                                const QString& program);
    [[nodiscard]] QString readPassword(int handle, const QString& folder, const QString& key,
                                       const QString& program);

private:
    FakeWallet() = default;

    QProcess m_bus;
    QString m_password = QStringLiteral("secret-4");
    bool m_answering = true;
    int m_questions = 0;
};

} // namespace tierdeck::testing
