#include "core/gateway/wire/model_names.h"

#include "core/gateway/http/head.h"

#include <algorithm>

namespace tierdeck::gateway::wire {

namespace {

bool hasShape(std::string_view text, std::string_view shape) {
    return text.size() == shape.size() &&
           std::equal(text.begin(), text.end(), shape.begin(),
                      [](char c, char s) { return s == '0' ? c >= '0' && c <= '9' : c == s; });
}

std::string_view plain(std::string_view model) {
    if (const auto slash = model.rfind('/'); slash != std::string_view::npos)
        model.remove_prefix(slash + 1);
    for (const std::string_view suffix : {"-0000-00-00", "-00000000"}) {
        if (model.size() > suffix.size() && hasShape(model.substr(model.size() - suffix.size()), suffix)) {
            model.remove_suffix(suffix.size());
            return model;
        }
    }
    if (model.ends_with("-latest"))
        model.remove_suffix(7);
    return model;
}

} // namespace

bool isSameModel(std::string_view requested, std::string_view returned) {
    return http::equalsIgnoringCase(plain(requested), plain(returned));
}

} // namespace tierdeck::gateway::wire
