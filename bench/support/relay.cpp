// SPDX-License-Identifier: Apache-2.0
#include "bench/support/relay.hpp"

#include "platform/error.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>

namespace rhumb::bench {
namespace {

constexpr int kLookMs = 50;  ///< so often a thread looks whether it is to end

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Carries what is there; false at the end of the stream.
bool pass(int from, int to, std::atomic<std::int64_t>& counted) {
    std::array<char, 64 * 1024> piece{};
    const ssize_t bytes = ::recv(from, piece.data(), piece.size(), 0);
    if (bytes <= 0) return false;
    counted += bytes;
    for (ssize_t sent = 0; sent < bytes;) {
        const ssize_t now =
            ::send(to, piece.data() + sent, static_cast<std::size_t>(bytes - sent), MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += now;
    }
    return true;
}

}  // namespace

Relay::Relay(std::uint16_t target_port) : target_port_(target_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
        throw Error(Status::Internal, "no relay can be made");
    }
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_loop(); });
}

Relay::~Relay() {
    ends_ = true;
    accepting_.join();
    for (std::thread& link : links_) link.join();
    ::close(listener_);
}

void Relay::accept_loop() {
    while (!ends_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, kLookMs) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) links_.emplace_back([this, client] { carry(client); });
    }
}

void Relay::carry(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(target_port_);
    bool open = ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    while (open && !ends_) {
        std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
        if (::poll(ends.data(), ends.size(), kLookMs) <= 0) continue;
        if (ends[0].revents != 0) open = pass(client, server, up_);
        if (open && ends[1].revents != 0) open = pass(server, client, down_);
    }
    ::close(server);
    ::close(client);
}

}  // namespace rhumb::bench
