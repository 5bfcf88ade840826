// The members of a record, named once for every form in which one travels. A visitor is called as visit(key,
// member) with members that may or may not be const. Only for .cpp files of this folder.
#pragma once

#include "core/routing/request_record.h"

namespace tierdeck::sessions {

template <typename Visitor, typename Attempt>
void visitAttempt(Visitor& visit, Attempt& attempt) {
    visit("provider", attempt.provider);
    visit("model", attempt.model);
    visit("outcome", attempt.outcome);
    visit("httpStatus", attempt.httpStatus);
    visit("latencyMs", attempt.latencyMs);
    visit("reason", attempt.reason);
}

/// Every member but those that need a hand: id, time, turn, source and attempts.
template <typename Visitor, typename Record>
void visitRecord(Visitor& visit, Record& record) {
    visit("session", record.session);
    visit("sessionSource", record.sessionSource);
    visit("parentSession", record.parentSession);
    visit("agent", record.agent);
    visit("agentSource", record.agentSource);
    visit("clientSource", record.clientSource);
    visit("projectSource", record.projectSource);
    visit("parentAgent", record.parentAgent);
    visit("client", record.client);
    visit("project", record.project);
    visit("title", record.title);
    visit("taskType", record.taskType);
    visit("tier", record.tier);
    visit("tierSource", record.tierSource);
    visit("startingTier", record.startingTier);
    visit("provider", record.provider);
    visit("model", record.model);
    visit("modelReturned", record.modelReturned);
    visit("status", record.status);
    visit("httpStatus", record.httpStatus);
    visit("inputTokens", record.usage.input);
    visit("cachedInputTokens", record.usage.cachedInput);
    visit("cacheWrite5mTokens", record.usage.cacheWrite5m);
    visit("cacheWrite1hTokens", record.usage.cacheWrite1h);
    visit("outputTokens", record.usage.output);
    visit("reasoningTokens", record.usage.reasoning);
    visit("webSearches", record.usage.webSearches);
    visit("usageEstimated", record.usageEstimated);
    visit("costNanoUsd", record.cost);
    visit("priceVersion", record.priceVersion);
    visit("simulated", record.simulated);
    visit("latencyMs", record.latencyMs);
    visit("firstByteMs", record.firstByteMs);
    visit("reason", record.reason);
    visit("messageId", record.messageId);
    visit("decision", record.decision);
    visit("features", record.features);
    visit("notes", record.notes);
}

/// What differs from request to request of a turn; the rest is what pack() writes.
template <typename Visitor, typename Facts>
void visitFactsOfRequest(Visitor& visit, Facts& facts) {
    visit("inputEstimate", facts.inputTokens);
    visit("messages", facts.messages);
    visit("score", facts.score);
    visit("codeScore", facts.codeScore);
}

} // namespace tierdeck::sessions
