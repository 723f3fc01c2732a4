// SPDX-License-Identifier: Apache-2.0
#include "platform/http/message.hpp"

#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::http {
namespace {

constexpr std::size_t kErrorMessageBytes = 2000;  // an error is a sentence, not a transcript

/// `text` as a JSON string. Whatever is not UTF-8 would make the whole answer unreadable.
std::string quoted_json(std::string_view text) {
    std::string out = "\"";
    const std::string harmless = excerpt(is_utf8(text) ? text : "(not UTF-8)", kErrorMessageBytes);
    for (const char c : harmless) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace

const std::string* Headers::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) {
        return equal_ignoring_case(field.first, name);
    });
    return found == fields_.end() ? nullptr : &found->second;
}

std::string_view Headers::get(std::string_view name) const {
    const std::string* value = find(name);
    return value ? std::string_view(*value) : std::string_view();
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(),
                      [&](const Field& field) { return equal_ignoring_case(field.first, name); }));
}

void Headers::set(std::string_view name, std::string value) {
    std::string kept_name(name);  // `name` may be a view into a field that goes now
    remove(kept_name);
    add(std::move(kept_name), std::move(value));
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_,
                  [&](const Field& field) { return equal_ignoring_case(field.first, name); });
}

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
    const std::size_t mark = target.find('?');
    if (mark == std::string::npos) return {};
    return std::string_view(target).substr(mark + 1);
}

std::string_view Response::text() const {
    const auto* in_memory = std::get_if<std::string>(&body);
    return in_memory ? std::string_view(*in_memory) : std::string_view();
}

Response text_response(std::string body, std::string content_type, int status) {
    return Response{status, {{"Content-Type", std::move(content_type)}}, std::move(body)};
}

Response json_response(std::string json, int status) {
    return text_response(std::move(json), "application/json; charset=utf-8", status);
}

Response error_response(int status, std::string_view message) {
    return json_response("{\"error\":{\"code\":" + std::to_string(status) +
                             ",\"message\":" + quoted_json(message) + ",\"details\":[]}}",
                         status);
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 498:
            return "Invalid Token";
        case 499:
            return "Token Required";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

}  // namespace rhumb::http
