// Sums in few bytes: what the store keeps of days gone by, where a row for every value, or for every quarter
// of an hour, would cost more to read than what stands in it. Plain functions and values; any thread.
#pragma once

#include "core/sessions/roll_ups.h"
#include "core/sessions/schema.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierdeck::sessions {

/// What a request counts under: source, tier, model, provider, project, client, task type.
using DimensionValues = std::array<std::int64_t, schema::dimensionCount>;

/// Small numbers take a byte, others one for each seven bits.
void packNumber(std::string& bytes, std::int64_t number);
/// Only those that are not 0, after a mask that says which.
void packSums(std::string& bytes, const Sums& sums);
/// A part that can be passed over: its length, then what is in it.
void packPart(std::string& bytes, std::string_view part);
/// Ends them with what tells whether they are still the same.
void seal(std::string& bytes);
/// What was sealed; nullopt where it is no longer that.
[[nodiscard]] std::optional<std::string_view> unsealed(std::string_view bytes);

/// Reads what the functions above wrote, in the same order. Of bytes that are cut short or are no such ones
/// it makes zeros and says so at the end.
class PackedBytes {
public:
    explicit PackedBytes(std::string_view bytes)
        : m_next(bytes.data())
        , m_end(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool atEnd() const { return m_next == m_end; }

    /// Bytes that are left.
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(m_end - m_next); }

    [[nodiscard]] bool damaged() const { return m_damaged; }

    [[nodiscard]] std::int64_t number() {
        if (m_next != m_end && static_cast<signed char>(*m_next) >= 0)
            return *m_next++;
        return longNumber();
    }

    [[nodiscard]] Sums sums();
    [[nodiscard]] PackedBytes part();

private:
    [[nodiscard]] std::int64_t longNumber();
    void giveUp();

    const char* m_next;
    const char* m_end;
    bool m_damaged = false;
};

} // namespace tierdeck::sessions
