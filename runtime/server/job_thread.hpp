// SPDX-License-Identifier: Apache-2.0
//
// The thread on which a server runs its asynchronous jobs, one after another, and between them,
// once an hour, lets idle replicas expire and history go that nobody needs.

#pragma once

#include "platform/clock.hpp"
#include "sync/service/feature_service.hpp"

#include <atomic>
#include <cstdint>
#include <thread>

namespace rhumb::runtime {

constexpr std::int64_t kHousekeepingMs = 3'600'000;

/// start() and stop() on one thread. `services` and `clock` outlive it.
class JobThread {
public:
    JobThread(service::FeatureServices& services, Clock& clock)
        : services_(services), clock_(clock), kept_house_ms_(clock.now_ms()) {}
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;
    /// Stops.
    ~JobThread() { stop(); }

    /// At most once.
    void start();
    /// Waits for the running job as far as it cannot be left to the next start.
    void stop();

    /// What the thread does between jobs; true when the hour was over.
    bool housekeep_if_due();

private:
    void run();

    service::FeatureServices& services_;
    Clock& clock_;
    std::int64_t kept_house_ms_;  ///< when the services were made, or the last time since
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace rhumb::runtime
