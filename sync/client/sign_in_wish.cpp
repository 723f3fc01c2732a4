// SPDX-License-Identifier: Apache-2.0
#include "sync/client/sign_in_wish.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/wire/service_error.hpp"

namespace rhumb::sync {
namespace {

/// Error objects are short; anything longer is an answer.
constexpr std::size_t kMostErrorBytes = 64 * 1024;

bool asks_for_sign_in(std::int64_t code) {
    return code == 498 || code == 499;
}

std::string short_body(const http::Response& response) {
    const http::FileBody* file = response.file();
    if (file == nullptr) {
        return response.text().size() <= kMostErrorBytes ? std::string(response.text()) : "";
    }
    if (file->length > kMostErrorBytes || file->offset > 0) return "";
    return read_file(file->path);
}

std::optional<wire::ServiceError> error_in(const http::Response& response) {
    if (response.status == 206) return std::nullopt;
    const std::string body = short_body(response);
    if (!trimmed(body).starts_with('{') || body.find("\"error\"") == std::string::npos) {
        return std::nullopt;
    }
    try {
        const wire::Json root = wire::parse_json(body, "answer");
        // What a job failed of is no word about this request.
        if (root.find_any_case("status") != nullptr) return std::nullopt;
        return wire::read_service_error(root);
    } catch (const Error&) {  // whoever reads the answer will say what is wrong with it
        return std::nullopt;
    }
}

void replace_all(std::string& text, std::string_view what) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), "...");
    }
}

}  // namespace

std::optional<SignInWish> sign_in_wish(const http::TransportResult& result) {
    const auto* response = std::get_if<http::Response>(&result);
    if (response == nullptr) return std::nullopt;
    const auto error = error_in(*response);
    if (error && asks_for_sign_in(error->code)) return SignInWish{error->code, error->sentence()};
    if (response->status != 401 && !asks_for_sign_in(response->status)) return std::nullopt;
    return SignInWish{response->status,
                      error ? error->sentence() : "HTTP " + std::to_string(response->status)};
}

void hide_in(http::TransportResult& result, std::string_view token) {
    auto* response = std::get_if<http::Response>(&result);
    if (response == nullptr || token.empty()) return;
    if (auto* text = std::get_if<std::string>(&response->body)) {
        if (text->size() <= kMostErrorBytes) replace_all(*text, token);
    }
    if (response->headers.has("Location")) {
        std::string location(response->headers.get("Location"));
        replace_all(location, token);
        response->headers.set("Location", location);
    }
}

}  // namespace rhumb::sync
