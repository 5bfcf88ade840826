// The former versions of one preferences file: history/<name>/<number>-<time>, the newest 200. A version is
// written before the file it stood in is replaced. Any thread; several processes may use one folder.
#pragma once

#include "core/foundation/result.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tierdeck::preferences {

class History {
public:
    static constexpr std::size_t versionsKept = 200;

    /// Held by whoever compares and replaces the file, so that two savers cannot both find it unchanged.
    class Lock {
    public:
        explicit Lock(int descriptor)
            : m_descriptor(descriptor) {}

        Lock(Lock&& other) noexcept;
        Lock& operator=(Lock&&) = delete;
        ~Lock();

    private:
        int m_descriptor;
    };

    History(std::filesystem::path historyFolder, const std::string& fileName)
        : m_folder(std::move(historyFolder) / fileName) {}

    /// Waits for other savers, which are done in milliseconds.
    [[nodiscard]] Result<Lock> lock() const;
    /// Writes a version unless the newest has the same bytes; drops the oldest beyond those kept.
    [[nodiscard]] Result<void> keep(std::string_view bytes) const;
    /// Until `visit` says false. Versions that cannot be read are passed over.
    void forEachNewestFirst(const std::function<bool(std::string bytes)>& visit) const;

private:
    std::filesystem::path m_folder;
};

} // namespace tierdeck::preferences
