// SPDX-License-Identifier: Apache-2.0
//
// The options of one command, as its file in this folder declares them: what is bound to which
// variable, and what makes the arguments of the command out of them.
//
// CLI11 stays behind this header, so that a command's options are quick to compile.

#pragma once

#include "runtime/tools/command_line.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rhumb::tool {

/// One option or positional argument, to say more about it.
class Option {
public:
    explicit Option(CLI::Option* option) : option_(option) {}

    Option& required();
    Option& shows_default();
    Option& takes(int values);
    Option& type_name(const std::string& name);
    Option& one_of(const std::vector<std::string>& words);
    Option& positive();
    Option& excludes(const Option& other);

private:
    CLI::Option* option_;
};

/// One command on its way into the parser. The variables that options are bound to must outlive
/// the parsing: commands keep them in what `read_by` holds.
class CommandOptions {
public:
    using Read = std::function<Command()>;

    /// `given` takes what several commands share: --json and the sign-in.
    CommandOptions(CLI::App& command, CommandLine& given, Read& read)
        : command_(command), given_(given), read_(read) {}

    Option add(const char* name, std::string& value, const char* what);
    Option add(const char* name, std::optional<std::string>& value, const char* what);
    Option add(const char* name, std::filesystem::path& value, const char* what);
    Option add(const char* name, std::optional<std::filesystem::path>& value, const char* what);
    Option add(const char* name, std::vector<std::string>& values, const char* what);
    Option add(const char* name, std::vector<std::filesystem::path>& values, const char* what);
    Option add(const char* name, std::optional<std::uint16_t>& value, const char* what);
    Option add(const char* name, std::size_t& value, const char* what);
    Option add(const char* name, std::optional<std::int32_t>& value, const char* what);
    Option add_flag(const char* name, bool& value, const char* what);
    /// May be given several times, one value each.
    Option add_list(const char* name, std::vector<std::string>& values, const char* what);

    void add_json();
    void add_sign_in();
    void add_extent(std::string& extent);
    /// A list whose entries have numbers, and what is to be done with it.
    void add_action(std::string& action, const char* actions, std::string& number,
                    const char* number_means);
    void examples(const std::string& text);

    /// What makes the arguments once the command line is parsed; it may throw UsageError.
    void read_by(Read read) { read_ = std::move(read); }

private:
    CLI::App& command_;
    CommandLine& given_;
    Read& read_;
};

/// None for "", which is how an option that was not given looks.
template <class Reader>
auto read_if(const std::string& text, const Reader& reader)
    -> std::optional<decltype(reader(text))> {
    if (text.empty()) return std::nullopt;
    return reader(text);
}

}  // namespace rhumb::tool
