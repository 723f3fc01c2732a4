// SPDX-License-Identifier: Apache-2.0
#include "bench/support/instructions.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"

#include <sys/wait.h>
#include <unistd.h>

/// Callgrind finds it by this name.
extern "C" [[gnu::noinline]] void rhumb_bench_counted(const std::function<void()>& part) {
    part();
}

namespace rhumb::bench {
namespace {

constexpr const char* kTotals = "\ntotals: ";

/// Runs a program with its output thrown away; its exit code.
int run_quietly(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(127);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int state = 0;
    ::waitpid(child, &state, 0);
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128;
}

}  // namespace

void counted(const std::function<void()>& part) {
    rhumb_bench_counted(part);
}

std::int64_t instructions_of(const std::filesystem::path& folder,
                             const std::vector<std::string>& arguments) {
    const std::filesystem::path out = folder / "callgrind.out";
    std::vector<std::string> command{"valgrind", "--tool=callgrind",
                                     "--toggle-collect=rhumb_bench_counted",
                                     "--callgrind-out-file=" + out.string(),
                                     std::filesystem::read_symlink("/proc/self/exe").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const int code = run_quietly(command);
    if (code == 127) throw Error(Status::Unsupported, "there is no valgrind here");
    if (code != 0) throw Error(Status::Internal, "a run under callgrind failed");
    const std::string profile = read_file(out);
    remove_quietly(out);
    const std::size_t at = profile.rfind(kTotals);
    if (at == std::string::npos) throw Error(Status::Internal, "callgrind counted nothing");
    const std::size_t begin = at + std::string_view(kTotals).size();
    const std::size_t end = profile.find_first_of(" \n", begin);
    return parse_integer(profile.substr(begin, end - begin)).value_or(0);
}

}  // namespace rhumb::bench
