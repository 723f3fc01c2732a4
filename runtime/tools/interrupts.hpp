// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C and the wish of the system to end us, as a cancel token that work looks at.
//
// The signals are taken by a thread of their own, so no code runs inside a handler. A second
// signal changes nothing: what is being ended cleanly is ended cleanly.

#pragma once

#include "platform/cancel_token.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace rhumb::tool {

/// At most one, made before any other thread, which inherits that the signals are blocked. They
/// stay so afterwards: one that comes in the last moment must not turn a clean end into a kill.
class Interrupts {
public:
    Interrupts() : Interrupts(nullptr) {}
    /// With `on_hangup`, SIGHUP calls it, on the thread of the signals, instead of ending us.
    explicit Interrupts(std::function<void()> on_hangup);
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    const CancelToken& token() const { return token_; }
    /// Until the first signal.
    void wait();
    /// For that long, or until the first signal.
    void wait_ms(std::int64_t ms);

private:
    void take_signals();

    std::function<void()> on_hangup_;
    CancelToken token_;
    std::mutex mutex_;  // only for waiting: the wish itself is the token
    std::condition_variable came_;
    std::thread thread_;
};

}  // namespace rhumb::tool
