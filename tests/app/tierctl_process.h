// Runs the built tierctl as a person's shell would: its own process, workspace, home and environment. One
// thread; owned by one test function.
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace tierdeck::testing {

struct Outcome {
    int exitCode = -1;
    QByteArray out;
    QByteArray err;
};

class TierctlBench {
public:
    TierctlBench();

    [[nodiscard]] QString workspace() const { return m_folder.filePath(QStringLiteral("workspace")); }

    [[nodiscard]] QString path(const QString& inWorkspace) const {
        return workspace() + QLatin1Char('/') + inWorkspace;
    }

    void write(const QString& inWorkspace, const QByteArray& bytes) const;
    [[nodiscard]] QByteArray read(const QString& inWorkspace) const;

    void setVariable(const QString& name, const QString& value) { m_environment.insert(name, value); }

    /// With `--workspace` of the bench before `arguments`.
    [[nodiscard]] Outcome run(const QStringList& arguments, const QByteArray& input = {}) const;
    /// A process that goes on; the caller ends it.
    void start(QProcess& process, const QStringList& arguments) const;

private:
    QTemporaryDir m_folder;
    QProcessEnvironment m_environment;
};

} // namespace tierdeck::testing
