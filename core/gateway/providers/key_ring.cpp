#include "core/gateway/providers/key_ring.h"

#include "core/gateway/http/elsewhere.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace tierdeck::gateway {

namespace {

using Kind = routing::KeySource::Kind;

constexpr std::chrono::seconds keptFor{30};

} // namespace

struct KeyRing::Worker {
    asio::thread_pool pool{1};
};

KeyRing::KeyRing(const SecretSource& secrets)
    : m_secrets(secrets) {}

KeyRing::~KeyRing() = default;

std::optional<Result<std::string>> KeyRing::keyAtOnce(const routing::ProviderSettings& provider,
                                                      SteadyTime now) {
    const auto& source = provider.key;
    switch (source.kind) {
    case Kind::None:
    case Kind::Client:
        return std::string();
    case Kind::Plain:
        return source.name;
    case Kind::Environment:
        return m_secrets.fromEnvironment(source.name);
    case Kind::Keychain:
    case Kind::File:
        break;
    }
    return kept({source.kind, source.name}, now);
}

asio::awaitable<Result<std::string>> KeyRing::fetchKey(const routing::ProviderSettings& provider,
                                                       SteadyTime now) {
    const auto source = provider.key;
    const auto ask = [this, &source](auto done) {
        asio::post(worker().pool, [this, source, done]() mutable {
            done(source.kind == Kind::File ? m_secrets.fromFile(source.name)
                                           : m_secrets.fromKeychain(source.name));
        });
    };
    auto key = co_await elsewhere<Result<std::string>>(ask);
    if (key)
        keep({source.kind, source.name}, *key, now + keptFor);
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
