// SPDX-License-Identifier: Apache-2.0
#include "platform/http/listener.hpp"

#include "platform/http/server_io.hpp"
#include "platform/http/session.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

namespace rhumb::http {
namespace {

ServerIo::Options io_options(const Listener::Options& options) {
    return {options.host,
            options.port,
            options.threads,
            options.max_connections,
            options.certificate_file,
            options.private_key_file};
}

}  // namespace

struct Listener::Impl {
    Impl(const Options& options, Handler handler, AtOnce at_once)
        : drain_ms(options.drain_ms),
          io(io_options(options)),
          rules{io, std::move(handler), std::move(at_once), options} {}

    void add(std::shared_ptr<Connection> connection) {
        auto session = std::make_shared<Session>(
            rules, std::move(connection),
            [this](const std::shared_ptr<Session>& ended) { forget(ended); });
        sessions.insert(session);
        session->start();
    }

    void forget(const std::shared_ptr<Session>& session) {
        sessions.erase(session);
        tell_when_drained();
    }

    void begin_stop() {
        rules.stopping = true;
        io.stop_accepting();
        for (const auto& session : sessions) session->close_when_idle();
        tell_when_drained();
    }

    void close_all() {
        for (const auto& session : sessions) session->close_now();
    }

    void tell_when_drained() {
        if (!rules.stopping || !sessions.empty()) return;
        const std::lock_guard lock(mutex);
        drained = true;
        drained_changed.notify_all();
    }

    void wait_until_drained() {
        std::unique_lock lock(mutex);
        drained_changed.wait_for(lock, std::chrono::milliseconds(drain_ms),
                                 [this] { return drained; });
    }

    std::int64_t drain_ms;
    bool running = false;
    ServerIo io;
    SessionRules rules;
    std::set<std::shared_ptr<Session>> sessions;  // on the I/O thread only
    std::mutex mutex;
    std::condition_variable drained_changed;
    bool drained = false;
};

Listener::Listener(const Options& options, Handler handler, AtOnce at_once)
    : impl_(std::make_unique<Impl>(options, std::move(handler), std::move(at_once))) {}

Listener::~Listener() {
    stop();
}

std::uint16_t Listener::port() const {
    return impl_->io.port();
}

std::size_t Listener::connections() const {
    return impl_->io.connections();
}

void Listener::start() {
    impl_->running = true;
    impl_->io.start([impl = impl_.get()](std::shared_ptr<Connection> connection) {
        impl->add(std::move(connection));
    });
}

void Listener::stop() {
    if (!std::exchange(impl_->running, false)) return;
    impl_->io.on_io_thread([impl = impl_.get()] { impl->begin_stop(); });
    impl_->wait_until_drained();
    impl_->io.on_io_thread([impl = impl_.get()] { impl->close_all(); });
    impl_->io.join();
}

}  // namespace rhumb::http
