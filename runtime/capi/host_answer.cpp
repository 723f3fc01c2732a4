// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/host_answer.hpp"

#include "platform/files.hpp"
#include "runtime/capi/guard.hpp"

#include <filesystem>
#include <string_view>
#include <utility>

namespace rhumb::capi {
namespace {

constexpr std::int32_t kOk = 200;
constexpr std::int32_t kPartialContent = 206;

/// Where in the file the body of this answer begins.
std::uint64_t offset_of(const http::TransportRequest& request, std::int32_t http_status) {
    return http_status == kPartialContent ? request.save_offset : 0;
}

/// What the host has written already; believed only as far as the file goes.
http::FileBody saved_body(const http::TransportRequest& request,
                          const rhumb_http_response& response) {
    const std::uint64_t offset = offset_of(request, response.http_status);
    const auto length = static_cast<std::uint64_t>(response.saved_bytes);
    if (response.saved_bytes < 0 || rhumb::file_size(*request.save_to) < offset + length) {
        throw Error(Status::InvalidArgument,
                    "argument 'response->saved_bytes' is " + std::to_string(response.saved_bytes) +
                        ", but '" + request.save_to->string() + "' does not hold as much");
    }
    return {*request.save_to, offset, length};
}

http::FileBody save_body(const http::TransportRequest& request, std::int32_t http_status,
                         std::string_view body) {
    const std::uint64_t offset = offset_of(request, http_status);
    using Mode = FileWriter::Mode;
    if (offset > 0) {
        // What stands behind the offset may be of another version.
        std::error_code failed;
        std::filesystem::resize_file(*request.save_to, offset, failed);
        if (failed) throw_file_error("cutting", *request.save_to, failed.value());
    }
    FileWriter writer(*request.save_to, offset > 0 ? Mode::Append : Mode::Replace);
    writer.write(body);
    writer.close_durably();
    return {*request.save_to, offset, body.size()};
}

}  // namespace

http::Response answer_of(const http::TransportRequest& request,
                         const rhumb_http_response& response) {
    if (response.http_status < 100 || response.http_status > 599) {
        throw Error(Status::InvalidArgument, "argument 'response->http_status' is " +
                                                 std::to_string(response.http_status) +
                                                 ", which is no status of HTTP");
    }
    http::Response answer;
    answer.status = response.http_status;
    if (response.header_count > 0) require(response.headers, "response->headers");
    for (std::size_t i = 0; i < response.header_count; ++i) {
        const rhumb_header& header = response.headers[i];
        answer.headers.add(name_of(header.name, "response->headers"),
                           text_of(header.value, "response->headers"));
    }
    const bool to_file =
        request.save_to && (response.http_status == kOk || response.http_status == kPartialContent);
    if (response.body_saved != 0) {
        if (!to_file) {
            throw Error(Status::InvalidArgument,
                        "argument 'response->body_saved' is set, but the "
                        "body of this answer belongs into memory");
        }
        answer.body = saved_body(request, response);
        return answer;
    }
    if (response.body.size > 0) require(response.body.data, "response->body");
    // A body may be any bytes, so it is not asked for UTF-8 here.
    std::string body(reinterpret_cast<const char*>(response.body.data), response.body.size);
    if (to_file) {
        answer.body = save_body(request, response.http_status, body);
    } else {
        answer.body = std::move(body);
    }
    return answer;
}

http::TransportFailure failure_of(const http::TransportRequest& request, std::int32_t failure,
                                  std::string message) {
    using Kind = http::TransportFailure::Kind;
    if (message.empty()) message = "no answer from " + request.url;
    switch (failure) {
        case RHUMB_HTTP_UNREACHABLE:
            return {Kind::Unreachable, std::move(message)};
        case RHUMB_HTTP_INTERRUPTED:
            return {Kind::Interrupted, std::move(message)};
        case RHUMB_HTTP_TOO_LARGE:
            return {Kind::TooLarge, std::move(message)};
        case RHUMB_HTTP_TLS:
            return {Kind::Tls, std::move(message)};
        default:
            break;
    }
    throw Error(Status::InvalidArgument, "argument 'failure' is " + std::to_string(failure) +
                                             ", which is no rhumb_http_failure");
}

}  // namespace rhumb::capi
