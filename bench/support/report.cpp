// SPDX-License-Identifier: Apache-2.0
#include "bench/support/report.hpp"

#include "platform/files.hpp"

#include <cstdio>

namespace rhumb::bench {
namespace {

constexpr const char* kLine = "%-4s %-56s %-34s %12s %12s %7s %7s %7s  %s\n";

/// "missed", "hard" (kept), "aim" (reached), or nothing where there is nothing to keep.
const char* verdict(const Finding& finding) {
    const auto keeps = [&](const std::optional<double>& bound) {
        return bound && (finding.at_least ? finding.ratio >= *bound : finding.ratio <= *bound);
    };
    if (!finding.hard) return "";
    return keeps(finding.aim) ? "aim" : keeps(finding.hard) ? "hard" : "MISSED";
}

std::string number(double value, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string with_unit(double value, const std::string& unit) {
    return number(value, value < 100 && unit != "instr" ? 2 : 0) + " " + unit;
}

std::string bound(const std::optional<double>& value) {
    return value ? number(*value, 2) : "";
}

/// Our own texts: nothing in them needs escaping but the quote.
std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string json_of(const Finding& finding) {
    const auto or_null = [](const std::optional<double>& value) {
        return value ? number(*value, 3) : "null";
    };
    return "{\"row\":" + json_text(finding.row) + ",\"what\":" + json_text(finding.what) +
           ",\"yardstick\":" + json_text(finding.yardstick) +
           ",\"unit\":" + json_text(finding.unit) +
           ",\"yardstick_value\":" + number(finding.yardstick_value, 3) +
           ",\"ours\":" + number(finding.ours, 3) + ",\"ratio\":" + number(finding.ratio, 3) +
           ",\"hard\":" + or_null(finding.hard) + ",\"aim\":" + or_null(finding.aim) +
           ",\"at_least\":" + (finding.at_least ? "true" : "false") +
           ",\"verdict\":" + json_text(verdict(finding)) + "}\n";
}

}  // namespace

void Report::add(const Finding& finding) const {
    std::printf(kLine, finding.row.c_str(), finding.what.c_str(), finding.yardstick.c_str(),
                with_unit(finding.yardstick_value, finding.unit).c_str(),
                with_unit(finding.ours, finding.unit).c_str(), number(finding.ratio, 2).c_str(),
                bound(finding.hard).c_str(), bound(finding.aim).c_str(), verdict(finding));
    std::fflush(stdout);
    FileWriter(path_, FileWriter::Mode::Append).write(json_of(finding));
}

}  // namespace rhumb::bench
