// SPDX-License-Identifier: Apache-2.0
//
// Programs that a bench runs beside itself: the service, and commands whose memory is looked at.

#pragma once

#include <sys/types.h>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::bench {

/// The folder that this bench and the other programs are in.
std::filesystem::path program_folder();

/// `rhumb serve FILE` on a free port of the loopback; stopped with the object.
class Service {
public:
    explicit Service(const std::filesystem::path& file);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    std::uint16_t port() const { return port_; }
    /// CPU that it has used so far.
    double cpu_ms() const;
    /// At this port, or at that of a relay in front of it.
    std::string url(std::optional<std::uint16_t> port = std::nullopt) const;

private:
    std::string name_;
    pid_t process_ = 0;
    std::uint16_t port_ = 0;
};

/// So much memory, heap and page cache, for the programs that are run in it: a control group of
/// the kernel (v1). Throws Unsupported where none can be made.
class MemoryLimit {
public:
    explicit MemoryLimit(std::int64_t bytes);
    MemoryLimit(const MemoryLimit&) = delete;
    MemoryLimit& operator=(const MemoryLimit&) = delete;
    ~MemoryLimit();
    const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

struct RunOfProgram {
    bool well = false;  ///< ended, and with 0
    double wall_ms = 0;
    double peak_mb = 0;  ///< resident
};

/// Runs a program to its end, its output thrown away.
RunOfProgram run_program(const std::vector<std::string>& command,
                         const MemoryLimit* limit = nullptr);

}  // namespace rhumb::bench
