// A log file in a folder of its own, and the lines that go into it, for the tests of the Tier Log page.
#pragma once

#include <QFile>
#include <QString>
#include <QTemporaryDir>

#include <filesystem>

namespace tierdeck::ui::test {

class LogFile {
public:
    LogFile()
        : m_path(std::filesystem::path(m_folder.path().toStdString()) / "tier.log") {}

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    [[nodiscard]] QString name() const { return QString::fromStdString(m_path.string()); }

    void append(const QByteArray& bytes) const {
        QFile file(name());
        if (!file.open(QIODevice::Append) || file.write(bytes) != bytes.size())
            qFatal("The test's log cannot be written.");
    }

    void rotate() const { std::filesystem::rename(m_path, m_path.parent_path() / "tier.1.log"); }

    static QByteArray assignment(int turn, const QByteArray& tier = "coding",
                                 const QByteArray& session = "s1") {
        return "2026-11-21T05:47:12.123Z [info] Tier assignment: " + tier + " (source: user) tier=" + tier +
               " tier_source=user model=openai/gpt-5.2 session=" + session +
               " turn=" + QByteArray::number(turn) + " request=" + QByteArray::number(4700 + turn) +
               " client=codex project=shop\n";
    }

    static QByteArray assignments(int count, int firstTurn = 1) {
        QByteArray lines;
        for (int i = 0; i < count; ++i)
            lines += assignment(firstTurn + i, i % 5 == 0 ? "deep" : "coding");
        return lines;
    }

    static QByteArray fallback(int turn) {
        return "2026-11-21T05:47:13.400Z [warn] Fallback: anthropic/claude-sonnet-4-20250514 -> "
               "openai/gpt-5.2 "
               "reason=http_529 attempt=2 session=s1 turn=" +
               QByteArray::number(turn) + "\n";
    }

private:
    QTemporaryDir m_folder;
    std::filesystem::path m_path;
};

} // namespace tierdeck::ui::test
