#include "core/routing/rules.h"

#include "core/routing/text_scan.h"

#include <algorithm>
#include <optional>

namespace tierdeck::routing {

namespace {

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool hasHeader(const RouteRequest& request, std::string_view name, std::string_view value) {
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
        return equalsIgnoringCase(header.first, name) && trimmed(header.second) == value;
    });
}

/// Seeks the keywords of all rules in one text.
class KeywordSearch {
public:
    KeywordSearch(std::string_view text, const std::vector<Rule>& rules)
        : m_text(text) {
        constexpr std::size_t few = 2;
        std::size_t keywords = 0;
        for (const Rule& rule : rules)
            keywords += rule.when.keywords.size();
        m_areMany = keywords > few;
    }

    bool finds(std::string_view keyword) {
        if (!m_areMany)
            return containsWords(m_text, keyword);
        if (!m_starts)
            m_starts.emplace(m_text);
        return m_starts->mayContain(keyword) && containsWords(m_text, keyword);
    }

private:
    std::string_view m_text;
    bool m_areMany = false;
    std::optional<WordStarts> m_starts;
};

/// All conditions of `when` hold. An empty one always does.
bool holds(const Rule& rule, const RouteRequest& request, KeywordSearch& search) {
    const RuleCondition& when = rule.when;
    // The text is looked at last: everything before it is cheap.
    if (when.taskType && *when.taskType != request.taskType)
        return false;
    if (when.client && *when.client != request.client)
        return false;
    if (when.project && *when.project != request.project)
        return false;
    if (when.minInputTokens && request.inputTokens < *when.minInputTokens)
        return false;
    if (when.hasImages && *when.hasImages != request.hasImages)
        return false;
    if (when.subagent && *when.subagent != request.subagent)
        return false;
    if (when.background && *when.background != request.background)
        return false;
    if (!request.ruleThen.empty() && request.ruleThen == clipped(rule.name))
        return true;
    for (const auto& [name, value] : when.headers) {
        if (!hasHeader(request, name, value))
            return false;
    }
    return when.keywords.empty() ||
           std::any_of(when.keywords.begin(), when.keywords.end(),
                       [&](const std::string& keyword) { return search.finds(keyword); });
}

} // namespace

RuleMatch firstMatch(const Policy& policy, const RouteRequest& request) {
    RuleMatch match;
    KeywordSearch search(request.userText, policy.rules);
    for (const Rule& rule : policy.rules) {
        if (!holds(rule, request, search))
            continue;
        if (policy.isTier(rule.tier)) {
            match.rule = &rule;
            break;
        }
        if (match.noTier.empty())
            match.noTier = rule.name;
    }
    return match;
}

} // namespace tierdeck::routing
