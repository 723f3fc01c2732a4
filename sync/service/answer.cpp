// SPDX-License-Identifier: Apache-2.0
#include "sync/service/answer.hpp"

#include "platform/text.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace rhumb::service {
namespace {

/// A JSONP callback may be a dotted name and nothing else: it ends up in a script.
bool is_callback_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '$';
    });
}

http::Response json_answer(const http::Parameters& parameters, std::string json, int status) {
    const std::string& callback = parameters.get("callback");
    if (!callback.empty()) {
        if (!is_callback_name(callback)) {
            throw Error(Status::InvalidArgument,
                        "'callback' is no function name: " + excerpt(callback, 40));
        }
        return http::text_response(callback + "(" + json + ");",
                                   "application/javascript; charset=utf-8", status);
    }
    return http::json_response(std::move(json), status);
}

std::string message_of(std::int64_t code) {
    switch (code) {
        case 403:
            return "You do not have permissions to access this resource or perform this operation.";
        case 498:
            return "Invalid token.";
        case 499:
            return "Token Required";
        case 500:
            return "The service failed.";
        default:
            return "Unable to complete operation.";
    }
}

}  // namespace

http::Response answer_json(const http::Parameters& parameters, std::string json) {
    const std::string format = lowered(parameters.get("f"));
    if (format.empty() || format == "json" || format == "geojson") {
        return json_answer(parameters, std::move(json), 200);
    }
    if (format == "pjson") {
        return http::json_response(wire::to_pretty_text(wire::parse_json(json, "answer")));
    }
    throw Error(Status::InvalidArgument, "'f' is '" + excerpt(format, 40) +
                                             "'; offered are json, pjson, html and, on queries, "
                                             "geojson");
}

http::Response answer_spooled(const http::Parameters& parameters, Spool& spool) {
    if (auto small = spool.take_memory()) return answer_json(parameters, std::move(*small));
    http::Response response;
    response.headers.set("Content-Type", "application/json; charset=utf-8");
    const std::uint64_t size = spool.size();
    response.body = http::FileBody{spool.take_file(), 0, size, true};
    return response;
}

http::Response answer_error(const http::Parameters& parameters, const wire::ServiceError& error,
                            int http_status) {
    const std::string& callback = parameters.get("callback");
    if (!callback.empty() && !is_callback_name(callback)) {
        return http::json_response(wire::to_text(error), http_status);
    }
    return json_answer(parameters, wire::to_text(error), http_status);
}

http::Response answer_later(const http::Parameters& parameters, int status, std::int64_t wait_ms,
                            const std::string& why) {
    const std::string seconds = std::to_string((wait_ms + 999) / 1000);
    http::Response response = answer_error(
        parameters, {status, 0, "Too many requests.", {why + " Try again in " + seconds + " s."}},
        status);
    response.headers.set("Retry-After", seconds);
    return response;
}

wire::ServiceError service_error_of(const Error& error) {
    wire::ServiceError out;
    out.details = {error.message()};
    const bool http_like = error.detail_code() >= 400 && error.detail_code() < 600;
    switch (error.status()) {
        case Status::NotFound:
            out.code = 404;
            break;
        case Status::Busy:
            out.code = 503;
            break;
        case Status::AuthRequired:
            out.code = 499;
            break;
        case Status::Io:
        case Status::DiskFull:
        case Status::ReadOnly:
        case Status::CorruptData:
        case Status::Internal:
            out.code = 500;
            break;
        default:
            out.code = 400;
            break;
    }
    if (http_like) out.code = error.detail_code();
    if (error.detail_code() < 0) out.extended_code = error.detail_code();
    out.message = message_of(out.code);
    if (out.code == 499) out.message_code = "GWM_0003";
    return out;
}

}  // namespace rhumb::service
