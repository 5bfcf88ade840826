// Writes JSON text from front to back, straight into one string: commas and quotes are its business, the
// order is the caller's. One thread at a time. Bodies and events are strings that go out as they are, with
// names that may hold any bytes; foundation's JsonWriter is for documents that are printed, with money and
// times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tierdeck::gateway::wire {

/// Appends `text` with its quotes; what is not UTF-8 becomes U+FFFD.
void appendQuoted(std::string& out, std::string_view text);

class JsonWriter {
public:
    explicit JsonWriter(std::string& out)
        : m_out(out) {}

    void beginObject() { open('{'); }

    void endObject() { m_out += '}'; }

    void beginArray() { open('['); }

    void endArray() { m_out += ']'; }

    void key(std::string_view name) {
        separate();
        appendQuoted(m_out, name);
        m_out += ':';
    }

    void text(std::string_view value) {
        separate();
        appendQuoted(m_out, value);
    }

    /// Any value that is JSON already.
    void raw(std::string_view json) {
        separate();
        m_out += json;
    }

    void text(std::string_view name, std::string_view value) {
        key(name);
        appendQuoted(m_out, value);
    }

    /// Nothing for an empty value.
    void textIfAny(std::string_view name, std::string_view value) {
        if (!value.empty())
            text(name, value);
    }

    void raw(std::string_view name, std::string_view json) {
        key(name);
        m_out += json;
    }

    void rawIfAny(std::string_view name, std::string_view json) {
        if (!json.empty())
            raw(name, json);
    }

    void number(std::string_view name, std::int64_t value) { raw(name, std::to_string(value)); }

    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }

    void beginObject(std::string_view name) {
        key(name);
        m_out += '{';
    }

    void beginArray(std::string_view name) {
        key(name);
        m_out += '[';
    }

private:
    void open(char bracket) {
        separate();
        m_out += bracket;
    }

    /// Only an opening bracket or a colon needs no comma behind it, and no value ends with either.
    void separate() {
        if (!m_out.empty() && m_out.back() != '{' && m_out.back() != '[' && m_out.back() != ':')
            m_out += ',';
    }

    std::string& m_out;
};

} // namespace tierdeck::gateway::wire
