// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rhumb::test {
namespace {

constexpr int kPollMs = 5;  // how soon a change of the script is seen by a waiting connection
constexpr std::size_t kPiece = 64 * 1024;

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int connect_to(std::uint16_t port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        return descriptor;
    }
    ::close(descriptor);
    return -1;
}

bool readable(const pollfd& entry) {
    return (entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
}

}  // namespace

/// One connection through the proxy, on a thread of its own.
class FaultProxy::Link {
public:
    Link(FaultProxy& proxy, int client) : proxy_(proxy), client_(client), server_(-1) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() {
        if (server_ >= 0) ::close(server_);
    }

    void run() {
        fault_ = proxy_.connection_fault(proxy_.connections_++);
        if (is(Fault::Kind::Refuse) || !wait_out(Fault::Kind::Stall)) return;
        server_ = connect_to(proxy_.target_port_);
        if (server_ < 0) return;
        bool going = true;
        while (going && !proxy_.down_) {
            std::array<pollfd, 2> both{pollfd{client_, POLLIN, 0}, pollfd{server_, POLLIN, 0}};
            ::poll(both.data(), both.size(), kPollMs);
            if (readable(both[0])) going = from_client();
            if (going && readable(both[1])) going = from_server();
        }
    }

private:
    bool is(Fault::Kind kind) const { return fault_ && fault_->kind == kind; }

    /// Holds the connection while it is stalled. False when the proxy ends meanwhile.
    bool wait_out(Fault::Kind kind) {
        if (!is(kind)) return true;
        ++proxy_.stalled_;
        while (!proxy_.released_ && !proxy_.down_) ::poll(nullptr, 0, kPollMs);
        --proxy_.stalled_;
        fault_.reset();
        return !proxy_.down_;
    }

    void begin_request() {
        in_answer_ = false;
        std::optional<Fault> own = proxy_.request_fault(proxy_.requests_++);
        if (!own && !fault_is_of_request_) return;  // the connection's fault, if any, goes on
        fault_ = std::move(own);
        fault_is_of_request_ = true;
        client_bytes_ = 0;
        server_bytes_ = 0;
    }

    bool from_client() {
        const std::string_view bytes = receive(client_);
        if (bytes.empty()) return false;
        if (in_answer_) begin_request();
        if (is(Fault::Kind::Refuse) || !wait_out(Fault::Kind::Stall)) return false;
        return pass(bytes, server_, client_bytes_, Fault::Kind::CutRequest);
    }

    bool from_server() {
        const std::string_view bytes = receive(server_);
        if (bytes.empty()) return false;
        in_answer_ = true;
        if (!wait_out(Fault::Kind::StallAnswer)) return false;
        // The first bytes of an answer prove that the server has acted.
        if (is(Fault::Kind::SwallowAnswer)) return false;
        if (is(Fault::Kind::ReplaceAnswer)) {
            send(client_, fault_->answer);
            return false;
        }
        return pass(bytes, client_, server_bytes_, Fault::Kind::CutAnswer);
    }

    /// Sends on what a cut leaves of `bytes`; false when that was the end.
    bool pass(std::string_view bytes, int to, std::uint64_t& counted, Fault::Kind cut) {
        const std::uint64_t room = is(cut) ? fault_->bytes - counted : bytes.size();
        const std::string_view kept = bytes.substr(0, std::min<std::uint64_t>(room, bytes.size()));
        counted += kept.size();
        return send(to, kept) && !(is(cut) && counted == fault_->bytes);
    }

    std::string_view receive(int from) {
        const ssize_t got = ::recv(from, piece_.data(), piece_.size(), 0);
        return {piece_.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

    /// Waits for room no longer than the proxy is up.
    bool send(int to, std::string_view bytes) {
        while (!bytes.empty() && !proxy_.down_) {
            const ssize_t sent =
                ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EAGAIN) {
                pollfd entry{to, POLLOUT, 0};
                ::poll(&entry, 1, kPollMs);
            } else if (sent <= 0) {
                return false;
            } else {
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            }
        }
        return bytes.empty();
    }

    FaultProxy& proxy_;
    const int client_;
    int server_;
    std::optional<Fault> fault_;
    bool fault_is_of_request_ = false;
    std::uint64_t client_bytes_ = 0;
    std::uint64_t server_bytes_ = 0;
    bool in_answer_ = true;  // so that the first bytes begin a request
    std::array<char, kPiece> piece_{};
};

FaultProxy::FaultProxy(std::uint16_t target_port) : target_port_(target_port) {
    listen();
}

FaultProxy::~FaultProxy() {
    go_down();
}

std::string FaultProxy::origin() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

void FaultProxy::listen() {
    down_ = false;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address = loopback(port_);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error("the fault proxy cannot listen: " +
                                 std::string(std::strerror(errno)));
    }
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_loop(); });
}

void FaultProxy::accept_loop() {
    while (!down_) {
        pollfd entry{listener_, POLLIN, 0};
        if (::poll(&entry, 1, kPollMs) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) links_.emplace_back([this, client] { run_link(client); });
    }
}

void FaultProxy::run_link(int client) {
    const Socket owned(client);
    const int yes = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Link(*this, client).run();
}

void FaultProxy::go_down() {
    if (down_.exchange(true)) return;
    accepting_.join();
    for (std::thread& link : links_) link.join();
    links_.clear();
    ::close(std::exchange(listener_, -1));
}

void FaultProxy::come_back() {
    if (down_) listen();
}

void FaultProxy::on_connection(std::size_t number, Fault fault) {
    const std::lock_guard lock(mutex_);
    released_ = false;
    connection_faults_.insert_or_assign(number, std::move(fault));
}

void FaultProxy::on_request(std::size_t number, Fault fault) {
    const std::lock_guard lock(mutex_);
    released_ = false;
    request_faults_.insert_or_assign(number, std::move(fault));
}

void FaultProxy::on_every_request(Fault fault) {
    const std::lock_guard lock(mutex_);
    released_ = false;
    every_request_ = std::move(fault);
}

void FaultProxy::heal() {
    const std::lock_guard lock(mutex_);
    connection_faults_.clear();
    request_faults_.clear();
    every_request_.reset();
}

void FaultProxy::release() {
    released_ = true;
}

std::optional<Fault> FaultProxy::connection_fault(std::size_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = connection_faults_.find(number);
    return found == connection_faults_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Fault> FaultProxy::request_fault(std::size_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = request_faults_.find(number);
    return found == request_faults_.end() ? every_request_ : std::optional(found->second);
}

}  // namespace rhumb::test
