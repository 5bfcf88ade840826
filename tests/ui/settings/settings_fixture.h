// A workspace in a folder of its own with the preferences that the tests of the Model Router page edit.
#pragma once

#include "core/foundation/workspace.h"

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <filesystem>
#include <string>

namespace tierdeck::ui::test {

/// As its first users know the file: no indentation, every key.
inline const QByteArray sampleRouter = R"({
"modelRouter": {
"routingModel": "openai/gpt-5.2-codex",
"balancedModel": "openai/gpt-5.1",
"smartModel": "anthropic/claude-sonnet-4-20250514",
"codingModel": "openai/gpt-5.2",
"deepModel": "anthropic/claude-opus-4-20250514",
"dynamicTierEnabled": true,
"temperature": 0.70
}
}
)";

inline const QByteArray sampleLlm = R"({"llm": {"providers": {
  "openai":    {"apiType": "openai"},
  "anthropic": {"apiType": "anthropic"},
  "ollama":    {"apiType": "openai-chat", "baseUrl": "http://127.0.0.1:11434/v1", "local": true, "models": ["qwen3"]},
  "sim":       {"apiType": "simulated"}
}}}
)";

class PreferencesFolder {
public:
    explicit PreferencesFolder(const QByteArray& router = sampleRouter, const QByteArray& llm = sampleLlm)
        : m_workspace(m_folder.path().toStdString()) {
        QDir().mkpath(QString::fromStdString(m_workspace.preferencesFolder().string()));
        if (!router.isNull())
            write(m_workspace.modelRouterFile(), router);
        if (!llm.isNull())
            write(m_workspace.llmFile(), llm);
    }

    [[nodiscard]] const Workspace& workspace() const { return m_workspace; }

    [[nodiscard]] QByteArray router() const { return read(m_workspace.modelRouterFile()); }

    void writeRouter(const QByteArray& bytes) const { write(m_workspace.modelRouterFile(), bytes); }

    static void write(const std::filesystem::path& path, const QByteArray& bytes) {
        QFile file(QString::fromStdString(path.string()));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("The test's preferences cannot be written.");
    }

    static QByteArray read(const std::filesystem::path& path) {
        QFile file(QString::fromStdString(path.string()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

private:
    QTemporaryDir m_folder;
    Workspace m_workspace;
};

} // namespace tierdeck::ui::test
