// A request in the form that stands between the dialects. Readers make it of a client's body, writers make a
// provider's body of it. A plain value; texts are as they are meant, JSON that is only passed on (schemas,
// arguments) stays the text that it was.
#pragma once

#include "core/gateway/wire/dialect.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tierdeck::gateway::wire::neutral {

struct Text {
    std::string text;
};

/// By its address, or by its bytes in base64.
struct Image {
    std::string url;
    std::string mediaType;
    std::string data;
    std::string detail; ///< "low", "high" …; "" where nothing is said
};

struct Document {
    std::string name;
    std::string url;
    std::string mediaType;
    std::string data; ///< base64
    std::string text; ///< of a plain-text document
};

struct Refusal {
    std::string text;
};

/// What a model thought. Only the provider that sealed it can open the seal.
struct Thinking {
    std::string text;
    std::string seal; ///< signature or encrypted content; "" for none
    std::string id;   ///< of a Responses item
    bool isRedacted = false;
    Dialect dialect = Dialect::Messages; ///< of the provider that sealed it, as is the next
    std::string model;                   ///< by its full name; "" where it is not said
};

struct ToolCall {
    std::string id;
    std::string name;
    std::string nameSpace; ///< of a Responses tool; "" for none
    std::string arguments; ///< JSON, or a freeform tool's text
    bool isFreeform = false;
};

struct Part;

struct ToolResult {
    std::string callId;
    std::vector<Part> content;
    bool isError = false;
};

struct Part {
    std::variant<Text, Image, Document, Refusal, Thinking, ToolCall, ToolResult> content;
    std::string cacheMark; ///< the `cache_control` object as it was written; "" for none
};

enum class Role { System, User, Assistant };

/// Tool results are parts of a user's message.
struct Message {
    Role role = Role::User;
    std::vector<Part> parts;
};

struct Tool {
    std::string name;
    std::string nameSpace;
    std::string description;
    std::string schema; ///< of the arguments; "" for none
    std::optional<bool> isStrict;
    bool isFreeform = false;
    std::string grammarSyntax; ///< of a freeform tool's text; "" for any text
    std::string grammar;
    std::string cacheMark;
    bool isDeferred = false; ///< to be offered only once the conversation has found it
};

struct ToolChoice {
    enum class Kind { Unset, Auto, None, Any, Named };
    Kind kind = Kind::Unset;
    std::string name;
    std::string nameSpace;
};

/// How much the model shall think.
struct Reasoning {
    enum class Kind { Unset, Off, On, Budget };
    Kind kind = Kind::Unset;
    std::string effort; ///< "" where none is named
    std::int64_t budgetTokens = 0;
    std::string summary; ///< a Responses client's wish to see it: "auto", "detailed" …
};

struct OutputFormat {
    enum class Kind { Text, JsonObject, JsonSchema };
    Kind kind = Kind::Text;
    std::string name;
    std::string description;
    std::string schema;
    std::optional<bool> isStrict;
};

struct Request {
    std::string model;
    std::vector<Part> system; ///< what stands before the conversation; texts
    std::vector<Message> messages;
    std::vector<Tool> tools;
    ToolChoice toolChoice;
    std::optional<bool> parallelToolCalls;
    std::optional<std::int64_t> maxTokens;
    std::optional<double> temperature;
    std::optional<double> topP;
    std::vector<std::string> stop;
    Reasoning reasoning;
    OutputFormat output;
    bool stream = false;
    bool includeUsage = false; ///< Chat: the client asked for usage in its stream

    // What OpenAI's two dialects share, and other providers may not know.
    std::string user;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::string promptCacheKey;
    std::string serviceTier;
    std::string verbosity;
};

} // namespace tierdeck::gateway::wire::neutral

namespace tierdeck::gateway::wire {
using NeutralRequest = neutral::Request;
} // namespace tierdeck::gateway::wire
