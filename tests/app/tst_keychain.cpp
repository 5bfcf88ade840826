// Keys from a secret service that answers, lacks the entry, or keeps silent; asked from a thread without an
// event loop, as the gateway does.
#include "app/secrets.h"
#include "tests/app/fake_wallet.h"

#include <QElapsedTimer>
#include <QtTest>

#include <chrono>
#include <future>

using namespace tierdeck;
using tierdeck::app::SystemSecrets;
using tierdeck::testing::FakeWallet;

class TestKeychain : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void findsTheKeyAsItIsNow();
    void saysThatThereIsNoEntry();
    void servesLaterInstances();
    void doesNotWaitForASilentService();

    void cleanupTestCase() { m_wallet.reset(); }

private:
    /// The wallet answers on this thread, so its events must run while another one asks.
    Result<std::string> ask(const SystemSecrets& secrets, const std::string& entry) {
        auto answer = std::async(std::launch::async, [&] { return secrets.fromKeychain(entry); });
        const bool came = QTest::qWaitFor(
            [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }, 15'000);
        if (!came) {
            qFatal("the question for a key never ended");
        }
        return answer.get();
    }

    std::unique_ptr<FakeWallet> m_wallet;
};

void TestKeychain::initTestCase() {
    m_wallet = FakeWallet::start();
    if (!m_wallet) {
        QSKIP("there is no dbus-daemon here");
    }
}

void TestKeychain::findsTheKeyAsItIsNow() {
    const SystemSecrets secrets;
    const auto answer = ask(secrets, "anthropic");
    QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.c_str());
    QCOMPARE(*answer, std::string("secret-4"));
    // It may have been changed meanwhile.
    m_wallet->setPassword(QStringLiteral("secret-5"));
    QCOMPARE(ask(secrets, "anthropic").value_or(""), std::string("secret-5"));
    m_wallet->setPassword(QStringLiteral("secret-4"));
}

void TestKeychain::saysThatThereIsNoEntry() {
    const SystemSecrets secrets;
    const auto answer = ask(secrets, "absent");
    QVERIFY(!answer);
    QVERIFY2(answer.error().message.starts_with("Key not reachable: the keychain entry 'absent'"),
             answer.error().message.c_str());
    const int questions = m_wallet->questions();
    QVERIFY(!ask(secrets, "absent"));
    QCOMPARE(m_wallet->questions(), questions); // the failure was kept
}

void TestKeychain::servesLaterInstances() {
    for (int instance = 0; instance < 3; ++instance) {
        const SystemSecrets secrets;
        QCOMPARE(ask(secrets, "anthropic").value_or(""), std::string("secret-4"));
    }
    const SystemSecrets first;
    {
        const SystemSecrets second;
        QCOMPARE(ask(second, "anthropic").value_or(""), std::string("secret-4"));
    }
    QCOMPARE(ask(first, "anthropic").value_or(""), std::string("secret-4"));
}

void TestKeychain::doesNotWaitForASilentService() {
    m_wallet->setAnswering(false);
    {
        const SystemSecrets secrets(std::chrono::milliseconds(200));
        QElapsedTimer timer;
        timer.start();
        const auto answer = ask(secrets, "anthropic");
        QVERIFY(!answer);
        QVERIFY2(answer.error().message.find("did not answer in time") != std::string::npos,
                 answer.error().message.c_str());
        QVERIFY(timer.elapsed() < 5'000);
    }
    m_wallet->setAnswering(true);
}

QTEST_GUILESS_MAIN(TestKeychain)
#include "tst_keychain.moc"
