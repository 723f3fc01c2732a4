// SPDX-License-Identifier: Apache-2.0
//
// How many requests a minute somebody may make: a bucket for each, which fills steadily.

#pragma once

#include "platform/clock.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace rhumb::service {

/// Any thread. Keeps at most kMostKept buckets; a full one need not be kept.
class RateLimit {
public:
    static constexpr std::size_t kMostKept = 20'000;

    /// `per_minute` 0: no limit. `burst`: how many may come at once.
    RateLimit(std::int64_t per_minute, std::int64_t burst, Clock& clock)
        : per_minute_(per_minute), burst_(burst), clock_(clock) {}

    /// 0 when the request may go on, and is counted; else how long to wait, in milliseconds.
    std::int64_t take(const std::string& who);

private:
    /// Time is counted in requests: one is a minute's worth divided by their number.
    struct Bucket {
        double left = 0;
        std::int64_t at_ms = 0;
    };
    void forget_full(std::int64_t now_ms);

    std::int64_t per_minute_;
    std::int64_t burst_;
    Clock& clock_;
    std::mutex mutex_;  // guards the following
    std::map<std::string, Bucket> buckets_;
};

}  // namespace rhumb::service
