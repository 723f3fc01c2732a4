// SPDX-License-Identifier: Apache-2.0
#include "platform/files.hpp"

#include "platform/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace rhumb {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;  // large enough that system calls do not count

struct Descriptor {
    int value;
    explicit Descriptor(int descriptor) : value(descriptor) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value >= 0) ::close(value);
    }
};

Status status_of(int errno_value) {
    switch (errno_value) {
        case ENOENT:
        case ENOTDIR:
            return Status::NotFound;
        case ENOSPC:
        case EDQUOT:
            return Status::DiskFull;
        case EROFS:
        case EACCES:
        case EPERM:
            return Status::ReadOnly;
        case EEXIST:
            return Status::AlreadyExists;
        default:
            return Status::Io;
    }
}

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY));
    if (opened.value >= 0) ::fsync(opened.value);  // not every file system can; the rename stands
}

/// A new file beside `path` that nobody else may read, and nobody else has had open.
std::filesystem::path write_private(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::path unfinished =
        path.string() + "." + std::to_string(::getpid()) + ".unfinished";
    ::unlink(unfinished.c_str());
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const Descriptor file(::open(unfinished.c_str(), flags, 0600));
    if (file.value < 0) throw_file_error("cannot create", unfinished, errno);
    while (!content.empty()) {
        const ssize_t written = ::write(file.value, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int failure = errno;
            ::unlink(unfinished.c_str());
            throw_file_error("cannot write", unfinished, failure);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.value) == 0) return unfinished;
    const int failure = errno;
    ::unlink(unfinished.c_str());
    throw_file_error("cannot write", unfinished, failure);
}

}  // namespace

void throw_file_error(const std::string& doing, const std::filesystem::path& path,
                      int errno_value) {
    throw Error(status_of(errno_value),
                doing + " '" + path.string() + "': " + std::strerror(errno_value))
        .with_code(errno_value);
}

void read_pieces(const std::filesystem::path& path,
                 const std::function<bool(std::string_view)>& on_piece) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.value < 0) throw_file_error("cannot open", path, errno);
    std::vector<char> piece(kPieceBytes);
    while (true) {
        const ssize_t size = ::read(file.value, piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw_file_error("cannot read", path, errno);
        if (size == 0) return;
        if (!on_piece({piece.data(), static_cast<std::size_t>(size)})) return;
    }
}

std::string read_file(const std::filesystem::path& path) {
    std::string content;
    read_pieces(path, [&](std::string_view piece) {
        content += piece;
        return true;
    });
    return content;
}

std::uint64_t file_size(const std::filesystem::path& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) throw_file_error("cannot look at", path, errno);
    return static_cast<std::uint64_t>(facts.st_size);
}

void make_durable(const std::filesystem::path& path) {
    FileWriter(path, FileWriter::Mode::Append).close_durably();
}

void replace_file(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) throw_file_error("cannot replace", to, errno);
    sync_folder(to.parent_path());
}

void remove_quietly(const std::filesystem::path& path) noexcept {
    ::unlink(path.c_str());
}

FileWriter::FileWriter(std::filesystem::path path, Mode mode) : path_(std::move(path)) {
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::Append ? O_APPEND : O_TRUNC);
    descriptor_ = ::open(path_.c_str(), flags, 0644);
    if (descriptor_ < 0) throw_file_error("cannot create", path_, errno);
    struct stat facts {};
    if (mode == Mode::Append && ::fstat(descriptor_, &facts) == 0) {
        size_ = static_cast<std::uint64_t>(facts.st_size);
    }
}

FileWriter::~FileWriter() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw_file_error("cannot write", path_, errno);
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void FileWriter::close_durably() {
    const int descriptor = std::exchange(descriptor_, -1);
    const bool synced = ::fsync(descriptor) == 0;
    const int failure = errno;
    ::close(descriptor);
    if (!synced) throw_file_error("cannot write", path_, failure);
}

void make_file(const std::filesystem::path& path, const std::function<void(FileWriter&)>& write) {
    const std::filesystem::path unfinished = path.string() + ".unfinished";
    try {
        FileWriter writer(unfinished, FileWriter::Mode::Replace);
        write(writer);
        writer.close_durably();
        replace_file(unfinished, path);
    } catch (...) {
        remove_quietly(unfinished);
        throw;
    }
}

void make_private_file(const std::filesystem::path& path, std::string_view content) {
    const std::filesystem::path unfinished = write_private(path, content);
    try {
        replace_file(unfinished, path);
    } catch (...) {
        remove_quietly(unfinished);
        throw;
    }
}

bool make_private_file_once(const std::filesystem::path& path, std::string_view content) {
    const std::filesystem::path unfinished = write_private(path, content);
    const bool made = ::link(unfinished.c_str(), path.c_str()) == 0;
    const int failure = errno;
    remove_quietly(unfinished);
    if (!made && failure != EEXIST) throw_file_error("cannot create", path, failure);
    if (made) sync_folder(path.parent_path());
    return made;
}

}  // namespace rhumb
