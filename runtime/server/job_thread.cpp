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

void JobThread::run() {
    while (!stopping_) {
        bool ran = false;
        try {
            ran = services_.run_next_job();
        } catch (const std::exception&) {
            // A full disk or a locked file: the job is still there, and may go better later.
        }
        if (!ran && !stopping_) services_.wait_for_job();
    }
}

}  // namespace rhumb::runtime
