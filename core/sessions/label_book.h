// What a person says requests should have been: "should have been deep". Written by tierctl and the app,
// also while a gateway writes beside them; read through StoreReader. One thread at a time; owned by who
// writes.
#pragma once

#include "core/foundation/clock.h"
#include "core/foundation/result.h"
#include "core/foundation/strong_type.h"

#include <filesystem>
#include <memory>
#include <string_view>

namespace tierdeck::sessions {

class LabelBook {
public:
    /// NotFound when there is no store yet.
    [[nodiscard]] static Result<LabelBook> open(const std::filesystem::path& file);
    ~LabelBook();
    LabelBook(LabelBook&&) noexcept;
    LabelBook& operator=(LabelBook&&) noexcept;

    /// In the place of an earlier label of this request. NotFound for a request that is not in the store.
    [[nodiscard]] Result<void> set(RequestId request, std::string_view tier, UtcTime time);
    /// NotFound for a request without a label.
    [[nodiscard]] Result<void> remove(RequestId request);

private:
    struct Impl;
    explicit LabelBook(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace tierdeck::sessions
