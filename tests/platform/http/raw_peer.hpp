// SPDX-License-Identifier: Apache-2.0
//
// The other end of a connection, spoken byte by byte: for what no well-behaved peer would send.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace rhumb::test {

/// A blocking socket with a time limit of some seconds, so that a broken test ends.
class RawSocket {
public:
    explicit RawSocket(int descriptor);
    /// Connects to 127.0.0.1.
    static RawSocket to_port(std::uint16_t port);
    RawSocket(RawSocket&& other) noexcept;
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket();

    /// False when the peer takes no more.
    bool send(std::string_view bytes);
    /// Reads on until `mark` has come, and returns all up to and including it.
    std::string read_to(std::string_view mark);
    std::string read_bytes(std::size_t count);
    /// Reads until the peer closes.
    std::string read_all();
    /// Head and body of an answer with Content-Length.
    std::string read_answer();
    int descriptor() const { return descriptor_; }

private:
    bool read_more();
    int descriptor_;
    std::string pending_;
};

/// Accepts connections on a free port and gives each to `serve`, one after another.
class RawServer {
public:
    explicit RawServer(std::function<void(RawSocket&)> serve);
    ~RawServer();
    std::uint16_t port() const { return port_; }
    std::string url(const std::string& path = "/") const;
    int connections() const { return connections_; }

private:
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ended_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

/// A port of 127.0.0.1 where nothing listens.
std::uint16_t unused_port();

}  // namespace rhumb::test
