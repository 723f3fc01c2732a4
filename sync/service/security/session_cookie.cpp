// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/session_cookie.hpp"

#include "platform/text.hpp"
#include "sync/service/security/request_origin.hpp"

namespace rhumb::service {
namespace {

constexpr std::string_view kName = "rhumb_directory";

/// No Max-Age: it ends with the browser, or with the token in it.
std::string cookie(const http::Request& request, std::string_view path, std::string_view value) {
    std::string text = std::string(kName) + "=" + std::string(value) +
                       "; Path=" + std::string(path) + "; HttpOnly; SameSite=Strict";
    if (request.scheme == "https") text += "; Secure";
    return text;
}

}  // namespace

bool takes_session(const http::Request& request, const http::Parameters& parameters,
                   bool for_page) {
    // An answer as a script could be read by any page that loads it.
    if (parameters.has("callback")) return false;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (for_page && reads) return true;
    return (for_page || reads) && is_from_own_page(request);
}

std::string session_token(const http::Request& request) {
    for (const std::string& pair : split(request.headers.get("Cookie"), ';')) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos) continue;
        if (trimmed(std::string_view(pair).substr(0, equals)) != kName) continue;
        return std::string(trimmed(std::string_view(pair).substr(equals + 1)));
    }
    return {};
}

std::string session_cookie(const http::Request& request, std::string_view path,
                           std::string_view token) {
    return cookie(request, path, token);
}

std::string ended_session_cookie(const http::Request& request, std::string_view path) {
    return cookie(request, path, "") + "; Max-Age=0";
}

}  // namespace rhumb::service
