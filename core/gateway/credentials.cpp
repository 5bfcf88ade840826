#include "core/gateway/credentials.h"

#include <openssl/crypto.h>

namespace tierdeck::gateway {

namespace {

bool equalSecrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

bool hasCredential(const http::Head& head, std::string_view token) {
    if (token.empty())
        return false;
    const auto authorization = head.find("authorization");
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() > scheme.size() &&
        http::equalsIgnoringCase(authorization.substr(0, scheme.size()), scheme) &&
        equalSecrets(authorization.substr(scheme.size()), token))
        return true;
    return equalSecrets(head.find("x-api-key"), token);
}

} // namespace tierdeck::gateway
