// SPDX-License-Identifier: Apache-2.0
//
// How long a service keeps what replicas need: the history behind them, and the replicas
// themselves when nobody synchronizes them any more.

#pragma once

#include <cstdint>

namespace rhumb::service {

struct HistoryPolicy {
    /// A replica that was not synchronized for so long expires; 0: never.
    std::int64_t replica_idle_days = 180;
    /// An expired replica may still upload for so long, then it is forgotten.
    std::int64_t upload_days = 180;
    /// History is kept at least so long, whether a replica needs it or not.
    std::int64_t keep_days = 30;
};

inline constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

}  // namespace rhumb::service
