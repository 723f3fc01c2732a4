// SPDX-License-Identifier: Apache-2.0
//
// What the tests with sockets have in common: a folder that goes away, a gate, short requests.

#pragma once

#include "platform/files.hpp"
#include "platform/http/beast_transport.hpp"
#include "platform/http/listener.hpp"
#include "tests/support/catch.hpp"

#include <stdlib.h>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>

namespace rhumb::test {

class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "rhumb-http-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, std::string_view content) {
    FileWriter writer(path, FileWriter::Mode::Replace);
    writer.write(content);
    writer.close_durably();
}

/// Closed at first; who comes waits until it is opened.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_visitors(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

/// Bytes that differ from place to place, so that a shift or a gap shows.
inline std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& c : bytes) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24);
    }
    return bytes;
}

/// A running server on the loopback.
class LoopbackServer {
public:
    explicit LoopbackServer(http::Listener::Handler handler, http::Listener::Options options = {},
                            http::Listener::AtOnce at_once = {})
        : secure_(options.certificate_file.has_value()),
          listener_(options, std::move(handler), std::move(at_once)) {
        listener_.start();
    }
    std::string url(const std::string& target) const {
        return (secure_ ? "https://127.0.0.1:" : "http://127.0.0.1:") +
               std::to_string(listener_.port()) + target;
    }
    std::uint16_t port() const { return listener_.port(); }
    http::Listener& listener() { return listener_; }

private:
    bool secure_;
    http::Listener listener_;
};

inline http::TransportRequest get(std::string url) {
    http::TransportRequest request;
    request.url = std::move(url);
    return request;
}

inline http::TransportRequest post(std::string url, std::string body) {
    http::TransportRequest request = get(std::move(url));
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

/// The answer; a failure fails the test with its message.
inline http::Response answer_of(const http::TransportResult& result) {
    if (const auto* failure = std::get_if<http::TransportFailure>(&result)) FAIL(failure->message);
    return std::get<http::Response>(result);
}

inline http::TransportFailure::Kind failure_of(const http::TransportResult& result) {
    REQUIRE(std::holds_alternative<http::TransportFailure>(result));
    const auto& failure = std::get<http::TransportFailure>(result);
    INFO(failure.message);
    CHECK_FALSE(failure.message.empty());
    return failure.kind;
}

}  // namespace rhumb::test
