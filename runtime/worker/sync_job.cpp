// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/sync_job.hpp"

#include <utility>

namespace rhumb::runtime {

std::shared_ptr<SyncJob> SyncJob::start(Transfer transfer) {
    std::shared_ptr<SyncJob> job(new SyncJob(transfer.cancel));
    Worker& worker = transfer.claim->geodatabase().worker();
    // A std::function must be copyable; the transfer goes to the one call there is.
    auto parcel = std::make_shared<Transfer>(std::move(transfer));
    worker.post([job, parcel] { job->run(std::move(*parcel)); });
    return job;
}

void SyncJob::run(Transfer transfer) noexcept {
    {
        const std::lock_guard lock(mutex_);
        runner_ = std::this_thread::get_id();
    }
    std::optional<sync::SyncReport> report;
    std::optional<Error> error;
    try {
        transfer.cancel.throw_if_cancelled();
        report = run_transfer(std::move(transfer));
    } catch (const Error& failure) {
        error = failure;
    } catch (const std::exception& failure) {
        error = Error(Status::Internal, failure.what());
    }
    // What a job that was cancelled before its time has not used.
    transfer.make_ladder = nullptr;
    transfer.on_progress = nullptr;
    transfer.claim.reset();
    end(std::move(report), std::move(error));
}

void SyncJob::end(std::optional<sync::SyncReport> report, std::optional<Error> error) noexcept {
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
    error_ = std::move(error);
    runner_ = {};
    finished_ = true;
    ended_.notify_all();
}

bool SyncJob::finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
}

bool SyncJob::is_inside() const {
    return runner_ == std::this_thread::get_id();
}

sync::SyncReport SyncJob::wait() {
    std::unique_lock lock(mutex_);
    if (is_inside()) {
        throw Error(Status::InvalidArgument, "a job cannot be waited for in its own callback");
    }
    ended_.wait(lock, [this] { return finished_; });
    if (error_) throw *error_;
    return *report_;
}

void SyncJob::wait_unless_inside() noexcept {
    std::unique_lock lock(mutex_);
    if (is_inside()) return;
    ended_.wait(lock, [this] { return finished_; });
}

}  // namespace rhumb::runtime
