// SPDX-License-Identifier: Apache-2.0
#include "sync/client/backoff.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

constexpr std::int64_t kFirstWaitMs = 500;  // a radio that blinked is back by then
constexpr std::int64_t kLongestWaitMs = 60'000;
constexpr std::int64_t kLongestRetryAfterMs = 3'600'000;
constexpr std::int64_t kLongestPollMs = 30'000;
constexpr int kMostDoublings = 10;

std::int64_t doubled(std::int64_t first, int times, std::int64_t longest) {
    return std::min(longest, first << std::min(times, kMostDoublings));
}

}  // namespace

void Backoff::failed(std::optional<std::int64_t> retry_after_ms) {
    const std::int64_t step = doubled(kFirstWaitMs, failures_, kLongestWaitMs);
    ++failures_;
    std::uint32_t dice = 0;
    random_.fill(&dice, sizeof dice);
    // Between one half and the whole of the step.
    wait_ms_ = step / 2 + static_cast<std::int64_t>(dice) % (step / 2 + 1);
    if (retry_after_ms) {
        wait_ms_ = std::max(wait_ms_, std::min(*retry_after_ms, kLongestRetryAfterMs));
    }
}

void Backoff::failed_further_on() {
    failures_ = 0;
    failed();
}

void Backoff::succeeded() {
    failures_ = 0;
    wait_ms_ = 0;
}

void Backoff::ask_again_later(std::int64_t first_ms) {
    failures_ = 0;
    wait_ms_ = doubled(first_ms, polls_++, kLongestPollMs);
}

}  // namespace rhumb::sync
