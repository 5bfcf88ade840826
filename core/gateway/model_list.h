// What `GET /v1/models` shows: the tiers as models, then the models, in one document with both vendors'
// fields, and Anthropic's way of going through it page by page. Pure; any thread.
#pragma once

#include "core/foundation/result.h"
#include "core/routing/policy.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

struct ListedModel {
    std::string id;
    std::string displayName;
    std::string owner;
};

/// The tiers by rank (as people list them: background … deep), again under the names that Claude Code takes
/// for models, then every model that the policy names.
[[nodiscard]] std::vector<ListedModel> listModels(const routing::Policy& policy);

struct ModelPage {
    std::size_t limit = 20;
    std::optional<std::string> afterId;
    std::optional<std::string> beforeId;
};

/// Anthropic's `limit`, `after_id`, `before_id`; others are ignored. InvalidInput with a sentence.
[[nodiscard]] Result<ModelPage> readModelPage(std::string_view query);

/// All of them.
[[nodiscard]] std::string modelListJson(const std::vector<ListedModel>& models);
/// One page. NotFound where a cursor names no model.
[[nodiscard]] Result<std::string> modelListJson(const std::vector<ListedModel>& models,
                                                const ModelPage& page);
[[nodiscard]] std::string modelJson(const ListedModel& model);

/// A path segment or a query value as it was before it was percent-encoded.
[[nodiscard]] std::string percentDecoded(std::string_view text);

} // namespace tierdeck::gateway
