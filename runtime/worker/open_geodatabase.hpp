// SPDX-License-Identifier: Apache-2.0
//
// A geodatabase as a program has it open: one connection that writes, by turns, and readers.
//
// The file is in WAL mode meanwhile, so that a screen can read on while a synchronization writes.
// One connection does every commit and every checkpoint: Debian's SQLite may corrupt a WAL that
// two connections checkpoint at once.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/cancel_token.hpp"
#include "platform/clock.hpp"
#include "platform/random.hpp"
#include "runtime/worker/worker.hpp"
#include "runtime/worker/writer_turn.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace rhumb::runtime {

/// Any thread. Kept alive by whatever was made from it; the last one makes the file a plain one.
class OpenGeodatabase : public std::enable_shared_from_this<OpenGeodatabase> {
public:
    enum class Mode { Create, Open, OpenReadOnly, Adopt };
    OpenGeodatabase(const std::filesystem::path& path, Mode mode);
    OpenGeodatabase(const OpenGeodatabase&) = delete;
    OpenGeodatabase& operator=(const OpenGeodatabase&) = delete;
    ~OpenGeodatabase();

    const std::filesystem::path& path() const { return path_; }
    geodb::World world() { return {clock_, random_}; }

    WriterGate& gate() { return gate_; }
    /// For whoever has the turn. Throws ReadOnly.
    geodb::Geodatabase& writer();

    /// A connection that only reads, for one thread; it goes back with its destructor.
    class Reader {
    public:
        explicit Reader(std::shared_ptr<OpenGeodatabase> owner);
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        ~Reader();
        geodb::Geodatabase& operator*() const { return *connection_; }
        geodb::Geodatabase* operator->() const { return connection_.get(); }

    private:
        std::shared_ptr<OpenGeodatabase> owner_;
        std::uint64_t edition_ = 0;
        std::unique_ptr<geodb::Geodatabase> connection_;
    };
    /// Readers to come see layers that were made or changed.
    void layers_changed();

    /// The right to synchronize, which one has at a time. Throws Busy.
    class SyncClaim {
    public:
        explicit SyncClaim(std::shared_ptr<OpenGeodatabase> owner);
        SyncClaim(const SyncClaim&) = delete;
        SyncClaim& operator=(const SyncClaim&) = delete;
        ~SyncClaim() { owner_->syncing_.store(false); }
        OpenGeodatabase& geodatabase() const { return *owner_; }

    private:
        std::shared_ptr<OpenGeodatabase> owner_;
    };

    Worker& worker() { return worker_; }

private:
    static constexpr std::size_t kIdleReaders = 4;  // more than a screen's queries at a time

    geodb::Geodatabase open(Mode mode);

    std::filesystem::path path_;
    SystemClock clock_;
    SystemRandom random_;
    bool read_only_;
    WriterGate gate_;
    geodb::Geodatabase writer_;  // for whoever has the turn
    std::mutex readers_mutex_;   // guards the two below
    std::vector<std::unique_ptr<geodb::Geodatabase>> idle_readers_;
    std::uint64_t edition_ = 0;
    std::atomic<bool> syncing_{false};
    Worker worker_;  // last: its jobs may use all else
};

}  // namespace rhumb::runtime
