// SPDX-License-Identifier: Apache-2.0
#include "tests/platform/http/raw_peer.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace rhumb::test {
namespace {

constexpr int kLimitSeconds = 20;
constexpr int kPollMs = 5;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t bind_free_port(int descriptor) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor, generic, size) != 0 || ::getsockname(descriptor, generic, &size) != 0) {
        throw std::runtime_error("no free port on the loopback");
    }
    return ntohs(address.sin_port);
}

}  // namespace

RawSocket::RawSocket(int descriptor) : descriptor_(descriptor) {
    const timeval limit{kLimitSeconds, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

RawSocket RawSocket::to_port(std::uint16_t port) {
    RawSocket socket(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) != 0) {
        throw std::runtime_error("nothing listens at port " + std::to_string(port));
    }
    return socket;
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pending_(std::move(other.pending_)) {}

RawSocket::~RawSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawSocket::read_more() {
    std::array<char, 16384> piece{};
    const ssize_t got = ::recv(descriptor_, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    pending_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
}

std::string RawSocket::read_to(std::string_view mark) {
    while (pending_.find(mark) == std::string::npos) {
        if (!read_more()) return std::exchange(pending_, {});
    }
    return read_bytes(pending_.find(mark) + mark.size());
}

std::string RawSocket::read_bytes(std::size_t count) {
    while (pending_.size() < count && read_more()) {
    }
    std::string bytes = pending_.substr(0, count);
    pending_.erase(0, bytes.size());
    return bytes;
}

std::string RawSocket::read_all() {
    while (read_more()) {
    }
    return std::exchange(pending_, {});
}

std::string RawSocket::read_answer() {
    std::string head = read_to("\r\n\r\n");
    const std::string fields = lowered(head);
    const std::size_t at = fields.find("content-length:");
    if (at == std::string::npos) return head;
    const std::size_t begin = at + 15;
    const auto length =
        parse_integer(std::string_view(fields).substr(begin, fields.find("\r\n", begin) - begin));
    return head + read_bytes(static_cast<std::size_t>(length.value_or(0)));
}

RawServer::RawServer(std::function<void(RawSocket&)> serve)
    : listener_(::socket(AF_INET, SOCK_STREAM, 0)), port_(bind_free_port(listener_)) {
    ::listen(listener_, 16);
    thread_ = std::thread([this, serve = std::move(serve)] {
        while (!ended_) {
            pollfd entry{listener_, POLLIN, 0};
            if (::poll(&entry, 1, kPollMs) <= 0) continue;
            RawSocket peer(::accept(listener_, nullptr, nullptr));
            ++connections_;
            serve(peer);
        }
    });
}

RawServer::~RawServer() {
    ended_ = true;
    thread_.join();
    ::close(listener_);
}

std::string RawServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::uint16_t unused_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    const std::uint16_t port = bind_free_port(descriptor);
    ::close(descriptor);
    return port;
}

}  // namespace rhumb::test
