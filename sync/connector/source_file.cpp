// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/source_file.hpp"

#include "platform/files.hpp"

#include <cerrno>

namespace rhumb::connector {
namespace {

constexpr std::uint64_t kReportBytes = 64u << 10;

}  // namespace

void Progress::begin_part(std::uint64_t n, std::uint64_t parts) {
    part_ = n;
    parts_ = parts;
}

void Progress::at(std::uint64_t share, std::uint64_t whole) {
    if (!report_ || whole == 0) return;
    const double of_part = static_cast<double>(share) / static_cast<double>(whole);
    const double of_all = (static_cast<double>(part_) + of_part) / static_cast<double>(parts_);
    const auto done = static_cast<std::uint64_t>(of_all * static_cast<double>(total_bytes_));
    if (done < reported_ + kReportBytes || done >= total_bytes_) return;
    reported_ = done;
    report_(done, total_bytes_);
}

void Progress::finish() {
    if (report_) report_(total_bytes_, total_bytes_);
}

SourceFile::SourceFile(const std::filesystem::path& path, Progress& progress)
    : path_(path), progress_(progress), file_(std::fopen(path.c_str(), "rb"), &std::fclose) {
    if (!file_) throw_file_error("cannot open", path_, errno);
}

std::size_t SourceFile::read(char* into, std::size_t room) {
    const std::size_t bytes = std::fread(into, 1, room, file_.get());
    if (bytes == 0 && std::ferror(file_.get()) != 0) throw_file_error("cannot read", path_, errno);
    done_ += bytes;
    progress_.at(done_, progress_.total_bytes());
    return bytes;
}

std::string file_name(const std::filesystem::path& path) {
    std::string name(1, '\'');
    return name.append(path.string()).append(1, '\'');
}

std::string first_bytes(const std::filesystem::path& path, std::size_t bytes) {
    std::string first;
    read_pieces(path, [&](std::string_view piece) {
        first += piece.substr(0, bytes - first.size());
        return first.size() < bytes;
    });
    return first;
}

}  // namespace rhumb::connector
