// SPDX-License-Identifier: Apache-2.0
#include "sync/service/validators.hpp"

#include "platform/hash.hpp"
#include "platform/text.hpp"

#include <array>
#include <utility>

namespace rhumb::service {
namespace {

constexpr std::size_t kDigits = 32;  // half a SHA-256: nobody gains by making two alike
constexpr std::array<std::string_view, 2> kCodings{"-gzip\"", "-zstd\""};

bool is_same(std::string_view given, std::string_view etag) {
    if (given.starts_with("W/")) given.remove_prefix(2);
    if (given == etag || given == "*") return true;
    const std::string_view open = etag.substr(0, etag.size() - 1);  // without the quote at its end
    for (const std::string_view coding : kCodings) {
        if (given.starts_with(open) && given.substr(open.size()) == coding) return true;
    }
    return false;
}

}  // namespace

bool has_current(const http::Request& request, std::string_view etag) {
    for (const std::string& given : split(request.headers.get("If-None-Match"), ',')) {
        if (!given.empty() && is_same(given, etag)) return true;
    }
    return false;
}

void Validators::validate(const http::Request& request, http::Response& response) {
    const std::string_view text = response.text();
    auto known = etags_.find(text);
    const std::string etag =
        known ? std::move(*known) : "\"" + sha256(text).hex().substr(0, kDigits) + "\"";
    if (!known) etags_.keep(text, etag);
    response.headers.set("ETag", etag);
    if (!response.headers.has("Cache-Control")) {
        response.headers.set("Cache-Control", "private, no-cache");
    }
    if (!has_current(request, etag)) return;
    response.status = 304;
    response.body = std::string();
}

}  // namespace rhumb::service
