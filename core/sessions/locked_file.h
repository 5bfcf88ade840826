// A file that is open and locked by us, for as long as this lives. Only for .cpp files of this folder.
#pragma once

#include <tl/expected.hpp>

#include <filesystem>
#include <utility>

namespace tierdeck::sessions {

class Descriptor {
public:
    explicit Descriptor(int number)
        : m_number(number) {}

    ~Descriptor();

    Descriptor(Descriptor&& other) noexcept
        : m_number(std::exchange(other.m_number, -1)) {}

    Descriptor& operator=(Descriptor&&) = delete;

    [[nodiscard]] int number() const { return m_number; }

private:
    int m_number;
};

/// Opens and locks (flock) the file that stands under `path`: whoever owns it may remove or rename it while
/// holding the lock, so a lock on what is no longer there is worth nothing. A new file is its owner's alone.
/// Errors are errno; ENOENT and EWOULDBLOCK are normal.
[[nodiscard]] tl::expected<Descriptor, int> openLocked(const std::filesystem::path& path, int flags,
                                                       int lockKind);

} // namespace tierdeck::sessions
