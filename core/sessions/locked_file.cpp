#include "core/sessions/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tierdeck::sessions {

Descriptor::~Descriptor() {
    if (m_number >= 0)
        ::close(m_number);
}

tl::expected<Descriptor, int> openLocked(const std::filesystem::path& path, int flags, int lockKind) {
    for (;;) {
        Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (file.number() < 0)
            return tl::unexpected<int>(errno);
        while (::flock(file.number(), lockKind) != 0) {
            if (errno != EINTR)
                return tl::unexpected<int>(errno);
        }

        struct stat opened {};

        struct stat named {};

        if (::fstat(file.number(), &opened) != 0)
            return tl::unexpected<int>(errno);
        if (::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
            opened.st_dev == named.st_dev)
            return file;
    }
}

} // namespace tierdeck::sessions
