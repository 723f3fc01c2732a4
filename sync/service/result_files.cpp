// SPDX-License-Identifier: Apache-2.0
#include "sync/service/result_files.hpp"

#include "platform/error.hpp"
#include "platform/hash.hpp"
#include "platform/number.hpp"
#include "platform/random.hpp"
#include "platform/text.hpp"
#include "platform/uuid.hpp"
#include "sync/wire/service_error.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace rhumb::service {
namespace {

struct Kind {
    std::string_view suffix;
    const char* content_type;
};
constexpr std::array<Kind, 5> kKinds{{{".json", "application/json; charset=utf-8"},
                                      {".sqlite", "application/vnd.sqlite3"},
                                       {".geojson", "application/geo+json"},
                                      {".zip", "application/zip"},
                                      {".gpkg", "application/geopackage+sqlite3"}}};

constexpr std::size_t kHashDigits = 64;

const Kind* kind_of(std::string_view name) {
    if (name.size() < kHashDigits) return nullptr;
    name.remove_prefix(kHashDigits);
    const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                    [&](const Kind& kind) { return kind.suffix == name; });
    return found == kKinds.end() ? nullptr : &*found;
}

Sha256 hash_of(const std::filesystem::path& path) {
    Sha256Stream stream;
    read_pieces(path, [&](std::string_view piece) {
        stream.add(piece);
        return true;
    });
    return stream.finish();
}

/// Names are our own hashes, so nothing else can be asked for: no folders, no other files.
bool is_result_name(std::string_view name) {
    if (kind_of(name) == nullptr) return false;
    return std::all_of(name.begin(), name.begin() + kHashDigits,
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

struct ByteRange {
    std::uint64_t first;
    std::uint64_t last;
};

/// One range of RFC 9110; none when the header is to be ignored (several ranges, other units).
std::optional<ByteRange> requested_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    if (header.substr(0, kUnit.size()) != kUnit) return std::nullopt;
    header.remove_prefix(kUnit.size());
    const std::size_t dash = header.find('-');
    if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_integer(header.substr(0, dash));
    const auto last = parse_integer(header.substr(dash + 1));
    if (!first) {  // the last n bytes
        if (!last || *last <= 0) return std::nullopt;
        const auto count = std::min(static_cast<std::uint64_t>(*last), size);
        return ByteRange{size - count, size - 1};
    }
    const std::uint64_t end = last ? std::min(static_cast<std::uint64_t>(*last), size - 1) : size - 1;
    return ByteRange{static_cast<std::uint64_t>(*first), end};
}

http::Response gone() {
    wire::ServiceError error;
    error.code = 404;
    error.message = "Result file not found.";
    error.details = {"It was removed, or never was here; repeat the operation."};
    http::Response response = http::json_response(wire::to_text(error), 404);
    response.headers.set("Access-Control-Allow-Origin", "*");
    return response;
}

}  // namespace

ResultFiles::ResultFiles(std::filesystem::path folder, Clock& clock)
    : folder_(std::move(folder)), clock_(clock) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) throw_file_error("cannot create folder", folder_, failure.value());
    cleaned_ms_ = clock_.steady_ms();
    remove_old();
}

std::filesystem::path ResultFiles::temporary() const {
    SystemRandom random;  // names of temporary files decide nothing
    return folder_ / ("part-" + Uuid::random(random).plain());
}

std::string ResultFiles::keep(Spool& spool, std::string_view suffix) {
    return keep_file(spool.take_file(), suffix);
}

std::string ResultFiles::keep_file(const std::filesystem::path& part, std::string_view suffix) {
    const std::string name = hash_of(part).hex() + std::string(suffix);
    replace_file(part, folder_ / name);
    constexpr std::int64_t kHourMs = 3'600'000;
    const std::int64_t now = clock_.steady_ms();
    std::int64_t cleaned = cleaned_ms_.load();
    if (now - cleaned > kHourMs && cleaned_ms_.compare_exchange_strong(cleaned, now)) remove_old();
    return name;
}

bool ResultFiles::has(std::string_view name) const {
    std::error_code failure;
    return is_result_name(name) &&
           std::filesystem::is_regular_file(folder_ / std::string(name), failure);
}

http::Response ResultFiles::serve(std::string_view name, const http::Request& request) const {
    if (!is_result_name(name)) return gone();
    const std::filesystem::path path = folder_ / std::string(name);
    std::error_code failure;
    const std::uint64_t size = std::filesystem::file_size(path, failure);
    if (failure) return gone();
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), failure);

    const std::string etag = "\"" + std::string(name.substr(0, 64)) + "\"";
    http::Response response;
    response.headers.set("Content-Type", kind_of(name)->content_type);
    response.headers.set("Accept-Ranges", "bytes");
    response.headers.set("ETag", etag);
    response.headers.set("Access-Control-Allow-Origin", "*");
    if (request.headers.get("If-None-Match") == etag) {
        response.status = 304;
        return response;
    }
    response.body = http::FileBody{path, 0, size, false};
    const bool validator_fits =
        !request.headers.has("If-Range") || request.headers.get("If-Range") == etag;
    const auto range = validator_fits ? requested_range(request.headers.get("Range"), size)
                                      : std::nullopt;
    if (!range) return response;
    if (range->first > range->last) {
        response.status = 416;
        response.body = std::string();
        response.headers.set("Content-Range", "bytes */" + std::to_string(size));
        return response;
    }
    response.status = 206;
    response.headers.set("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                              std::to_string(range->last) + "/" +
                                              std::to_string(size));
    response.body = http::FileBody{path, range->first, range->last - range->first + 1, false};
    return response;
}

void ResultFiles::remove_old() const {
    std::error_code failure;
    const auto now = std::filesystem::file_time_type::clock::now();
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        const auto age = now - std::filesystem::last_write_time(entry.path(), failure);
        if (!failure && age > std::chrono::milliseconds(kKeptMs)) remove_quietly(entry.path());
    }
}

}  // namespace rhumb::service
