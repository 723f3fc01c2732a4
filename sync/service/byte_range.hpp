// SPDX-License-Identifier: Apache-2.0
//
// One byte range of a request (RFC 9110), for resources that can go on where a transfer stopped.

#pragma once

#include "platform/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::service {

struct ByteRange {
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t length() const { return last - first + 1; }
};

/// None when all is to be sent: no Range, several ranges, other units, or an If-Range that names
/// another version than `etag`. A range that is not there has first > last.
std::optional<ByteRange> requested_range(const http::Request& request, std::string_view etag,
                                         std::uint64_t size);

/// Makes it a 206 or, when the range is not there, a 416 without a body; returns false then.
bool begin_range(http::Response& response, const ByteRange& range, std::uint64_t size);

}  // namespace rhumb::service
