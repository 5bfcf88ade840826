#include "core/sessions/record_bytes.h"

#include "core/sessions/record_members.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace tierdeck::sessions {

namespace {

/// Numbers in eight bytes, texts behind their length, one byte before what may be missing.
class Writer {
public:
    explicit Writer(std::span<char> into)
        : m_at(into.data())
        , m_end(into.data() + into.size()) {}

    void operator()(const char*, const std::string& text) { add(std::string_view(text)); }

    void operator()(const char*, std::int64_t number) { add(number); }

    void operator()(const char*, int number) { add(std::int64_t{number}); }

    void operator()(const char*, bool flag) { add(flag); }

    void operator()(const char* key, const std::optional<std::string>& text) {
        add(text.has_value());
        if (text)
            (*this)(key, *text);
    }

    void operator()(const char*, const std::optional<std::int64_t>& number) {
        add(number.has_value());
        if (number)
            add(*number);
    }

    void operator()(const char*, const std::optional<NanoUsd>& money) {
        add(money.has_value());
        if (money)
            add(money->value);
    }

    void add(std::string_view text) {
        add(std::uint64_t{text.size()});
        put(text.data(), text.size());
    }

    template <typename Number>
    void add(Number number) {
        put(&number, sizeof number);
    }

    /// nullptr once something did not fit.
    [[nodiscard]] const char* end() const { return m_isFull ? nullptr : m_at; }

private:
    void put(const void* bytes, std::size_t count) {
        if (static_cast<std::size_t>(m_end - m_at) < count) {
            m_isFull = true;
            m_end = m_at; // nothing shorter behind it, either
            return;
        }
        if (count > 0)
            std::memcpy(m_at, bytes, count);
        m_at += count;
    }

    char* m_at;
    char* m_end;
    bool m_isFull = false;
};

/// Reads the same again. What is not there reads as nothing, and isWhole() says so.
class Reader {
public:
    explicit Reader(std::string_view bytes)
        : m_rest(bytes) {}

    void operator()(const char*, std::string& text) {
        const auto size = take<std::uint64_t>();
        if (size > m_rest.size()) {
            m_isWhole = false;
            return;
        }
        text = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
    }

    void operator()(const char*, std::int64_t& number) { number = take<std::int64_t>(); }

    void operator()(const char*, int& number) { number = static_cast<int>(take<std::int64_t>()); }

    void operator()(const char*, bool& flag) { flag = takeFlag(); }

    void operator()(const char* key, std::optional<std::string>& text) {
        if (takeFlag())
            (*this)(key, text.emplace());
    }

    void operator()(const char*, std::optional<std::int64_t>& number) {
        if (takeFlag())
            number = take<std::int64_t>();
    }

    void operator()(const char*, std::optional<NanoUsd>& money) {
        if (takeFlag())
            money = NanoUsd(take<std::int64_t>());
    }

    template <typename Number>
    Number take() {
        Number number{};
        if (m_rest.size() < sizeof number) {
            m_isWhole = false;
            m_rest = {};
            return number;
        }
        std::memcpy(&number, m_rest.data(), sizeof number);
        m_rest.remove_prefix(sizeof number);
        return number;
    }

    /// Any byte may stand there, but a bool holds only two of them.
    bool takeFlag() {
        const auto byte = take<unsigned char>();
        if (byte > 1)
            m_isWhole = false;
        return byte == 1;
    }

    [[nodiscard]] std::size_t left() const { return m_rest.size(); }

    [[nodiscard]] bool isWhole() const { return m_isWhole; }

private:
    std::string_view m_rest;
    bool m_isWhole = true;
};

tl::unexpected<Error> noRecord(const char* detail) {
    return failure(ErrorCode::ParseFailed, "The bytes are no record of a request.", detail);
}

} // namespace

std::size_t writeBytes(const routing::RequestRecord& record, std::span<char> into) {
    Writer write(into);
    write.add(record.request.value);
    write.add(std::int64_t{record.time.time_since_epoch().count()});
    write.add(std::int64_t{record.turn});
    write.add(std::string_view(record.source));
    visitRecord(write, record);
    write.add(std::uint64_t{record.attempts.size()});
    for (const auto& attempt : record.attempts)
        visitAttempt(write, attempt);
    write.add(record.facts.has_value());
    if (record.facts) {
        write.add(std::string_view(routing::pack(*record.facts)));
        visitFactsOfRequest(write, *record.facts);
    }
    const char* end = write.end();
    return end ? static_cast<std::size_t>(end - into.data()) : 0;
}

Result<routing::RequestRecord> recordFromBytes(std::string_view bytes) {
    Reader read(bytes);
    routing::RequestRecord record;
    record.request = RequestId(read.take<std::int64_t>());
    record.time = UtcTime(std::chrono::milliseconds(read.take<std::int64_t>()));
    record.turn = static_cast<int>(read.take<std::int64_t>());
    read("source", record.source);
    visitRecord(read, record);
    const auto attempts = read.take<std::uint64_t>();
    if (attempts > read.left())
        return noRecord("attempts");
    for (std::uint64_t i = 0; i < attempts && read.isWhole(); ++i)
        visitAttempt(read, record.attempts.emplace_back());
    if (read.takeFlag()) {
        std::string packed;
        read("facts", packed);
        auto facts = routing::unpackFacts(packed);
        if (!facts)
            return noRecord("facts");
        visitFactsOfRequest(read, record.facts.emplace(std::move(*facts)));
    }
    if (!read.isWhole() || read.left() > 0)
        return noRecord("length");
    if (record.request.value <= 0)
        return noRecord("request");
    return record;
}

} // namespace tierdeck::sessions
