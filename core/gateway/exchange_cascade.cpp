#include "core/gateway/cascade_answer.h"
#include "core/gateway/cascade_gates.h"
#include "core/gateway/exchange.h"
#include "core/gateway/own_question.h"
#include "core/gateway/waiting_client.h"
#include "core/gateway/wire/reply_errors.h"
#include "core/routing/cascade_plan.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <memory>
#include <mutex>

// The cascade: each rung's answer is held until its gates have passed; where one fails, the next rung's
// models answer the same request.

namespace tierdeck::gateway {

namespace {

std::string dollars(std::optional<NanoUsd> cost) {
    if (!cost)
        return "unpriced";
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.6f USD", static_cast<double>(cost->value) / 1e9);
    return text.data();
}

} // namespace

bool Exchange::cascades() const {
    return !m_own && routing::isCascaded(m_decision, *m_policy);
}

std::string Exchange::climbFrom(std::string_view tier, int climbs, std::string_view problem) {
    std::vector<routing::ModelId> answered;
    for (const auto& attempt : m_record.attempts) {
        if (auto model = routing::ModelId::parse(attempt.model))
            answered.push_back(std::move(*model));
    }
    routing::SessionState state;
    {
        const std::lock_guard lock(m_entered.session->mutex);
        state = *m_entered.state;
    }
    auto climb = routing::nextClimb(tier, climbs, problem.substr(0, problem.find(':')), answered, m_decision,
                                    m_request, *m_policy, state, m_conditions);
    if (!climb)
        return {};
    if (!m_wishes.empty()) {
        auto narrowed = routing::narrow(std::move(climb->decision), m_wishes, *m_policy);
        if (!narrowed)
            return {};
        climb->decision = std::move(*narrowed);
    }
    m_decision = std::move(climb->decision);
    return climb->tier;
}

void Exchange::noteClimb(std::string_view problem) {
    if (!m_climbed)
        m_climbed.emplace();
    const auto cost = priceOf(m_record.usage, isSimulated());
    m_climbed->usage += m_record.usage;
    m_climbed->cost = cost && m_climbed->cost ? std::optional(*m_climbed->cost + *cost) : std::nullopt;
    m_record.usage = {};
    auto& attempt = m_record.attempts.back();
    attempt.outcome = "gate_failed";
    attempt.reason.append("; gate ").append(problem).append("; cost ").append(dollars(cost));
}

asio::awaitable<void> Exchange::cascade() {
    http::Responder& client = *m_responder;
    std::optional<WaitingClient> waiting;
    if (m_scanned.stream) {
        m_serving = {}; // nobody knows yet whose answer it will be
        waiting.emplace(m_reactor.io, m_reactor.deadlines, client, streamHeaders(),
                        std::chrono::milliseconds(m_services.options.holdMs));
    }
    std::unique_ptr<HeldReply> given; // the last answer that there was
    routing::ModelId giver;           // and whose it is
    std::string problem;              // that its gates found
    std::string rung = *m_decision.tier;
    int climbs = 0;
    Rung ended;
    for (;;) {
        auto held = std::make_unique<HeldReply>(&client);
        m_responder = held.get();
        m_rung = &ended;
        co_await dispatch();
        m_rung = nullptr;
        m_responder = &client;
        if (client.isGone() || ended.status != "ok") {
            if (!given || client.isGone()) {
                given = std::move(held);
            } else {
                ended.status = "gate_failed";
                ended.httpStatus = given->status();
                m_serving = giver;
            }
            break;
        }
        given = std::move(held);
        giver = m_serving;
        m_services.breakers.succeeded(m_serving.text());
        problem = co_await failedGate(*given);
        if (problem.empty() || client.isGone())
            break;
        ended.status = "gate_failed";
        auto next = climbFrom(rung, climbs, problem);
        if (next.empty()) {
            m_record.attempts.back().reason += "; gate " + problem;
            m_record.attempts.back().outcome = "gate_failed";
            break;
        }
        ++climbs;
        noteClimb(problem);
        addReason("The answer of " + rung + " did not pass (" + problem + "), so " + next + " answered.");
        m_services.parts.log.fallback(now(), giver.text(), m_decision.attempts.front().model.text(),
                                      "gate_failed", static_cast<int>(m_record.attempts.size()) + 1,
                                      m_record);
        rung = std::move(next);
    }
    if (client.isGone())
        ended.status = "cancelled";
    m_record.firstByteMs = elapsedMs(); // none left before
    co_await finishRecord(ended.status, ended.httpStatus);
    bool hasBegun = false;
    if (waiting)
        hasBegun = co_await waiting->end();
    if (!hasBegun)
        co_await given->passOn(client);
    else if (given->isStream())
        co_await client.endStream(given->body());
    else
        co_await client.endStream(lateError(*given));
}

std::string Exchange::lateError(const HeldReply& held) const {
    auto error = wire::readError(held.body(), held.status());
    if (!error)
        error = {held.status(), {}, {}, m_serving.text() + " answered without saying what is wrong."};
    return wire::errorEvent(m_dialect, *error);
}

asio::awaitable<std::string> Exchange::failedGate(const HeldReply& held) {
    const auto answer = readCascadeAnswer(m_dialect, held.body(), held.isStream());
    std::string problem;
    if (!answer)
        problem = "none: the answer cannot be read";
    if (!answer || answer->callsTools) // a call is a step on the way to an answer
        co_return problem;
    for (const auto& gate : m_policy->cascade.gates) {
        if (gate.kind == routing::Gate::Kind::Command)
            problem = co_await commandProblem(gate, answer->text);
        else if (gate.kind == routing::Gate::Kind::Judge)
            problem = co_await judgeProblem(gate, answer->text);
        else
            problem = problemAtGate(gate, *answer);
        if (!problem.empty()) {
            problem.insert(0, ": ").insert(0, routing::toString(gate.kind));
            break;
        }
    }
    co_return problem;
}

asio::awaitable<std::string> Exchange::commandProblem(const routing::Gate& gate, const std::string& answer) {
    std::string problem;
    const auto& options = m_services.options;
    if (!options.isTrusted || !options.isTrusted(gate.run)) {
        const std::string note =
            "A gate's command was not run, since nobody has confirmed it: see `tierctl trust`.";
        takeNotes(std::vector<std::string>(1, note));
        co_return problem;
    }
    const auto code = co_await m_services.gateCommands.run(gate.run, options.workspace, answer);
    if (!code)
        problem = code.error().message;
    else if (*code != 0)
        problem = "it exits with " + std::to_string(*code);
    co_return problem;
}

asio::awaitable<std::string> Exchange::judgeProblem(const routing::Gate& gate, const std::string& answer) {
    OwnQuestion question(m_reactor, m_identity, m_head, judgeQuestion(gate, m_scanned.userText, answer));
    m_question = &question;
    const auto said = co_await question.ask();
    m_question = nullptr;
    const auto score = said ? judgeScore(*said) : std::nullopt;
    std::string problem;
    if (!score) {
        std::string note = "A gate's judge gave no score, so its gate was passed over: ";
        note.append(said ? "it said something else" : said.error().message) += '.';
        takeNotes(std::vector<std::string>(1, note));
    } else if (*score < gate.minScore) {
        std::array<char, 64> numbers{};
        std::snprintf(numbers.data(), numbers.size(), "score %.2f is below %.2f", *score, gate.minScore);
        problem = numbers.data();
    }
    co_return problem;
}

} // namespace tierdeck::gateway
