// Strict readers of the streams that our writers make, each a small state machine after the published
// formats, and a reply told in lines that a person can compare. Test support; one thread.
#pragma once

#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/neutral_reply.h"
#include "core/gateway/wire/sse.h"

#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

/// What is wrong with a stream, in words; "" for nothing. A stream that is not `complete` may stop anywhere,
/// but what is there must be right. Without `checksArguments` calls may have lost some of theirs on their
/// way.
[[nodiscard]] std::string problemOf(wire::Dialect dialect, std::string_view stream, bool complete,
                                    bool checksArguments = true);

/// Tells a reply's events as lines: one for each part, the usage, the end.
class Story final : public wire::ReplySink {
public:
    void take(const wire::reply::Event& event) override;

    [[nodiscard]] std::string text() const;

private:
    wire::ReplyAssembler m_assembler;
    std::vector<std::string> m_others;
    bool m_finished = false;
    std::string m_end;
};

/// The story of a stream as its dialect's reader tells it.
[[nodiscard]] std::string storyOf(wire::Dialect dialect, std::string_view stream);

/// The story of a whole reply; "unreadable" for what is none.
[[nodiscard]] std::string storyOfWhole(wire::Dialect dialect, std::string_view body);

} // namespace tierdeck::gateway
