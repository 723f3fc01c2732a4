// SPDX-License-Identifier: Apache-2.0
//
// Time, handed in through constructors so that tests and simulations can own it.

#pragma once

#include <cstdint>

namespace rhumb {

class Clock {
public:
    virtual ~Clock() = default;
    /// Milliseconds since 1970-01-01T00:00:00Z; may jump when the user sets the device's clock.
    virtual std::int64_t now_ms() = 0;
    /// Milliseconds that only grow; for durations and waits.
    virtual std::int64_t steady_ms() = 0;
};

/// The machine's clocks. Any thread.
class SystemClock final : public Clock {
public:
    std::int64_t now_ms() override;
    std::int64_t steady_ms() override;
};

}  // namespace rhumb
