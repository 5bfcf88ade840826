#include "core/gateway/exchange.h"

#include "core/gateway/http/elsewhere.h"
#include "core/gateway/providers/simulated.h"
#include "core/gateway/wire/model_names.h"
#include "core/routing/packed_decision.h"
#include "core/routing/tier_resolver.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace tierdeck::gateway {

namespace {

constexpr std::size_t maxReplyBytes = 64u << 20;
constexpr std::size_t maxRefusalBytes = 16u << 20;
constexpr std::int64_t bytesPerToken = 4;
constexpr std::string_view jsonType = "application/json";

std::string dollars(NanoUsd cost) {
    std::array<char, 40> text{};
    const auto usd = static_cast<double>(cost.value) / 1e9;
    std::snprintf(text.data(), text.size(), usd != 0 && usd < 0.01 ? "$%.6f" : "$%.2f", usd);
    return text.data();
}

/// Seconds of a Retry-After header; its date form is left to the usual delays.
std::optional<std::chrono::milliseconds> retryAfter(const http::Head& head) {
    const auto parse = [&](std::string_view name, double factor) -> std::optional<std::chrono::milliseconds> {
        const auto value = head.find(name);
        double number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (value.empty() || error != std::errc() || number < 0 || number > 1e7)
            return std::nullopt;
        return std::chrono::milliseconds(static_cast<std::int64_t>(number * factor));
    };
    if (const auto ms = parse("retry-after-ms", 1))
        return ms;
    return parse("retry-after", 1000);
}

bool isRetried(int status) {
    return status == 408 || status == 409 || status == 429 || status >= 500;
}

bool isNextModels(int status) {
    return status == 401 || status == 402 || status == 403 || status == 404;
}

/// What belongs to the client's connection, and what is for the gateway alone.
bool isPassedOn(const http::Head& head, std::string_view name) {
    return name != "host" && name != "content-length" && name != "content-encoding" &&
           name != "accept-encoding" && name != "expect" && name != "cookie" && name != "origin" &&
           name != "referer" && !name.starts_with("x-tierdeck-") && !http::isForThisHop(head, name);
}

/// What the provider says in its headers to the client.
void addPassed(http::HeaderLines& headers, const http::Head& upstream) {
    for (const auto& header : upstream.headers) {
        if (!http::isForThisHop(upstream, header.name) && header.name != "content-length" &&
            header.name != "set-cookie" && header.name != "alt-svc" &&
            !header.name.starts_with("x-tierdeck-"))
            headers.add(header.name, header.value);
    }
}

bool isCredential(std::string_view name) {
    return name == "authorization" || name == "x-api-key" || name == "api-key";
}

bool isToken(std::string_view credential, std::string_view token) {
    constexpr std::string_view scheme = "bearer ";
    if (credential.size() > scheme.size() &&
        http::equalsIgnoringCase(credential.substr(0, scheme.size()), scheme))
        credential.remove_prefix(scheme.size());
    return !token.empty() && credential == token;
}

bool hasHeader(const routing::ProviderSettings& provider, std::string_view name) {
    return std::any_of(provider.headers.begin(), provider.headers.end(),
                       [&](const auto& header) { return http::equalsIgnoringCase(header.first, name); });
}

/// Why nothing can be routed, and what was perhaps meant.
std::string sentenceOf(const routing::RouteFailure& failure) {
    auto text = failure.message;
    for (const auto& name : failure.near)
        text += (&name == &failure.near.front() ? " Did you mean " : ", ") + name;
    return failure.near.empty() ? text : text + '?';
}

} // namespace

routing::PolicySource::Current Services::policy() {
    auto current = parts.policies.current();
    if (!current.reloaded.empty()) {
        const auto time = parts.clock.now();
        if (current.problem.empty())
            parts.log.reloaded(time, current.reloaded, current.policy ? current.policy->fingerprint : "");
        else
            parts.log.warning(time,
                              "Preferences: " + current.reloaded + " is not in force: " + current.problem);
    }
    return current;
}

void Services::flushLogSoon() {
    if (logFlushDue)
        return;
    logFlushDue = true;
    logTimer.expires_after(std::chrono::milliseconds(100));
    logTimer.async_wait([this](error_code) {
        logFlushDue = false;
        parts.log.flush();
    });
}

Exchange::Exchange(Services& services, const http::Head& head, const std::string& body,
                   http::Responder& responder)
    : m_services(services)
    , m_head(head)
    , m_body(body)
    , m_responder(responder)
    , m_started(services.parts.clock.steadyNow()) {
    ++m_services.counters.requests;
    ++m_services.counters.active;
}

Exchange::~Exchange() {
    --m_services.counters.active;
}

asio::awaitable<void> Exchange::run() {
    m_record.time = now();
    const auto id = m_services.ids.next(m_started);
    if (!id) {
        http::Answer busy{503, {{"content-type", jsonType}}, {}};
        busy.body = wire::chatError(
            "The session store is locked and no request can be numbered. Close what holds it, "
            "then try again.",
            "server_error", "store_unavailable");
        m_recorded = true; // there is no number to record it under
        co_await m_responder.reply(busy);
        co_return;
    }
    m_record.request = *id;
    m_responder.whenGone([this] {
        if (m_call)
            m_call->abort();
        if (m_pause)
            m_pause->cancel();
    });
    if (auto refusal = scan()) {
        co_await answer(std::move(*refusal), "error");
        co_return;
    }
    if (m_scanned.commandAlone) {
        co_await answerCommand();
        co_return;
    }
    if (auto refusal = decide()) {
        co_await answer(std::move(*refusal), "error");
        co_return;
    }
    co_await dispatch();
}

std::optional<http::Answer> Exchange::scan() {
    auto scanned = wire::scanChatRequest(m_body);
    if (scanned)
        m_scanned = std::move(*scanned);
    m_identity = wire::identify(m_head, m_scanned);
    if (!scanned && m_identity.sessionSource == "conversation")
        m_identity.session = "unidentified";
    m_record.session = m_identity.session;
    m_record.sessionSource = m_identity.sessionSource;
    m_record.agent = m_identity.agent;
    m_record.client = m_identity.client;
    m_record.project = m_identity.project;
    const auto task = m_head.find("x-tierdeck-task");
    m_record.taskType = task.empty() ? m_scanned.taskType : std::string(task);
    if (!scanned)
        return ownError(400, "invalid_request_error", "invalid_request", scanned.error().message);
    m_entered = m_services.sessions.enter(m_identity, m_scanned, m_started);
    m_record.turn = m_entered.turn;
    return std::nullopt;
}

asio::awaitable<void> Exchange::answerCommand() {
    const auto current = m_services.policy();
    m_policy = current.policy;
    m_record.provider = "tierdeck";
    m_record.cost = NanoUsd(0);
    m_record.reason = "The gateway answered a command.";
    const auto text = answerTo(*m_scanned.command);
    const auto id = "chatcmpl-tierdeck-" + std::to_string(m_record.request.value);
    const wire::OwnReply reply{
        id, "tierdeck",
        std::chrono::duration_cast<std::chrono::seconds>(m_record.time.time_since_epoch()).count(), text};
    m_record.messageId = id;
    if (!m_scanned.stream) {
        http::Answer whole{200, {{"content-type", jsonType}}, wire::chatCompletion(reply)};
        co_await answer(std::move(whole), "ok");
        co_return;
    }
    co_await finishRecord("ok", 200);
    auto headers = ownHeaders();
    headers.add("content-type", "text/event-stream");
    headers.add("cache-control", "no-cache");
    co_await m_responder.startStream(200, headers);
    std::string events = wire::chatCompletionStream(reply, m_scanned.includeUsage);
    events += wire::chatTail;
    co_await m_responder.endStream(events);
}

std::string Exchange::answerTo(const routing::UserCommand& command) {
    auto& session = *m_entered.session;
    using Kind = routing::UserCommand::Kind;
    if (!m_policy)
        return "The preferences are not valid, so nothing can be routed. Run `tierctl check`.";
    if (!command.argument.empty()) {
        routing::RouteRequest asked;
        if (command.kind == Kind::Tier)
            asked.userOverride.tier = command.argument;
        else
            asked.userOverride.model = command.argument;
        const auto decided = routing::resolve(asked, *m_policy, {}, {});
        if (!decided)
            return sentenceOf(decided.error());
        session.nextTurn = asked.userOverride;
        if (decided->source != routing::TierSource::User)
            return "The router decides the next turn.";
        return "The next turn runs on " +
               (decided->tier ? "tier " + *decided->tier + ", " + decided->model.text()
                              : decided->model.text()) +
               '.';
    }
    std::string text = session.lastModel.empty()
                           ? "Nothing was routed in this session yet."
                           : "Tier " + (session.lastTier.empty() ? std::string("-") : session.lastTier) +
                                 " (source: " + session.lastSource + "), model " + session.lastModel + ".";
    if (!session.nextTurn.empty())
        text += "\nNext turn: " +
                (session.nextTurn.tier.empty() ? session.nextTurn.model : session.nextTurn.tier) + ".";
    text += "\nSession: " + std::to_string(session.turns) + (session.turns == 1 ? " turn, " : " turns, ") +
            dollars(session.cost);
    if (session.unpricedRequests > 0)
        text += " and " + std::to_string(session.unpricedRequests) +
                (session.unpricedRequests == 1 ? " unpriced request" : " unpriced requests");
    text += '.';
    routing::Conditions conditions;
    m_services.breakers.addTo(conditions, m_started);
    for (const auto& [model, unavailable] : conditions.unavailable)
        text += "\nNot available: " + model + " (" + unavailable.reason + ").";
    return text;
}

std::optional<http::Answer> Exchange::decide() {
    auto current = m_services.policy();
    m_policy = std::move(current.policy);
    if (!m_policy)
        return ownError(503, "server_error", "policy_invalid",
                        "The preferences are not valid, so nothing can be routed: " +
                            (current.problem.empty() ? "run `tierctl check`." : current.problem));
    auto& request = m_request;
    request.declaredModel = m_scanned.model;
    request.userText = m_scanned.userText;
    if (const auto& command = m_scanned.command) {
        if (command->kind == routing::UserCommand::Kind::Tier)
            request.userOverride.tier = command->argument;
        else if (command->kind == routing::UserCommand::Kind::Model)
            request.userOverride.model = command->argument;
    }
    if (request.userOverride.empty())
        request.userOverride = {std::string(m_head.find("x-tierdeck-tier")),
                                std::string(m_head.find("x-tierdeck-model"))};
    request.skill = m_head.find("x-tierdeck-skill");
    request.taskType = m_record.taskType;
    request.client = m_identity.client;
    request.project = m_identity.project;
    request.headers.reserve(m_head.headers.size());
    for (const auto& header : m_head.headers)
        request.headers.emplace_back(header.name, header.value);
    request.inputTokens = m_scanned.estimatedTokens;
    request.toolsOffered = m_scanned.tools;
    request.messages = m_scanned.messages;
    request.hasImages = m_scanned.hasImages;
    request.hasTemperature = m_scanned.hasTemperature;
    request.reasoning = m_scanned.hasReasoning;
    request.subagent = m_identity.isSubagent();

    routing::Conditions conditions;
    m_services.breakers.addTo(conditions, m_started);
    auto& session = *m_entered.session;
    auto& state = session.states[m_identity.agent];
    auto& prompt = session.prompts[m_identity.agent];
    if (prompt.hash != m_scanned.userHash || prompt.bytes != m_scanned.userText.size())
        prompt = {m_scanned.userHash, m_scanned.userText.size(), routing::readPrompt(m_scanned.userText)};
    request.reading = &prompt.reading;
    auto decided = routing::resolve(request, *m_policy, state, conditions);
    if (!decided) {
        const auto& failure = decided.error();
        using Code = routing::RouteFailure::Code;
        auto message = sentenceOf(failure);
        m_record.reason = message;
        const bool unknown = failure.code == Code::ModelNotFound || failure.code == Code::UnknownTier;
        return ownError(unknown ? 404 : 503, unknown ? "invalid_request_error" : "server_error",
                        routing::toString(failure.code), std::move(message));
    }
    m_decision = std::move(*decided);
    routing::advance(state, request, m_decision);
    m_serving = m_decision.model;
    session.lastTier = m_decision.tier.value_or("");
    session.lastSource = routing::toString(m_decision.source);
    session.lastModel = m_decision.model.text();
    m_record.tier = m_decision.tier;
    m_record.tierSource = routing::toString(m_decision.source);
    m_record.startingTier = m_decision.startingTier;
    m_record.reason = routing::explain(m_decision);
    m_record.decision = routing::pack(m_decision);
    m_services.parts.log.assigned(now(), m_decision, m_record);
    return std::nullopt;
}

asio::awaitable<void> Exchange::dispatch() {
    Outcome last;
    std::optional<std::chrono::milliseconds> soonest; // when one of the models may be asked again
    for (std::size_t place = 0; place < m_decision.attempts.size(); ++place) {
        const auto& planned = m_decision.attempts[place];
        if (place > 0)
            m_services.parts.log.fallback(now(), m_serving.text(), planned.model.text(), last.name,
                                          static_cast<int>(m_record.attempts.size()) + 1, m_record);
        m_serving = planned.model;
        for (int tries = 1;; ++tries) {
            last = co_await attempt(planned);
            if (last.next == Outcome::Next::Finished)
                co_return;
            if (m_responder.isGone()) {
                // A provider that was interrupted has read the prompt by then, and bills it.
                if (last.name == outcomeOf(http::Fault::Kind::Aborted))
                    takeFacts({});
                co_await finishRecord("cancelled", 0);
                co_return;
            }
            if (last.next == Outcome::Next::Give) {
                co_await giveUp(last);
                co_return;
            }
            if (last.isModelsFault || last.next == Outcome::Next::TryAgain)
                m_services.breakers.failed(planned.model.text(), m_policy->cooldown, steadyNow());
            if (last.retryAfter && (!soonest || *last.retryAfter < *soonest))
                soonest = last.retryAfter;
            if (last.next == Outcome::Next::TryAgain) {
                const std::chrono::milliseconds longest(m_policy->retries.maxDelayMs);
                if (last.retryAfter && *last.retryAfter > longest) {
                    m_services.breakers.pause(planned.model.text(), *last.retryAfter, steadyNow());
                    break;
                }
                if (tries < m_policy->retries.attempts) {
                    co_await waitBeforeRetry(last, tries);
                    if (!m_responder.isGone())
                        continue;
                    co_await finishRecord("cancelled", 0);
                    co_return;
                }
            }
            break;
        }
    }
    last.retryAfter = soonest;
    co_await giveUp(last);
}

asio::awaitable<void> Exchange::waitBeforeRetry(const Outcome& outcome, int tries) {
    const auto& settings = m_policy->retries;
    const auto doubled = static_cast<std::int64_t>(settings.baseDelayMs) << std::min(tries - 1, 20);
    const auto ceiling = std::min<std::int64_t>(doubled, settings.maxDelayMs);
    // Full jitter: clients that failed together must not come back together.
    std::chrono::milliseconds delay(std::uniform_int_distribution<std::int64_t>(
        0, std::max<std::int64_t>(ceiling, 0))(m_services.random));
    if (outcome.retryAfter)
        delay = std::max(delay, *outcome.retryAfter);
    asio::steady_timer pause(m_services.reactor, delay);
    m_pause = &pause;
    co_await pause.async_wait(asTuple);
    m_pause = nullptr;
}

Exchange::Outcome Exchange::failed(const http::Fault& fault) const {
    Outcome outcome;
    outcome.name = http::outcomeOf(fault.kind);
    outcome.detail = fault.detail;
    switch (fault.kind) {
    case http::Fault::Kind::Resolve:
    case http::Fault::Kind::Connect:
    case http::Fault::Kind::Reset:
        outcome.next = Outcome::Next::TryAgain;
        break;
    default:
        outcome.next = Outcome::Next::NextModel;
    }
    outcome.isModelsFault =
        fault.kind != http::Fault::Kind::SelfReference && fault.kind != http::Fault::Kind::Aborted;
    return outcome;
}

asio::awaitable<Exchange::Outcome> Exchange::attempt(const routing::PlannedAttempt& planned) {
    auto& begin = m_record.attempts.emplace_back();
    begin.provider = planned.model.provider();
    begin.model = planned.model.text();
    begin.reason = routing::render(planned.reason);
    m_attemptRuns = true;
    const auto begun = steadyNow();
    m_services.breakers.began(planned.model.text(), m_policy->cooldown, begun);
    Outcome outcome;
    if (const auto* provider = m_policy->findProvider(planned.model.provider())) {
        const auto key = co_await m_services.keys.keyFor(*provider, begun);
        if (m_responder.isGone()) {
            outcome.name = "not_sent"; // the client went while a key was fetched
        } else if (key) {
            outcome = co_await callProvider(planned.model, *provider, *key);
        } else {
            outcome.name = "key_missing";
            outcome.detail = key.error().message;
        }
    } else {
        outcome.name = "unknown_provider";
        outcome.detail = "the provider does not stand in llm.json";
    }
    if (outcome.next != Outcome::Next::Finished) {
        auto& end = m_record.attempts.back();
        end.outcome = m_responder.isGone() ? "cancelled" : outcome.name;
        end.httpStatus = outcome.httpStatus;
        end.latencyMs = std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - begun).count();
    }
    m_attemptRuns = false;
    co_return outcome;
}

asio::awaitable<Exchange::Outcome> Exchange::callProvider(const routing::ModelId& model,
                                                          const routing::ProviderSettings& provider,
                                                          const std::string& key) {
    const auto call = provider.apiType == routing::ApiType::Simulated ? simulatedCall(model, provider)
                                                                      : httpCall(model, provider, key);
    if (!call) {
        Outcome outcome;
        outcome.name = "bad_base_url";
        outcome.detail = "the provider's baseUrl is not an http or https address";
        co_return outcome;
    }
    m_call = call.get();
    Outcome outcome;
    const auto opened = co_await call->open();
    if (!opened)
        outcome = failed(opened.error());
    else if (call->head().status >= 300)
        outcome = co_await takeRefusal(*call);
    else if (m_scanned.stream && call->head().find("content-type").starts_with("text/event-stream"))
        outcome = co_await relayStream(*call);
    else
        outcome = co_await relayWhole(*call);
    m_call = nullptr;
    if (outcome.httpStatus == 401)
        m_services.keys.forget(provider.key);
    co_return outcome;
}

std::unique_ptr<http::UpstreamCall> Exchange::simulatedCall(const routing::ModelId& model,
                                                            const routing::ProviderSettings& provider) {
    SimulatedRequest request;
    request.model = model.name();
    request.prompt = m_scanned.userText;
    request.promptTokens = m_scanned.estimatedTokens;
    // As a provider would have it: what came before the last message is warm.
    if (m_scanned.messages > 2)
        request.cachedTokens =
            std::max<std::int64_t>(m_scanned.estimatedTokens - m_scanned.userTokens - 16, 0) / 64 * 64;
    request.createdSeconds =
        std::chrono::duration_cast<std::chrono::seconds>(m_record.time.time_since_epoch()).count();
    request.number = m_record.request.value;
    request.stream = m_scanned.stream;
    request.idleTimeout = std::chrono::seconds(provider.idleTimeoutSeconds);
    return callSimulated(m_services.reactor, std::move(request));
}

std::unique_ptr<http::UpstreamCall> Exchange::httpCall(const routing::ModelId& model,
                                                       const routing::ProviderSettings& provider,
                                                       const std::string& key) {
    const auto url = http::parseUrl(provider.baseUrl);
    if (!url)
        return nullptr;
    wire::BodyChanges changes;
    changes.model = model.name();
    changes.temperature = routing::temperatureFor(model, m_decision.tier, m_request, *m_policy);
    changes.reasoning = m_decision.reasoning;
    changes.requestUsage = true;
    m_splices = wire::chatSplices(m_scanned, changes);
    auto body = wire::spliced(m_body, m_splices);

    http::UpstreamRequest request;
    request.target = url->path + "/chat/completions";
    const bool clientKey = provider.key.kind == routing::KeySource::Kind::Client;
    request.headers.reserve(m_head.headers.size() + provider.headers.size() + 2);
    for (const auto& header : m_head.headers) {
        // The client's credentials end here, but for those that are meant for the provider.
        const bool mayPass =
            !isCredential(header.name) || (clientKey && !isToken(header.value, m_services.options.token));
        if (mayPass && isPassedOn(m_head, header.name) && !hasHeader(provider, header.name))
            request.headers.emplace_back(header.name, header.value);
    }
    request.headers.emplace_back("accept-encoding", "identity");
    if (!m_head.has("content-type") && !hasHeader(provider, "content-type"))
        request.headers.emplace_back("content-type", jsonType);
    if (!key.empty() && !hasHeader(provider, "authorization")) {
        m_authorization = "Bearer " + key;
        request.headers.emplace_back("authorization", m_authorization);
    }
    for (const auto& [name, value] : provider.headers)
        request.headers.emplace_back(name, value);
    request.bodyPieces = std::move(body.pieces);
    request.bodySize = body.size;
    return m_services.client.call(url->origin, std::move(request),
                                  {std::chrono::seconds(provider.connectTimeoutSeconds),
                                   std::chrono::seconds(provider.idleTimeoutSeconds)});
}

asio::awaitable<Exchange::Outcome> Exchange::takeRefusal(http::UpstreamCall& call) {
    Outcome outcome;
    outcome.httpStatus = call.head().status;
    outcome.name = "http_" + std::to_string(outcome.httpStatus);
    outcome.retryAfter = retryAfter(call.head());
    addPassed(outcome.headers, call.head());
    while (outcome.body.size() < maxRefusalBytes) {
        const auto more = co_await call.read(outcome.body);
        if (!more || !*more)
            break;
    }
    outcome.next = isRetried(outcome.httpStatus)      ? Outcome::Next::TryAgain
                   : isNextModels(outcome.httpStatus) ? Outcome::Next::NextModel
                                                      : Outcome::Next::Give;
    if (outcome.httpStatus < 400) { // a redirect: the key goes to that provider's host only
        outcome.next = Outcome::Next::NextModel;
        outcome.detail = "the provider redirects; set its baseUrl to where it is";
    }
    co_return outcome;
}

asio::awaitable<Exchange::Outcome> Exchange::relayWhole(http::UpstreamCall& call) {
    http::Answer reply;
    while (true) {
        const auto more = co_await call.read(reply.body);
        if (!more)
            co_return failed(more.error());
        if (!*more)
            break;
        if (reply.body.size() > maxReplyBytes)
            break;
    }
    reply.body.reserve(reply.body.size() + wire::bodyPadding);
    const auto facts = wire::readChatReply(reply.body);
    Outcome outcome;
    outcome.httpStatus = call.head().status;
    if (!facts) {
        outcome.name = "rubbish";
        outcome.isModelsFault = true;
        outcome.detail = "the reply is not a chat completion";
        co_return outcome;
    }
    if (!facts->errorCode.empty() && !facts->hasContent) {
        outcome.name = "error_" + facts->errorCode;
        outcome.next = Outcome::Next::TryAgain;
        co_return outcome;
    }
    takeFacts(*facts);
    m_record.firstByteMs = elapsedMs();
    co_await finishRecord("ok", call.head().status);
    reply.status = call.head().status;
    reply.headers = replyHeaders(call.head());
    co_await m_responder.reply(reply);
    outcome.next = Outcome::Next::Finished;
    co_return outcome;
}

asio::awaitable<Exchange::Outcome> Exchange::relayStream(http::UpstreamCall& call) {
    wire::ChatStream stream(m_scanned.includeUsage);
    std::string in;
    std::string out;
    bool started = false;
    bool flushing = false;
    asio::steady_timer flushed(m_services.reactor, SteadyTime::max());
    auto headers = replyHeaders(call.head());

    // A reply without content is held so that another model can still take over; but not for ever, or clients
    // and proxies between give up. The flush runs beside the waiting read, which stays undisturbed.
    http::Deadlines::Entry hold(m_services.deadlines, [&] {
        if (started)
            return;
        started = flushing = true;
        asio::co_spawn(
            m_services.reactor,
            [&]() -> asio::awaitable<void> {
                std::string held = std::exchange(out, {});
                if (held.empty())
                    held = ": the model is still silent\n\n";
                co_await m_responder.startStream(200, headers);
                co_await m_responder.sendStream(held);
                flushing = false;
                flushed.cancel();
            },
            asio::detached);
    });
    hold.set(std::chrono::milliseconds(m_services.options.holdMs));

    std::optional<Outcome> trouble;
    while (!stream.isDone()) {
        in.clear();
        const auto more = co_await call.read(in);
        while (flushing)
            co_await flushed.async_wait(asTuple);
        const bool saidWhatIsWrong = started && !stream.facts().errorCode.empty();
        if (!more) {
            if (!saidWhatIsWrong)
                trouble = failed(more.error());
            break;
        }
        if (!*more) {
            if (stream.facts().finishReason.empty() && !saidWhatIsWrong) {
                trouble.emplace();
                trouble->next = Outcome::Next::TryAgain;
                trouble->name = "truncated";
                trouble->detail = "the stream ended before its end";
            }
            break;
        }
        stream.feed(in, out);
        const auto& facts = stream.facts();
        if (stream.isBroken()) {
            trouble.emplace();
            trouble->name = "rubbish";
            trouble->isModelsFault = true;
            trouble->detail = "the stream is not one of chat completions";
            break;
        }
        if (!facts.errorCode.empty() && !started && !facts.hasContent) {
            trouble.emplace();
            trouble->name = "error_" + facts.errorCode;
            trouble->next = Outcome::Next::TryAgain;
            break;
        }
        if (facts.hasContent && !m_record.firstByteMs)
            m_record.firstByteMs = elapsedMs();
        if (!started && (facts.hasContent || stream.isDone() || !facts.finishReason.empty())) {
            started = true;
            hold.clear();
            co_await m_responder.startStream(call.head().status, headers);
        }
        if (started && !out.empty() && !stream.isDone()) {
            const bool sent = co_await m_responder.sendStream(out);
            if (!sent)
                break;
            out.clear();
        }
    }
    hold.clear();
    const auto& facts = stream.facts();
    if (trouble && !started && !m_responder.isGone()) {
        trouble->httpStatus = call.head().status;
        co_return *trouble;
    }
    takeFacts(facts);
    Outcome outcome;
    outcome.next = Outcome::Next::Finished;
    if (m_responder.isGone()) {
        co_await finishRecord("cancelled", call.head().status);
        co_return outcome;
    }
    if (trouble || !facts.errorCode.empty()) {
        m_record.attempts.back().outcome = trouble ? trouble->name : "error_" + facts.errorCode;
        m_services.breakers.failed(m_serving.text(), m_policy->cooldown, steadyNow());
    }
    if (trouble) {
        m_record.reason += " The reply broke off: " + trouble->name + '.';
        co_await finishRecord("error", call.head().status);
        out += wire::chatErrorEvent(m_serving.text() + " broke off in the middle of its reply (" +
                                        trouble->name + "). Send the request again.",
                                    "server_error", "upstream_" + trouble->name);
        co_await m_responder.endStream(out);
        co_return outcome;
    }
    co_await finishRecord(facts.errorCode.empty() ? "ok" : "error", call.head().status);
    out += stream.tail();
    co_await m_responder.endStream(out);
    call.settle();
    co_return outcome;
}

asio::awaitable<void> Exchange::giveUp(const Outcome& last) {
    // One model, one answer: the client knows its provider's words and acts on them.
    if (last.httpStatus >= 400 && (last.next == Outcome::Next::Give || m_decision.attempts.size() == 1)) {
        http::Answer refusal{last.httpStatus, last.headers, last.body};
        co_await answer(std::move(refusal), "error");
        co_return;
    }
    std::string message = "No model could answer.";
    const std::string* previous = nullptr;
    for (const auto& attempt : m_record.attempts) {
        if (previous && *previous == attempt.model)
            continue;
        message += ' ' + attempt.model + ": " + attempt.outcome + '.';
        previous = &attempt.model;
    }
    for (const auto& excluded : m_decision.excluded)
        message += ' ' + excluded.model.text() + ": " + routing::render(excluded.reason) + '.';
    if (!last.detail.empty())
        message += " Last: " + last.detail + '.';
    auto refusal = ownError(503, "server_error", "nothing_left", std::move(message));
    if (last.retryAfter)
        refusal.headers.add(
            "retry-after", std::to_string(std::chrono::ceil<std::chrono::seconds>(*last.retryAfter).count()));
    co_await answer(std::move(refusal), "error");
}

http::Answer Exchange::ownError(int status, std::string_view type, std::string_view code,
                                std::string message) {
    if (m_record.reason.empty())
        m_record.reason = message;
    return {status, {{"content-type", jsonType}}, wire::chatError(message, type, code)};
}

asio::awaitable<void> Exchange::answer(http::Answer answer, std::string_view status) {
    co_await finishRecord(status, answer.status);
    answer.headers.add(ownHeaders());
    co_await m_responder.reply(answer);
}

void Exchange::takeFacts(const wire::ReplyFacts& facts) {
    m_record.messageId = facts.id;
    m_record.modelReturned = facts.model;
    if (facts.usage) {
        m_record.usage = *facts.usage;
    } else {
        m_record.usage.input = m_scanned.estimatedTokens;
        m_record.usage.output = (facts.outputBytes + bytesPerToken - 1) / bytesPerToken;
        m_record.usageEstimated = true;
    }
}

asio::awaitable<void> Exchange::finishRecord(std::string_view status, int httpStatus) {
    if (m_recorded)
        co_return;
    m_recorded = true;
    auto& record = m_record;
    record.status = status;
    record.httpStatus = httpStatus;
    record.latencyMs = elapsedMs();
    const bool served = !record.attempts.empty();
    if (served) {
        record.provider = m_serving.provider();
        record.model = m_serving.text();
        if (m_attemptRuns) {
            auto& attempt = record.attempts.back();
            if (attempt.outcome.empty())
                attempt.outcome = status;
            attempt.httpStatus = httpStatus;
            std::int64_t earlier = 0;
            for (std::size_t i = 0; i + 1 < record.attempts.size(); ++i)
                earlier += record.attempts[i].latencyMs;
            attempt.latencyMs = std::max<std::int64_t>(record.latencyMs - earlier, 0);
        }
        if (record.attempts.front().model != record.attempts.back().model)
            record.reason += ' ' + record.attempts.front().model + " failed (" +
                             record.attempts.front().outcome + "), so " + record.attempts.back().model +
                             " was asked.";
        const auto* provider = m_policy->findProvider(record.provider);
        record.simulated = provider && provider->apiType == routing::ApiType::Simulated;
        pricing::PricedRequest priced;
        priced.provider = record.provider;
        priced.model = m_serving.name();
        priced.usage = record.usage;
        priced.time = record.time;
        record.cost = record.simulated || record.usage.total() == 0 ? std::optional(NanoUsd(0))
                                                                    : m_policy->prices.cost(priced);
        record.priceVersion = m_policy->prices.version();
        if (status == "ok")
            m_services.breakers.succeeded(*record.model);
    } else if (!record.cost) {
        record.cost = NanoUsd(0); // nothing was asked of any provider
    }
    auto& session = m_entered.session;
    if (session) {
        if (record.cost)
            session->cost += *record.cost;
        else
            ++session->unpricedRequests;
    }
    if (status == "error")
        ++m_services.counters.failed;
    auto& log = m_services.parts.log;
    const bool mismatch =
        served && !record.modelReturned.empty() && !wire::isSameModel(m_serving.name(), record.modelReturned);
    auto kept = co_await elsewhere<Result<void>>(
        [this](auto done) { m_services.parts.sink.record(m_record, std::move(done)); });
    if (!kept)
        ++m_services.counters.unsaved;
    log.complete(now(), record);
    if (mismatch)
        log.mismatch(now(), record);
    m_services.flushLogSoon();
}

http::HeaderLines Exchange::ownHeaders() const {
    http::HeaderLines headers;
    headers.reserve(512);
    headers.add("x-tierdeck-request", std::to_string(m_record.request.value));
    headers.add("x-tierdeck-turn", std::to_string(m_record.turn));
    headers.add("x-tierdeck-session", m_record.session);
    headers.add("x-tierdeck-tier", m_record.tier ? std::string_view(*m_record.tier) : "-");
    headers.add("x-tierdeck-tier-source", m_record.tierSource.empty() ? "-" : m_record.tierSource);
    headers.add("x-tierdeck-model", m_serving.empty() ? "-" : m_serving.text());
    return headers;
}

http::HeaderLines Exchange::replyHeaders(const http::Head& upstream) const {
    auto headers = ownHeaders();
    addPassed(headers, upstream);
    return headers;
}

std::int64_t Exchange::elapsedMs() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - m_started).count();
}

} // namespace tierdeck::gateway
