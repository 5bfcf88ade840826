// The workspace folder: the only place where gateway, store, app and tierctl meet. Names every path in it, so
// that no one else builds one. A plain value; any thread.
#pragma once

#include <filesystem>
#include <string>

namespace tierdeck {

class Workspace {
public:
    explicit Workspace(std::filesystem::path root)
        : m_root(std::move(root)) {}

    /// $TIERDECK_WORKSPACE, else $XDG_DATA_HOME/tierdeck, else ~/.local/share/tierdeck.
    [[nodiscard]] static Workspace standard();

    [[nodiscard]] const std::filesystem::path& root() const { return m_root; }

    [[nodiscard]] std::filesystem::path preferencesFolder() const { return m_root / "preferences"; }

    [[nodiscard]] std::filesystem::path modelRouterFile() const {
        return preferencesFolder() / "model-router.json";
    }

    [[nodiscard]] std::filesystem::path llmFile() const { return preferencesFolder() / "llm.json"; }

    [[nodiscard]] std::filesystem::path pricesFile() const { return preferencesFolder() / "prices.json"; }

    [[nodiscard]] std::filesystem::path skillsFolder() const { return m_root / "skills"; }

    [[nodiscard]] std::filesystem::path stateFolder() const { return m_root / "state"; }

    [[nodiscard]] std::filesystem::path gatewayLockFile() const { return stateFolder() / "gateway.lock"; }

    [[nodiscard]] std::filesystem::path gatewayInfoFile() const { return stateFolder() / "gateway.json"; }

    [[nodiscard]] std::filesystem::path availabilityFile() const {
        return stateFolder() / "availability.json";
    }

    [[nodiscard]] std::filesystem::path quotasFile() const { return stateFolder() / "quotas.json"; }

    [[nodiscard]] std::filesystem::path availabilityLockFile() const {
        return stateFolder() / "availability.lock";
    }

    [[nodiscard]] std::filesystem::path trustedCommandsFile() const {
        return stateFolder() / "trusted-commands.json";
    }

    [[nodiscard]] std::filesystem::path offeredModelsFile() const { return stateFolder() / "models.json"; }

    /// What the user's labels taught the complexity score; written by `tierctl train`.
    [[nodiscard]] std::filesystem::path userHeadFile() const { return stateFolder() / "complexity-head.bin"; }

    [[nodiscard]] std::filesystem::path unsavedFile() const { return stateFolder() / "unsaved.jsonl"; }

    [[nodiscard]] std::filesystem::path tierLogFile() const { return m_root / "logs" / "tier.log"; }

    [[nodiscard]] std::filesystem::path storeFile() const { return m_root / "sessions" / "tierdeck.db"; }

    /// Finished requests that the store has yet to commit.
    [[nodiscard]] std::filesystem::path journalFile() const { return m_root / "sessions" / "journal"; }

    [[nodiscard]] std::filesystem::path historyFolder() const { return m_root / "history"; }

private:
    std::filesystem::path m_root;
};

} // namespace tierdeck
