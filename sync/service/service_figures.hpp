// SPDX-License-Identifier: Apache-2.0
//
// How a service is at the moment, in figures.

#pragma once

#include <cstdint>
#include <string>

namespace rhumb::service {

struct ServiceFigures {
    std::string service;
    std::int64_t up = 0;  ///< 1 when its store could be read
    std::string problem;  ///< why not
    std::int64_t generation = 0;
    std::int64_t replicas = 0;
    std::int64_t open_jobs = 0;
    std::int64_t upload_items = 0;
    std::int64_t upload_bytes = 0;  ///< of committed ones
};

}  // namespace rhumb::service
