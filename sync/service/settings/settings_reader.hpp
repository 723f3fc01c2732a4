// SPDX-License-Identifier: Apache-2.0
//
// One JSON object of a settings file, read strictly: a key that nobody asked for is an error, and
// every error names the file and the key.

#pragma once

#include "sync/wire/json.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

/// `json` outlives it. Each reader throws InvalidArgument; an absent key is no error, null is one.
class SettingsReader {
public:
    /// `prefix`: where the object stands in the file, such as "uploads."; "" at the top.
    SettingsReader(const wire::Json& json, std::string file, std::string prefix = {});

    std::optional<bool> flag(std::string_view key);
    std::optional<std::int64_t> number(std::string_view key, std::int64_t least, std::int64_t most);
    /// UTF-8 without control characters other than line ends and tabs.
    std::optional<std::string> text(std::string_view key, std::size_t most_bytes);
    std::optional<std::vector<std::string>> texts(std::string_view key, std::size_t most_bytes);
    std::optional<SettingsReader> object(std::string_view key);
    /// Whatever stands there; null when absent.
    const wire::Json* value(std::string_view key);

    // The same, put where they belong; nothing is touched when the key is absent.
    void read(std::string_view key, bool& into);
    void read(std::string_view key, std::int64_t& into, std::int64_t least, std::int64_t most);
    void read(std::string_view key, std::string& into, std::size_t most_bytes);

    /// To be called last: refuses keys that nobody asked for, and keys that come twice.
    void finish() const;

    [[noreturn]] void refuse(std::string_view key, const std::string& why) const;

private:
    const wire::Json* json_;
    std::string file_;
    std::string prefix_;
    std::set<std::string, std::less<>> asked_;
};

/// A settings file. Throws Error naming it when it is no JSON or larger than a megabyte.
wire::Json read_settings_file(const std::filesystem::path& path);

}  // namespace rhumb::service
