#include "app/secrets.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QObject>
#include <QtCore/QThread>
#include <qt6keychain/keychain.h>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>

namespace tierdeck::app {
namespace {

constexpr std::chrono::seconds failureIsKeptFor{10};

std::string homeFolder() {
    const char* home = std::getenv("HOME");
    return home ? home : "";
}

/// An answer that comes from another thread, or too late.
class PendingAnswer {
public:
    void give(Result<std::string> answer) {
        {
            const std::lock_guard lock(m_mutex);
            m_answer = std::move(answer);
        }
        m_given.notify_all();
    }

    std::optional<Result<std::string>> waitFor(std::chrono::milliseconds timeout) {
        std::unique_lock lock(m_mutex);
        m_given.wait_for(lock, timeout, [this] { return m_answer.has_value(); });
        return m_answer;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_given;
    std::optional<Result<std::string>> m_answer;
};

Error notReachable(const std::string& entry, const std::string& why) {
    return {ErrorCode::NotFound,
            "Key not reachable: the keychain entry '" + entry + "' could not be read, because " + why +
                ". Unlock or start the desktop's secret service, or name an environment variable or a file "
                "for the key "
                "in preferences/llm.json.",
            {}};
}

Result<std::string> outcomeOf(const QKeychain::ReadPasswordJob& job, const std::string& entry) {
    switch (job.error()) {
    case QKeychain::NoError:
        if (job.textData().isEmpty()) {
            return tl::unexpected(notReachable(entry, "it is empty"));
        }
        return job.textData().toStdString();
    case QKeychain::EntryNotFound:
        return tl::unexpected(notReachable(entry, "the service 'tierdeck' has no such entry"));
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return tl::unexpected(notReachable(entry, "access to it was denied"));
    default:
        return tl::unexpected(notReachable(entry, "no secret service answers here"));
    }
}

/// QtKeychain runs one job at a time for the whole process, by signals on the event loop of the thread that
/// asked first. So that this loop lives on, there is one such thread a process; it runs while someone may
/// ask.
class KeychainThread {
public:
    class User {
    public:
        User() { shared().enter(); }

        User(const User&) = delete;
        User& operator=(const User&) = delete;

        ~User() { shared().leave(); }

        [[nodiscard]] QObject& loop() const { return shared().m_loop; }
    };

private:
    KeychainThread() { m_loop.moveToThread(&m_thread); }

    static KeychainThread& shared() {
        static KeychainThread thread;
        return thread;
    }

    void enter() {
        const std::lock_guard lock(m_mutex);
        if (m_users++ == 0) {
            m_thread.start();
        }
    }

    void leave() {
        const std::lock_guard lock(m_mutex);
        if (--m_users == 0) {
            m_thread.quit();
            m_thread.wait();
        }
    }

    std::mutex m_mutex;
    int m_users = 0;
    QThread m_thread;
    QObject m_loop;
};

} // namespace

class SystemSecrets::Keychain {
public:
    explicit Keychain(std::chrono::milliseconds timeout)
        : m_timeout(timeout) {}

    Result<std::string> read(const std::string& entry) {
        {
            const std::lock_guard lock(m_mutex);
            const auto kept = m_failures.find(entry);
            if (kept != m_failures.end() && std::chrono::steady_clock::now() < kept->second.until) {
                return tl::unexpected(kept->second.error);
            }
            if (!m_thread) {
                m_thread.emplace();
            }
        }
        const auto pending = std::make_shared<PendingAnswer>();
        QMetaObject::invokeMethod(
            &m_thread->loop(), [entry, pending] { startJob(entry, pending); }, Qt::QueuedConnection);
        Result<std::string> answer = pending->waitFor(m_timeout).value_or(
            tl::unexpected(notReachable(entry, "the secret service did not answer in time")));
        if (!answer) {
            const std::lock_guard lock(m_mutex);
            m_failures.insert_or_assign(
                entry, Failure{answer.error(), std::chrono::steady_clock::now() + failureIsKeptFor});
        }
        return answer;
    }

private:
    struct Failure {
        Error error;
        std::chrono::steady_clock::time_point until;
    };

    static void startJob(const std::string& entry, const std::shared_ptr<PendingAnswer>& pending) {
        auto* job =
            new QKeychain::ReadPasswordJob(QStringLiteral("tierdeck")); // deletes itself when it is done
        job->setKey(QString::fromStdString(entry));
        QObject::connect(job, &QKeychain::Job::finished, job,
                         [job, entry, pending] { pending->give(outcomeOf(*job, entry)); });
        job->start();
    }

    std::chrono::milliseconds m_timeout;
    std::mutex m_mutex;
    std::map<std::string, Failure> m_failures;
    std::optional<KeychainThread::User> m_thread; ///< since the first question
};

SystemSecrets::SystemSecrets(std::chrono::milliseconds keychainTimeout)
    : m_keychain(std::make_unique<Keychain>(keychainTimeout)) {}

SystemSecrets::~SystemSecrets() = default;

Result<std::string> SystemSecrets::fromEnvironment(const std::string& variable) const {
    const char* value = std::getenv(variable.c_str());
    if (!value || !*value) {
        return failure(ErrorCode::NotFound, "The environment variable " + variable + " is not set.");
    }
    return std::string(value);
}

Result<std::string> SystemSecrets::fromKeychain(const std::string& entry) const {
    if (!QCoreApplication::instance()) {
        return tl::unexpected(notReachable(entry, "this program cannot ask a secret service"));
    }
    return m_keychain->read(entry);
}

Result<std::string> SystemSecrets::fromFile(const std::string& path) const {
    const std::string expanded = path.starts_with("~/") ? homeFolder() + path.substr(1) : path;
    std::ifstream file(expanded);
    if (!file) {
        return failure(ErrorCode::NotFound, "The key file " + path + " cannot be read.");
    }
    std::string line;
    std::getline(file, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
        line.pop_back();
    }
    if (line.empty()) {
        return failure(ErrorCode::NotFound, "The first line of the key file " + path + " is empty.");
    }
    return line;
}

} // namespace tierdeck::app
