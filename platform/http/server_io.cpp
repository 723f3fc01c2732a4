// SPDX-License-Identifier: Apache-2.0
#include "platform/http/server_io.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>
#if defined(__linux__)
#include <sys/sendfile.h>
#endif

namespace rhumb::http {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadPiece = 16 * 1024;   // held by every connection, idle ones too
constexpr std::size_t kFilePiece = 256 * 1024;  // how long one download may keep the I/O thread
constexpr std::chrono::milliseconds kAcceptPause{50};  // when there are no more descriptors
constexpr std::size_t kToldBusy = 64;  // connections beyond the limit that get an answer at least

/// sendfile(2) knows no MSG_NOSIGNAL: a peer gone away would end the whole program.
void block_broken_pipe_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

class SocketConnection final : public Connection,
                               public std::enable_shared_from_this<SocketConnection> {
public:
    SocketConnection(tcp::socket socket, ssl::context* tls, std::atomic<std::size_t>& live,
                     std::size_t most)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), live_(live) {
        one_too_many_ = ++live_ > most;
        error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
        socket_.native_non_blocking(true, ignored);
        const tcp::endpoint peer = socket_.remote_endpoint(ignored);
        if (!ignored) remote_address_ = peer.address().to_string();
        if (tls != nullptr) tls_.emplace(socket_, *tls);
    }
    SocketConnection(const SocketConnection&) = delete;
    SocketConnection& operator=(const SocketConnection&) = delete;
    ~SocketConnection() override { --live_; }

    const std::string& remote_address() const override { return remote_address_; }
    bool secure() const override { return tls_.has_value(); }
    bool one_too_many() const override { return one_too_many_; }

    void open(Done done) override {
        if (!tls_) {
            asio::post(socket_.get_executor(), [done = std::move(done)] { done(true); });
            return;
        }
        tls_->async_handshake(ssl::stream_base::server,
                              [self = shared_from_this(), done = std::move(done)](
                                  const error_code& failure) { done(!failure); });
    }

    void read(OnBytes on_bytes) override {
        auto done = [self = shared_from_this(), on_bytes = std::move(on_bytes)](
                        const error_code& failure, std::size_t size) {
            on_bytes({self->piece_.data(), failure ? 0 : size});
        };
        if (tls_) {
            tls_->async_read_some(asio::buffer(piece_), std::move(done));
        } else {
            socket_.async_read_some(asio::buffer(piece_), std::move(done));
        }
    }

    void write(std::string_view first, std::string_view second, Done done) override {
        const std::array<asio::const_buffer, 2> bytes{
            asio::const_buffer(first.data(), first.size()),
            asio::const_buffer(second.data(), second.size())};
        write_buffers(bytes, [done = std::move(done)](const error_code& failure, std::size_t) {
            done(!failure);
        });
    }

    void send_some(const OpenFile& file, std::uint64_t offset, std::uint64_t length,
                   std::function<void(std::uint64_t)> done) override {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, kFilePiece));
#if defined(__linux__)
        if (!tls_) return send_by_kernel(file.descriptor(), offset, size, std::move(done));
#endif
        copy_piece(file.descriptor(), offset, size, std::move(done));
    }

    void close_after(std::int64_t ms) override {
        timer_.expires_after(std::chrono::milliseconds(ms));
        timer_.async_wait([self = shared_from_this()](const error_code& failure) {
            // A wait that ended just before it was replaced comes here too, without an error.
            const bool due = self->timer_.expiry() <= std::chrono::steady_clock::now();
            if (!failure && due) self->close();
        });
    }
    void never_close() override {
        timer_.expires_at(std::chrono::steady_clock::time_point::max());
    }

    void end_writing() override {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }
    void close() override {
        timer_.cancel();
        error_code ignored;
        socket_.close(ignored);
    }

private:
    template <typename Buffers, typename Handler>
    void write_buffers(const Buffers& buffers, Handler handler) {
        auto done = [self = shared_from_this(), handler = std::move(handler)](
                        const error_code& failure, std::size_t size) { handler(failure, size); };
        if (tls_) {
            asio::async_write(*tls_, buffers, std::move(done));
        } else {
            asio::async_write(socket_, buffers, std::move(done));
        }
    }

#if defined(__linux__)
    /// Tries before it waits: asking for room costs as much as a piece. Others have their turn
    /// between two pieces.
    void send_by_kernel(int file, std::uint64_t offset, std::size_t size,
                        std::function<void(std::uint64_t)> done) {
        auto position = static_cast<off_t>(offset);
        const ssize_t sent = socket_.is_open()
                                 ? ::sendfile(socket_.native_handle(), file, &position, size)
                                 : ssize_t{0};
        if (sent >= 0 || (errno != EAGAIN && errno != EINTR)) {
            asio::post(socket_.get_executor(), [sent, done = std::move(done)] {
                done(sent > 0 ? static_cast<std::uint64_t>(sent) : 0);
            });
            return;
        }
        socket_.async_wait(tcp::socket::wait_write,
                           [self = shared_from_this(), file, offset, size,
                            done = std::move(done)](const error_code& failure) mutable {
                               if (failure) return done(0);
                               self->send_by_kernel(file, offset, size, std::move(done));
                           });
    }
#endif

    void copy_piece(int file, std::uint64_t offset, std::size_t size,
                    std::function<void(std::uint64_t)> done) {
        file_piece_.resize(size);
        const ssize_t got = ::pread(file, file_piece_.data(), size, static_cast<off_t>(offset));
        if (got <= 0) {
            asio::post(socket_.get_executor(), [done = std::move(done)] { done(0); });
            return;
        }
        write_buffers(asio::const_buffer(file_piece_.data(), static_cast<std::size_t>(got)),
                      [done = std::move(done)](const error_code& failure, std::size_t sent) {
                          done(failure ? 0 : sent);
                      });
    }

    tcp::socket socket_;
    std::optional<ssl::stream<tcp::socket&>> tls_;
    asio::steady_timer timer_;
    std::atomic<std::size_t>& live_;
    bool one_too_many_ = false;
    std::string remote_address_;
    std::array<char, kReadPiece> piece_{};
    std::vector<char> file_piece_;
};

/// The address to bind; the first of IPv4 when a name has several.
tcp::endpoint find_endpoint(asio::io_context& io, const ServerIo::Options& options) {
    error_code failure;
    const auto address = asio::ip::make_address(options.host, failure);
    if (!failure) return {address, options.port};
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(options.host, "", tcp::resolver::passive, failure);
    if (failure || found.empty() || options.host.empty()) {
        throw Error(Status::InvalidArgument,
                    "'" + options.host + "' is no address of this machine to listen on");
    }
    const auto v4 = std::find_if(found.begin(), found.end(), [](const auto& entry) {
        return entry.endpoint().address().is_v4();
    });
    const auto& chosen = v4 == found.end() ? *found.begin() : *v4;
    return {chosen.endpoint().address(), options.port};
}

[[noreturn]] void throw_bind_error(const ServerIo::Options& options, const error_code& failure) {
    const std::string place = "port " + std::to_string(options.port) + " on " + options.host;
    if (failure == asio::error::address_in_use) {
        throw Error(Status::AlreadyExists, place + " is in use");
    }
    if (failure == asio::error::access_denied || failure.value() == EPERM) {
        throw Error(Status::ReadOnly, place + " needs a privilege this program has not");
    }
    if (failure.value() == EADDRNOTAVAIL || failure.value() == EAFNOSUPPORT) {
        throw Error(Status::InvalidArgument,
                    "'" + options.host + "' is no address of this machine to listen on");
    }
    throw Error(Status::Io, "cannot listen at " + place + ": " + failure.message());
}

std::unique_ptr<ssl::context> make_tls(const ServerIo::Options& options) {
    if (!options.certificate_file && !options.private_key_file) return nullptr;
    if (!options.certificate_file || !options.private_key_file) {
        throw Error(Status::InvalidArgument, "a certificate needs its private key and vice versa");
    }
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1);
    error_code failure;
    context->use_certificate_chain_file(options.certificate_file->string(), failure);
    if (failure) {
        throw Error(Status::InvalidArgument, "cannot use the certificate in '" +
                                                 options.certificate_file->string() +
                                                 "': " + failure.message());
    }
    context->use_private_key_file(options.private_key_file->string(), ssl::context::pem, failure);
    if (failure) {
        throw Error(Status::InvalidArgument, "cannot use the private key in '" +
                                                 options.private_key_file->string() +
                                                 "': " + failure.message());
    }
    return context;
}

}  // namespace

OpenFile::OpenFile(const std::filesystem::path& path, std::uint64_t needed_size)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) throw_file_error("cannot open", path, errno);
    struct stat facts {};
    const bool known = ::fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode);
    if (known && static_cast<std::uint64_t>(facts.st_size) >= needed_size) return;
    ::close(descriptor_);
    throw Error(Status::CorruptData, "the file '" + path.string() + "' is shorter than promised");
}

OpenFile::~OpenFile() {
    ::close(descriptor_);
}

// The order of members is that of their life: tasks may hold connections, which hold the I/O.
struct ServerIo::Impl {
    explicit Impl(const Options& given)
        : options(given),
          tls(make_tls(given)),
          work(asio::make_work_guard(io)),
          acceptor(io),
          pause(io),
          workers(std::max<std::size_t>(given.workers, 1)) {}

    void bind() {
        error_code failure;
        const tcp::endpoint endpoint = find_endpoint(io, options);
        acceptor.open(endpoint.protocol(), failure);
        if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
        if (!failure) acceptor.bind(endpoint, failure);
        if (!failure) acceptor.listen(tcp::acceptor::max_listen_connections, failure);
        if (failure) throw_bind_error(options, failure);
        port = acceptor.local_endpoint().port();
    }

    void accept() {
        if (live >= options.max_connections + kToldBusy) return accept_later();
        acceptor.async_accept([this](const error_code& failure, tcp::socket socket) {
            if (!acceptor.is_open()) return;
            if (failure) return accept_later();
            on_connection(std::make_shared<SocketConnection>(std::move(socket), tls.get(), live,
                                                             options.max_connections));
            accept();
        });
    }

    /// Out of descriptors or at the limit: those who wait are kept by the system meanwhile.
    void accept_later() {
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](const error_code& failure) {
            if (!failure && acceptor.is_open()) accept();
        });
    }

    Options options;
    std::unique_ptr<ssl::context> tls;
    std::atomic<std::size_t> live{0};  // connections that exist
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    asio::thread_pool workers;
    OnConnection on_connection;
    std::uint16_t port = 0;
    std::thread thread;
};

ServerIo::ServerIo(const Options& options) : impl_(std::make_unique<Impl>(options)) {
    impl_->bind();
}

ServerIo::~ServerIo() {
    join();
}

std::uint16_t ServerIo::port() const {
    return impl_->port;
}

std::size_t ServerIo::connections() const {
    return impl_->live;
}

void ServerIo::start(OnConnection on_connection) {
    impl_->on_connection = std::move(on_connection);
    impl_->thread = std::thread([impl = impl_.get()] {
        block_broken_pipe_signal();
        impl->accept();
        impl->io.run();
    });
}

void ServerIo::on_io_thread(std::function<void()> task) {
    asio::post(impl_->io, std::move(task));
}
void ServerIo::on_worker(std::function<void()> task) {
    asio::post(impl_->workers, std::move(task));
}

void ServerIo::stop_accepting() {
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
}

void ServerIo::join() {
    impl_->workers.stop();
    impl_->workers.join();
    impl_->work.reset();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace rhumb::http
