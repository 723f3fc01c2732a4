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

/// Browsers of other origins may read every answer, errors included.
http::Response with_cors(http::Response response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    return response;
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

}  // namespace

http::Response answer_json(const http::Parameters& parameters, std::string json) {
    const std::string format = lowered(parameters.get("f"));
    if (format.empty() || format == "json" || format == "geojson") {
        return with_cors(json_answer(parameters, std::move(json), 200));
    }
    if (format == "pjson") {
        return with_cors(
            http::json_response(wire::to_pretty_text(wire::parse_json(json, "answer"))));
    }
    throw Error(Status::InvalidArgument, "'f' is '" + excerpt(format, 40) +
                                             "'; offered are json, pjson, html and, on queries, "
                                             "geojson");
}

void check_answer_format(const http::Parameters& parameters) {
    const std::string format = lowered(parameters.get("f"));
    for (const char* offered : {"", "json", "pjson", "html", "geojson"}) {
        if (format != offered) continue;
        const std::string& callback = parameters.get("callback");
        if (callback.empty() || is_callback_name(callback)) return;
        throw Error(Status::InvalidArgument,
                    "'callback' is no function name: " + excerpt(callback, 40));
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
    return with_cors(std::move(response));
}

http::Response answer_error(const http::Parameters& parameters, const wire::ServiceError& error,
                            int http_status) {
    const std::string& callback = parameters.get("callback");
    if (!callback.empty() && !is_callback_name(callback)) {
        return with_cors(http::json_response(wire::to_text(error), http_status));
    }
    return with_cors(json_answer(parameters, wire::to_text(error), http_status));
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
    out.message = out.code == 500 ? "The service failed." : "Unable to complete operation.";
    return out;
}

}  // namespace rhumb::service
