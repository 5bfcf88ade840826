#include "core/gateway/wire/identity.h"

#include "core/foundation/atomic_file.h"
#include "core/foundation/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

constexpr std::size_t maxNameBytes = 200; ///< names end up in the store, the log and headers

/// Names come from outside: cut, and without what could break a log line, a header or a JSON document.
std::string cleaned(std::string_view text) {
    std::string name;
    if (text.empty()) // as most of what is asked for is
        return name;
    if (text.size() <= maxNameBytes && isPrintableAscii(text)) {
        name = text;
        text = {};
    }
    while (!text.empty()) {
        const auto size = utf8SequenceLength(text);
        const std::string_view character =
            size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
        if (name.size() + character.size() > maxNameBytes)
            break;
        name.append(isControl(character[0]) ? std::string_view(" ") : character);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    while (name.ends_with(' '))
        name.pop_back();
    return name;
}

std::string baseName(std::string_view path) {
    while (path.size() > 1 && (path.ends_with('/') || path.ends_with('\\')))
        path.remove_suffix(1);
    const auto slash = path.find_last_of("/\\");
    return cleaned(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

nlohmann::json parsed(std::string_view json) {
    if (json.empty() || json.front() != '{')
        return {};
    auto value = nlohmann::json::parse(json, nullptr, false);
    return value.is_object() ? value : nlohmann::json();
}

std::string textIn(const nlohmann::json& object, const char* key) {
    if (!object.is_object())
        return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// `metadata.user_id`: JSON with a session_id, or "user_…_account_…_session_<uuid>".
std::string sessionFromUserId(const std::string& userId) {
    if (auto session = textIn(parsed(userId), "session_id"); !session.empty())
        return session;
    constexpr std::string_view marker = "_session_";
    const auto at = userId.rfind(marker);
    return at == std::string::npos ? std::string() : userId.substr(at + marker.size());
}

/// What stands first in a list of places; each is asked only while nothing was found.
class FirstHit {
public:
    FirstHit(std::string& value, std::string_view& source)
        : m_value(value)
        , m_source(source) {}

    FirstHit& orElse(std::string_view value, std::string_view source) {
        if (m_value.empty() && !value.empty()) {
            m_value = cleaned(value);
            m_source = m_value.empty() ? std::string_view() : source;
        }
        return *this;
    }

    /// A header that is a source by its own name.
    FirstHit& orHeader(const http::Head& head, std::string_view name) {
        return m_value.empty() ? orElse(head.find(name), name) : *this;
    }

private:
    std::string& m_value;
    std::string_view& m_source;
};

/// What Codex says of the thread that asks, in headers or in the body.
struct CodexThread {
    std::string thread;
    std::string parent; ///< "" for a thread that a person talks to
    std::string kind;   ///< "review", "collab_spawn" …
    std::string workspace;
    std::string_view source;
};

std::string_view firstOf(std::string_view first, std::string_view second) {
    return first.empty() ? second : first;
}

CodexThread codexThread(const http::Head& head, const ScannedRequest& scanned) {
    const auto turn = parsed(firstOf(head.find("x-codex-turn-metadata"), scanned.clientTurn));
    CodexThread thread;
    thread.thread = cleaned(firstOf(head.find("thread-id"), scanned.clientThread));
    thread.kind = cleaned(firstOf(head.find("x-openai-subagent"), scanned.clientSubagent));
    thread.parent = cleaned(firstOf(head.find("x-codex-parent-thread-id"), scanned.clientParent));
    thread.source = !thread.kind.empty()     ? "x-openai-subagent"
                    : !thread.parent.empty() ? "x-codex-parent-thread-id"
                                             : "x-codex-turn-metadata";
    if (thread.parent.empty())
        thread.parent = cleaned(textIn(turn, "parent_thread_id"));
    if (thread.thread.empty())
        thread.thread = cleaned(textIn(turn, "thread_id"));
    if (thread.kind.empty() && !thread.parent.empty()) {
        for (const auto* key : {"subagent_kind", "request_kind"}) {
            if (thread.kind.empty())
                thread.kind = cleaned(textIn(turn, key));
        }
        if (thread.kind.empty())
            thread.kind = "subagent";
    }
    const auto workspaces = turn.is_object() ? turn.find("workspaces") : turn.end();
    if (turn.is_object() && workspaces != turn.end() && workspaces->is_object() && !workspaces->empty())
        thread.workspace = workspaces->begin().key();
    return thread;
}

/// Whether the session is the one that a person talks in, not just the thread that asks.
bool knowsRoot(const Identity& identity) {
    return identity.sessionSource.find("session") != std::string_view::npos;
}

void findSession(const http::Head& head, const ScannedRequest& scanned, const CodexThread& thread,
                 Identity& identity) {
    FirstHit hit(identity.session, identity.sessionSource);
    hit.orElse(head.find("x-tierdeck-session"), "X-Tierdeck-Session")
        .orHeader(head, "x-claude-code-session-id")
        .orHeader(head, "session-id")
        .orHeader(head, "session_id");
    // An older Codex gives each sub-agent a session of its own: it is shown under its parent's.
    const bool isCodex = identity.sessionSource == "session-id" || identity.sessionSource == "session_id";
    if (isCodex && !thread.parent.empty() && (thread.thread.empty() || thread.thread == identity.session)) {
        identity.session = thread.parent;
        identity.sessionSource = thread.source;
    }
    // OpenCode gives each sub-agent a session of its own and names the one that started it.
    if (head.has("x-opencode-session"))
        hit.orHeader(head, "x-parent-session-id");
    hit.orHeader(head, "x-opencode-session")
        .orElse(sessionFromUserId(scanned.metadataUserId), "metadata.user_id")
        .orElse(scanned.metadataSession, "metadata.session_id")
        .orElse(scanned.clientSession, "client_metadata.session_id")
        .orElse(scanned.promptCacheKey, "prompt_cache_key");
    // What clients of other makers send, before the conversation itself must do.
    for (const std::string_view name : {"x-session-id", "x-session-affinity", "x-grok-conv-id",
                                        "x-grok-session-id", "conversation-id", "thread-id"})
        hit.orHeader(head, name);
    if (identity.session.empty())
        hit.orElse("c-" + Fingerprint{scanned.rootHash}.text(), "conversation");
}

/// Where a sub-agent has a session of its own: whose it is. A name of our own header says nothing of it.
void findParentSession(const http::Head& head, const ScannedRequest& scanned, const CodexThread& thread,
                       Identity& identity) {
    if (identity.sessionSource == "X-Tierdeck-Session")
        return;
    auto parent = cleaned(head.find("x-parent-session-id"));
    if (parent.empty())
        parent = cleaned(textIn(parsed(scanned.metadataUserId), "parent_session_id"));
    if (parent.empty() && !knowsRoot(identity))
        parent = thread.parent;
    if (parent != identity.session)
        identity.parentSession = std::move(parent);
}

void findAgent(const http::Head& head, const ScannedRequest& scanned, const CodexThread& thread,
               Identity& identity) {
    FirstHit hit(identity.agent, identity.agentSource);
    hit.orHeader(head, "x-claude-code-agent-id");
    identity.parentAgent = cleaned(head.find("x-claude-code-parent-agent-id"));
    if (!cleaned(head.find("x-parent-session-id")).empty())
        hit.orHeader(head, "x-opencode-session");
    if (identity.agent.empty() && !thread.kind.empty()) {
        // Several of one kind may work at the same time.
        const bool hasOwnThread = !thread.thread.empty() && thread.thread != identity.session;
        hit.orElse(hasOwnThread ? thread.kind + ":" + thread.thread : thread.kind, thread.source);
        // The root's thread is the session itself, where the client says which that is.
        if (knowsRoot(identity) && thread.parent != identity.session)
            identity.parentAgent = thread.parent;
    }
    if (scanned.isMarkedSubagent)
        hit.orElse("subagent", "x-anthropic-billing-header");
}

void findClient(const http::Head& head, Identity& identity) {
    FirstHit hit(identity.client, identity.clientSource);
    hit.orElse(head.find("x-tierdeck-client"), "X-Tierdeck-Client");
    const auto originator = head.find("originator");
    hit.orElse(originator.starts_with("codex") ? "codex" : originator, "originator");
    const auto app = head.find("x-app");
    hit.orElse(app == "cli" || app == "cli-bg" ? "claude-code" : app, "x-app");
    if (head.has("x-claude-code-session-id"))
        hit.orElse("claude-code", "x-claude-code-session-id");
    if (head.has("x-opencode-session") || head.has("x-opencode-client"))
        hit.orElse("opencode", "x-opencode-session");
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{{
        {"claude-cli", "claude-code"},
        {"codex", "codex"},
        {"OpenAI/Python", "openai-python"},
        {"OpenAI/JS", "openai-js"},
        {"Anthropic/Python", "anthropic-python"},
        {"Anthropic/JS", "anthropic-js"},
        {"ai/", "ai-sdk"}, // Vercel's
    }};
    const auto agent = head.find("user-agent");
    for (const auto& [start, client] : known) {
        if (agent.starts_with(start))
            hit.orElse(client, "user-agent");
    }
    // The SDKs say the name of their class, and who bundles them shortens it to "ls" or whatever.
    if (head.has("x-stainless-lang") && agent.find("/JS ") != std::string_view::npos)
        hit.orElse(head.has("anthropic-version") ? "anthropic-js" : "openai-js", "user-agent");
    hit.orElse(agent.substr(0, agent.find_first_of("/ (")), "user-agent");
}

void findProject(const http::Head& head, const CodexThread& thread, Identity& identity) {
    FirstHit(identity.project, identity.projectSource)
        .orElse(head.find("x-tierdeck-project"), "X-Tierdeck-Project")
        .orElse(baseName(thread.workspace), "x-codex-turn-metadata")
        .orElse(baseName(head.find("x-opencode-project")), "x-opencode-project");
}

/// Claude Code asks for its titles by a schema, or asks a small model for them, and for one token to see its
/// quota; all of it without tools. Codex goes over its memories.
bool isErrand(const http::Head& head, const ScannedRequest& scanned, const CodexThread& thread,
              const Identity& identity) {
    if (thread.kind == "memory_consolidation" || head.find("x-openai-memgen-request") == "true")
        return true;
    const bool isClaudeCode = identity.client == "claude-code" && scanned.dialect == Dialect::Messages;
    return isClaudeCode && scanned.tools == 0 &&
           (scanned.asksForSchema || scanned.model.find("haiku") != std::string::npos ||
            scanned.maxOutputTokens == 1);
}

} // namespace

Identity identify(const http::Head& head, const ScannedRequest& scanned) {
    Identity identity;
    const auto thread = codexThread(head, scanned);
    findSession(head, scanned, thread, identity);
    findParentSession(head, scanned, thread, identity);
    findAgent(head, scanned, thread, identity);
    findClient(head, identity);
    findProject(head, thread, identity);
    identity.isBackground = isErrand(head, scanned, thread, identity);
    return identity;
}

} // namespace tierdeck::gateway::wire
