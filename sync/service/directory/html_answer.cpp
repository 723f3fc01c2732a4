// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/html_answer.hpp"

namespace rhumb::service::directory {

http::Response html_answer(const std::string& page, int status) {
    http::Response response = http::text_response(page, "text/html; charset=utf-8", status);
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Referrer-Policy", "same-origin");
    response.headers.set("Content-Security-Policy",
                         "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
                         "base-uri 'none'; frame-ancestors 'none'");
    return response;
}

}  // namespace rhumb::service::directory
