// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/attachment_bytes.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/service/byte_range.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

/// What one look into the store gives; longer answers are pulled piece by piece as they are sent.
constexpr std::uint64_t kPieceBytes = 512 * 1024;

/// A type that a header can carry; what a browser would run is sent as plain bytes.
std::string safe_type(const std::string& type) {
    const bool printable =
        std::all_of(type.begin(), type.end(), [](unsigned char c) { return c > 32 && c < 127; });
    const std::string low = lowered(type);
    const bool active =
        low.find("html") != std::string::npos || low.find("script") != std::string::npos ||
        low.find("svg") != std::string::npos || low.find("xml") != std::string::npos;
    const bool shaped = low.find('/') != std::string::npos;
    return !shaped || !printable || active ? "application/octet-stream" : type;
}

/// RFC 6266: a plain name for old clients, the true one percent-encoded beside it.
std::string disposition(const std::string& name) {
    std::string plain;
    for (const char c : name) {
        const bool safe = c >= 32 && c < 127 && c != '"' && c != '\\' && c != '/' && c != '%';
        plain += safe ? c : '_';
    }
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + http::percent_encode(name);
}

/// Content never changes under its hash, so that each piece may come from a snapshot of its own:
/// a slow reader holds up nobody.
std::string read_piece(Store& store, const Sha256& hash, std::uint64_t from, std::uint64_t length) {
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(length));
    const auto snapshot = store.snapshot();
    snapshot->attachments().read(hash, static_cast<std::int64_t>(from),
                                 static_cast<std::int64_t>(length), [&](std::string_view piece) {
                                     bytes.append(piece);
                                     return true;
                                 });
    return bytes;
}

void fill_body(Store& store, const Sha256& hash, std::uint64_t from, std::uint64_t length,
               http::Response& response) {
    if (length <= kPieceBytes) {
        response.body = read_piece(store, hash, from, length);
        return;
    }
    response.body = http::PulledBody{length, [&store, hash, from, length](std::uint64_t done) {
                                         const auto size = std::min(kPieceBytes, length - done);
                                         return read_piece(store, hash, from + done, size);
                                     }};
}

/// If-None-Match: a list of validators, weak ones too, or any.
bool names_tag(std::string_view list, std::string_view etag) {
    for (const std::string& entry : split(list, ',')) {
        std::string_view tag = trimmed(entry);
        if (tag == "*") return true;
        if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
        if (tag == etag) return true;
    }
    return false;
}

}  // namespace

http::Response attachment_bytes(const Call& call, const Attachment& attachment) {
    const auto there = attachment.content
                           ? call.store.snapshot()->attachments().content(*attachment.content)
                           : std::nullopt;
    if (!there || !there->whole()) {
        throw Error(Status::NotFound, "the content of attachment " + std::to_string(attachment.id) +
                                          " is not here (yet)");
    }
    const std::string etag = "\"" + attachment.content->hex() + "\"";
    http::Response response;
    response.headers.set("Content-Type", safe_type(attachment.content_type));
    response.headers.set("Content-Disposition", disposition(attachment.name));
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
    response.headers.set("Accept-Ranges", "bytes");
    response.headers.set("ETag", etag);
    response.headers.set("Access-Control-Allow-Origin", "*");
    if (names_tag(call.request.headers.get("If-None-Match"), etag)) {
        response.status = 304;
        return response;
    }
    const auto size = static_cast<std::uint64_t>(there->size);
    const auto range = requested_range(call.request, etag, size);
    if (range && !begin_range(response, *range, size)) return response;
    const std::uint64_t length = range ? range->length() : size;
    if (call.request.method == "HEAD") {
        response.headers.set("Content-Length", std::to_string(length));
        return response;
    }
    fill_body(call.store, *attachment.content, range ? range->first : 0, length, response);
    return response;
}

}  // namespace rhumb::service
