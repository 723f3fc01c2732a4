// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before a request is made again.

#pragma once

#include "platform/random.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::sync {

/// Counts failures in a row and doubles the wait with each. Jitter keeps a crew whose link came
/// back at the same moment from knocking all at once. `random` outlives it.
class Backoff {
public:
    explicit Backoff(Random& random) : random_(random) {}

    /// `retry_after_ms` is the service's own wish, which is never undercut.
    void failed(std::optional<std::int64_t> retry_after_ms = {});
    /// It failed, but more is here than before: the link works, only not for long. As if nothing had
    /// failed before.
    void failed_further_on();
    void succeeded();
    /// No failure, but no use in asking at once: a job that is not done. The first wait is
    /// `first_ms`, later ones grow to half a minute.
    void ask_again_later(std::int64_t first_ms);
    /// The job is over.
    void stop_asking() { polls_ = 0; }

    std::int64_t wait_ms() const { return wait_ms_; }
    int failures() const { return failures_; }

private:
    Random& random_;
    std::int64_t wait_ms_ = 0;
    int failures_ = 0;
    int polls_ = 0;
};

}  // namespace rhumb::sync
