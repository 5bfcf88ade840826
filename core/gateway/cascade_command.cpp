#include "core/gateway/cascade_command.h"

#include "core/gateway/http/elsewhere.h"
#include "core/gateway/processors.h"

#include <boost/asio/thread_pool.hpp>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace tierdeck::gateway {

namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
public:
    explicit Descriptor(int number)
        : m_number(number) {}

    ~Descriptor() {
        if (m_number >= 0)
            ::close(m_number);
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return m_number; }

private:
    int m_number;
};

int millisecondsUntil(Clock::time_point end) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

/// What a program needs to run. A gate has no use for the providers' keys, which may stand in the environment
/// as well: nothing else is passed on.
bool isPassedOn(std::string_view variable) {
    constexpr auto needed =
        std::to_array<std::string_view>({"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TMPDIR", "TZ"});
    const auto name = variable.substr(0, variable.find('='));
    return name.starts_with("LC_") || std::ranges::find(needed, name) != needed.end();
}

std::vector<char*> environmentOfGates() {
    std::vector<char*> variables;
    for (char** variable = environ; variable && *variable; ++variable) {
        if (isPassedOn(*variable))
            variables.push_back(*variable);
    }
    variables.push_back(nullptr);
    return variables;
}

/// The input as a file without a name, which a program may read, leave or open again as /dev/stdin.
int fileOf(std::string_view input) {
    const int file = ::memfd_create("answer", MFD_CLOEXEC);
    while (file >= 0 && !input.empty()) {
        const auto written = ::write(file, input.data(), input.size());
        if (written < 0) {
            ::close(file);
            return -1;
        }
        input.remove_prefix(static_cast<std::size_t>(written));
    }
    if (file >= 0)
        ::lseek(file, 0, SEEK_SET);
    return file;
}

} // namespace

Result<int> runCommand(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                       std::string_view input, std::chrono::milliseconds longest) {
    if (arguments.empty())
        return failure(ErrorCode::InvalidInput, "the command is empty");
    const Descriptor standardInput(fileOf(input));
    if (standardInput.number() < 0)
        return failure(ErrorCode::IoFailed, std::strerror(errno));
    std::vector<char*> words;
    for (const auto& argument : arguments)
        words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const auto variables = environmentOfGates();

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_adddup2(&actions, standardInput.number(), STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, words[0], &actions, &attributes, words.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        return failure(ErrorCode::IoFailed, arguments[0] + ": " + std::strerror(error));

    const auto end = Clock::now() + longest;
    const Descriptor exited(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    pollfd watched{exited.number(), POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&watched, 1, millisecondsUntil(end));
    while (ready < 0 && errno == EINTR);
    const bool late = ready == 0;
    if (late)
        ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (late)
        return failure(ErrorCode::Cancelled,
                       arguments[0] + " took longer than " + std::to_string(longest.count()) + " ms");
    if (!WIFEXITED(status))
        return failure(ErrorCode::IoFailed,
                       arguments[0] + " was ended by signal " + std::to_string(WTERMSIG(status)));
    return WEXITSTATUS(status);
}

struct GateCommands::Workers {
    asio::thread_pool pool{2};
};

GateCommands::Workers& GateCommands::workers() {
    std::call_once(m_first, [this] { m_workers = std::make_unique<Workers>(); });
    return *m_workers;
}

GateCommands::GateCommands() = default;
GateCommands::~GateCommands() = default;

asio::awaitable<Result<int>> GateCommands::run(const std::vector<std::string>& arguments,
                                               const std::filesystem::path& folder,
                                               const std::string& input) {
    const auto begin = [&](auto done) {
        asio::post(workers().pool, [&, done]() mutable {
            useAllProcessors(); // the reactor that made the pool keeps to a share
            done(runCommand(arguments, folder, input, longest));
        });
    };
    auto code = co_await elsewhere<Result<int>>(begin);
    co_return code;
}

} // namespace tierdeck::gateway
