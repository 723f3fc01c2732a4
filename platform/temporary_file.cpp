// SPDX-License-Identifier: Apache-2.0
#include "platform/temporary_file.hpp"

#include "platform/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <cerrno>
#include <string>
#include <system_error>

namespace rhumb {
namespace {

int open_nameless(const std::filesystem::path& folder) {
#if defined(O_TMPFILE)
    const int direct = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (direct >= 0) return direct;  // not every file system can
#endif
    std::string name = (folder / "body-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) throw_file_error("cannot make a temporary file in", folder, errno);
    ::unlink(name.c_str());
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
}

}  // namespace

TemporaryFile::TemporaryFile(const std::filesystem::path& folder) : folder_(folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) throw_file_error("cannot create folder", folder_, failure.value());
    descriptor_ = open_nameless(folder_);
}

TemporaryFile::~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void TemporaryFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw_file_error("cannot write a temporary file in", folder_, errno);
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t TemporaryFile::read(std::uint64_t offset, char* into, std::size_t length) const {
    std::size_t got = 0;
    while (got < length) {
        const ssize_t size =
            ::pread(descriptor_, into + got, length - got, static_cast<off_t>(offset + got));
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw_file_error("cannot read a temporary file in", folder_, errno);
        if (size == 0) break;
        got += static_cast<std::size_t>(size);
    }
    return got;
}

}  // namespace rhumb
