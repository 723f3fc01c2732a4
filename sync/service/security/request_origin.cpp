// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/request_origin.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

namespace rhumb::service {

std::string origin_of(const http::Request& request) {
    const std::string scheme = request.scheme.empty() ? "http" : request.scheme;
    const std::string_view host = request.headers.get("Host");
    return scheme + "://" + (host.empty() ? "localhost" : std::string(host));
}

bool is_from_own_page(const http::Request& request) {
    // No page can set this one, and the browser knows its own address even behind a proxy.
    if (const std::string* site = request.headers.find("Sec-Fetch-Site")) {
        return equal_ignoring_case(trimmed(*site), "same-origin");
    }
    const std::string* page = request.headers.find("Origin");
    if (page == nullptr) page = request.headers.find("Referer");
    if (page == nullptr) return false;
    try {
        return http::same_origin(http::parse_url(*page), http::parse_url(origin_of(request)));
    } catch (const Error&) {
        return false;  // "null", or no address at all
    }
}

}  // namespace rhumb::service
