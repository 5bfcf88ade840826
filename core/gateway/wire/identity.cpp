#include "core/gateway/wire/identity.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace tierdeck::gateway::wire {

namespace {

constexpr std::size_t maxNameBytes = 200; ///< names end up in the store, the log and headers

/// How many bytes of `text` are one character in valid UTF-8; 0 for none.
std::size_t characterBytes(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto lead = byte(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || size > text.size())
        return 0;
    for (std::size_t at = 1; at < size; ++at) {
        if ((byte(at) & 0xc0) != 0x80)
            return 0;
    }
    // Spelt longer than need be, a surrogate, beyond the last character.
    if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) >= 0xa0) ||
        (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) >= 0x90))
        return 0;
    return size;
}

/// Names come from outside: cut, and without what could break a log line, a header or a JSON document.
std::string cleaned(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const auto size = characterBytes(text);
        const std::string_view character =
            size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
        if (name.size() + character.size() > maxNameBytes)
            break;
        const bool isControl = static_cast<unsigned char>(character[0]) < 0x20 || character[0] == 0x7f;
        name.append(isControl ? std::string_view(" ") : character);
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

void findSession(const http::Head& head, const ScannedRequest& scanned, Identity& identity) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> headers{{
        {"x-tierdeck-session", "X-Tierdeck-Session"},
        {"x-claude-code-session-id", "x-claude-code-session-id"},
        {"session-id", "session-id"},
        {"session_id", "session_id"},
        {"x-opencode-session", "x-opencode-session"},
    }};
    const auto take = [&](std::string_view value, std::string_view source) {
        identity.session = cleaned(value);
        identity.sessionSource = source;
        return !identity.session.empty();
    };
    for (const auto& [name, shown] : headers) {
        if (take(head.find(name), shown))
            return;
    }
    if (take(sessionFromUserId(scanned.metadataUserId), "metadata.user_id") ||
        take(scanned.promptCacheKey, "prompt_cache_key"))
        return;
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "c-%016llx",
                  static_cast<unsigned long long>(scanned.rootHash));
    take(digits.data(), "conversation");
}

std::string clientFrom(const http::Head& head) {
    if (const auto own = head.find("x-tierdeck-client"); !own.empty())
        return cleaned(own);
    const auto originator = head.find("originator");
    if (originator.starts_with("codex"))
        return "codex";
    if (!originator.empty())
        return cleaned(originator);
    const auto agent = head.find("user-agent");
    if (const auto app = head.find("x-app"); app == "cli" || app == "cli-bg")
        return "claude-code";
    else if (!app.empty())
        return cleaned(app);
    if (agent.starts_with("claude-cli") || head.has("x-claude-code-session-id"))
        return "claude-code";
    if (agent.starts_with("codex"))
        return "codex";
    if (agent.starts_with("OpenAI/Python"))
        return "openai-python";
    if (agent.starts_with("OpenAI/JS"))
        return "openai-js";
    if (agent.starts_with("Anthropic/Python"))
        return "anthropic-python";
    if (agent.starts_with("Anthropic/JS"))
        return "anthropic-js";
    return cleaned(agent.substr(0, agent.find_first_of("/ (")));
}

} // namespace

Identity identify(const http::Head& head, const ScannedRequest& scanned) {
    Identity identity;
    findSession(head, scanned, identity);
    identity.client = clientFrom(head);
    identity.agent = cleaned(head.find("x-claude-code-agent-id"));
    identity.parentAgent = cleaned(head.find("x-claude-code-parent-agent-id"));
    if (identity.agent.empty())
        identity.agent = cleaned(head.find("x-openai-subagent"));
    identity.project = cleaned(head.find("x-tierdeck-project"));
    if (const auto metadata = head.find("x-codex-turn-metadata"); !metadata.empty()) {
        const auto json = parsed(metadata);
        const auto workspaces = json.is_object() ? json.find("workspaces") : json.end();
        if (identity.project.empty() && workspaces != json.end() && workspaces->is_object() &&
            !workspaces->empty())
            identity.project = baseName(workspaces->begin().key());
        if (identity.agent.empty() && !textIn(json, "parent_thread_id").empty())
            identity.agent =
                cleaned(textIn(json, "request_kind").empty() ? "subagent" : textIn(json, "request_kind"));
    }
    if (identity.project.empty())
        identity.project = baseName(head.find("x-opencode-project"));
    return identity;
}

} // namespace tierdeck::gateway::wire
