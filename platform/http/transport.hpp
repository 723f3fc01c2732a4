// SPDX-License-Identifier: Apache-2.0
//
// Carrying one request to a server and its answer back.
//
// An interface, because a host app may carry requests with its system's own HTTP, and the
// simulator with none at all. A failed transfer is an outcome, not an exception.

#pragma once

#include "platform/cancel_token.hpp"
#include "platform/http/message.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace rhumb::http {

struct TransportRequest {
    std::string method = "GET";
    std::string url;  ///< absolute
    Headers headers;
    std::string body;

    /// Where the body of a 200 or 206 goes; any other answer stays in memory. The folder exists.
    std::optional<std::filesystem::path> save_to;
    /// How much of the file is there already. When above 0, `Range: bytes=<offset>-` is sent
    /// unless `headers` has a Range; the caller adds If-Range.
    std::uint64_t save_offset = 0;

    /// Called while the body arrives: its bytes so far, and how many there will be when known.
    std::function<void(std::uint64_t received, std::optional<std::uint64_t> total)> on_progress;
};

struct TransportFailure {
    enum class Kind {
        Unreachable,  ///< nothing was sent
        Interrupted,  ///< the request may have been received; its answer was not, or not whole
        Cancelled,    ///< by the token; the request may have been received
        TooLarge,     ///< the answer's body passes the limit
        Tls,          ///< the server's certificate or its TLS is not acceptable; nothing was sent
    };
    Kind kind;
    std::string message;  ///< a sentence that names the server
};

constexpr std::uint64_t kShortAnswerBytes = 64 * 1024;

/// Whether the body of an answer goes into the request's file.
bool is_saved(const TransportRequest& request, int status, const Headers& headers,
              std::optional<std::uint64_t> length);

using TransportResult = std::variant<Response, TransportFailure>;

class Transport {
public:
    virtual ~Transport() = default;

    /// Blocks until the answer is here whole. Redirects are not followed.
    ///
    /// With `save_to` a 200 replaces the file's content, and a 206 goes in at `save_offset` when
    /// its Content-Range agrees; the answer's body is then the FileBody of what arrived. After a
    /// failure the file keeps what came, so that the next request can go on behind it. A short
    /// text (kShortAnswerBytes) with status 200 in answer to a `save_offset` stays in memory and
    /// leaves the file alone: it may be an error object in place of the rest.
    ///
    /// Throws Error(InvalidArgument) for a malformed URL or header, and DiskFull, ReadOnly or Io
    /// when the file cannot be written.
    virtual TransportResult send(const TransportRequest& request, const CancelToken& cancel) = 0;
};

}  // namespace rhumb::http
