#include "core/gateway/classifier_run.h"

#include "core/gateway/classifier_question.h"
#include "core/gateway/reactor.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tierdeck::gateway {

namespace {

constexpr std::chrono::milliseconds deadlineStep{50};

class ClassifierRun {
public:
    ClassifierRun(const GatewayOptions& options, const Gateway::Parts& parts, const routing::Policy& policy,
                  std::string_view prompt)
        : m_services(options, parts)
        , m_reactor(m_services, deadlineStep)
        , m_question(m_reactor, {}, m_head, classifierQuestion(policy, prompt)) {
        m_reactor.client.setProxies(options.proxies);
        m_services.started = parts.clock.now();
    }

    Result<std::string> run() {
        if (auto prepared = m_services.ids.prepare(); !prepared)
            return tl::unexpected<Error>(std::move(prepared.error()));
        asio::co_spawn(m_reactor.io, ask(), asio::detached);
        m_reactor.io.run();
        return std::move(m_said);
    }

private:
    asio::awaitable<void> ask() {
        m_said = co_await m_question.ask();
        m_reactor.finish();
    }

    Services m_services;
    Reactor m_reactor;
    http::Head m_head; ///< nobody's: a provider that takes the client's own key has none here
    OwnQuestion m_question;
    Result<std::string> m_said;
};

} // namespace

Result<std::string> runClassifier(const GatewayOptions& options, const Gateway::Parts& parts,
                                  const routing::Policy& policy, std::string_view prompt) {
    return ClassifierRun(options, parts, policy, prompt).run();
}

} // namespace tierdeck::gateway
