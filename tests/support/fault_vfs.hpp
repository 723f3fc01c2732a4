// SPDX-License-Identifier: Apache-2.0
//
// A disk that dies: every write, truncation, sync and removal of the watched SQLite files is
// counted, and at the one that was told the power goes.
//
// The shim stands in front of SQLite's own VFS for the whole test process. From the moment of death
// every call on a watched file fails, as nothing that a dead process does reaches its disk; then
// the test throws the process's objects away, calls revive() and opens the files anew. Syncs of all
// files are answered without being done: the machine under the test does not lose its power, and
// what a power cut would take is kept book of here.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::test {

enum class DiskFault {
    Killed,    ///< the call is not done, nor is any after it
    Torn,      ///< half of the write reaches the disk
    LostSync,  ///< and all that was written since each file's last sync is lost
};
std::string_view name_of(DiskFault fault);

/// One in the process, used by one thread at a time.
class FaultVfs {
public:
    /// Registers the shim as SQLite's default with the first call, before any file is opened.
    static FaultVfs& instance();

    /// Watches a database with its journals and counts from 0. Nothing fails yet.
    void watch(const std::filesystem::path& database);
    /// Watches, and the n-th call from now (from 0) meets this fault.
    void fail_at(const std::filesystem::path& database, int n, DiskFault fault);
    bool dead() const { return dead_; }
    /// The power is back: what was lost is taken off the disk, nothing is watched any more.
    void revive();
    /// Calls that were counted since watch().
    int calls() const { return calls_; }

    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    // Asked by the VFS itself.
    enum class Verdict { Do, DoHalf, Fail };
    bool watches(const std::string& path) const;
    Verdict judge();
    bool keeps_book() const { return armed_ && fault_ == DiskFault::LostSync && !dead_; }
    /// What the file held before a call that changes it.
    void remember(const std::string& path, long long offset, std::string bytes, long long size);
    void forget(const std::string& path);

private:
    FaultVfs();
    struct Undo {
        std::string path;
        long long offset;
        std::string bytes;
        long long size;
    };
    std::string watched_;
    int calls_ = 0;
    int fail_at_ = -1;
    bool armed_ = false;
    bool dead_ = false;
    DiskFault fault_ = DiskFault::Killed;
    std::vector<Undo> undo_;
};

}  // namespace rhumb::test
