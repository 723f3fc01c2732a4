// SPDX-License-Identifier: Apache-2.0
#include "platform/http/message_head.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::http {
namespace {

bool is_token_char(char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    return alphanumeric || std::string_view("!#$%&'*+.^_`|~").find(c) != std::string_view::npos;
}

bool breaks_line(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

void append_fields(std::string& out, const Headers& headers) {
    std::size_t bytes = 2;
    for (const auto& [name, value] : headers) bytes += name.size() + value.size() + 4;
    out.reserve(out.size() + bytes);
    for (const auto& [name, value] : headers) {
        if (!is_token(name)) {
            throw Error(Status::InvalidArgument,
                        "'" + excerpt(name, 100) + "' cannot be the name of a header field");
        }
        if (std::any_of(value.begin(), value.end(), breaks_line)) {
            throw Error(Status::InvalidArgument,
                        "the header field '" + name + "' holds a control character");
        }
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
}

}  // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

std::string request_head(std::string_view method, std::string_view target, const Headers& headers) {
    if (!is_token(method)) {
        throw Error(Status::InvalidArgument, "'" + excerpt(method, 100) + "' is no HTTP method");
    }
    std::string out(method);
    out += ' ';
    out += target;
    out += " HTTP/1.1\r\n";
    append_fields(out, headers);
    return out;
}

std::string response_head(int status, const Headers& headers) {
    if (status < 100 || status > 999) {
        throw Error(Status::InvalidArgument, std::to_string(status) + " is no HTTP status");
    }
    std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
    out += reason_phrase(status);
    out += "\r\n";
    append_fields(out, headers);
    return out;
}

}  // namespace rhumb::http
