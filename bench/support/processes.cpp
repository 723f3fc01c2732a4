// SPDX-License-Identifier: Apache-2.0
#include "bench/support/processes.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace rhumb::bench {
namespace {

/// A process with its standard output at `output`, in the group if there is one.
pid_t start(std::vector<std::string> command, int output, const MemoryLimit* limit) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string group = limit != nullptr ? (limit->folder() / "cgroup.procs").string() : "";
    const pid_t child = ::fork();
    if (child < 0) throw Error(Status::Internal, "cannot start '" + command.front() + "'");
    if (child > 0) return child;
    if (!group.empty()) {
        const int procs = ::open(group.c_str(), O_WRONLY);
        if (procs < 0 || ::write(procs, "0", 1) != 1) ::_exit(126);
        ::close(procs);
    }
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output >= 0 ? output : nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

/// What it has held at most so far; 0 when it is gone.
double peak_so_far_mb(pid_t process) {
    try {
        const std::string status = read_file("/proc/" + std::to_string(process) + "/status");
        const std::size_t at = status.find("VmHWM:");
        if (at == std::string::npos) return 0;
        return std::strtod(status.c_str() + at + 6, nullptr) / 1024;
    } catch (const Error&) {
        return 0;
    }
}

/// Reads what the service says of itself, up to the number of its port.
std::uint16_t read_port(int from) {
    constexpr std::string_view kPort = "\"port\":";
    std::string said;
    std::array<char, 512> piece{};
    while (true) {
        const std::size_t at = said.find(kPort);
        const std::size_t begin =
            at == std::string::npos ? at : said.find_first_of("0123456789", at);
        const std::size_t end =
            begin == std::string::npos ? begin : said.find_first_not_of("0123456789", begin);
        if (end != std::string::npos) {
            return static_cast<std::uint16_t>(
                parse_integer(said.substr(begin, end - begin)).value_or(0));
        }
        const ssize_t bytes = ::read(from, piece.data(), piece.size());
        if (bytes <= 0) throw Error(Status::Internal, "the service does not start: " + said);
        said.append(piece.data(), static_cast<std::size_t>(bytes));
    }
}

}  // namespace

std::filesystem::path program_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

Service::Service(const std::filesystem::path& file) : name_(file.stem().string()) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error(Status::Internal, "no pipe");
    process_ = start(
        {(program_folder() / "rhumb").string(), "serve", file.string(), "--port", "0", "--json"},
        ends[1], nullptr);
    ::close(ends[1]);
    port_ = read_port(ends[0]);
    ::close(ends[0]);
}

Service::~Service() {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

double Service::cpu_ms() const {
    // proc(5): utime and stime are the 14th and 15th, the name in parentheses is the 2nd.
    const std::string stat = read_file("/proc/" + std::to_string(process_) + "/stat");
    std::size_t at = stat.rfind(')');
    for (int field = 2; field < 14; ++field) at = stat.find(' ', at + 1);
    char* rest = nullptr;
    const double user = std::strtod(stat.c_str() + at, &rest);
    const double system = std::strtod(rest, nullptr);
    return (user + system) * 1000 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string Service::url(std::optional<std::uint16_t> port) const {
    return "http://127.0.0.1:" + std::to_string(port.value_or(port_)) + "/arcgis/rest/services/" +
           name_ + "/FeatureServer";
}

MemoryLimit::MemoryLimit(std::int64_t bytes)
    : folder_("/sys/fs/cgroup/memory/rhumb-bench-" + std::to_string(::getpid())) {
    std::error_code failure;
    std::filesystem::create_directory(folder_, failure);
    const auto tell = [&](const char* name) {
        const int file = ::open((folder_ / name).c_str(), O_WRONLY);
        const std::string text = std::to_string(bytes);
        const bool told = file >= 0 && ::write(file, text.data(), text.size()) ==
                                           static_cast<ssize_t>(text.size());
        if (file >= 0) ::close(file);
        return told;
    };
    if (!failure && tell("memory.limit_in_bytes")) return;
    std::filesystem::remove(folder_, failure);
    throw Error(Status::Unsupported, "no control group for memory can be made here");
}

MemoryLimit::~MemoryLimit() {
    ::rmdir(folder_.c_str());
}

RunOfProgram run_program(const std::vector<std::string>& command, const MemoryLimit* limit) {
    RunOfProgram run;
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = start(command, -1, limit);
    int state = 0;
    while (::waitpid(child, &state, WNOHANG) == 0) {
        // The last word counts: the first may be of the bench itself, which the child begins as.
        if (const double so_far = peak_so_far_mb(child); so_far > 0) run.peak_mb = so_far;
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - began;
    run.wall_ms = wall.count();
    run.well = WIFEXITED(state) && WEXITSTATUS(state) == 0;
    return run;
}

}  // namespace rhumb::bench
