#include "core/gateway/exchange.h"

#include "core/gateway/http/elsewhere.h"
#include "core/gateway/own_question.h"
#include "core/gateway/wire/model_names.h"
#include "core/gateway/wire/request_translation.h"
#include "core/routing/packed_decision.h"
#include "core/routing/tier_resolver.h"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace tierdeck::gateway {

namespace {

constexpr std::int64_t bytesPerToken = 4;
constexpr std::string_view jsonType = "application/json";
constexpr std::string_view leftAlone = "breaker_open"; ///< the outcome of an attempt that was not made
constexpr std::string_view notPortable =
    "not_portable"; ///< likewise: only another provider has what it takes

} // namespace

Exchange::Exchange(Reactor& reactor, wire::Dialect dialect, const http::Head& head, const std::string& body,
                   http::Responder& responder, const wire::Identity* own)
    : m_reactor(reactor)
    , m_services(reactor.services)
    , m_dialect(dialect)
    , m_head(head)
    , m_body(body)
    , m_responder(&responder)
    , m_own(own)
    , m_started(m_services.parts.clock.steadyNow()) {
    ++m_services.counters.requests;
    ++m_services.counters.active;
}

Exchange::~Exchange() {
    --m_services.counters.active;
}

bool Exchange::begin() {
    m_record.time = now();
    const auto id = m_services.ids.next();
    if (!id)
        return false;
    m_record.request = *id;
    m_responder->whenGone([this] {
        if (m_call)
            m_call->abort();
        if (m_pause)
            m_pause->cancel();
        if (m_question)
            m_question->giveUp();
    });
    return true;
}

asio::awaitable<void> Exchange::answerBusy() {
    m_recorded = true; // there is no number to record it under
    const auto busy = ownError(503, "server_error", "store_unavailable",
                               "The session store is locked and no request can be numbered. Close what "
                               "holds it, then try again.");
    co_await m_responder->reply(busy);
}

asio::awaitable<void> Exchange::run() {
    if (!begin())
        return answerBusy();
    if (auto refusal = scan())
        return answer(std::move(*refusal), "error");
    m_entered = m_services.sessions.enter(m_identity, m_scanned, m_started);
    m_record.turn = m_entered.turn;
    if (m_scanned.commandAlone)
        return answerCommand();
    auto refusal = prepare();
    if (!refusal)
        refusal = decide();
    return m_asksClassifier ? decideByClassifier() : serve(std::move(refusal));
}

asio::awaitable<void> Exchange::decideByClassifier() {
    co_await askClassifier();
    auto refusal = decide();
    co_await serve(std::move(refusal));
}

asio::awaitable<void> Exchange::serve(std::optional<http::Answer> refusal) {
    if (refusal)
        return answer(std::move(*refusal), "error");
    return cascades() ? cascade() : dispatch();
}

asio::awaitable<void> Exchange::countTokens() {
    m_onlyCounts = true;
    if (!begin()) {
        co_await answerBusy();
        co_return;
    }
    if (auto refusal = scan()) {
        co_await answer(std::move(*refusal), "error");
        co_return;
    }
    m_entered = m_services.sessions.look(m_identity);
    m_record.turn = m_entered.turn;
    auto refusal = prepare();
    if (!refusal)
        refusal = decide();
    if (refusal) {
        co_await answer(std::move(*refusal), "error");
        co_return;
    }
    m_record.cost = NanoUsd(0);
    m_record.reason = "Tokens were counted.";
    const auto& planned = m_decision.attempts.front();
    const auto* provider = m_policy->findProvider(planned.model.provider());
    if (provider && provider->apiType == routing::ApiType::Anthropic) {
        auto key = m_services.keys.keyAtOnce(*provider, m_started);
        if (!key)
            key = co_await m_services.keys.fetchKey(*provider, m_started);
        auto settings = callSettings(planned, *provider);
        settings.countsTokens = true;
        auto made =
            *key ? ProviderCall::make(m_reactor, clientRequest(), planned.model, *provider, **key, settings)
                 : tl::unexpected(key->error());
        if (made) {
            auto& call = (*made)->http();
            m_call = &call;
            const auto opened = co_await call.open();
            std::string body;
            bool complete = opened.has_value();
            while (complete) {
                const auto more = co_await call.read(body);
                complete = more.has_value();
                if (!more || !*more)
                    break;
            }
            m_call = nullptr;
            if (complete && call.head().status < 500) {
                const int status = call.head().status;
                m_record.provider = provider->name;
                m_record.model = planned.model.text();
                const http::Answer counted{status, replyHeaders(call.head()), std::move(body)};
                co_await finishRecord(status < 400 ? "ok" : "error", status);
                co_await m_responder->reply(counted);
                co_return;
            }
        }
    }
    const auto estimate = wire::estimateInputTokens(body());
    if (!estimate) {
        co_await answer(ownError(400, "invalid_request_error", "invalid_request", estimate.error().message),
                        "error");
        co_return;
    }
    m_record.provider = "tierdeck";
    http::Answer estimated{200,
                           {{"content-type", jsonType}, {"x-tierdeck-estimated", "1"}},
                           "{\"input_tokens\":" + std::to_string(*estimate) + '}'};
    co_await answer(std::move(estimated), "ok");
}

std::optional<http::Answer> Exchange::scan() {
    auto scanned = wire::scanRequest(m_dialect, m_body);
    if (scanned && putItemsBack(*scanned))
        scanned = wire::scanRequest(m_dialect, m_completed);
    if (scanned)
        m_scanned = std::move(*scanned);
    m_identity = m_own ? *m_own : wire::identify(m_head, m_scanned);
    if (!scanned && m_identity.sessionSource == "conversation")
        m_identity.session = "unidentified";
    m_record.session = m_identity.session;
    m_record.sessionSource = m_identity.sessionSource;
    m_record.parentSession = m_identity.parentSession;
    m_record.agent = m_identity.agent;
    m_record.agentSource = m_identity.agentSource;
    m_record.parentAgent = m_identity.parentAgent;
    m_record.client = m_identity.client;
    m_record.clientSource = m_identity.clientSource;
    m_record.project = m_identity.project;
    m_record.projectSource = m_identity.projectSource;
    const auto task = m_head.find("x-tierdeck-task");
    m_record.taskType = task.empty() ? m_scanned.taskType : std::string(task);
    if (!scanned)
        return ownError(400, "invalid_request_error", "invalid_request", scanned.error().message);
    return std::nullopt;
}

bool Exchange::putItemsBack(const wire::ScannedRequest& scanned) {
    std::vector<wire::Splice> splices;
    for (const auto& reference : scanned.references) {
        auto item = m_services.items.find(reference.id);
        if (!item.empty())
            splices.push_back({reference.span.begin, reference.span.end, std::move(item)});
    }
    if (splices.empty())
        return false;
    m_completed = wire::splicedText(m_body, splices);
    return true;
}

asio::awaitable<void> Exchange::dispatch() {
    Setback last;
    std::optional<std::chrono::milliseconds> soonest; // when one of the models may be asked again
    for (std::size_t place = 0; place < m_decision.attempts.size(); ++place) {
        const auto& planned = m_decision.attempts[place]; // until goElsewhere() changes the plan
        if (place > 0)
            m_services.parts.log.fallback(now(), m_serving.text(), planned.model.text(), last.name,
                                          static_cast<int>(m_record.attempts.size()) + 1, m_record);
        m_serving = planned.model;
        for (int tries = 1;; ++tries) {
            // The last one is asked in any case, and who tries again knows that it failed.
            const bool mayPass = tries == 1 && place + 1 < m_decision.attempts.size();
            const auto begun = steadyNow();
            beginAttempt(planned);
            const auto setback = co_await attempt(planned, begun, mayPass);
            m_attemptRuns = false;
            if (!setback)
                co_return;
            endAttempt(*setback, begun);
            last = std::move(*setback);
            if (m_responder->isGone()) {
                // A provider that was interrupted has read the prompt by then, and bills it.
                if (last.name == outcomeOf(http::Fault::Kind::Aborted))
                    takeFacts({});
                co_await finishRecord("cancelled", 0);
                co_return;
            }
            if (last.next == Setback::Next::Give) {
                if (goElsewhere(place, last.kind))
                    break;
                co_await giveUp(last);
                co_return;
            }
            if (last.isModelsFault || last.next == Setback::Next::TryAgain)
                m_services.breakers.failed(planned.model.text(), m_policy->cooldown, steadyNow());
            if (last.retryAfter && (!soonest || *last.retryAfter < *soonest))
                soonest = last.retryAfter;
            if (last.next == Setback::Next::TryAgain) {
                const std::chrono::milliseconds longest(m_policy->retries.maxDelayMs);
                if (last.retryAfter && *last.retryAfter > longest) {
                    const auto* provider = m_policy->findProvider(planned.model.provider());
                    if (!provider || !m_services.limits.exhausted(planned.model, *provider, *last.retryAfter,
                                                                  last.body, now()))
                        m_services.breakers.pause(planned.model.text(), *last.retryAfter, steadyNow());
                    break;
                }
                if (tries < m_policy->retries.attempts) {
                    co_await waitBeforeRetry(last, tries);
                    if (!m_responder->isGone())
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

asio::awaitable<void> Exchange::waitBeforeRetry(const Setback& setback, int tries) {
    const auto& settings = m_policy->retries;
    const auto doubled = static_cast<std::int64_t>(settings.baseDelayMs) << std::min(tries - 1, 20);
    const auto ceiling = std::min<std::int64_t>(doubled, settings.maxDelayMs);
    // Full jitter: clients that failed together must not come back together.
    std::chrono::milliseconds delay(
        std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(ceiling, 0))(m_reactor.random));
    if (setback.retryAfter)
        delay = std::max(delay, *setback.retryAfter);
    asio::steady_timer pause(m_reactor.io, delay);
    m_pause = &pause;
    co_await pause.async_wait(asTuple);
    m_pause = nullptr;
}

Exchange::Outcome Exchange::failed(std::string_view name, std::string_view detail) {
    auto setback = std::make_unique<Setback>();
    setback->name = name;
    setback->detail = detail;
    return setback;
}

Exchange::Outcome Exchange::failed(const http::Fault& fault) {
    auto setback = failed(http::outcomeOf(fault.kind), fault.detail);
    switch (fault.kind) {
    case http::Fault::Kind::Resolve:
    case http::Fault::Kind::Connect:
    case http::Fault::Kind::Reset:
        setback->next = Setback::Next::TryAgain;
        break;
    default:
        setback->next = Setback::Next::NextModel;
    }
    setback->isModelsFault =
        fault.kind != http::Fault::Kind::SelfReference && fault.kind != http::Fault::Kind::Aborted;
    return setback;
}

Exchange::Outcome Exchange::rubbish(int httpStatus, std::string_view detail) {
    auto setback = failed("rubbish", detail);
    setback->httpStatus = httpStatus;
    setback->isModelsFault = true;
    return setback;
}

void Exchange::beginAttempt(const routing::PlannedAttempt& planned) {
    auto& begin = m_record.attempts.emplace_back();
    begin.provider = planned.model.provider();
    begin.model = planned.model.text();
    begin.reason = routing::render(planned.reason);
    m_attemptRuns = true;
}

void Exchange::endAttempt(const Setback& setback, SteadyTime begun) {
    auto& end = m_record.attempts.back();
    end.outcome = m_responder->isGone() ? "cancelled" : setback.name;
    end.httpStatus = setback.httpStatus;
    end.latencyMs = std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - begun).count();
}

asio::awaitable<Exchange::Outcome> Exchange::attempt(const routing::PlannedAttempt& planned, SteadyTime begun,
                                                     bool mayPass) {
    const bool mayBegin = m_services.breakers.mayBegin(planned.model.text(), m_policy->cooldown, begun);
    if (!mayBegin && mayPass)
        co_return failed(leftAlone);
    const auto* provider = m_policy->findProvider(planned.model.provider());
    if (!provider)
        co_return failed("unknown_provider", "the provider does not stand in llm.json");
    auto key = m_services.keys.keyAtOnce(*provider, begun);
    if (!key)
        key = co_await m_services.keys.fetchKey(*provider, begun);
    if (m_responder->isGone())
        co_return failed("not_sent"); // the client went while a key was fetched
    if (!*key)
        co_return failed("key_missing", key->error().message);
    auto made = ProviderCall::make(m_reactor, clientRequest(), planned.model, *provider, **key,
                                   callSettings(planned, *provider));
    if (!made)
        co_return failed(made.error().code == ErrorCode::Unsupported ? notPortable : "bad_base_url",
                         made.error().message);
    auto& call = **made;
    m_call = &call.http();
    takeNotes(call.notes());
    const auto opened = co_await call.http().open();
    Outcome outcome;
    if (!opened) {
        outcome = failed(opened.error());
    } else {
        m_services.limits.takeQuota(*provider, call.http().head(), now());
        outcome = co_await relay(call);
    }
    m_call = nullptr;
    if (outcome && outcome->httpStatus == 401)
        m_services.keys.forget(provider->key);
    co_return outcome;
}

CallSettings Exchange::callSettings(const routing::PlannedAttempt& planned,
                                    const routing::ProviderSettings& provider) const {
    CallSettings settings;
    settings.temperature = planned.temperature;
    settings.reasoning = m_decision.reasoning;
    const auto& gates = m_policy->cascade.gates;
    settings.wantsLogprobs = m_rung && std::any_of(gates.begin(), gates.end(), [](const auto& gate) {
                                 return gate.kind == routing::Gate::Kind::Confidence;
                             });
    // What one provider has thought and signed, another refuses.
    const std::lock_guard lock(m_entered.session->mutex);
    const auto& thinkers = m_entered.session->thinkers;
    const auto found = thinkers.find(m_identity.agent);
    settings.dropsReasoning =
        found != thinkers.end() &&
        std::any_of(found->second.begin(), found->second.end(),
                    [&](const std::string& thinker) { return thinker != provider.name; });
    return settings;
}

ClientRequest Exchange::clientRequest() const {
    return {m_head,
            body(),
            m_scanned,
            m_record.request.value,
            std::chrono::duration_cast<std::chrono::seconds>(m_record.time.time_since_epoch()).count(),
            m_request.token.empty()};
}

routing::FallbackPlan Exchange::errorFallbacks(wire::ErrorKind kind) const {
    if (kind == wire::ErrorKind::Other)
        return {};
    std::vector<routing::ModelId> tried;
    for (const auto& attempt : m_record.attempts) {
        if (auto model = routing::ModelId::parse(attempt.model))
            tried.push_back(std::move(*model));
    }
    const auto conditions = m_services.conditions(*m_policy, m_identity.session);
    auto plan = routing::fallbacksForError(kind == wire::ErrorKind::ContextWindow
                                               ? routing::ErrorFallback::ContextWindow
                                               : routing::ErrorFallback::ContentPolicy,
                                           m_serving, tried, m_decision, m_request, *m_policy, conditions);
    routing::narrow(plan, m_wishes, *m_policy);
    return plan;
}

bool Exchange::goElsewhere(std::size_t place, wire::ErrorKind kind) {
    auto plan = errorFallbacks(kind);
    if (plan.attempts.empty())
        return false;
    auto& attempts = m_decision.attempts;
    attempts.resize(place + 1);
    std::move(plan.attempts.begin(), plan.attempts.end(), std::back_inserter(attempts));
    std::move(plan.excluded.begin(), plan.excluded.end(), std::back_inserter(m_decision.excluded));
    m_record.decision = routing::pack(m_decision);
    return true;
}

asio::awaitable<void> Exchange::giveUp(const Setback& last) {
    // One model, one answer: the client knows its provider's words and acts on them.
    if (last.httpStatus >= 400 && (last.next == Setback::Next::Give || m_decision.attempts.size() == 1)) {
        http::Answer refusal{last.httpStatus, last.headers, last.body};
        if (last.dialect != m_dialect) {
            auto error = wire::readError(last.body, last.httpStatus);
            if (!error)
                error = {last.httpStatus, {}, {}, m_serving.text() + " answered " + last.name + '.'};
            refusal.status = wire::statusFor(m_dialect, last.httpStatus);
            refusal.body = wire::errorBody(m_dialect, wire::errorFor(m_dialect, *error),
                                           std::to_string(m_record.request.value));
        }
        co_await answer(std::move(refusal), "error");
        co_return;
    }
    const auto& tried = m_record.attempts;
    if (std::all_of(tried.begin(), tried.end(),
                    [](const auto& attempt) { return attempt.outcome == notPortable; })) {
        // It would be the same the next time.
        co_await answer(ownError(400, "invalid_request_error", notPortable, last.detail), "error");
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
        message.append(1, ' ').append(routing::nameOf(excluded)) +=
            ": " + routing::render(excluded.reason) + '.';
    if (!last.detail.empty())
        message.append(" Last: ").append(last.detail).append(last.detail.ends_with('.') ? "" : ".");
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
    const wire::ReplyError error{status, std::string(type), std::string(code), std::move(message)};
    return {
        status,
        {{"content-type", jsonType}},
        wire::errorBody(m_dialect, wire::errorFor(m_dialect, error), std::to_string(m_record.request.value))};
}

asio::awaitable<void> Exchange::answer(http::Answer answer, std::string_view status) {
    answer.headers.add(ownHeaders());
    co_await finishRecord(status, answer.status);
    co_await m_responder->reply(answer);
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

void Exchange::takeNotes(const std::vector<std::string>& sentences) {
    for (const auto& sentence : sentences) {
        if (!m_record.notes.empty())
            m_record.notes += '\n';
        m_record.notes += sentence;
    }
}

void Exchange::addReason(std::string_view sentence) {
    auto& reason = m_record.reason;
    if (!reason.empty() && !reason.ends_with('.'))
        reason += '.';
    reason.append(reason.empty() ? "" : " ").append(sentence);
}

void Exchange::remember(const ProviderCall& call, std::string_view end) {
    {
        auto& session = *m_entered.session;
        const std::lock_guard lock(session.mutex);
        session.thinkers[m_identity.agent].insert(std::string(m_serving.provider()));
        session.answered(m_identity.agent, m_record.usage, steadyNow());
        if (!m_entered.isAside)
            routing::keepWarm(*session.states[m_identity.agent], m_request, m_decision, m_serving,
                              m_record.usage.prompt());
    }
    if (m_record.firstByteMs && !m_climbed)
        m_services.latencies.measured(m_serving.text(), *m_record.firstByteMs);
    if (m_dialect == wire::Dialect::Responses)
        rememberItems(call, end);
}

void Exchange::rememberItems(const ProviderCall& call, std::string_view end) {
    const bool isTranslated = call.dialect() != m_dialect;
    if (!isTranslated)
        m_services.responses.remember(m_record.messageId, m_serving);
    if (!m_scanned.keepsReply)
        return;
    auto items = wire::replyItems(end);
    if (isTranslated) {
        m_services.items.remember(std::move(items));
        return;
    }
    for (const auto& item : items)
        m_services.responses.remember(item.id, m_serving);
}

asio::awaitable<void> Exchange::finishRecord(std::string_view status, int httpStatus) {
    if (completeRecord(status, httpStatus))
        co_await m_reactor.finished.keep(m_record);
}

bool Exchange::completeRecord(std::string_view status, int httpStatus) {
    if (m_recorded)
        return false;
    if (m_rung) {
        m_rung->status = status;
        m_rung->httpStatus = httpStatus;
        endAttempt(status, httpStatus);
        return false;
    }
    m_recorded = true;
    auto& record = m_record;
    record.status = status;
    record.httpStatus = httpStatus;
    record.latencyMs = elapsedMs();
    const bool served = !record.attempts.empty();
    if (served) {
        record.provider = m_serving.provider();
        record.model = m_serving.text();
        endAttempt(status, httpStatus);
        const auto& first = record.attempts.front();
        if (first.model != record.attempts.back().model && !m_climbed)
            addReason(first.model + (first.outcome == leftAlone ? " was left alone (" : " failed (") +
                      first.outcome + "), so " + record.attempts.back().model + " was asked.");
        record.simulated = isSimulated();
        record.cost = priceOf(record.usage, record.simulated);
        if (m_climbed) {
            record.usage += m_climbed->usage;
            record.cost = record.cost && m_climbed->cost ? std::optional(*record.cost + *m_climbed->cost)
                                                         : std::nullopt;
        }
        record.priceVersion = m_policy->prices.version();
        if (status == "ok" || status == "gate_failed")
            m_services.breakers.succeeded(*record.model);
    } else if (!record.cost) {
        record.cost = NanoUsd(0); // nothing was asked of any provider
    }
    if (auto& session = m_entered.session) {
        const std::lock_guard lock(session->mutex);
        if (record.cost)
            session->cost += *record.cost;
        else
            ++session->unpricedRequests;
    }
    if (status == "error")
        ++m_services.counters.failed;
    auto& log = m_services.parts.log;
    if (m_services.parts.spend && m_policy && !m_policy->budgets.empty()) {
        for (const auto& alert : m_services.parts.spend->spent(record, *m_policy, now()))
            log.warning(now(), "Budget: " + routing::sentence(alert));
    }
    const bool mismatch =
        served && !record.modelReturned.empty() && !wire::isSameModel(m_serving.name(), record.modelReturned);
    m_services.metrics.count(record);
    log.complete(now(), record);
    if (mismatch)
        log.mismatch(now(), record);
    m_reactor.flushLogSoon();
    return true;
}

void Exchange::endAttempt(std::string_view status, int httpStatus) {
    if (!m_attemptRuns)
        return;
    auto& attempt = m_record.attempts.back();
    if (attempt.outcome.empty())
        attempt.outcome = status;
    attempt.httpStatus = httpStatus;
    std::int64_t earlier = 0;
    for (std::size_t i = 0; i + 1 < m_record.attempts.size(); ++i)
        earlier += m_record.attempts[i].latencyMs;
    attempt.latencyMs = std::max<std::int64_t>(elapsedMs() - earlier, 0);
}

bool Exchange::isSimulated() const {
    const auto* provider = m_policy->findProvider(m_serving.provider());
    return provider && provider->apiType == routing::ApiType::Simulated;
}

std::optional<NanoUsd> Exchange::priceOf(const pricing::TokenUsage& usage, bool simulated) const {
    if (simulated || usage.total() == 0)
        return NanoUsd(0);
    pricing::PricedRequest priced;
    priced.provider = m_serving.provider();
    priced.model = m_serving.name();
    priced.usage = usage;
    priced.time = m_record.time;
    return m_policy->prices.cost(priced);
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

http::HeaderLines Exchange::streamHeaders() const {
    auto headers = ownHeaders();
    headers.add("content-type", "text/event-stream");
    headers.add("cache-control", "no-cache");
    return headers;
}

std::int64_t Exchange::elapsedMs() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steadyNow() - m_started).count();
}

} // namespace tierdeck::gateway
