// SPDX-License-Identifier: Apache-2.0
//
// A file that a command makes: when it comes to nothing, no file is left.

#pragma once

#include <filesystem>

namespace rhumb::tool {

class TargetFile {
public:
    /// Throws Error naming the folder when it is not there, or the path when it is a folder.
    explicit TargetFile(std::filesystem::path path);
    TargetFile(const TargetFile&) = delete;
    TargetFile& operator=(const TargetFile&) = delete;
    /// Removes a new file that is not to be kept, with what SQLite put beside it. The geodatabase
    /// on it must be closed by then.
    ~TargetFile();

    bool is_new() const { return is_new_; }
    const std::filesystem::path& path() const { return path_; }
    void keep() { kept_ = true; }

private:
    std::filesystem::path path_;
    bool is_new_;
    bool kept_ = false;
};

}  // namespace rhumb::tool
