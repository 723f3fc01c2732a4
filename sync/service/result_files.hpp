// SPDX-License-Identifier: Apache-2.0
//
// Result files of replica operations: immutable, named by their content, served with ranges and
// validators, kept for a day after the last access.

#pragma once

#include "platform/clock.hpp"
#include "platform/http/message.hpp"
#include "platform/spool.hpp"

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>

namespace rhumb::service {

/// Any thread.
class ResultFiles {
public:
    static constexpr std::int64_t kKeptMs = 24LL * 3600 * 1000;

    ResultFiles(std::filesystem::path folder, Clock& clock);

    /// A new file for something large on its way out.
    std::filesystem::path temporary() const;
    /// Keeps the content; returns the name under which it is served. `suffix` is one of .json,
    /// .sqlite, .delta, .geojson, .zip and .gpkg.
    std::string keep(Spool& spool, std::string_view suffix = ".json");
    /// The same with a whole, durable file, which is moved.
    std::string keep_file(const std::filesystem::path& part, std::string_view suffix);
    /// What the content of a kept file hashes to: SHA-256 in hex.
    static std::string_view hash_in(std::string_view name) { return name.substr(0, 64); }
    /// Whether a file of this name is here still.
    bool has(std::string_view name) const;
    /// Answers a GET or HEAD: 200, 206 for a range, 304, 416, 404.
    http::Response serve(std::string_view name, const http::Request& request) const;
    /// Removes files that nobody asked for during kKeptMs. keep() does so once an hour.
    void remove_old() const;

private:
    std::filesystem::path folder_;
    Clock& clock_;
    std::atomic<std::int64_t> cleaned_ms_{0};  ///< by the steady clock
};

}  // namespace rhumb::service
