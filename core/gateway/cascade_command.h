// Runs the programs of `command` gates: without a shell, with the answer on their standard input, in the
// workspace, without the keys that stand in the environment, for ten seconds at most. No reactor
// waits for one: two threads do. Thread-safe; owned by Services.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/http/asio.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

/// The exit code. A sentence where the program cannot be started, is ended by a signal or takes too long; it
/// and what it started in its group are gone then. Any thread; waits.
[[nodiscard]] Result<int> runCommand(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& folder, std::string_view input,
                                     std::chrono::milliseconds longest);

class GateCommands {
public:
    static constexpr std::chrono::milliseconds longest{10'000};

    GateCommands();
    ~GateCommands();

    /// What it is given must outlive the call.
    [[nodiscard]] asio::awaitable<Result<int>> run(const std::vector<std::string>& arguments,
                                                   const std::filesystem::path& folder,
                                                   const std::string& input);

private:
    struct Workers;
    [[nodiscard]] Workers& workers();

    std::once_flag m_first;
    std::unique_ptr<Workers> m_workers; ///< made with the first command
};

} // namespace tierdeck::gateway
