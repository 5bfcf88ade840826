#include "core/sessions/record_json.h"

#include "core/sessions/record_members.h"

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
    visitFactsOfRequest(read, *record.facts);
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
        visitFactsOfRequest(write, *record.facts);
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
