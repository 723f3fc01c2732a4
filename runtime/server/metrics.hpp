// SPDX-License-Identifier: Apache-2.0
//
// What a server has done, counted, and told in the text format of Prometheus.

#pragma once

#include "runtime/server/request_log.hpp"
#include "sync/service/feature_service.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace rhumb::runtime {

/// Any thread. Labels come from the tables of operations and from names of services, so their
/// number is bounded whatever is asked.
class Metrics {
public:
    void count(const LoggedRequest& request);
    /// `connections`: how many there are now.
    std::string text(const std::vector<service::ServiceFigures>& services,
                     std::size_t connections) const;

private:
    /// Upper ends in milliseconds; the last bucket is without one.
    static constexpr std::array<std::int64_t, 12> kBuckets{5,   10,   25,   50,   100,   250,
                                                           500, 1000, 2500, 5000, 10000, 30000};
    struct Durations {
        std::array<std::uint64_t, kBuckets.size() + 1> buckets{};
        std::uint64_t count = 0;
        std::int64_t sum_ms = 0;
    };
    using Key = std::tuple<std::string, std::string, int, std::int64_t>;

    mutable std::mutex mutex_;  // guards the following
    std::map<Key, std::uint64_t> requests_;  // by service, operation, status and error
    std::map<std::string, Durations> durations_;  // by operation
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
};

}  // namespace rhumb::runtime
