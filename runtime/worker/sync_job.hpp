// SPDX-License-Identifier: Apache-2.0
//
// A transfer on the worker of its geodatabase, and whoever waits for its end.

#pragma once

#include "platform/cancel_token.hpp"
#include "platform/error.hpp"
#include "runtime/worker/transfer.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace rhumb::runtime {

/// Any thread. It does not keep the geodatabase alive; the transfer does, while it runs.
class SyncJob {
public:
    /// Queues the transfer.
    static std::shared_ptr<SyncJob> start(Transfer transfer);

    void cancel() { cancel_.cancel(); }
    bool finished() const;
    /// Blocks until the end; by then nothing of the transfer is left. Throws what it ended with,
    /// and InvalidArgument in one of its own callbacks.
    sync::SyncReport wait();
    /// The same without the result. Does nothing in one of its own callbacks.
    void wait_unless_inside() noexcept;

private:
    explicit SyncJob(CancelToken cancel) : cancel_(std::move(cancel)) {}
    void run(Transfer transfer) noexcept;
    void end(std::optional<sync::SyncReport> report, std::optional<Error> error) noexcept;
    bool is_inside() const;

    CancelToken cancel_;
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable ended_;
    std::thread::id runner_;  // while it runs
    bool finished_ = false;
    std::optional<sync::SyncReport> report_;
    std::optional<Error> error_;
};

}  // namespace rhumb::runtime
