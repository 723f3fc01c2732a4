// SPDX-License-Identifier: Apache-2.0
#include "tests/support/token_gate.hpp"

#include "platform/files.hpp"
#include "platform/http/form.hpp"
#include "platform/http/url.hpp"

namespace rhumb::test {

using http::Response;
using http::TransportRequest;
using http::TransportResult;

TransportResult TokenGate::send(const TransportRequest& request, const CancelToken& cancel) {
    const http::Url url = http::parse_url(request.url);
    const std::string authorization(request.headers.get("X-Esri-Authorization"));
    asked_.push_back(
        {request.url, authorization, std::string(request.headers.get("Referer")), request.body});
    if (url.path.ends_with("/rest/info")) {
        return http::json_response(
            R"({"currentVersion":11.3,"authInfo":{"isTokenBasedSecurity":true,
                "tokenServicesUrl":"https://sign-in.test/tokens/generateToken"}})");
    }
    if (url.path.ends_with("/generateToken")) return sign_in(request);
    if (url.host != host) return behind_.send(request, cancel);
    if (guarded_++ == expire_at_) token_ = "over";
    if (authorization == "Bearer " + token_) return behind_.send(request, cancel);
    return refusal(request);
}

TransportResult TokenGate::sign_in(const TransportRequest& request) {
    const http::Parameters form({}, http::parse_form(request.body));
    if (refuses_ || form.get("password") != "secret+1") {
        return http::json_response(
            R"({"error":{"code":400,"message":"Unable to generate token.",
                "details":["Invalid username or password."]}})");
    }
    token_ = "t0ken-" + std::to_string(++sign_ins_);
    return http::json_response(R"({"token":")" + token_ + R"(","expires":)" +
                               std::to_string(expires_ms) + R"(,"ssl":true})");
}

TransportResult TokenGate::refusal(const TransportRequest& request) const {
    const std::string words =
        echoes_token ? std::string(request.headers.get("X-Esri-Authorization")) : "Invalid token.";
    if (no_ == No::Http401)
        return http::text_response("<html>" + words + "</html>", "text/html", 401);
    const int code = no_ == No::Body499 ? 499 : 498;
    Response response = http::json_response(R"({"error":{"code":)" + std::to_string(code) +
                                                R"(,"message":")" + words + R"(","details":[]}})",
                                            no_ == No::Http498 ? 498 : 200);
    if (!http::is_saved(request, response.status, response.headers, response.text().size())) {
        return response;
    }
    FileWriter writer(*request.save_to, FileWriter::Mode::Replace);
    writer.write(response.text());
    writer.close_durably();
    response.body = http::FileBody{*request.save_to, 0, writer.size(), false};
    return response;
}

}  // namespace rhumb::test
