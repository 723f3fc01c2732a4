// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/job_thread.hpp"

#include <exception>

namespace rhumb::runtime {

void JobThread::start() {
    thread_ = std::thread([this] { run(); });
}

void JobThread::stop() {
    stopping_ = true;
    services_.stop_jobs();
    if (thread_.joinable()) thread_.join();
}

bool JobThread::housekeep_if_due() {
    const std::int64_t now = clock_.now_ms();
    // A clock that was set back does not keep the house dirty for years.
    if (now >= kept_house_ms_ && now - kept_house_ms_ < kHousekeepingMs) return false;
    kept_house_ms_ = now;  // also when it fails: in an hour it may go better
    services_.housekeep();
    return true;
}

void JobThread::run() {
    while (!stopping_) {
        bool ran = false;
        try {
            housekeep_if_due();
            ran = services_.run_next_job();
        } catch (const std::exception&) {
            // A full disk or a locked file: the job is still there, and may go better later.
        }
        if (!ran && !stopping_) services_.wait_for_job();
    }
}

}  // namespace rhumb::runtime
