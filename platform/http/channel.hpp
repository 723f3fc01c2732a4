// SPDX-License-Identifier: Apache-2.0
//
// One client connection, plain or TLS, with blocking calls that time out and can be cancelled.
// Internal to this folder.

#pragma once

#include "platform/cancel_token.hpp"
#include "platform/http/url.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::http {

/// What servers are trusted with TLS. Any thread, shared by all channels.
class TlsTrust {
public:
    /// The system's authorities and those in `extra_ca_file` (PEM).
    /// Throws Error(InvalidArgument) naming the file when it holds no certificate.
    TlsTrust(const std::optional<std::filesystem::path>& extra_ca_file, bool verify);
    ~TlsTrust();

    struct Context;
    Context& context() { return *context_; }

private:
    std::unique_ptr<Context> context_;
};

/// How a call on a channel ended. After anything but Ok the channel is of no more use.
struct ChannelResult {
    enum class Kind { Ok, Ended, Failed, TimedOut, Cancelled, Tls };
    Kind kind = Kind::Ok;
    std::size_t bytes = 0;  ///< how many went over, also when it failed in the middle
    std::string message;    ///< empty when Ok

    bool ok() const { return kind == Kind::Ok; }
};

/// One thread at a time.
class Channel {
public:
    Channel();
    ~Channel();

    /// Looks the host up, connects and shakes hands, within `limit_ms` all together.
    ChannelResult connect(const Url& url, TlsTrust& trust, std::int64_t limit_ms,
                          const CancelToken& cancel);
    /// Writes all of `bytes`; gives up when none was taken for `silence_ms`.
    ChannelResult write(std::string_view bytes, std::int64_t silence_ms, const CancelToken& cancel);
    /// Reads at least one byte; Ended when the server closed the connection.
    ChannelResult read(char* into, std::size_t size, std::int64_t silence_ms,
                       const CancelToken& cancel);

    /// False when the server has closed or sent something unasked: not to be used again.
    bool is_quiet() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rhumb::http
