// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/readable_copy.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace rhumb::connector {
namespace {

namespace fs = std::filesystem;
using geodb::sqlite::Database;

void put_copy(const fs::path& from, const fs::path& to) {
    std::error_code failure;
    fs::copy_file(from, to, failure);
    if (failure) throw_file_error("cannot copy to '" + to.string() + "'", from, failure.value());
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, failure);
}

fs::path new_folder() {
    std::string name = (fs::temp_directory_path() / "rhumb-import-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw_file_error("cannot make", name, errno);
    return name;
}

}  // namespace

ReadableCopy::~ReadableCopy() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Database ReadableCopy::open(const fs::path& path) {
    try {
        return Database::open(path, Database::Mode::ReadOnly);
    } catch (const Error& error) {
        const bool cannot_write_beside =
            error.status() == Status::ReadOnly || error.status() == Status::Io;
        if (!cannot_write_beside) throw;
    }
    read_pieces(path, [](std::string_view) { return false; });  // says so when it is unreadable
    folder_ = new_folder();
    const fs::path log = path.string() + "-wal";
    put_copy(path, folder_ / "source.gpkg");
    if (fs::exists(log)) put_copy(log, folder_ / "source.gpkg-wal");
    return Database::open(folder_ / "source.gpkg", Database::Mode::ReadOnly);
}

}  // namespace rhumb::connector
