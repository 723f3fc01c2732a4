// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/tool_process.hpp"

#include "platform/files.hpp"
#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>

namespace rhumb::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

/// Outside the folder of the test, whose files are compared.
fs::path new_error_file() {
    static std::atomic<int> number{0};
    return fs::temp_directory_path() /
           ("rhumb-tool-" + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".err");
}

void apply(const ToolLimits& limits) {
    if (limits.file_bytes) {
        const rlimit bound{*limits.file_bytes, *limits.file_bytes};
        ::setrlimit(RLIMIT_FSIZE, &bound);
    }
    if (limits.no_privileges && ::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(125);
}

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become_tool(const char* folder, char* const* arguments, int out, int err,
                              const ToolLimits& limits) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::close(::open("/dev/null", O_RDONLY));
    if (::chdir(folder) != 0) ::_exit(126);
    apply(limits);
    ::execv(RHUMB_TOOL, arguments);
    ::_exit(127);
}

}  // namespace

wire::Json ToolResult::json() const {
    INFO(err);
    REQUIRE_FALSE(out.empty());
    return wire::parse_json(out, "output");
}

RunningTool::RunningTool(const fs::path& folder, const Arguments& arguments,
                         const ToolLimits& limits)
    : err_(new_error_file()) {
    std::vector<std::string> words{"rhumb"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);

    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(err >= 0);
    process_ = ::fork();
    if (process_ == 0) become_tool(folder.c_str(), pointers.data(), ends[1], err, limits);
    ::close(ends[1]);
    ::close(err);
    stdout_ = ends[0];
    REQUIRE(process_ > 0);
}

RunningTool::~RunningTool() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    if (stdout_ >= 0) ::close(stdout_);
    remove_quietly(err_);
}

std::string RunningTool::read_line() {
    std::string line;
    char c = 0;
    while (::read(stdout_, &c, 1) == 1 && c != '\n') line += c;
    read_ += line + "\n";
    return line;
}

void RunningTool::signal(int number) {
    ::kill(process_, number);
}

ToolResult RunningTool::wait() {
    ToolResult result;
    result.out = read_;
    char buffer[65536];
    for (ssize_t got = 0; (got = ::read(stdout_, buffer, sizeof buffer)) > 0;) {
        result.out.append(buffer, static_cast<std::size_t>(got));
    }
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.err = read_file(err_);
    return result;
}

ToolResult rhumb_in(const fs::path& folder, const Arguments& arguments, const ToolLimits& limits) {
    return RunningTool(folder, arguments, limits).wait();
}

std::map<std::string, std::string> files_below(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path());
    }
    return files;
}

}  // namespace rhumb::test
