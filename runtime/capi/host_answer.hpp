// SPDX-License-Identifier: Apache-2.0
//
// What a host brings back from the network, as the ladder wants it.

#pragma once

#include "platform/http/transport.hpp"
#include "rhumb/host_sync.h"

#include <cstdint>
#include <string>

namespace rhumb::capi {

/// The answer to `request`. A body in memory that belongs into a file is written there.
/// Throws InvalidArgument naming what makes no sense; DiskFull and Io as files do.
http::Response answer_of(const http::TransportRequest& request,
                         const rhumb_http_response& response);

/// Throws InvalidArgument for a number that is no rhumb_http_failure.
http::TransportFailure failure_of(const http::TransportRequest& request, std::int32_t failure,
                                  std::string message);

}  // namespace rhumb::capi
