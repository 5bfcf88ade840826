#include "tests/core/gateway/wire_checks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;
using wire::Dialect;

bool isName(const std::string& name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    });
}

bool isBlank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

std::string toolsProblem(const Json& body, const char* inner) {
    std::set<std::string> names;
    for (const auto& tool : body.value("tools", Json::array())) {
        const auto& function = *inner ? tool.at(inner) : tool;
        if (!isName(function.at("name")) || !names.insert(function.at("name")).second)
            return "a tool's name";
        for (const auto* schema : {"parameters", "input_schema"}) {
            if (function.contains(schema) && !function.at(schema).is_object())
                return "a tool's schema";
        }
    }
    return {};
}

std::string chatProblem(const Json& body) {
    if (auto problem = toolsProblem(body, "function"); !problem.empty())
        return problem;
    std::vector<std::string> open; // calls whose results must come next
    std::set<std::string> ids;
    for (const auto& message : body.at("messages")) {
        const std::string role = message.at("role");
        if (role == "tool") {
            const auto call =
                std::find(open.begin(), open.end(), message.at("tool_call_id").get<std::string>());
            if (call == open.end())
                return "a result without its call";
            if (!message.at("content").is_string())
                return "a result that is no text";
            open.erase(call);
            continue;
        }
        if (!open.empty())
            return "a call without its result";
        if (role == "assistant") {
            for (const auto& call : message.value("tool_calls", Json::array())) {
                if (!isName(call.at("id")) || !ids.insert(call.at("id")).second)
                    return "a call's id";
                if (!isName(call.at("function").at("name")) ||
                    !Json::parse(call.at("function").at("arguments").get<std::string>()).is_object())
                    return "a call";
                open.push_back(call.at("id"));
            }
            if (message.at("content").is_null() && !message.contains("tool_calls") &&
                !message.contains("refusal"))
                return "an empty answer";
        } else if (role != "user" && role != "system") {
            return "a role";
        }
    }
    return open.empty() ? "" : "a last call without its result";
}

std::string responsesProblem(const Json& body) {
    if (auto problem = toolsProblem(body, ""); !problem.empty())
        return problem;
    if (body.at("store") != false)
        return "it would be stored";
    std::set<std::string> open;
    std::set<std::string> ids;
    for (const auto& item : body.at("input")) {
        const std::string type = item.at("type");
        if (type == "function_call" || type == "custom_tool_call") {
            if (!isName(item.at("name")) || !isName(item.at("call_id")) ||
                !ids.insert(item.at("call_id")).second)
                return "a call";
            if (type == "function_call" && !Json::parse(item.at("arguments").get<std::string>()).is_object())
                return "a call's arguments";
            open.insert(item.at("call_id"));
        } else if (type == "function_call_output" || type == "custom_tool_call_output") {
            if (open.erase(item.at("call_id")) == 0)
                return "a result without its call";
        } else if (type == "message") {
            const bool isAssistant = item.at("role") == "assistant";
            if (item.at("content").empty())
                return "an empty message";
            for (const auto& part : item.at("content")) {
                const std::string kind = part.at("type");
                if (isAssistant ? kind != "output_text" && kind != "refusal" : !kind.starts_with("input_"))
                    return "a part of the wrong kind";
            }
        } else if (type != "reasoning") {
            return "an item of an unknown kind";
        }
    }
    return open.empty() ? "" : "a call without its result";
}

std::string blockProblem(const Json& block, int& marks) {
    const std::string type = block.at("type");
    if (type == "text" && isBlank(block.at("text")))
        return "an empty text";
    marks += block.contains("cache_control") ? 1 : 0;
    if (type == "tool_result" && block.contains("content") && block.at("content").is_array()) {
        for (const auto& part : block.at("content")) {
            if (auto problem = blockProblem(part, marks); !problem.empty())
                return problem;
        }
    }
    return {};
}

std::string messagesProblem(const Json& body) {
    if (auto problem = toolsProblem(body, ""); !problem.empty())
        return problem;
    if (body.at("max_tokens").get<std::int64_t>() < 1)
        return "max_tokens";
    if (body.contains("temperature") && (body.at("temperature") > 1.0 || body.contains("top_p")))
        return "the temperature";
    if (body.contains("thinking") && body.at("thinking").contains("budget_tokens") &&
        (body.at("thinking").at("budget_tokens") < 1024 ||
         body.at("thinking").at("budget_tokens") >= body.at("max_tokens")))
        return "the budget";
    int marks = 0;
    for (const auto& tool : body.value("tools", Json::array())) {
        marks += tool.contains("cache_control") ? 1 : 0;
        if (!tool.at("input_schema").contains("type"))
            return "a schema without its type";
    }
    for (const auto& block : body.value("system", Json::array())) {
        if (auto problem = blockProblem(block, marks); !problem.empty())
            return problem;
    }
    std::string before = "assistant";
    std::set<std::string> open;
    std::set<std::string> ids;
    for (const auto& message : body.at("messages")) {
        const std::string role = message.at("role");
        if (role == before || (role != "user" && role != "assistant"))
            return "the order of roles";
        before = role;
        if (message.at("content").empty())
            return "an empty message";
        bool sawOther = false;
        for (const auto& block : message.at("content")) {
            if (auto problem = blockProblem(block, marks); !problem.empty())
                return problem;
            const std::string type = block.at("type");
            if (type == "tool_result") {
                if (sawOther || open.erase(block.at("tool_use_id")) == 0)
                    return "a result in the wrong place";
                continue;
            }
            if (!open.empty() && role == "user")
                return "a call without its result";
            sawOther = role == "user";
            if (type == "tool_use") {
                if (!isName(block.at("id")) || !ids.insert(block.at("id")).second ||
                    !isName(block.at("name")) || !block.at("input").is_object())
                    return "a call";
                open.insert(block.at("id"));
            }
        }
        if (role == "user" && !open.empty())
            return "a call without its result";
    }
    if (!open.empty())
        return "a last call without its result";
    return marks > 4 ? "too many cache marks" : "";
}

} // namespace

std::string problemOf(Dialect dialect, std::string_view text) {
    try {
        const auto body = Json::parse(text);
        if (!body.at("model").is_string())
            return "the model";
        return dialect == Dialect::Chat        ? chatProblem(body)
               : dialect == Dialect::Responses ? responsesProblem(body)
                                               : messagesProblem(body);
    } catch (const std::exception& error) {
        return error.what();
    }
}

} // namespace tierdeck::gateway
