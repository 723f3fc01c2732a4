// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/output.hpp"

#include "platform/files.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>

namespace rhumb::tool {
namespace {

std::string decimals(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// Control characters would break the one line, or a terminal.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return line;
}

}  // namespace

void print(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

void print_json(const wire::Json& value) {
    print(wire::to_text(value));
}

JsonList::JsonList() {
    std::fputc('[', stdout);
}

void JsonList::add(const wire::Json& element) {
    std::fputs(first_ ? "\n" : ",\n", stdout);
    const std::string text = wire::to_text(element);
    std::fwrite(text.data(), 1, text.size(), stdout);
    first_ = false;
}

void JsonList::end() {
    print(first_ ? "]" : "\n]");
}

void flush_output() {
    std::fflush(stdout);
}

void check_output() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
    throw_file_error("cannot write to", "stdout", errno != 0 ? errno : EIO);
}

void complain(std::string_view message) {
    const std::string line = "rhumb: " + one_line(message) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string counted(std::int64_t count, std::string_view thing) {
    return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array<const char*, 4> kUnits{"kB", "MB", "GB", "TB"};
    if (bytes < 1000) return counted(bytes, "byte");
    double value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return decimals(value, 1) + " " + kUnits[unit];
}

std::string seconds_text(std::int64_t ms) {
    return decimals(static_cast<double>(ms) / 1000, 2) + " s";
}

void Table::print() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], utf8_length(row[i]));
        }
    }
    for (const auto& row : rows_) {
        std::string line = "  ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line.append(widths[i] - utf8_length(row[i]) + 2, ' ');
        }
        tool::print(line);
    }
}

Error naming(const Error& error, const std::filesystem::path& file) {
    if (error.message().find(file.string()) != std::string::npos) return error;
    return error.within("'" + file.string() + "'");
}

}  // namespace rhumb::tool
