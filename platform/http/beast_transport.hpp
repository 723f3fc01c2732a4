// SPDX-License-Identifier: Apache-2.0
//
// The transport over real sockets: HTTP/1.1, plain or TLS, with connections kept alive.
//
// What it promises for exactly-once delivery: a request that may have reached the server is never
// sent again behind the caller's back, unless it is a GET or HEAD.

#pragma once

#include "platform/http/transport.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::http {

constexpr std::int64_t kConnectMs = 15'000;  ///< to look the host up, connect and shake hands
constexpr std::int64_t kSilenceMs = 60'000;  ///< with no byte moving in either direction
constexpr std::uint64_t kMaxAnswerBytes = 256ULL * 1024 * 1024;       ///< of a body in memory
constexpr std::uint64_t kMaxSavedBytes = 64ULL * 1024 * 1024 * 1024;  ///< of a body in a file
constexpr std::int64_t kIdleReuseMs = 30'000;  ///< older kept connections are likely dead
constexpr std::size_t kMaxIdleConnections = 16;

/// Any thread; each concurrent send has a connection of its own. No proxy is used.
class BeastTransport final : public Transport {
public:
    struct Options {
        std::int64_t connect_ms = kConnectMs;
        std::int64_t silence_ms = kSilenceMs;
        std::uint64_t max_answer_bytes = kMaxAnswerBytes;
        std::uint64_t max_saved_bytes = kMaxSavedBytes;
        std::optional<std::filesystem::path> extra_ca_file;  ///< PEM, beside the system's store
        bool verify_certificates = true;                     ///< false is for tests only
        std::string user_agent = "Rhumb/0.1";                ///< unless the request has its own
    };

    BeastTransport();
    /// Throws Error(InvalidArgument) when `extra_ca_file` holds no certificate.
    explicit BeastTransport(Options options);
    ~BeastTransport() override;

    TransportResult send(const TransportRequest& request, const CancelToken& cancel) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rhumb::http
