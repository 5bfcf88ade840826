#include "app/tierctl/command.h"
#include "core/gateway/wire/prompt_line.h"
#include "core/preferences/live_preferences.h"
#include "core/routing/complexity.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <memory>
#include <vector>

namespace tierdeck::app {
namespace {

constexpr std::size_t block = 256 * 1024;

struct Heads {
    routing::ClassifierSettings thresholds;
    std::shared_ptr<const routing::ComplexityHead> user;
};

/// Scoring needs no workspace: where there is none, or one that cannot be used, the defaults hold.
Heads headsOf(const Invocation& invocation) {
    preferences::LivePreferences live(invocation.workspace, invocation.clock, invocation.secrets);
    const auto current = live.current();
    if (!current.policy) {
        invocation.err
            << "tierctl: the preferences have errors, so the default thresholds hold; `tierctl check` "
               "lists them.\n";
        return {};
    }
    return {current.policy->classifier, current.policy->userHead};
}

/// One line in, one line out.
class LineScorer {
public:
    LineScorer(const Heads& heads, std::ostream& out)
        : m_heads(heads)
        , m_out(out) {
        m_written.reserve(flushAt + 4096);
    }

    ~LineScorer() { flush(); }

    LineScorer(const LineScorer&) = delete;
    LineScorer& operator=(const LineScorer&) = delete;

    /// "" when the line was scored; else what is wrong with it. `readable`: its bytes and those behind it.
    [[nodiscard]] std::string_view score(std::string_view line, std::size_t readable) {
        const auto read = m_reader.read(line, readable);
        if (read.problem.empty())
            write(read.id, read.prompt);
        return read.problem;
    }

    void flush() {
        m_out << m_written;
        m_out.flush();
        m_written.clear();
    }

private:
    static constexpr std::size_t flushAt = 64 * 1024;

    void write(std::string_view id, std::string_view prompt) {
        routing::RouteRequest request;
        request.userText = prompt;
        const auto outputs = routing::outputsOf(routing::featuresOf(request), m_heads.user.get());
        std::array<char, 32> number{};
        const auto end = std::to_chars(number.data(), number.data() + number.size(), outputs.difficulty).ptr;
        m_written.append(R"({"id":)").append(id).append(R"(,"score":)").append(number.data(), end);
        m_written.append(R"(,"tier":")")
            .append(routing::tierForScores(outputs.difficulty, outputs.code, m_heads.thresholds))
            .append("\"}\n");
        if (m_written.size() >= flushAt)
            flush();
    }

    const Heads& m_heads;
    std::ostream& m_out;
    std::string m_written;
    gateway::wire::PromptLineReader m_reader;
};

bool isBlank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Reads in blocks and scores every line that is complete, so that a pipe gets its answers as it writes.
Exit scoreAll(const Invocation& invocation, std::streambuf& in, const Heads& heads) {
    LineScorer scorer(heads, invocation.out);
    std::string pending;
    std::size_t lineNumber = 0;
    const auto take = [&](std::string_view line) {
        ++lineNumber;
        if (isBlank(line))
            return true;
        const auto behind = static_cast<std::size_t>(pending.data() + pending.capacity() - line.data());
        const auto problem = scorer.score(line, behind);
        if (problem.empty())
            return true;
        scorer.flush();
        fail(invocation, Exit::WrongUsage,
             "line " + std::to_string(lineNumber) + " cannot be scored: " + std::string(problem) + ".");
        return false;
    };
    while (true) {
        const std::size_t kept = pending.size();
        // What is there already, at least one byte: a person's pipe is answered line by line.
        const int first = in.sgetc();
        if (first == std::char_traits<char>::eof())
            break;
        const auto there =
            std::max<std::streamsize>(1, std::min<std::streamsize>(in.in_avail(), std::streamsize(block)));
        pending.reserve(kept + static_cast<std::size_t>(there) + gateway::wire::PromptLineReader::padding);
        pending.resize(kept + static_cast<std::size_t>(there));
        const auto got = in.sgetn(pending.data() + kept, there);
        pending.resize(kept + static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (std::size_t end = pending.find('\n', kept); end != std::string::npos;
             end = pending.find('\n', begin)) {
            if (!take(std::string_view(pending).substr(begin, end - begin)))
                return Exit::WrongUsage;
            begin = end + 1;
        }
        pending.erase(0, begin);
        if (in.in_avail() <= 0)
            scorer.flush();
    }
    if (!pending.empty()) {
        pending.reserve(pending.size() + gateway::wire::PromptLineReader::padding);
        if (!take(pending))
            return Exit::WrongUsage;
    }
    return Exit::Done;
}

Exit run(const Invocation& invocation, const std::string& path) {
    const Heads heads = headsOf(invocation);
    // Nothing was read or written yet; a stream in step with stdio hands its bytes over one at a time.
    std::ios::sync_with_stdio(false);
    if (path == "-")
        return scoreAll(invocation, *invocation.in.rdbuf(), heads);
    std::vector<char> buffer(block);
    std::filebuf file;
    file.pubsetbuf(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (!file.open(path, std::ios::in | std::ios::binary))
        return fail(invocation, Exit::WrongUsage,
                    path + " cannot be opened; name a file that can be read, or -.");
    return scoreAll(invocation, file, heads);
}

} // namespace

void addScore(CLI::App& line, Command& chosen) {
    auto* const command = line.add_subcommand("score", "How hard prompts look, and the tier that speaks for");
    auto path = std::make_shared<std::string>();
    command
        ->add_option(
            "--jsonl", *path,
            "Lines of {\"id\", \"prompt\"}; one line of {\"id\", \"score\", \"tier\"} is printed for each")
        ->type_name("FILE|-")
        ->required();
    command->callback([&chosen, path] {
        chosen = [path](const Invocation& invocation) { return run(invocation, *path); };
    });
}

} // namespace tierdeck::app
