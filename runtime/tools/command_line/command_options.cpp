// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/command_options.hpp"

#include <CLI/CLI.hpp>

namespace rhumb::tool {

Option& Option::required() {
    option_->required();
    return *this;
}

Option& Option::shows_default() {
    option_->capture_default_str();
    return *this;
}

Option& Option::takes(int values) {
    option_->expected(values);
    return *this;
}

Option& Option::type_name(const std::string& name) {
    option_->type_name(name);
    return *this;
}

Option& Option::one_of(const std::vector<std::string>& words) {
    option_->check(CLI::IsMember(words));
    return *this;
}

Option& Option::positive() {
    option_->check(CLI::PositiveNumber);
    return *this;
}

Option& Option::excludes(const Option& other) {
    option_->excludes(other.option_);
    return *this;
}

Option CommandOptions::add(const char* name, std::string& value, const char* what) {
    return Option(command_.add_option(name, value, what));
}

Option CommandOptions::add(const char* name, std::optional<std::string>& value, const char* what) {
    return Option(command_.add_option(name, value, what));
}

Option CommandOptions::add(const char* name, std::filesystem::path& value, const char* what) {
    // CLI11 would take a path for a list of its parts.
    return Option(command_.add_option_function<std::string>(
        name, [&value](const std::string& text) { value = text; }, what));
}

Option CommandOptions::add(const char* name, std::optional<std::filesystem::path>& value,
                           const char* what) {
    return Option(command_.add_option_function<std::string>(
        name, [&value](const std::string& text) { value = text; }, what));
}

Option CommandOptions::add(const char* name, std::vector<std::string>& values, const char* what) {
    return Option(command_.add_option(name, values, what));
}

Option CommandOptions::add(const char* name, std::vector<std::filesystem::path>& values,
                           const char* what) {
    return Option(command_.add_option_function<std::vector<std::string>>(
        name,
        [&values](const std::vector<std::string>& texts) {
            values.assign(texts.begin(), texts.end());
        },
        what));
}

Option CommandOptions::add(const char* name, std::optional<std::uint16_t>& value, const char* what) {
    return Option(command_.add_option(name, value, what));
}

Option CommandOptions::add(const char* name, std::size_t& value, const char* what) {
    return Option(command_.add_option(name, value, what));
}

Option CommandOptions::add(const char* name, std::optional<std::int32_t>& value, const char* what) {
    return Option(command_.add_option(name, value, what));
}

Option CommandOptions::add_flag(const char* name, bool& value, const char* what) {
    return Option(command_.add_flag(name, value, what));
}

Option CommandOptions::add_list(const char* name, std::vector<std::string>& values,
                                const char* what) {
    return Option(command_.add_option(name, values, what)->allow_extra_args(false));
}

void CommandOptions::add_json() {
    add_flag("--json", given_.json, "Print the facts as JSON on stdout");
}

void CommandOptions::add_sign_in() {
    command_.add_option("--user", given_.sign_in.user,
                        "Sign in at the service; the password is RHUMB_PASSWORD, or asked for");
    command_.add_option("--token", given_.sign_in.token,
                        "A token for the service (better: RHUMB_TOKEN)");
}

void CommandOptions::add_extent(std::string& extent) {
    add("--extent", extent, "Only features that meet this box: xmin,ymin,xmax,ymax");
}

void CommandOptions::add_action(std::string& action, const char* actions, std::string& number,
                                const char* number_means) {
    add("ACTION", action, actions).shows_default();
    add("N", number, number_means);
}

void CommandOptions::examples(const std::string& text) {
    command_.footer("Examples:\n" + text);
}

}  // namespace rhumb::tool
