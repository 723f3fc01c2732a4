// SPDX-License-Identifier: Apache-2.0
#include "platform/file_stamp.hpp"

#include <sys/stat.h>

namespace rhumb {

FileStamp stamp_of(const std::filesystem::path& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return {};
#if defined(__APPLE__)
    const timespec changed = facts.st_mtimespec;
#else
    const timespec changed = facts.st_mtim;
#endif
    return {static_cast<std::uint64_t>(facts.st_dev), static_cast<std::uint64_t>(facts.st_ino),
            static_cast<std::uint64_t>(facts.st_size),
            static_cast<std::int64_t>(changed.tv_sec) * 1'000'000'000 + changed.tv_nsec};
}

}  // namespace rhumb
