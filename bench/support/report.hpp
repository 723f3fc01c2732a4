// SPDX-License-Identifier: Apache-2.0
//
// What a bench found: lines of a table for people, and the same as JSON lines for programs.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rhumb::bench {

/// One figure beside its yardstick, measured in the same run.
struct Finding {
    std::string row;  ///< number in the table of what must be reached
    std::string what;
    std::string yardstick;
    std::string unit;  ///< of the two values: "ms", "instructions an edit", ...
    double yardstick_value = 0;
    double ours = 0;
    double ratio = 0;
    std::optional<double> hard;  ///< none: for information
    std::optional<double> aim;
    bool at_least = false;  ///< the ratio must be so large, not so small
};

class Report {
public:
    /// Appends to `json_lines`.
    explicit Report(std::filesystem::path json_lines) : path_(std::move(json_lines)) {}

    void add(const Finding& finding) const;

private:
    std::filesystem::path path_;
};

}  // namespace rhumb::bench
