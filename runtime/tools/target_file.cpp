// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/target_file.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"

#include <utility>

namespace rhumb::tool {

namespace fs = std::filesystem;

TargetFile::TargetFile(fs::path path) : path_(std::move(path)) {
    std::error_code failure;
    is_new_ = !fs::exists(fs::symlink_status(path_, failure));
    if (fs::is_directory(path_, failure)) {
        throw Error(Status::InvalidArgument, "'" + path_.string() + "' is a folder");
    }
    const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, failure)) {
        throw Error(Status::NotFound, "there is no folder '" + folder.string() + "'");
    }
}

TargetFile::~TargetFile() {
    if (!is_new_ || kept_) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm", ".sync-part"}) {
        remove_quietly(path_.string() + suffix);
    }
}

}  // namespace rhumb::tool
