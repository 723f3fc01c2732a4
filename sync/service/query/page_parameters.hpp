// SPDX-License-Identifier: Apache-2.0
//
// Which page of an answer: where it begins, how long it may be, what is answered when there is
// more.

#pragma once

#include "sync/service/call.hpp"

#include <cstdint>

namespace rhumb::service {

/// By how much a request may raise the page.
inline constexpr double kMaxRecordCountFactor = 5;

struct Page {
    std::int64_t offset = 0;
    std::int64_t size = -1;         ///< rows at most; -1: all
    bool none_if_exceeded = false;  ///< returnExceededLimitFeatures=false

    /// One row more than the page tells whether there are others.
    std::int64_t rows_to_read() const { return size < 0 ? -1 : size + 1; }
};

/// Rows that were named one by one are answered whole unless a count is asked for.
Page page_parameters(const Call& call, bool named_one_by_one);

/// Pages of resultType=standard and tile, as layers publish them: never below the plain page.
std::int64_t standard_page(const ServiceLimits& limits);
std::int64_t tile_page(const ServiceLimits& limits);

}  // namespace rhumb::service
