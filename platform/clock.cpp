// SPDX-License-Identifier: Apache-2.0
#include "platform/clock.hpp"

#include <chrono>

namespace rhumb {
namespace {

template <class Source>
std::int64_t milliseconds_of() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Source::now().time_since_epoch())
        .count();
}

}  // namespace

std::int64_t SystemClock::now_ms() {
    return milliseconds_of<std::chrono::system_clock>();
}

std::int64_t SystemClock::steady_ms() {
    return milliseconds_of<std::chrono::steady_clock>();
}

}  // namespace rhumb
