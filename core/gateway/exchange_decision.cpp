#include "core/gateway/classifier_question.h"
#include "core/gateway/exchange.h"
#include "core/gateway/wire/own_reply.h"
#include "core/routing/complexity.h"
#include "core/routing/model_list.h"
#include "core/routing/packed_decision.h"
#include "core/routing/request_facts.h"
#include "core/routing/tier_resolver.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>

// What a request is decided by, and what a person's commands are answered.

namespace tierdeck::gateway {

namespace {

constexpr std::string_view jsonType = "application/json";

std::string dollars(NanoUsd cost) {
    std::array<char, 40> text{};
    const auto usd = static_cast<double>(cost.value) / 1e9;
    std::snprintf(text.data(), text.size(), usd != 0 && usd < 0.01 ? "$%.6f" : "$%.2f", usd);
    return text.data();
}

int statusOf(routing::RouteFailure::Code code) {
    using Code = routing::RouteFailure::Code;
    switch (code) {
    case Code::ModelNotFound:
    case Code::UnknownTier:
        return 404;
    case Code::WindowExceeded:
        return 413;
    case Code::BudgetExceeded:
        return 402;
    case Code::TierUnset:
    case Code::NothingLeft:
        break;
    }
    return 503;
}

/// Why nothing can be routed, and what was perhaps meant.
std::string sentenceOf(const routing::RouteFailure& failure) {
    auto text = failure.message;
    for (const auto& name : failure.near)
        text += (&name == &failure.near.front() ? " Did you mean " : ", ") + name;
    return failure.near.empty() ? text : text + '?';
}

/// What `/tier` tells of its session.
std::string textOf(LiveSession& session) {
    const std::lock_guard lock(session.mutex);
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
    return text + '.';
}

} // namespace

asio::awaitable<void> Exchange::answerCommand() {
    const auto current = m_services.policy();
    m_policy = current.policy;
    m_record.provider = "tierdeck";
    m_record.cost = NanoUsd(0);
    m_record.reason = "The gateway answered a command.";
    const auto text = answerTo(*m_scanned.command);
    const auto id = "chatcmpl-tierdeck-" + std::to_string(m_record.request.value);
    const wire::OwnReply reply{id, "tierdeck", clientRequest().nowSeconds, text};
    m_record.messageId = id;
    if (!m_scanned.stream) {
        http::Answer whole{200, {{"content-type", jsonType}}, wire::ownReply(m_dialect, reply)};
        co_await answer(std::move(whole), "ok");
        co_return;
    }
    const auto headers = streamHeaders();
    co_await finishRecord("ok", 200);
    co_await m_responder->startStream(200, headers);
    auto stream = wire::ownReplyStream(m_dialect, reply, m_scanned.includeUsage);
    stream.events += stream.tail;
    co_await m_responder->endStream(stream.events);
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
        {
            const std::lock_guard lock(session.mutex);
            session.nextTurn = asked.userOverride;
        }
        if (decided->source != routing::TierSource::User)
            return "The router decides the next turn.";
        return "The next turn runs on " +
               (decided->tier ? "tier " + *decided->tier + ", " + decided->model.text()
                              : decided->model.text()) +
               '.';
    }
    std::string text = textOf(session);
    const auto conditions = m_services.conditions(*m_policy, m_identity.session);
    for (const auto& budget : m_policy->budgets) {
        const auto used = conditions.budgetUsed.find(budget.name);
        const auto spent = used == conditions.budgetUsed.end() ? NanoUsd() : used->second;
        text += "\nBudget '" + budget.name + "': " + dollars(spent) + " of " + dollars(budget.limit) + ".";
    }
    const auto tell = [&text](const std::string& model, const auto& unavailable) {
        text += "\nNot available: " + model + " (" + unavailable.reason + ").";
    };
    for (const auto& [model, unavailable] : conditions.unavailable)
        tell(model, unavailable);
    for (const auto& [pattern, unavailable] : conditions.unavailablePatterns)
        tell(pattern, unavailable);
    return text;
}

std::optional<http::Answer> Exchange::prepare() {
    auto current = m_services.policy();
    m_policy = std::move(current.policy);
    if (!m_policy)
        return ownError(503, "server_error", "policy_invalid",
                        "The preferences are not valid, so nothing can be routed: " +
                            (current.problem.empty() ? "run `tierctl check`." : current.problem));
    m_request = routeRequest();
    m_conditions = m_services.conditions(*m_policy, m_identity.session);
    m_reading = readPrompt();
    m_request.reading = m_reading.get();
    if (!m_scanned.providerJson.empty()) {
        auto wishes = routing::readProviderWishes(m_scanned.providerJson);
        if (!wishes)
            return ownError(400, "invalid_request_error", "invalid_request", wishes.error().message);
        m_wishes = std::move(*wishes);
        m_request.hosts = m_wishes.hosts;
        m_services.latencies.addTo(m_conditions, *m_policy, m_request.hosts);
        for (const auto& wish : m_wishes.notCarriedOut)
            takeNotes({"The wish `provider." + wish + "` is left to OpenRouter."});
    }
    return std::nullopt;
}

std::shared_ptr<const routing::PromptReading> Exchange::readPrompt() {
    auto& session = *m_entered.session;
    const auto isThis = [this](const LiveSession::ReadPrompt& read) {
        return read.hash == m_scanned.userHash && read.bytes == m_scanned.userText.size();
    };
    {
        const std::lock_guard lock(session.mutex);
        if (const auto& read = session.prompts[m_identity.agent]; read.reading && isThis(read))
            return read.reading;
    }
    auto reading =
        std::make_shared<const routing::PromptReading>(routing::readPromptToKeep(m_scanned.userText));
    const std::lock_guard lock(session.mutex);
    session.prompts[m_identity.agent] = {m_scanned.userHash, m_scanned.userText.size(), reading};
    return reading;
}

routing::RouteResult Exchange::route(const routing::SessionState& state) const {
    auto decided = m_scanned.models.empty()
                       ? routing::resolve(m_request, *m_policy, state, m_conditions)
                       : routing::resolveList(m_request, m_scanned.models, *m_policy, state, m_conditions);
    if (decided && !m_wishes.empty())
        decided = routing::narrow(std::move(*decided), m_wishes, *m_policy);
    return decided;
}

asio::awaitable<void> Exchange::askClassifier() {
    OwnQuestion question(m_reactor, m_identity, m_head, classifierQuestion(*m_policy, m_scanned.userText));
    m_question = &question;
    auto said = co_await question.ask();
    m_question = nullptr;
    auto& answer = m_request.classifierAnswer;
    using Kind = routing::ClassifierAnswer::Kind;
    if (said) {
        m_classified = std::move(*said);
        answer = {Kind::Tier, m_classified, {}};
    } else {
        m_classified = std::move(said.error().message);
        answer = {Kind::Failed, {}, m_classified};
    }
}

http::Answer Exchange::refusalOf(routing::RouteFailure failure) {
    if (auto& asked = failure.decided) {
        m_record.tier = std::move(asked->tier);
        m_record.tierSource = routing::toString(asked->source);
        m_record.startingTier = std::move(asked->startingTier);
    }
    auto message = sentenceOf(failure);
    m_record.reason = message;
    const int status = statusOf(failure.code);
    return ownError(status, status < 500 ? "invalid_request_error" : "server_error",
                    routing::toString(failure.code), std::move(message));
}

std::optional<http::Answer> Exchange::decide() {
    auto& session = *m_entered.session;
    std::unique_lock lock(session.mutex);
    routing::SessionState state;
    auto decided = m_entered.decideInTurn(lock, state, [&] { return route(state); });
    const bool wasAsked = m_request.classifierAnswer.kind != routing::ClassifierAnswer::Kind::NotAsked;
    m_asksClassifier = decided && decided->asksClassifier && !wasAsked && !m_onlyCounts;
    if (m_asksClassifier)
        return std::nullopt;
    if (!decided)
        return refusalOf(std::move(decided.error()));
    m_decision = std::move(*decided);
    m_record.tier = m_decision.tier;
    m_record.tierSource = routing::toString(m_decision.source);
    m_record.startingTier = m_decision.startingTier;
    if (!m_scanned.previousResponse.empty() || !m_scanned.references.empty()) {
        if (auto refusal = pinToPrevious())
            return refusal;
    }
    m_serving = m_decision.model;
    if (!m_onlyCounts) {
        routing::advance(*m_entered.state, m_request, m_decision);
        session.lastTier = m_decision.tier.value_or("");
        session.lastSource = m_record.tierSource;
        session.lastModel = m_serving.text();
    }
    lock.unlock();
    m_record.facts = routing::factsOf(m_request, state, m_decision);
    m_record.reason = routing::explain(m_decision);
    m_record.decision = routing::pack(m_decision);
    m_record.features = routing::pack(m_decision.vector, m_reading->ofBuckets->packed);
    if (!m_onlyCounts)
        logDecision();
    return std::nullopt;
}

void Exchange::logDecision() {
    auto& log = m_services.parts.log;
    log.assigned(now(), m_decision, m_record);
    for (const auto& note : m_decision.notes) {
        if (note.phrase() == routing::Phrase::WindowNearlyFull)
            log.remark(now(), routing::render(note), m_record);
    }
}

routing::RouteRequest Exchange::routeRequest() {
    routing::RouteRequest request;
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
    if (request.skill.empty())
        request.skill = m_scanned.skill;
    request.taskType = m_record.taskType;
    request.client = m_identity.client;
    request.project = m_identity.project;
    if (const auto* token = m_services.clientToken(m_head, *m_policy))
        request.token = token->name;
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
    request.background = m_identity.isBackground;
    return request;
}

std::optional<http::Answer> Exchange::pinToPrevious() {
    auto maker = m_services.responses.find(m_scanned.previousResponse);
    for (const auto& reference : m_scanned.references) {
        if (!maker)
            maker = m_services.responses.find(reference.id);
    }
    std::vector<routing::PlannedAttempt> able;
    for (auto& planned : m_decision.attempts) {
        const auto* provider = m_policy->findProvider(planned.model.provider());
        const bool speaks = provider && dialectFor(provider->apiType, m_dialect) == m_dialect &&
                            provider->apiType != routing::ApiType::Simulated;
        if (speaks && (!maker || maker->provider() == planned.model.provider()))
            able.push_back(std::move(planned));
    }
    if (able.empty() && maker) {
        const auto* provider = m_policy->findProvider(maker->provider());
        if (provider && dialectFor(provider->apiType, m_dialect) == m_dialect)
            able.push_back({*maker,
                            {routing::Phrase::Text, {"it made the reply that the request goes on with"}},
                            routing::PlannedAttempt::Kind::Host,
                            std::nullopt});
    }
    if (able.empty())
        return ownError(400, "invalid_request_error", "previous_response_not_found",
                        "The request goes on with a reply that only the provider that made it has "
                        "(previous_response_id, item_reference), and that provider does not serve this "
                        "request. Send the whole conversation instead, with `store` false.");
    m_decision.attempts = std::move(able);
    m_decision.model = m_decision.attempts.front().model;
    return std::nullopt;
}

} // namespace tierdeck::gateway
