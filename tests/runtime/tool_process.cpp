// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/tool_process.hpp"

#include "platform/files.hpp"
#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <csignal>

namespace rhumb::test {
namespace {

namespace fs = std::filesystem;

/// Outside the folder of the test, whose files are compared.
fs::path new_error_file() {
    static std::atomic<int> number{0};
    return fs::temp_directory_path() /
           ("rhumb-tool-" + std::to_string(::getpid()) + "-" + std::to_string(number++) + ".err");
}

/// The program and its arguments, behind the programs that set the limits.
std::vector<std::string> command_line(const Arguments& arguments, const ToolLimits& limits) {
    std::vector<std::string> words;
    if (limits.no_privileges && ::geteuid() == 0) {
        words = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    }
    if (limits.file_bytes) {
        constexpr std::uint64_t kBlock = 512;
        const std::string blocks = std::to_string(*limits.file_bytes / kBlock);
        words.insert(words.end(), {"sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"});
    }
    words.emplace_back(RHUMB_TOOL);
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

/// Not fork: PROJ closes its data base in the child of one, and waits for ever for a lock of SQLite
/// that another thread held.
pid_t spawn(const fs::path& folder, std::vector<std::string> words, int out, const fs::path& err) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t process = -1;
    const int failure =
        ::posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    REQUIRE(failure == 0);
    return process;
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
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    process_ = spawn(folder, command_line(arguments, limits), ends[1], err_);
    ::close(ends[1]);
    stdout_ = ends[0];
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
    REQUIRE(process_ > 0);
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
