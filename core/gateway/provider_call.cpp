#include "core/gateway/provider_call.h"

#include "core/gateway/http/url.h"
#include "core/gateway/providers/simulated.h"
#include "core/gateway/wire/request_translation.h"

#include <algorithm>
#include <array>

namespace tierdeck::gateway {

namespace {

using wire::Dialect;

constexpr std::string_view anthropicVersion = "2023-06-01";

/// What belongs to the client's connection, and what is for the gateway alone.
bool isForUs(const http::HopHeaders& hop, std::string_view name) {
    return name == "host" || name == "content-length" || name == "content-encoding" ||
           name == "accept-encoding" || name == "expect" || name == "cookie" || name == "origin" ||
           name == "referer" || name.starts_with("x-tierdeck-") || hop.has(name);
}

/// Of a client's headers, those that say something to a provider of another dialect.
bool isCommon(std::string_view name) {
    return name == "user-agent" || name == "traceparent" || name == "tracestate";
}

bool isCredential(std::string_view name) {
    return name == "authorization" || name == "x-api-key" || name == "api-key";
}

std::string_view withoutScheme(std::string_view credential) {
    constexpr std::string_view scheme = "bearer ";
    if (credential.size() > scheme.size() &&
        http::equalsIgnoringCase(credential.substr(0, scheme.size()), scheme))
        credential.remove_prefix(scheme.size());
    return credential;
}

bool hasHeader(const routing::ProviderSettings& provider, std::string_view name) {
    return std::any_of(provider.headers.begin(), provider.headers.end(),
                       [&](const auto& header) { return http::equalsIgnoringCase(header.first, name); });
}

/// What a reply in the client's own dialect must know of its request.
void takeUntranslated(const wire::ScannedRequest& scanned, wire::TranslationContext& context) {
    context.clientWantsUsage = scanned.includeUsage;
    context.estimatedInputTokens = scanned.estimatedTokens;
    context.requestedModel = scanned.model;
}

std::string targetOf(const http::Url& url, Dialect dialect, bool countsTokens, std::string_view query) {
    std::string_view endpoint;
    switch (dialect) {
    case Dialect::Chat:
        endpoint = "/chat/completions";
        break;
    case Dialect::Responses:
        endpoint = "/responses";
        break;
    case Dialect::Messages:
        endpoint = countsTokens ? "/v1/messages/count_tokens" : "/v1/messages";
        if (url.path.ends_with("/v1")) // Anthropic's own base has no version in it, others' have
            endpoint.remove_prefix(3);
        break;
    }
    std::string target;
    target.reserve(url.path.size() + endpoint.size() + query.size());
    target.append(url.path).append(endpoint).append(query);
    return target;
}

} // namespace

Dialect dialectFor(routing::ApiType type, Dialect client) {
    switch (type) {
    case routing::ApiType::OpenAi:
        return client == Dialect::Chat ? Dialect::Chat : Dialect::Responses;
    case routing::ApiType::Anthropic:
        return Dialect::Messages;
    case routing::ApiType::OpenAiChat:
    case routing::ApiType::Simulated:
        break;
    }
    return Dialect::Chat;
}

Result<std::unique_ptr<ProviderCall>> ProviderCall::make(Reactor& reactor, const ClientRequest& request,
                                                         const routing::ModelId& model,
                                                         const routing::ProviderSettings& provider,
                                                         const std::string& key,
                                                         const CallSettings& settings) {
    std::unique_ptr<ProviderCall> call(new ProviderCall);
    const auto& scanned = request.scanned;
    call->m_dialect = dialectFor(provider.apiType, scanned.dialect);
    if (provider.apiType == routing::ApiType::Simulated) {
        takeUntranslated(scanned, call->m_context);
        SimulatedRequest simulated;
        simulated.model = model.name();
        simulated.prompt = scanned.userText;
        simulated.promptTokens = scanned.estimatedTokens;
        // As a provider would have it: what came before the last message is warm.
        if (scanned.messages > 2)
            simulated.cachedTokens =
                std::max<std::int64_t>(scanned.estimatedTokens - scanned.userTokens - 16, 0) / 64 * 64;
        simulated.createdSeconds = request.nowSeconds;
        simulated.number = request.number;
        simulated.stream = scanned.stream;
        simulated.idleTimeout = std::chrono::seconds(provider.idleTimeoutSeconds);
        call->m_call = callSimulated(reactor.io, std::move(simulated));
        return call;
    }
    auto url = http::parseUrl(provider.baseUrl);
    if (!url)
        return failure(ErrorCode::InvalidInput, "the provider's baseUrl is not an http or https address");
    if (auto written = call->write(request, model, provider, *url, settings); !written)
        return tl::unexpected(std::move(written.error()));

    const bool same = call->m_dialect == scanned.dialect;
    const auto question = request.head.target.find('?');
    http::UpstreamRequest upstream;
    upstream.target =
        targetOf(*url, call->m_dialect, settings.countsTokens,
                 same && question != std::string_view::npos ? request.head.target.substr(question) : "");
    call->addHeaders(upstream, reactor.services.options.token, request, provider, key);
    upstream.bodyPieces = std::move(call->m_body.pieces);
    upstream.bodySize = call->m_body.size;
    call->m_call = reactor.client.call(std::move(url->origin), std::move(upstream),
                                       {std::chrono::seconds(provider.connectTimeoutSeconds),
                                        std::chrono::seconds(provider.idleTimeoutSeconds)});
    return call;
}

Result<void> ProviderCall::write(const ClientRequest& request, const routing::ModelId& model,
                                 const routing::ProviderSettings& provider, const http::Url& url,
                                 const CallSettings& settings) {
    const auto& scanned = request.scanned;
    if (m_dialect == scanned.dialect) {
        wire::BodyChanges changes;
        changes.model = model.name();
        changes.temperature = settings.temperature;
        changes.reasoning = settings.reasoning;
        changes.requestUsage = true;
        changes.requestLogprobs =
            settings.wantsLogprobs && settings.reasoning.empty() && !scanned.hasReasoning;
        // Whose the provider is matters only where there is something for it to get or not.
        changes.removeOpenRouter = !scanned.openRouterSplices.empty() && !provider.isOpenRouter();
        // What runs on this machine may pass it on to Anthropic.
        changes.removeAttribution = !scanned.attributionSplices.empty() && !provider.isAt("anthropic.com") &&
                                    !http::isLoopbackName(url.origin.host);
        changes.removeReasoning = settings.dropsReasoning;
        m_splices = wire::requestSplices(scanned, changes);
        m_body = wire::spliced(request.body, m_splices);
        takeUntranslated(scanned, m_context);
        m_context.servingModel = model.text();
    } else {
        wire::WriteOptions options;
        options.model = model.name();
        options.servingModel = model.text();
        options.temperature = settings.temperature;
        options.reasoning = settings.reasoning;
        options.isOpenAi = provider.apiType == routing::ApiType::OpenAi || provider.isAt("openai.com");
        options.takesCacheMarks = provider.isOpenRouter();
        wire::Notes notes;
        auto written = wire::translateRequest(scanned, request.body, m_dialect, options, notes);
        if (!written)
            return tl::unexpected(std::move(written.error()));
        m_notes = notes.sentences();
        m_translated = std::move(written->body);
        m_context = std::move(written->context);
        m_body.pieces = {m_translated};
        m_body.size = m_translated.size();
    }
    m_context.replyId = "tierdeck-" + std::to_string(request.number);
    m_context.nowSeconds = request.nowSeconds;
    return {};
}

void ProviderCall::addHeaders(http::UpstreamRequest& upstream, const std::string& ownToken,
                              const ClientRequest& request, const routing::ProviderSettings& provider,
                              const std::string& key) {
    const bool same = m_dialect == request.scanned.dialect;
    const bool clientKey = provider.key.kind == routing::KeySource::Kind::Client;
    const std::string_view keyHeader = m_dialect == Dialect::Messages ? "x-api-key" : "authorization";
    const http::HopHeaders hop(request.head);
    std::string_view clients; // the client's own credential, where it may pass
    auto& headers = upstream.headers;
    headers.reserve(request.head.headers.size() + provider.headers.size() + 4);
    for (const auto& header : request.head.headers) {
        if (isForUs(hop, header.name) || hasHeader(provider, header.name))
            continue;
        if (isCredential(header.name)) {
            // The client's credentials end here, but for those that are meant for the provider.
            const auto token = withoutScheme(header.value);
            if (!clientKey || !request.mayBringKey || token.empty() || token == ownToken)
                continue;
            clients = token;
            if (same)
                headers.emplace_back(header.name, header.value);
        } else if (same || isCommon(header.name)) {
            headers.emplace_back(header.name, header.value);
        }
    }
    headers.emplace_back("accept-encoding", "identity");
    if (!(same && request.head.has("content-type")) && !hasHeader(provider, "content-type"))
        headers.emplace_back("content-type", "application/json");
    if (m_dialect == Dialect::Messages && !(same && request.head.has("anthropic-version")) &&
        !hasHeader(provider, "anthropic-version"))
        headers.emplace_back("anthropic-version", anthropicVersion);
    const std::string_view credential = !key.empty() ? std::string_view(key) : same ? "" : clients;
    if (!credential.empty() && !hasHeader(provider, keyHeader)) {
        m_credential =
            m_dialect == Dialect::Messages ? std::string(credential) : "Bearer " + std::string(credential);
        headers.emplace_back(keyHeader, m_credential);
    }
    for (const auto& [name, value] : provider.headers)
        headers.emplace_back(name, value);
}

} // namespace tierdeck::gateway
