// SPDX-License-Identifier: Apache-2.0
//
// HTTP messages as plain values, the same for both ends and for every transport.

#pragma once

#include "platform/http/body.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rhumb::http {

/// Header fields in their order; names compare without regard to case.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    /// The first field of that name; null when there is none.
    const std::string* find(std::string_view name) const;
    /// The value of the first field of that name; "" when there is none.
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::size_t count(std::string_view name) const;

    /// Replaces every field of that name by one.
    void set(std::string_view name, std::string value);
    void add(std::string name, std::string value);
    void remove(std::string_view name);

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    std::size_t size() const { return fields_.size(); }

private:
    std::vector<Field> fields_;
};

struct Request {
    std::string method = "GET";
    std::string target = "/";  ///< path and query as on the wire, still percent-encoded
    Headers headers;
    std::string body;
    // Filled in by the server's rim only.
    std::shared_ptr<const TemporaryFile> long_body;  ///< instead of `body`, when it is long
    std::string remote_address;  ///< IP address of the peer, as text
    std::string scheme;          ///< "http" or "https"

    Body whole_body() const { return long_body ? Body(long_body) : Body(body); }
    std::string_view path() const;   ///< the target up to '?'
    std::string_view query() const;  ///< the target behind '?'; "" when there is none
};

/// A body that is (a part of) a file. It must not shrink while it is sent.
struct FileBody {
    std::filesystem::path path;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool delete_after = false;  ///< the listener removes the file when the answer is over

    bool operator==(const FileBody&) const = default;
};

/// A body that is made piece by piece while it is sent. `next` is called on the server's workers,
/// with the bytes that were sent so far, until `length` are; it never gives none. What it throws
/// ends the connection, since the head is gone already.
struct PulledBody {
    std::uint64_t length = 0;
    std::function<std::string(std::uint64_t sent)> next;
};

struct Response {
    int status = 200;
    Headers headers;
    std::variant<std::string, FileBody, PulledBody> body;

    /// The body when it is in memory; "" for others.
    std::string_view text() const;
    /// The body when it is a file, else null.
    const FileBody* file() const { return std::get_if<FileBody>(&body); }
    /// The body when it is made while it is sent, else null.
    const PulledBody* pulled() const { return std::get_if<PulledBody>(&body); }
    PulledBody* pulled() { return std::get_if<PulledBody>(&body); }
};

Response text_response(std::string body, std::string content_type = "text/plain; charset=utf-8",
                       int status = 200);
Response json_response(std::string json, int status = 200);
/// `{"error":{"code":<status>,"message":"…","details":[]}}` with that HTTP status.
Response error_response(int status, std::string_view message);

/// The standard phrase of a status code, e.g. "Not Found".
std::string_view reason_phrase(int status);

}  // namespace rhumb::http
