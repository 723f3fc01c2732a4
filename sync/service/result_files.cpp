// SPDX-License-Identifier: Apache-2.0
#include "sync/service/result_files.hpp"

#include "platform/error.hpp"
#include "platform/hash.hpp"
#include "platform/random.hpp"
#include "platform/text.hpp"
#include "platform/uuid.hpp"
#include "sync/service/byte_range.hpp"
#include "sync/wire/service_error.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace rhumb::service {
namespace {

struct Kind {
    std::string_view suffix;
    const char* content_type;
};
constexpr std::array<Kind, 6> kKinds{{{".json", "application/json; charset=utf-8"},
                                      {".sqlite", "application/vnd.sqlite3"},
                                      {".delta", "application/vnd.rhumb.delta"},
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

/// Names are our own hashes, so nothing else can be asked for: no folders, no other files.
bool is_result_name(std::string_view name) {
    if (kind_of(name) == nullptr) return false;
    return std::all_of(name.begin(), name.begin() + kHashDigits,
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

http::Response gone() {
    wire::ServiceError error;
    error.code = 404;
    error.message = "Result file not found.";
    error.details = {"It was removed, or never was here; repeat the operation."};
    http::Response response = http::json_response(wire::to_text(error), 404);
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
    const std::string name = sha256_of_file(part).hex() + std::string(suffix);
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
    if (request.headers.get("If-None-Match") == etag) {
        response.status = 304;
        return response;
    }
    response.body = http::FileBody{path, 0, size, false};
    const auto range = requested_range(request, etag, size);
    if (!range || !begin_range(response, *range, size)) return response;
    response.body = http::FileBody{path, range->first, range->length(), false};
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
