// SPDX-License-Identifier: Apache-2.0
#include "sync/service/answer.hpp"

#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace rhumb::service {
namespace {

/// A JSONP callback may be a dotted name and nothing else: it ends up in a script.
bool is_callback_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '$';
    });
}

void check_callback(const std::string& name) {
    if (is_callback_name(name)) return;
    throw Error(Status::InvalidArgument, "'callback' is no function name: " + excerpt(name, 40));
}

/// A large answer as a call of `callback`, from a file of its own.
http::Response called_back(const std::string& callback, Spool& spool) {
    check_callback(callback);
    const std::filesystem::path plain = spool.take_passing_file();
    std::filesystem::path beside = plain;
    Spool script(beside += ".js");
    script.append(callback + "(");
    read_pieces(plain, [&](std::string_view piece) {
        script.append(piece);
        return true;
    });
    remove_quietly(plain);
    script.append(");");
    http::Response response;
    response.headers.set("Content-Type", "application/javascript; charset=utf-8");
    const std::uint64_t size = script.size();
    response.body = http::FileBody{script.take_passing_file(), 0, size, true};
    return response;
}

[[noreturn]] void refuse_format(const std::string& format) {
    throw Error(Status::InvalidArgument, "'f' is '" + excerpt(format, 40) +
                                             "'; offered are json, pjson, html and, on queries, "
                                             "geojson and pbf");
}

http::Response json_answer(const http::Parameters& parameters, std::string json, int status) {
    const std::string& callback = parameters.get("callback");
    if (!callback.empty()) {
        check_callback(callback);
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
    // What has no form in protocol buffers goes in JSON, as its Content-Type says.
    if (format.empty() || format == "json" || format == "geojson" || format == "pbf") {
        return json_answer(parameters, std::move(json), 200);
    }
    if (format == "pjson") {
        return http::json_response(wire::to_pretty_text(wire::parse_json(json, "answer")));
    }
    refuse_format(format);
}

void check_answer_format(const http::Parameters& parameters, bool pbf_offered) {
    static constexpr std::array kOffered{"", "json", "pjson", "html", "geojson"};
    const std::string format = lowered(parameters.get("f"));
    const bool known = std::find(kOffered.begin(), kOffered.end(), format) != kOffered.end();
    if (!known && !(pbf_offered && format == "pbf")) refuse_format(format);
    const std::string& callback = parameters.get("callback");
    if (!callback.empty()) check_callback(callback);
}

http::Response answer_spooled(const http::Parameters& parameters, Spool& spool) {
    if (auto small = spool.take_memory()) return answer_json(parameters, std::move(*small));
    http::Response response;
    const std::string& callback = parameters.get("callback");
    if (!callback.empty()) return called_back(callback, spool);
    response.headers.set("Content-Type", "application/json; charset=utf-8");
    const std::uint64_t size = spool.size();
    response.body = http::FileBody{spool.take_passing_file(), 0, size, true};
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
