#include "core/gateway/providers/key_ring.h"

#include "core/gateway/http/elsewhere.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace tierdeck::gateway {

namespace {

constexpr std::chrono::seconds keptFor{30};

} // namespace

struct KeyRing::Worker {
    asio::thread_pool pool{1};
};

KeyRing::KeyRing(const SecretSource& secrets)
    : m_secrets(secrets) {}

KeyRing::~KeyRing() = default;

asio::awaitable<Result<std::string>> KeyRing::keyFor(const routing::ProviderSettings& provider,
                                                     SteadyTime now) {
    using Kind = routing::KeySource::Kind;
    const auto source = provider.key;
    switch (source.kind) {
    case Kind::None:
    case Kind::Client:
        co_return std::string();
    case Kind::Plain:
        co_return source.name;
    case Kind::Environment:
        co_return m_secrets.fromEnvironment(source.name);
    case Kind::Keychain:
    case Kind::File:
        break;
    }
    const std::pair place(source.kind, source.name);
    if (const auto kept = m_kept.find(place); kept != m_kept.end() && now < kept->second.until)
        co_return kept->second.key;
    if (!m_worker)
        m_worker = std::make_unique<Worker>();
    const auto ask = [this, &source](auto done) {
        asio::post(m_worker->pool, [this, source, done]() mutable {
            done(source.kind == Kind::File ? m_secrets.fromFile(source.name)
                                           : m_secrets.fromKeychain(source.name));
        });
    };
    auto key = co_await elsewhere<Result<std::string>>(ask);
    if (key)
        m_kept[place] = {*key, now + keptFor};
    co_return key;
}

void KeyRing::forget(const routing::KeySource& source) {
    m_kept.erase({source.kind, source.name});
}

} // namespace tierdeck::gateway
