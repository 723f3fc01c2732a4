// SPDX-License-Identifier: Apache-2.0
//
// The thread on which a server runs its asynchronous jobs, one after another.

#pragma once

#include "sync/service/feature_service.hpp"

#include <atomic>
#include <thread>

namespace rhumb::runtime {

/// start() and stop() on one thread. `services` outlives it.
class JobThread {
public:
    explicit JobThread(service::FeatureServices& services) : services_(services) {}
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;
    /// Stops.
    ~JobThread() { stop(); }

    /// At most once.
    void start();
    /// Waits for the running job as far as it cannot be left to the next start.
    void stop();

private:
    void run();

    service::FeatureServices& services_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace rhumb::runtime
