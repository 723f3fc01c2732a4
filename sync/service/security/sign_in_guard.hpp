// SPDX-License-Identifier: Apache-2.0
//
// Makes guessing passwords slow: after some failures each further one makes the next try wait
// longer, for the user at that address, for the address, and for the user from anywhere.

#pragma once

#include "platform/clock.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace rhumb::service {

/// Any thread. Keeps what it knows in memory, bounded.
class SignInGuard {
public:
    static constexpr int kFreeAtAddress = 5;    ///< failures of one user at one address
    static constexpr int kFreeOfAddress = 30;   ///< of whoever, at one address: an office has one
    static constexpr int kFreeOfUser = 50;      ///< of one user, from anywhere
    static constexpr std::int64_t kFirstMs = 1000;          ///< then twice as long each time
    static constexpr std::int64_t kLongestMs = 15 * 60'000;
    static constexpr std::int64_t kForgottenMs = 3'600'000;  ///< without a failure
    static constexpr std::size_t kMostKept = 20'000;

    explicit SignInGuard(Clock& clock) : clock_(clock) {}

    /// How long this one must wait before it may try; 0: now.
    std::int64_t wait_ms(std::string_view user, std::string_view address);
    void failed(std::string_view user, std::string_view address);
    void succeeded(std::string_view user, std::string_view address);

private:
    struct Failures {
        int count = 0;
        std::int64_t last_ms = 0;   ///< by the steady clock
        std::int64_t until_ms = 0;  ///< no try before
    };
    void count_failure(const std::string& key, int free);
    void forget_old();

    Clock& clock_;
    std::mutex mutex_;  // guards the following
    std::map<std::string, Failures> failures_;
};

}  // namespace rhumb::service
