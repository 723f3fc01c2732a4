// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace rhumb::service {
namespace {
constexpr double kMinuteMs = 60'000;
}

std::int64_t RateLimit::take(const std::string& who) {
    if (per_minute_ == 0) return 0;
    const std::int64_t now = clock_.steady_ms();
    const double per_ms = static_cast<double>(per_minute_) / kMinuteMs;
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= kMostKept) forget_full(now);
    const auto [found, fresh] = buckets_.try_emplace(who, Bucket{static_cast<double>(burst_), now});
    Bucket& bucket = found->second;
    const double filled = static_cast<double>(now - bucket.at_ms) * per_ms;
    bucket.left = std::min(static_cast<double>(burst_), bucket.left + filled);
    bucket.at_ms = now;
    // What rounding leaves is less than a thousandth of a millisecond.
    constexpr double kRounding = 1e-3;
    if (bucket.left < 1 - kRounding * per_ms) {
        return static_cast<std::int64_t>(std::ceil((1 - bucket.left) / per_ms - kRounding));
    }
    bucket.left -= 1;
    return 0;
}

void RateLimit::forget_full(std::int64_t now_ms) {
    const double fills_in_ms =
        static_cast<double>(burst_) * kMinuteMs / static_cast<double>(per_minute_);
    std::erase_if(buckets_, [&](const auto& entry) {
        return static_cast<double>(now_ms - entry.second.at_ms) >= fills_in_ms;
    });
    if (buckets_.size() >= kMostKept) buckets_.erase(buckets_.begin());
}

}  // namespace rhumb::service
