// SPDX-License-Identifier: Apache-2.0
//
// The built program, run as a person runs it: arguments in, exit code and output out.

#pragma once

#include "sync/wire/json.hpp"

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::test {

using Arguments = std::vector<std::string>;

struct ToolResult {
    int exit_code = -1;  ///< 128 and more: ended by a signal
    std::string out;
    std::string err;

    /// stdout as one JSON value; fails the test when it is none.
    wire::Json json() const;
};

struct ToolLimits {
    std::optional<std::uint64_t> file_bytes;  ///< no file may grow beyond: a full disk
    bool no_privileges = false;               ///< as somebody who may not write everywhere
};

/// Runs `rhumb` with these arguments in `folder` until it ends.
ToolResult rhumb_in(const std::filesystem::path& folder, const Arguments& arguments,
                    const ToolLimits& limits = {});

/// One that runs on, such as `rhumb serve`. Killed by the destructor if it still runs.
class RunningTool {
public:
    RunningTool(const std::filesystem::path& folder, const Arguments& arguments,
                const ToolLimits& limits = {});
    RunningTool(const RunningTool&) = delete;
    RunningTool& operator=(const RunningTool&) = delete;
    ~RunningTool();

    /// The next line of its stdout; "" at the end.
    std::string read_line();
    void signal(int number);
    pid_t id() const { return process_; }
    ToolResult wait();

private:
    pid_t process_ = -1;
    int stdout_ = -1;
    std::filesystem::path err_;
    std::string read_;
};

/// Every file below a folder with its content: what must be as it was.
std::map<std::string, std::string> files_below(const std::filesystem::path& folder);

}  // namespace rhumb::test
