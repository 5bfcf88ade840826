#include "core/gateway/wire/reply_items.h"

#include "core/gateway/wire/reply_json.h"
#include "core/gateway/wire/sse.h"

namespace tierdeck::gateway::wire {

namespace {

namespace od = simdjson::ondemand;

/// `json` has bodyPadding behind it.
void readItems(std::string_view json, std::vector<ReplyItem>& items) {
    od::document document;
    od::object reply;
    od::object response;
    od::array output;
    if (!json::parse(json, document, reply))
        return;
    if (json::find(reply, "response", response)) { // an event
        if (response.find_field_unordered("output").get_array().get(output))
            return;
    } else if (reply.reset().error() || reply.find_field_unordered("output").get_array().get(output)) {
        return;
    }
    for (auto element : output) {
        od::object item;
        std::string_view id;
        std::string_view raw;
        if (element.get_object().get(item))
            return;
        if (!item.find_field_unordered("id").get_string().get(id) && !id.empty()) {
            std::string name(id);
            if (!item.reset().error() && !item.raw_json().get(raw))
                items.push_back({std::move(name), std::string(raw)});
        }
    }
}

} // namespace

std::vector<ReplyItem> replyItems(std::string_view reply) {
    std::vector<ReplyItem> items;
    if (reply.starts_with('{')) {
        std::string padded;
        padded.reserve(reply.size() + bodyPadding);
        padded = reply;
        readItems(padded, items);
        return items;
    }
    SseReader events;
    events.feed(reply, [&](const SseEvent& event) {
        if (items.empty() && event.hasData)
            readItems(event.data, items);
    });
    return items;
}

} // namespace tierdeck::gateway::wire
