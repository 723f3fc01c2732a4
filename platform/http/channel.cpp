// SPDX-License-Identifier: Apache-2.0
#include "platform/http/channel.hpp"

#include "platform/error.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace rhumb::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

struct TlsTrust::Context {
    ssl::context value{ssl::context::tls_client};
    bool verify = true;
};

namespace {

using SteadyClock = std::chrono::steady_clock;
using Kind = ChannelResult::Kind;

constexpr std::chrono::milliseconds kCancelPoll{100};  // how long a cancel may go unseen
constexpr std::size_t kWritePiece = 64 * 1024;         // the unit in which writing shows progress

/// A name lookup cannot be interrupted, so it has a thread of its own that outlives a wait
/// given up; it owns its half of this.
struct Lookup {
    std::mutex mutex;
    std::condition_variable done_changed;
    bool done = false;
    int failure = 0;
    std::vector<tcp::endpoint> endpoints;
};

tcp::endpoint endpoint_of(const addrinfo& found) {
    tcp::endpoint endpoint;
    if (found.ai_addrlen <= endpoint.capacity()) {
        std::memcpy(endpoint.data(), found.ai_addr, found.ai_addrlen);
        endpoint.resize(found.ai_addrlen);
    }
    return endpoint;
}

void look_up(Lookup& lookup, const std::string& host, const std::string& port) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found);
    const std::lock_guard lock(lookup.mutex);
    for (const addrinfo* at = found; failure == 0 && at != nullptr; at = at->ai_next) {
        lookup.endpoints.push_back(endpoint_of(*at));
    }
    if (found != nullptr) ::freeaddrinfo(found);
    lookup.failure = failure;
    lookup.done = true;
    lookup.done_changed.notify_all();
}

ChannelResult result_of(const error_code& failure, std::size_t bytes) {
    if (!failure) return {Kind::Ok, bytes, {}};
    if (failure == asio::error::eof || failure == ssl::error::stream_truncated) {
        return {Kind::Ended, bytes, "the server closed the connection"};
    }
    const bool tls = failure.category() == asio::error::get_ssl_category();
    return {tls ? Kind::Tls : Kind::Failed, bytes, failure.message()};
}

}  // namespace

TlsTrust::TlsTrust(const std::optional<std::filesystem::path>& extra_ca_file, bool verify)
    : context_(std::make_unique<Context>()) {
    ssl::context& context = context_->value;
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                        ssl::context::no_tlsv1_1);
    context_->verify = verify;
    context.set_verify_mode(verify ? ssl::verify_peer : ssl::verify_none);
    error_code ignored;  // a machine without a store can still use `extra_ca_file`
    context.set_default_verify_paths(ignored);
    if (!extra_ca_file) return;
    error_code failure;
    context.load_verify_file(extra_ca_file->string(), failure);
    if (failure) {
        throw Error(Status::InvalidArgument, "cannot read certificates from '" +
                                                 extra_ca_file->string() +
                                                 "': " + failure.message());
    }
}

TlsTrust::~TlsTrust() = default;

struct Channel::Impl {
    using Deadline = SteadyClock::time_point;

    asio::io_context io{1};
    tcp::socket socket{io};
    std::optional<ssl::stream<tcp::socket&>> tls;

    /// Runs one asynchronous operation to its end, looking at the clock and the token meanwhile.
    template <typename Start>
    ChannelResult run(Start start, Deadline deadline, const CancelToken& cancel) {
        std::optional<error_code> outcome;
        std::size_t bytes = 0;
        start([&](const error_code& failure, std::size_t moved) {
            outcome = failure;
            bytes = moved;
        });
        io.restart();
        while (!outcome) {
            const auto left = deadline - SteadyClock::now();
            const bool late = left <= left.zero();
            if (cancel.cancelled() || late) {
                abandon(outcome);  // and `bytes` may still have moved
                return late ? ChannelResult{Kind::TimedOut, bytes, "time-out"}
                            : ChannelResult{Kind::Cancelled, bytes, "cancelled"};
            }
            io.run_one_for(std::min<SteadyClock::duration>(left, kCancelPoll));
        }
        return result_of(*outcome, bytes);
    }

    /// The operation refers to the caller's frame, so it must end before the frame does.
    void abandon(const std::optional<error_code>& outcome) {
        error_code ignored;
        socket.close(ignored);
        while (!outcome && io.run_one() > 0) {
        }
    }

    ChannelResult find_endpoints(const Url& url, std::vector<tcp::endpoint>& endpoints,
                                 Deadline deadline, const CancelToken& cancel);
    ChannelResult connect_any(const std::vector<tcp::endpoint>& endpoints, Deadline deadline,
                              const CancelToken& cancel);
    ChannelResult shake_hands(const Url& url, TlsTrust& trust, Deadline deadline,
                              const CancelToken& cancel);
};

ChannelResult Channel::Impl::find_endpoints(const Url& url, std::vector<tcp::endpoint>& endpoints,
                                            Deadline deadline, const CancelToken& cancel) {
    error_code not_numeric;
    const auto address = asio::ip::make_address(url.host, not_numeric);
    if (!not_numeric) {
        endpoints.emplace_back(address, url.port);
        return {};
    }
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host = url.host, port = std::to_string(url.port)] {
        look_up(*lookup, host, port);
    }).detach();

    std::unique_lock lock(lookup->mutex);
    while (!lookup->done) {
        if (cancel.cancelled()) return {Kind::Cancelled, 0, "cancelled"};
        if (SteadyClock::now() >= deadline) {
            return {Kind::TimedOut, 0, "time-out while looking the host up"};
        }
        lookup->done_changed.wait_for(lock, kCancelPoll);
    }
    if (lookup->failure != 0) return {Kind::Failed, 0, ::gai_strerror(lookup->failure)};
    endpoints = lookup->endpoints;
    return {};
}

ChannelResult Channel::Impl::connect_any(const std::vector<tcp::endpoint>& endpoints,
                                         Deadline deadline, const CancelToken& cancel) {
    ChannelResult result = run(
        [&](auto done) {
            asio::async_connect(
                socket, endpoints,
                [done](const error_code& failure, const tcp::endpoint&) { done(failure, 0); });
        },
        deadline, cancel);
    if (!result.ok()) return result;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    return result;
}

ChannelResult Channel::Impl::shake_hands(const Url& url, TlsTrust& trust, Deadline deadline,
                                         const CancelToken& cancel) {
    tls.emplace(socket, trust.context().value);
    error_code not_numeric;
    asio::ip::make_address(url.host, not_numeric);
    if (not_numeric) {  // server name indication is for names only
        ::SSL_ctrl(tls->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(url.host.c_str()));
    }
    if (trust.context().verify) tls->set_verify_callback(ssl::host_name_verification(url.host));
    return run(
        [&](auto done) {
            tls->async_handshake(ssl::stream_base::client,
                                 [done](const error_code& failure) { done(failure, 0); });
        },
        deadline, cancel);
}

Channel::Channel() : impl_(std::make_unique<Impl>()) {}
Channel::~Channel() = default;

ChannelResult Channel::connect(const Url& url, TlsTrust& trust, std::int64_t limit_ms,
                               const CancelToken& cancel) {
    const auto deadline = SteadyClock::now() + std::chrono::milliseconds(limit_ms);
    std::vector<tcp::endpoint> endpoints;
    ChannelResult result = impl_->find_endpoints(url, endpoints, deadline, cancel);
    if (result.ok()) result = impl_->connect_any(endpoints, deadline, cancel);
    if (result.ok() && url.secure()) result = impl_->shake_hands(url, trust, deadline, cancel);
    return result;
}

ChannelResult Channel::write(std::string_view bytes, std::int64_t silence_ms,
                             const CancelToken& cancel) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const std::string_view rest = bytes.substr(written, kWritePiece);
        const asio::const_buffer piece(rest.data(), rest.size());
        ChannelResult result = impl_->run(
            [&](auto done) {
                if (impl_->tls) {
                    impl_->tls->async_write_some(piece, done);
                } else {
                    impl_->socket.async_write_some(piece, done);
                }
            },
            SteadyClock::now() + std::chrono::milliseconds(silence_ms), cancel);
        written += result.bytes;
        result.bytes = written;
        if (!result.ok()) return result;
    }
    return {Kind::Ok, written, {}};
}

ChannelResult Channel::read(char* into, std::size_t size, std::int64_t silence_ms,
                            const CancelToken& cancel) {
    const asio::mutable_buffer room(into, size);
    return impl_->run(
        [&](auto done) {
            if (impl_->tls) {
                impl_->tls->async_read_some(room, done);
            } else {
                impl_->socket.async_read_some(room, done);
            }
        },
        SteadyClock::now() + std::chrono::milliseconds(silence_ms), cancel);
}

bool Channel::is_quiet() const {
    if (!impl_->socket.is_open()) return false;
    char byte = 0;
    const ssize_t got = ::recv(impl_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace rhumb::http
