// What the gateway answers at which path, and who may ask: loopback names only, no foreign origin, the token
// where there is one. One for each reactor, on its thread; owned by the gateway.
#pragma once

#include "core/gateway/http/server.h"
#include "core/gateway/model_list.h"
#include "core/gateway/reactor.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

class Endpoints final : public http::Handler {
public:
    explicit Endpoints(Reactor& reactor)
        : m_reactor(reactor)
        , m_services(reactor.services) {}

    [[nodiscard]] std::optional<http::Answer> admit(const http::Head& head) override;
    [[nodiscard]] asio::awaitable<void> handle(const http::Head& head, std::string& body,
                                               http::Responder& responder) override;
    [[nodiscard]] http::Answer refuse(const http::Head& head, http::Refusal refusal) override;

private:
    struct Route;
    [[nodiscard]] static const Route* findRoute(std::string_view path);
    [[nodiscard]] bool hasToken(const http::Head& head) const;
    [[nodiscard]] std::vector<ListedModel> listedModels();

    [[nodiscard]] http::Answer health(const http::Head& head);
    [[nodiscard]] http::Answer metrics(const http::Head& head);
    [[nodiscard]] http::Answer models(const http::Head& head);
    [[nodiscard]] http::Answer model(const http::Head& head);
    [[nodiscard]] http::Answer status(const http::Head& head);

    Reactor& m_reactor;
    Services& m_services;
};

} // namespace tierdeck::gateway
