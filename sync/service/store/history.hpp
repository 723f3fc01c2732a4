// SPDX-License-Identifier: Apache-2.0
//
// How long a service keeps what replicas need: the history behind them, and the replicas
// themselves when nobody synchronizes them any more.

#pragma once

#include "geodb/ids.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::service {

struct HistoryPolicy {
    /// A replica that was not synchronized for so long expires; 0: never.
    std::int64_t replica_idle_days = 180;
    /// An expired replica may still upload for so long, then it is forgotten.
    std::int64_t upload_days = 180;
    /// History is kept at least so long, whether a replica needs it or not.
    std::int64_t keep_days = 30;
};

/// Which history is to go: up to a generation, which is refused where a living replica needs it, or
/// as far as it is old and nobody needs it.
struct HistoryCut {
    std::optional<geodb::Generation> before;
    std::optional<std::int64_t> older_than_ms;  ///< a point in time
    bool spare_replicas = false;                ///< `before` too goes no farther than they allow
};

inline constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

}  // namespace rhumb::service
