// SPDX-License-Identifier: Apache-2.0
//
// The rim of a server: takes HTTP/1.1 requests off sockets and gives them to one function.
//
// The function runs on worker threads; sockets are served by a thread of their own, so neither a
// slow request nor a thousand idle connections hold up the others. Requests that are answered from
// memory may skip the way to a worker and back, which costs more than such an answer.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::http {

class Listener {
public:
    struct Options {
        std::string host = "127.0.0.1";
        std::uint16_t port = 0;   ///< 0 takes a free one
        std::size_t threads = 4;  ///< how many requests are handled at a time
        /// Bytes of one request's body: a file of 2 GiB and what stands around it.
        std::uint64_t body_limit = 2ULL * 1024 * 1024 * 1024 + 1024 * 1024;
        /// The same of one that is no multipart form and no stream of bytes: it is read as a whole.
        std::uint64_t form_limit = kFormBytes;
        /// Where long bodies go while they arrive; they leave nothing behind.
        std::filesystem::path spool_folder = std::filesystem::temp_directory_path();
        std::size_t header_limit = 64 * 1024;  ///< bytes of one request's header
        std::size_t url_limit = 32 * 1024;     ///< bytes of its target
        std::int64_t idle_ms = 60'000;    ///< without a request, a piece of one, or room for ours
        std::int64_t header_ms = 20'000;  ///< for a header, from its first byte to its last
        /// A body that comes slower than this for longer than idle_ms is given up.
        std::uint64_t least_body_rate = 1024;  ///< bytes a second
        std::int64_t drain_ms = 10'000;        ///< how long stop() lets running requests go on
        std::size_t max_connections = 4096;    ///< some more are told 503, the others wait
        Headers refusal_headers;               ///< of answers that the handler was not asked for
        /// Told of each of those answers, on the I/O thread: it must not wait.
        std::function<void(const Request&, const Response&)> on_refusal;
        /// PEM files that make it an https server; both or none.
        std::optional<std::filesystem::path> certificate_file;
        std::optional<std::filesystem::path> private_key_file;
    };
    /// Called from several threads at a time. What it throws is answered with 500.
    using Handler = std::function<Response(const Request&)>;
    /// Asked first, on the I/O thread, about requests without a body: an answer that takes neither
    /// disk nor a lock that is held for long nor much computing; else none, and the handler is
    /// asked. What it throws is answered with 500.
    using AtOnce = std::function<std::optional<Response>(const Request&)>;

    /// Binds the port. Throws Error: AlreadyExists when it is in use, ReadOnly when it needs a
    /// privilege, InvalidArgument for a host that is not this machine's or a bad certificate.
    Listener(const Options& options, Handler handler, AtOnce at_once = {});
    /// Stops.
    ~Listener();

    std::uint16_t port() const;
    /// How many there are now.
    std::size_t connections() const;
    /// Begins to answer; at most once.
    void start();
    /// Accepts no more, lets running requests finish for `drain_ms`, then closes. It waits for a
    /// handler that is running still, since that cannot be ended; so it is not called from one.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rhumb::http
