// SPDX-License-Identifier: Apache-2.0
//
// Which replicas are being synchronized just now: each at most once at a time.

#pragma once

#include "platform/error.hpp"
#include "platform/uuid.hpp"

#include <mutex>
#include <set>

namespace rhumb::service {

/// Any thread.
class BusyReplicas {
public:
    /// While it lives, its replica is busy.
    class Turn {
    public:
        /// Throws Busy when somebody is at it already.
        Turn(BusyReplicas& busy, const Uuid& replica) : busy_(busy), replica_(replica) {
            const std::lock_guard lock(busy_.mutex_);
            if (busy_.busy_.insert(replica_).second) return;
            throw Error(Status::Busy, "Replica is being synchronized.").with_code(400);
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            const std::lock_guard lock(busy_.mutex_);
            busy_.busy_.erase(replica_);
        }

    private:
        BusyReplicas& busy_;
        Uuid replica_;
    };

private:
    std::mutex mutex_;  // guards busy_
    std::set<Uuid> busy_;
};

}  // namespace rhumb::service
