#include "app/tierctl/provider_key.h"

namespace tierdeck::app {

Result<std::string> keyOf(const routing::ProviderSettings& provider, const SecretSource& secrets) {
    using Kind = routing::KeySource::Kind;
    switch (provider.key.kind) {
    case Kind::None:
        break;
    case Kind::Plain:
        return provider.key.name;
    case Kind::Environment:
        return secrets.fromEnvironment(provider.key.name);
    case Kind::Keychain:
        return secrets.fromKeychain(provider.key.name);
    case Kind::File:
        return secrets.fromFile(provider.key.name);
    case Kind::Client:
        return failure(ErrorCode::NotFound,
                       provider.name +
                           " is asked with the client's key, and there is no client here. Give the "
                           "provider a key of its own in llm.json.");
    }
    return std::string();
}

} // namespace tierdeck::app
