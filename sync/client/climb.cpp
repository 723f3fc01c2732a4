// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"
#include "sync/client/ladder.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {

SyncReport climb(Ladder& ladder, http::Transport& transport, const CancelToken& cancel,
                 const std::function<void(std::int64_t ms)>& wait, const ClimbLimits& limits) {
    while (auto request = ladder.next_request()) {
        const std::int64_t pause = std::min(ladder.wait_ms(), limits.longest_wait_ms);
        if (pause > 0) wait(pause);
        cancel.throw_if_cancelled();
        ladder.take_result(transport.send(*request, cancel));
        cancel.throw_if_cancelled();
        if (ladder.failures_in_a_row() >= limits.failures_in_a_row) {
            throw Error(ladder.failure_status(),
                        ladder.last_failure() + "; a later synchronization goes on from here");
        }
    }
    return ladder.report();
}

}  // namespace rhumb::sync
