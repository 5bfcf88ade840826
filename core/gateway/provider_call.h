// A client's request as one provider is to get it: in the provider's dialect, with its key, without what is
// not its business. Built for one attempt and owned by its exchange; reactor thread only.
#pragma once

#include "core/foundation/result.h"
#include "core/gateway/http/upstream.h"
#include "core/gateway/http/url.h"
#include "core/gateway/reactor.h"
#include "core/gateway/wire/dialect.h"
#include "core/gateway/wire/scanned_request.h"
#include "core/gateway/wire/translation_context.h"
#include "core/routing/policy.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierdeck::gateway {

/// In which dialect a provider is asked for a client that speaks `client`.
[[nodiscard]] wire::Dialect dialectFor(routing::ApiType type, wire::Dialect client);

/// What the client sent, and what the decision sets in it. The references must outlive the call.
struct ClientRequest {
    const http::Head& head;
    const std::string& body; ///< with wire::bodyPadding behind it
    const wire::ScannedRequest& scanned;
    std::int64_t number = 0;
    std::int64_t nowSeconds = 0;
    bool mayBringKey = true; ///< false: the credential that it comes with is one of our own tokens
};

struct CallSettings {
    std::optional<double> temperature;
    std::string_view reasoning;  ///< an effort; "" for none
    bool dropsReasoning = false; ///< others thought before in this conversation, and signed it
    bool countsTokens = false;   ///< Messages: only the count is asked for
    /// The answer's gate wants to know how sure the model is. Asked for in Chat, of what does not think:
    /// models that do refuse the question.
    bool wantsLogprobs = false;
};

class ProviderCall {
public:
    /// InvalidInput where the provider's address is none; Unsupported for what cannot be said in its dialect.
    [[nodiscard]] static Result<std::unique_ptr<ProviderCall>>
    make(Reactor& reactor, const ClientRequest& request, const routing::ModelId& model,
         const routing::ProviderSettings& provider, const std::string& key, const CallSettings& settings);

    [[nodiscard]] http::UpstreamCall& http() { return *m_call; }

    [[nodiscard]] wire::Dialect dialect() const { return m_dialect; }

    [[nodiscard]] const wire::TranslationContext& context() const { return m_context; }

    /// What the translation dropped or changed, a sentence each.
    [[nodiscard]] const std::vector<std::string>& notes() const { return m_notes; }

private:
    ProviderCall() = default;
    [[nodiscard]] Result<void> write(const ClientRequest& request, const routing::ModelId& model,
                                     const routing::ProviderSettings& provider, const http::Url& url,
                                     const CallSettings& settings);
    void addHeaders(http::UpstreamRequest& upstream, const std::string& ownToken,
                    const ClientRequest& request, const routing::ProviderSettings& provider,
                    const std::string& key);

    wire::Dialect m_dialect = wire::Dialect::Chat;
    wire::TranslationContext m_context;
    std::vector<std::string> m_notes;
    std::vector<wire::Splice> m_splices;
    wire::SplicedBody m_body;
    std::string m_translated;
    std::string m_credential;
    std::unique_ptr<http::UpstreamCall> m_call; ///< its views point into what stands above
};

} // namespace tierdeck::gateway
