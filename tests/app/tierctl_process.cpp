#include "tests/app/tierctl_process.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace tierdeck::testing {

TierctlBench::TierctlBench() {
    // Nothing of the machine that runs the tests may reach a program under test.
    m_environment.insert(QStringLiteral("HOME"), m_folder.filePath(QStringLiteral("home")));
    m_environment.insert(QStringLiteral("PATH"), QStringLiteral("/usr/bin:/bin"));
    m_environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C.UTF-8"));
    m_environment.insert(QStringLiteral("TZ"), QStringLiteral("UTC"));
    m_environment.insert(QStringLiteral("OLLAMA_HOST"),
                         QStringLiteral("127.0.0.1:1")); // no one listens there
    m_environment.insert(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"),
                         QStringLiteral("unix:path=/nonexistent"));
    for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
        if (qEnvironmentVariableIsSet(kept)) {
            m_environment.insert(QString::fromLatin1(kept), qEnvironmentVariable(kept));
        }
    }
}

void TierctlBench::write(const QString& inWorkspace, const QByteArray& bytes) const {
    QDir().mkpath(QFileInfo(path(inWorkspace)).path());
    QFile file(path(inWorkspace));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) {
        qFatal("the test could not write %s", qPrintable(file.fileName()));
    }
}

QByteArray TierctlBench::read(const QString& inWorkspace) const {
    QFile file(path(inWorkspace));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TierctlBench::start(QProcess& process, const QStringList& arguments) const {
    process.setProcessEnvironment(m_environment);
    process.start(QStringLiteral(TIERDECK_TIERCTL),
                  QStringList{QStringLiteral("--workspace"), workspace()} + arguments);
}

Outcome TierctlBench::run(const QStringList& arguments, const QByteArray& input) const {
    QProcess process;
    start(process, arguments);
    process.write(input);
    process.closeWriteChannel();
    Outcome outcome;
    if (process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit) {
        outcome.exitCode = process.exitCode();
    }
    outcome.out = process.readAllStandardOutput();
    outcome.err = process.readAllStandardError();
    return outcome;
}

} // namespace tierdeck::testing
