// SPDX-License-Identifier: Apache-2.0
//
// How many asynchronous jobs there may be, and how long they are remembered.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rhumb::service {

struct JobLimits {
    std::int64_t max_open_per_owner = 100;
    std::int64_t kept_ms = 7LL * 24 * 3600 * 1000;  ///< after the end
    std::int64_t max_attempts = 3;                  ///< begun and never ended
    std::size_t max_row_bytes = 64 * 1024;          ///< longer parameters go to a file
};

}  // namespace rhumb::service
