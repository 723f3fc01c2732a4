// SPDX-License-Identifier: Apache-2.0
#include "sync/service/byte_range.hpp"

#include "platform/number.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    if (header.substr(0, kUnit.size()) != kUnit) return std::nullopt;
    header.remove_prefix(kUnit.size());
    const std::size_t dash = header.find('-');
    if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_integer(header.substr(0, dash));
    const auto last = parse_integer(header.substr(dash + 1));
    if (size == 0) return ByteRange{1, 0};
    if (!first) {  // the last n bytes
        if (!last || *last <= 0) return std::nullopt;
        const auto count = std::min(static_cast<std::uint64_t>(*last), size);
        return ByteRange{size - count, size - 1};
    }
    const std::uint64_t end =
        last ? std::min(static_cast<std::uint64_t>(*last), size - 1) : size - 1;
    return ByteRange{static_cast<std::uint64_t>(*first), end};
}

}  // namespace

std::optional<ByteRange> requested_range(const http::Request& request, std::string_view etag,
                                         std::uint64_t size) {
    const bool validator_fits =
        !request.headers.has("If-Range") || request.headers.get("If-Range") == etag;
    if (!validator_fits) return std::nullopt;
    return parse_range(request.headers.get("Range"), size);
}

bool begin_range(http::Response& response, const ByteRange& range, std::uint64_t size) {
    if (range.first > range.last) {
        response.status = 416;
        response.body = std::string();
        response.headers.set("Content-Range", "bytes */" + std::to_string(size));
        return false;
    }
    response.status = 206;
    response.headers.set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                              std::to_string(range.last) + "/" +
                                              std::to_string(size));
    return true;
}

}  // namespace rhumb::service
