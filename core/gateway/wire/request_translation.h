// Turns a request of one dialect into one of another, through the neutral form: readers take a client's body,
// writers make a provider's. What cannot be carried is dropped with a note. Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/wire/neutral_request.h"
#include "core/gateway/wire/scanned_request.h"
#include "core/gateway/wire/translation_context.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

/// One short sentence for each thing that a translation dropped or changed; never a client's text.
class Notes {
public:
    void add(std::string sentence);

    [[nodiscard]] const std::vector<std::string>& sentences() const { return m_sentences; }

private:
    std::vector<std::string> m_sentences; ///< each once, in order
};

/// `body` must have bodyPadding allocated bytes behind it. InvalidInput with a sentence for what is no such
/// request, Unsupported for what only the provider that it was made for can answer.
[[nodiscard]] Result<NeutralRequest> readChat(std::string_view body, Notes& notes);
[[nodiscard]] Result<NeutralRequest> readResponses(std::string_view body, Notes& notes);
[[nodiscard]] Result<NeutralRequest> readMessages(std::string_view body, Notes& notes);
[[nodiscard]] Result<NeutralRequest> readRequest(Dialect dialect, std::string_view body, Notes& notes);

struct WriteOptions {
    std::string model;                 ///< as the provider knows it
    std::string servingModel;          ///< by its full name: whose sealed thinking may go back
    std::optional<double> temperature; ///< the router's, where the request has none
    std::string reasoning;             ///< likewise: an effort; "" for none
    std::int64_t maxOutputTokens = 0;  ///< what the model may write; 0: by its name
    bool isOpenAi = false;             ///< the provider knows what only OpenAI has
    bool takesCacheMarks = false;      ///< Chat: parts may carry `cache_control` (OpenRouter)
};

struct WrittenRequest {
    std::string body;
    TranslationContext context; ///< for the reply: its tools and what the client asked of its stream
};

[[nodiscard]] WrittenRequest writeChat(const NeutralRequest& request, const WriteOptions& options,
                                       Notes& notes);
[[nodiscard]] WrittenRequest writeResponses(const NeutralRequest& request, const WriteOptions& options,
                                            Notes& notes);
[[nodiscard]] WrittenRequest writeMessages(const NeutralRequest& request, const WriteOptions& options,
                                           Notes& notes);
[[nodiscard]] WrittenRequest writeRequest(Dialect dialect, const NeutralRequest& request,
                                          const WriteOptions& options, Notes& notes);

/// The whole way: commands are taken out, the client's body is read, the provider's is written.
[[nodiscard]] Result<WrittenRequest> translateRequest(const ScannedRequest& scanned, std::string_view body,
                                                      Dialect to, const WriteOptions& options, Notes& notes);

/// What a Messages body would cost its provider in input tokens, for `count_tokens` where the provider cannot
/// be asked. An estimate by the kinds of characters, tools and attachments.
[[nodiscard]] Result<std::int64_t> estimateInputTokens(std::string_view messagesBody);

} // namespace tierdeck::gateway::wire
