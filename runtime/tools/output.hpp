// SPDX-License-Identifier: Apache-2.0
//
// How the program speaks: facts on stdout for people or as JSON, one line on stderr when it fails.

#pragma once

#include "platform/error.hpp"
#include "sync/wire/json.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::tool {

void print(std::string_view line);
void print_json(const wire::Json& value);
/// A JSON array that is written element by element, a line each: it may be long.
class JsonList {
public:
    JsonList();
    void add(const wire::Json& element);
    void end();

private:
    bool first_ = true;
};
/// For people who wait: not held back in a buffer.
void flush_output();
/// What was printed did not reach its file. Throws Error.
void check_output();

/// "rhumb: <message>", in one line whatever the message holds.
void complain(std::string_view message);

/// "1 feature", "2 features".
std::string counted(std::int64_t count, std::string_view thing);
/// "812 bytes", "1.2 MB": decimal, as networks and disks are sold.
std::string bytes_text(std::int64_t bytes);
/// "0.42 s"
std::string seconds_text(std::int64_t ms);

/// Lines whose columns stand under each other, two blanks before the first.
class Table {
public:
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void print() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// The error with the file's name in front, unless its message names the file already.
Error naming(const Error& error, const std::filesystem::path& file);

}  // namespace rhumb::tool
