// SPDX-License-Identifier: Apache-2.0
#include "rhumb/sync_job.h"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/transfer_arguments.hpp"
#include "runtime/worker/sync_job.hpp"

using namespace rhumb::capi;
using rhumb::runtime::SyncJob;

struct rhumb_sync_job {
    /// Closed by whoever releases the last handle, rather than on the worker.
    std::shared_ptr<rhumb::runtime::OpenGeodatabase> open;
    std::shared_ptr<SyncJob> job;
};

namespace {

void start(const std::shared_ptr<rhumb::runtime::OpenGeodatabase>& open, HostTransfer host,
           rhumb_sync_job** out_job) {
    auto handle = std::make_unique<rhumb_sync_job>();
    handle->open = open;
    host.context->own();
    try {
        handle->job = SyncJob::start(std::move(host.transfer));
    } catch (...) {
        host.context->disown();
        throw;
    }
    *out_job = handle.release();
}

}  // namespace

rhumb_status rhumb_sync_start(rhumb_replica* replica, const rhumb_sync_options* options,
                              const rhumb_transfer_options* transfer, rhumb_sync_job** out_job,
                              rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_job, "out_job");
        require(replica, "replica");
        start(replica->open, host_transfer(replica->open, transfer, synchronization(options)),
              out_job);
    });
}

rhumb_status rhumb_replica_create_start(rhumb_geodatabase* geodatabase,
                                        const rhumb_create_options* options,
                                        const rhumb_transfer_options* transfer,
                                        rhumb_sync_job** out_job, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_job, "out_job");
        require(geodatabase, "geodatabase");
        start(geodatabase->open, host_transfer(geodatabase->open, transfer, creation(options)),
              out_job);
    });
}

rhumb_status rhumb_sync_job_wait(rhumb_sync_job* job, rhumb_sync_report** out_report,
                                 rhumb_error* error) {
    return guard(error, [&] {
        if (out_report != nullptr) *out_report = nullptr;
        require(job, "job");
        auto made = std::make_unique<rhumb_sync_report>();
        made->report = job->job->wait();
        if (out_report != nullptr) *out_report = made.release();
    });
}

int32_t rhumb_sync_job_is_finished(const rhumb_sync_job* job) {
    return job != nullptr && job->job->finished() ? 1 : 0;
}

void rhumb_sync_job_cancel(rhumb_sync_job* job) {
    if (job != nullptr) job->job->cancel();
}

void rhumb_sync_job_release(rhumb_sync_job* job) {
    if (job == nullptr) return;
    if (!job->job->finished()) {
        job->job->cancel();
        job->job->wait_unless_inside();
    }
    delete job;
}
