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
    const Place place(source.kind, source.name);
    if (auto known = kept(place, now))
        co_return std::move(*known);
    const auto ask = [this, &source](auto done) {
        asio::post(worker().pool, [this, source, done]() mutable {
            done(source.kind == Kind::File ? m_secrets.fromFile(source.name)
                                           : m_secrets.fromKeychain(source.name));
        });
    };
    auto key = co_await elsewhere<Result<std::string>>(ask);
    if (key)
        keep(place, *key, now + keptFor);
    co_return key;
}

std::optional<std::string> KeyRing::kept(const Place& place, SteadyTime now) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_kept.find(place);
    return found != m_kept.end() && now < found->second.until ? std::optional(found->second.key)
                                                              : std::nullopt;
}

void KeyRing::keep(const Place& place, const std::string& key, SteadyTime until) {
    const std::lock_guard lock(m_mutex);
    m_kept[place] = {key, until};
}

KeyRing::Worker& KeyRing::worker() {
    const std::lock_guard lock(m_mutex);
    if (!m_worker)
        m_worker = std::make_unique<Worker>();
    return *m_worker;
}

void KeyRing::forget(const routing::KeySource& source) {
    const std::lock_guard lock(m_mutex);
    m_kept.erase({source.kind, source.name});
}

} // namespace tierdeck::gateway
