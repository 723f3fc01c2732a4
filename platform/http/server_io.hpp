// SPDX-License-Identifier: Apache-2.0
//
// Sockets of a server without a word of HTTP: one I/O thread, some worker threads.
// Internal to this folder.
//
// All connections live on the one I/O thread, which never waits: thousands of idle ones cost
// memory only, and nothing about them needs a lock. Whatever takes time goes to the workers.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::http {

/// An open file to send from; closed by the destructor.
class OpenFile {
public:
    /// Throws NotFound or Io naming the path; CorruptData when it is shorter than `needed_size`.
    OpenFile(const std::filesystem::path& path, std::uint64_t needed_size);
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

/// One accepted connection. On the I/O thread only; one operation under way at a time. What is
/// passed in stays alive until the callback, which comes exactly once and never from inside the
/// call itself.
class Connection {
public:
    using Done = std::function<void(bool ok)>;
    using OnBytes = std::function<void(std::string_view bytes)>;

    virtual ~Connection() = default;
    virtual const std::string& remote_address() const = 0;
    virtual bool secure() const = 0;
    /// There are more connections than there should be: it is to be told so, and no more.
    virtual bool one_too_many() const = 0;

    /// Shakes hands when the connection is a secure one.
    virtual void open(Done done) = 0;
    /// Some bytes; none when the peer closed or the connection broke.
    virtual void read(OnBytes on_bytes) = 0;
    virtual void write(std::string_view first, std::string_view second, Done done) = 0;
    /// Some bytes of a file, at most `length`; 0 when the connection or the file failed.
    virtual void send_some(const OpenFile& file, std::uint64_t offset, std::uint64_t length,
                           std::function<void(std::uint64_t sent)> done) = 0;

    /// The connection is closed when this much time passes; replaces the time set before.
    virtual void close_after(std::int64_t ms) = 0;
    virtual void never_close() = 0;
    virtual void end_writing() = 0;
    /// Ends the operation under way, if any.
    virtual void close() = 0;
};

class ServerIo {
public:
    struct Options {
        std::string host;
        std::uint16_t port = 0;
        std::size_t workers = 4;
        std::size_t max_connections = 4096;
        /// PEM files; both or none.
        std::optional<std::filesystem::path> certificate_file;
        std::optional<std::filesystem::path> private_key_file;
    };
    using OnConnection = std::function<void(std::shared_ptr<Connection>)>;

    /// Binds. Throws AlreadyExists when the port is in use, ReadOnly when it needs a privilege,
    /// InvalidArgument for a host that is not this machine's and for unusable certificates.
    explicit ServerIo(const Options& options);
    ~ServerIo();

    std::uint16_t port() const;
    std::size_t connections() const;
    void start(OnConnection on_connection);

    /// From any thread.
    void on_io_thread(std::function<void()> task);
    void on_worker(std::function<void()> task);

    /// On the I/O thread.
    void stop_accepting();
    /// Waits for running workers, drops tasks that wait for one, then ends the I/O thread. All
    /// connections must have been closed.
    void join();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rhumb::http
