// What the writers of the three dialects share. Pure; any thread.
#pragma once

#include "core/gateway/wire/json_writer.h"
#include "core/gateway/wire/model_traits.h"
#include "core/gateway/wire/request_translation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway::wire {

/// With room for the body, and with what the reply must know of the request.
[[nodiscard]] WrittenRequest startedWriting(const NeutralRequest& request, const WriteOptions& options);

/// The client's limit, or less where the model may not write as much. nullopt where the client set none.
[[nodiscard]] std::optional<std::int64_t> outputLimit(const NeutralRequest& request,
                                                      const WriteOptions& options, const ModelTraits& traits,
                                                      Notes& notes);

/// What the model may write at most; 0 where it is not known.
[[nodiscard]] std::int64_t knownLimit(const WriteOptions& options, const ModelTraits& traits);

/// temperature and top_p, the client's or the router's.
void writeSampling(JsonWriter& json, Dialect to, const NeutralRequest& request, const WriteOptions& options,
                   const ModelTraits& traits, Notes& notes);

/// The effort that the model is to be told; "" for none.
[[nodiscard]] std::string wantedEffort(const NeutralRequest& request, const WriteOptions& options,
                                       const ModelTraits& traits, Notes& notes);

/// The tools that a provider can be offered: each name once, and none without. In the client's order.
[[nodiscard]] std::vector<const neutral::Tool*> offeredTools(const NeutralRequest& request, Notes& notes);

/// The client's choice; unset where it names a tool that is not offered.
[[nodiscard]] neutral::ToolChoice toolChoiceAmong(const std::vector<const neutral::Tool*>& tools,
                                                  const NeutralRequest& request, Notes& notes);

/// "none", "auto" and "required" of Chat and Responses; "" where the choice is unset or names a tool.
[[nodiscard]] std::string_view openAiWord(neutral::ToolChoice::Kind kind);

/// What Chat and Responses share and other providers refuse.
void writeOpenAiMembers(JsonWriter& json, const NeutralRequest& request, const WriteOptions& options);

/// A schema of an object, also where the client gave none.
[[nodiscard]] std::string functionSchema(const neutral::Tool& tool);

[[nodiscard]] std::string imageUrl(const neutral::Image& image);
[[nodiscard]] std::string documentUrl(const neutral::Document& document);
/// A document that the dialect has no place for, as text.
[[nodiscard]] std::string documentText(const neutral::Document& document, Notes& notes);

} // namespace tierdeck::gateway::wire
