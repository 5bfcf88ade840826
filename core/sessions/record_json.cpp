#include "core/sessions/record_json.h"

#include <nlohmann/json.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tierdeck::sessions {

namespace {

using Json = nlohmann::ordered_json;

/// Writes members of a JSON object; those with their default value are left out.
class Writer {
public:
    explicit Writer(Json& object)
        : m_object(object) {}

    void operator()(const char* key, const std::string& value) {
        if (!value.empty())
            m_object[key] = value;
    }

    void operator()(const char* key, std::int64_t value) {
        if (value != 0)
            m_object[key] = value;
    }

    void operator()(const char* key, int value) { (*this)(key, std::int64_t{value}); }

    void operator()(const char* key, bool value) {
        if (value)
            m_object[key] = true;
    }

    template <typename T>
    void operator()(const char* key, const std::optional<T>& value) {
        if (value)
            m_object[key] = *value;
    }

    void operator()(const char* key, const std::optional<NanoUsd>& value) {
        if (value)
            m_object[key] = value->value;
    }

private:
    Json& m_object;
};

/// Reads them again; throws where a value is of the wrong kind.
class Reader {
public:
    explicit Reader(const Json& object)
        : m_object(object) {}

    template <typename T>
    void operator()(const char* key, T& value) {
        if (const auto found = m_object.find(key); found != m_object.end())
            value = found->template get<T>();
    }

    template <typename T>
    void operator()(const char* key, std::optional<T>& value) {
        if (const auto found = m_object.find(key); found != m_object.end())
            value = found->template get<T>();
    }

    void operator()(const char* key, std::optional<NanoUsd>& value) {
        if (const auto found = m_object.find(key); found != m_object.end())
            value = NanoUsd(found->get<std::int64_t>());
    }

private:
    const Json& m_object;
};

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

tl::unexpected<Error> noRecord(const char* detail) {
    return failure(ErrorCode::ParseFailed, "The line is no record of a request.", detail);
}

Result<void> readEvidence(const Json& object, routing::RequestRecord& record) {
    const auto found = object.find("facts");
    if (found == object.end())
        return {};
    auto facts = routing::unpackFacts(found->get<std::string>());
    if (!facts)
        return noRecord("facts");
    record.facts = std::move(*facts);
    Reader read(object);
    read("inputEstimate", record.facts->inputTokens);
    read("messages", record.facts->messages);
    read("score", record.facts->score);
    read("codeScore", record.facts->codeScore);
    return {};
}

} // namespace

std::string toJson(const routing::RequestRecord& record) {
    Json object = Json::object();
    object["request"] = record.request.value;
    object["timeMs"] = record.time.time_since_epoch().count();
    object["turn"] = record.turn;
    object["source"] = record.source;
    Writer write(object);
    visitRecord(write, record);
    if (!record.attempts.empty()) {
        Json& attempts = object["attempts"] = Json::array();
        for (const auto& attempt : record.attempts) {
            attempts.push_back(Json::object());
            Writer writeAttempt(attempts.back());
            visitAttempt(writeAttempt, attempt);
        }
    }
    if (record.facts) {
        object["facts"] = routing::pack(*record.facts);
        write("inputEstimate", record.facts->inputTokens);
        write("messages", record.facts->messages);
        write("score", record.facts->score);
        write("codeScore", record.facts->codeScore);
    }
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<routing::RequestRecord> recordFromJson(std::string_view line) {
    try {
        const Json object = Json::parse(line);
        routing::RequestRecord record;
        record.request = RequestId(object.at("request").get<std::int64_t>());
        record.time = UtcTime(std::chrono::milliseconds(object.at("timeMs").get<std::int64_t>()));
        record.turn = object.at("turn").get<int>();
        Reader read(object);
        read("source", record.source);
        visitRecord(read, record);
        if (const auto found = object.find("attempts"); found != object.end()) {
            if (!found->is_array())
                return noRecord("attempts");
            for (const auto& attempt : *found) {
                if (!attempt.is_object())
                    return noRecord("attempts");
                Reader readAttempt(attempt);
                visitAttempt(readAttempt, record.attempts.emplace_back());
            }
        }
        if (auto evidence = readEvidence(object, record); !evidence)
            return tl::unexpected<Error>(std::move(evidence.error()));
        if (record.request.value <= 0)
            return failure(ErrorCode::ParseFailed, "The line has no request number.");
        return record;
    } catch (const std::exception& reason) {
        return failure(ErrorCode::ParseFailed, "The line is no record of a request.", reason.what());
    }
}

} // namespace tierdeck::sessions
