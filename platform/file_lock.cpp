// SPDX-License-Identifier: Apache-2.0
#include "platform/file_lock.hpp"

#include "platform/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <utility>

namespace rhumb {
namespace {

/// Whether `path` still is the file that was opened: its last holder may have removed it.
bool still_there(const std::filesystem::path& path, int descriptor) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
    if (descriptor_ < 0) return;
    remove_quietly(path_);
    ::close(descriptor_);
}

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
    while (true) {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor < 0) throw_file_error("cannot create", path, errno);
        if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
            ::close(descriptor);
            return std::nullopt;
        }
        if (still_there(path, descriptor)) return FileLock(path, descriptor);
        ::close(descriptor);
    }
}

}  // namespace rhumb
