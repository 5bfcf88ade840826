// What the tests of preferences share: a workspace in a temporary folder, keys and time in the test's hands,
// and the sample of the contract.
#pragma once

#include "core/foundation/atomic_file.h"
#include "core/foundation/clock.h"
#include "core/foundation/secret_source.h"
#include "core/foundation/workspace.h"
#include "core/preferences/problem.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace QTest {
template <>
inline char* toString(const std::string& text) {
    return toString(QByteArray::fromStdString(text));
}
} // namespace QTest

namespace tierdeck::testing {

/// The sample of model-router.json in the contract, to the byte.
inline constexpr std::string_view routerSample = R"({
"modelRouter": {
"routingModel": "openai/gpt-5.2-codex",
"balancedModel": "openai/gpt-5.1",
"smartModel": "anthropic/claude-sonnet-4-20250514",
"codingModel": "openai/gpt-5.2",
"deepModel": "anthropic/claude-opus-4-20250514",
"dynamicTierEnabled": true,
"temperature": 0.7
}
}
)";

inline constexpr std::string_view llmSample = R"({"llm": {"providers": {
  "openai":    {"apiType": "openai",    "baseUrl": "https://api.openai.com/v1", "apiKey": {"env": "OPENAI_API_KEY"}},
  "anthropic": {"apiType": "anthropic", "baseUrl": "https://api.anthropic.com", "apiKey": {"keychain": "anthropic"}},
  "azure-gpt": {"apiType": "openai-chat", "baseUrl": "https://azure.example/v1", "models": [{"id": "my-deployment", "sameAs": "openai/gpt-5.2", "contextWindow": 400000}]},
  "ollama":    {"apiType": "openai-chat", "baseUrl": "http://127.0.0.1:11434/v1", "local": true},
  "sim":       {"apiType": "simulated"}
}}}
)";

class FakeClock final : public Clock {
public:
    [[nodiscard]] UtcTime now() const override {
        return UtcTime(std::chrono::milliseconds(1'795'240'000'000));
    }

    [[nodiscard]] SteadyTime steadyNow() const override { return SteadyTime(m_passed); }

    void pass(std::chrono::milliseconds time) { m_passed += time; }

private:
    std::chrono::milliseconds m_passed{1'000'000};
};

class FakeSecrets final : public SecretSource {
public:
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> keychain;
    std::map<std::string, std::string> files;

    [[nodiscard]] Result<std::string> fromEnvironment(const std::string& variable) const override {
        return from(environment, variable);
    }

    [[nodiscard]] Result<std::string> fromKeychain(const std::string& entry) const override {
        return from(keychain, entry);
    }

    [[nodiscard]] Result<std::string> fromFile(const std::string& path) const override {
        return from(files, path);
    }

private:
    static Result<std::string> from(const std::map<std::string, std::string>& secrets,
                                    const std::string& name) {
        const auto found = secrets.find(name);
        if (found == secrets.end())
            return failure(ErrorCode::NotFound, "There is no such key.");
        return found->second;
    }
};

inline void putFile(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
}

/// "error model-router.json /modelRouter/deepModel" for each, to compare lists at a glance.
inline std::vector<std::string> briefly(const std::vector<preferences::Problem>& problems) {
    std::vector<std::string> lines;
    for (const auto& problem : problems)
        lines.push_back(std::string(toString(problem.severity)) + " " + problem.file + " " + problem.pointer);
    return lines;
}

inline std::string listed(const std::vector<preferences::Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) {
        text += std::string(toString(problem.severity)) + " " + problem.file + " " + problem.pointer + ": " +
                problem.message + (problem.fix ? " [" + problem.fix->label + "]" : "") + "\n";
    }
    return text;
}

} // namespace tierdeck::testing
