// A line of `tierctl score --jsonl`: {"id", "prompt"} and whatever else. One thread; owned by who reads
// lines; the parser's memory is used again for each.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace tierdeck::gateway::wire {

struct PromptLine {
    std::string_view id;      ///< as it stands in the line, with its quotation marks
    std::string_view prompt;  ///< decoded; holds until the next line is read
    std::string_view problem; ///< what is wrong with the line, as the end of a sentence; "" for nothing
};

class PromptLineReader {
public:
    /// Bytes that must be readable behind a line, whatever they are.
    static constexpr std::size_t padding = 64;

    PromptLineReader();
    ~PromptLineReader();

    /// `readable`: the line's bytes and those behind it that may be looked at.
    [[nodiscard]] PromptLine read(std::string_view line, std::size_t readable);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

} // namespace tierdeck::gateway::wire
