#include "core/gateway/model_list.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <span>
#include <utility>

namespace tierdeck::gateway {

namespace {

using Json = nlohmann::json;
using Models = std::span<const ListedModel>;

constexpr std::size_t maxLimit = 1000;

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json entry(const ListedModel& model) {
    return {{"id", model.id},
            {"object", "model"},
            {"type", "model"},
            {"created", 0},
            {"created_at", "1970-01-01T00:00:00Z"},
            {"owned_by", model.owner},
            {"display_name", model.displayName}};
}

std::string listJson(Models models, bool hasMore) {
    Json data = Json::array();
    for (const auto& model : models)
        data.push_back(entry(model));
    Json list{{"object", "list"}, {"data", std::move(data)}, {"has_more", hasMore}};
    list["first_id"] = models.empty() ? Json() : Json(models.front().id);
    list["last_id"] = models.empty() ? Json() : Json(models.back().id);
    return dumped(list);
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::size_t> placeOf(Models models, const std::string& id, std::string_view parameter) {
    const auto found = std::ranges::find(models, id, &ListedModel::id);
    if (found == models.end())
        return failure(ErrorCode::NotFound,
                       std::string(parameter) + " names no model of the list. Begin again without it.");
    return static_cast<std::size_t>(found - models.begin());
}

} // namespace

std::vector<ListedModel> listModels(const routing::Policy& policy) {
    std::vector<ListedModel> listed;
    std::vector<std::pair<std::string, const routing::TierSettings*>> tiers;
    for (const auto& [name, settings] : policy.tiers)
        tiers.emplace_back(name, &settings);
    std::ranges::stable_sort(tiers, {}, [](const auto& tier) { return tier.second->rank; });
    for (const std::string prefix : {"tier-", "claude-tier-"}) {
        for (const auto& [name, settings] : tiers)
            listed.push_back(
                {prefix + name, "Tier: " + (settings->label.empty() ? name : settings->label), "tierdeck"});
    }
    std::set<std::string> models;
    for (const auto& [name, settings] : policy.tiers) {
        if (settings.model)
            models.insert(settings.model->text());
    }
    for (const auto* fallbacks :
         {&policy.fallbacks, &policy.contextWindowFallbacks, &policy.contentPolicyFallbacks}) {
        for (const auto& [key, targets] : *fallbacks) {
            for (const auto& target : targets) {
                if (target.model)
                    models.insert(target.model->text());
            }
        }
    }
    for (const auto& [name, provider] : policy.providers) {
        for (const auto& model : provider.models)
            models.insert(name + '/' + model.id);
    }
    for (const auto& model : models)
        listed.push_back({model, model, model.substr(0, model.find('/'))});
    return listed;
}

Result<ModelPage> readModelPage(std::string_view query) {
    ModelPage page;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto parameter = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const auto equals = parameter.find('=');
        const auto name = parameter.substr(0, equals);
        const auto value = percentDecoded(equals == std::string_view::npos ? std::string_view()
                                                                           : parameter.substr(equals + 1));
        if (name == "limit") {
            const auto* const last = value.data() + value.size();
            const auto [stop, error] = std::from_chars(value.data(), last, page.limit);
            if (error != std::errc() || stop != last || page.limit < 1 || page.limit > maxLimit)
                return failure(ErrorCode::InvalidInput, "limit must be a number from 1 to 1000.");
        } else if (name == "after_id") {
            page.afterId = value;
        } else if (name == "before_id") {
            page.beforeId = value;
        }
    }
    if (page.afterId && page.beforeId)
        return failure(ErrorCode::InvalidInput, "Give after_id or before_id, not both.");
    return page;
}

std::string modelListJson(const std::vector<ListedModel>& models) {
    return listJson(models, false);
}

Result<std::string> modelListJson(const std::vector<ListedModel>& models, const ModelPage& page) {
    const Models all(models);
    if (page.beforeId) {
        const auto end = placeOf(all, *page.beforeId, "before_id");
        if (!end)
            return tl::unexpected(end.error());
        const auto count = std::min(page.limit, *end);
        return listJson(all.subspan(*end - count, count), count < *end);
    }
    std::size_t begin = 0;
    if (page.afterId) {
        const auto place = placeOf(all, *page.afterId, "after_id");
        if (!place)
            return tl::unexpected(place.error());
        begin = *place + 1;
    }
    const auto count = std::min(page.limit, all.size() - begin);
    return listJson(all.subspan(begin, count), begin + count < all.size());
}

std::string modelJson(const ListedModel& model) {
    return dumped(entry(model));
}

std::string percentDecoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hexDigit(text[i + 1]);
            const int low = hexDigit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                plain += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        plain += text[i];
    }
    return plain;
}

} // namespace tierdeck::gateway
