// SPDX-License-Identifier: Apache-2.0
//
// The HTTP side of one connection: requests come in, are handled one after another, answers go
// out. Internal to this folder.

#pragma once

#include "platform/http/listener.hpp"
#include "platform/http/message.hpp"
#include "platform/http/message_reader.hpp"
#include "platform/http/server_io.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::http {

class Answer;

/// What the sessions of a listener have in common. Outlives them.
struct SessionRules {
    ServerIo& io;
    Listener::Handler handler;
    Listener::AtOnce at_once;  ///< may be empty
    Listener::Options limits;
    bool stopping = false;  ///< on the I/O thread only
};

/// On the I/O thread only; the handler alone, unless it answers at once, runs on a worker.
class Session : public std::enable_shared_from_this<Session> {
public:
    using OnEnd = std::function<void(const std::shared_ptr<Session>&)>;
    Session(SessionRules& rules, std::shared_ptr<Connection> connection, OnEnd on_end);

    void start();
    /// Ends it when no request is under way; otherwise it ends after the answer.
    void close_when_idle();
    void close_now();

private:
    void next_request();
    void take();
    void read_more();
    void expect_header();
    void header_done();
    /// Takes what came of a long body to its file, on a worker, and goes on then.
    void spill();
    bool must_spill(MessageReader::Step step);
    void handle();
    /// Puts the time by which more of the body must have come.
    void expect_body();
    std::uint64_t body_limit();
    /// The peer sends its body when it is told to.
    bool waits_for_word();
    /// Answers `status` without asking the handler, then closes, or goes on behind the body.
    enum class Then { Close, SkipBody };
    void refuse(int status, const std::string& message, Then then = Then::Close);
    void refuse_body(std::uint64_t limit);
    /// Takes what is left of a refused body off the connection.
    void skip_body();
    void send(std::shared_ptr<Answer> answer);
    void send_head();
    void send_text(std::size_t from);
    void send_file(std::uint64_t sent);
    void send_pulled(std::uint64_t sent);
    void sent_whole();
    /// Reads on for a moment, so that the peer sees our answer and not a reset connection.
    void linger();
    void discard();
    void end();

    SessionRules& rules_;
    std::shared_ptr<Connection> connection_;
    OnEnd on_end_;
    std::optional<MessageReader> reader_;
    std::string pending_;                       // bytes read and not yet taken by the reader
    std::shared_ptr<TemporaryFile> long_body_;  // what is too long for memory
    std::uint64_t to_skip_ = 0;                 // bytes of a refused body that are still to come
    std::uint64_t body_bytes_ = 0;
    std::chrono::steady_clock::time_point body_began_;
    std::shared_ptr<Answer> answer_;
    std::string head_;
    std::string piece_;             // of a pulled body, while it is sent
    bool idle_ = true;              // no byte of a request has come
    bool header_expected_ = false;  // its time runs
    bool in_body_ = false;          // each piece of a body prolongs the time to read it
    bool keep_alive_ = true;        // after the present answer
    bool refused_ = false;          // what the peer still sends is not wanted
    bool ended_ = false;
};

}  // namespace rhumb::http
