// SPDX-License-Identifier: Apache-2.0
#include "platform/http/session.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/message_head.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::http {
namespace {

constexpr std::size_t kWritePiece = 256 * 1024;  // the unit in which a slow reader is noticed
constexpr std::int64_t kLingerMs = 2000;         // for what a refused peer still sends
/// A body that grows longer goes to a file, in pieces of this size.
constexpr std::size_t kBodyMemory = 512 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Response handled(const std::function<Response(const Request&)>& handler, const Request& request) {
    try {
        return handler(request);
    } catch (const std::exception& failure) {
        return error_response(500, failure.what());
    } catch (...) {
        return error_response(500, "the handler failed");
    }
}

/// Forms are taken apart in memory, everything else piece by piece.
bool is_form(const Headers& headers) {
    const std::string_view type = headers.get("Content-Type");
    return type.empty() || equal_ignoring_case(trimmed(type.substr(0, type.find(';'))),
                                               "application/x-www-form-urlencoded");
}

bool has_no_body(int status) {
    return status / 100 == 1 || status == 204 || status == 304;
}

/// The target in origin form; nothing when it is none. A proxy's absolute form is accepted.
std::optional<std::string> origin_form(const std::string& target) {
    if (target.front() == '/' || target == "*") return target;
    try {
        return parse_url(target).target();
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

/// An answer on its way. Dropped at any point it still removes the file it was to remove.
class Answer {
public:
    Answer(Response given, std::string_view method)
        : response(std::move(given)), to_head_(method == "HEAD") {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() {
        if (const FileBody* body = response.file(); body && body->delete_after) {
            remove_quietly(body->path);
        }
    }

    /// Opens the file, if any, and returns the head. Throws Error when either cannot be.
    std::string prepare(bool keep_alive) {
        if (const FileBody* body = response.file()) {
            file.emplace(body->path, body->offset + body->length);
        }
        Headers headers = response.headers;
        headers.remove("Transfer-Encoding");
        set_length(headers);
        if (!keep_alive) headers.set("Connection", "close");
        return response_head(response.status, headers);
    }

    bool sends_body() const { return !to_head_ && !has_no_body(response.status); }

    Response response;
    std::optional<OpenFile> file;

private:
    void set_length(Headers& headers) const {
        if (has_no_body(response.status)) return headers.remove("Content-Length");
        const std::uint64_t length = response.file()     ? response.file()->length
                                     : response.pulled() ? response.pulled()->length
                                                         : response.text().size();
        // To HEAD a handler may tell the length of what it did not fetch.
        if (to_head_ && length == 0 && headers.has("Content-Length")) return;
        headers.set("Content-Length", std::to_string(length));
    }

    bool to_head_;
};

Session::Session(SessionRules& rules, std::shared_ptr<Connection> connection, OnEnd on_end)
    : rules_(rules), connection_(std::move(connection)), on_end_(std::move(on_end)) {}

void Session::start() {
    connection_->close_after(rules_.idle_ms);
    connection_->open([self = shared_from_this()](bool ok) {
        if (ok) {
            self->next_request();
        } else {
            self->end();
        }
    });
}

void Session::close_when_idle() {
    if (idle_) close_now();
}

void Session::close_now() {
    connection_->close();
}

void Session::next_request() {
    idle_ = pending_.empty();
    in_body_ = false;
    if (rules_.stopping) return end();
    reader_.emplace(MessageReader::Kind::Request, rules_.header_limit);
    long_body_.reset();
    // The whole header must come within this time; trickling does not prolong it.
    connection_->close_after(rules_.idle_ms);
    take();
}

void Session::take() {
    const MessageReader::Step step = reader_->take(pending_);
    if (must_spill(step)) return spill();
    switch (step) {
        case MessageReader::Step::NeedMore:
            return read_more();
        case MessageReader::Step::HeaderDone:
            return header_done();
        case MessageReader::Step::Done:
            return handle();
        case MessageReader::Step::Failed:
            break;
    }
    switch (reader_->problem()) {
        case MessageReader::Problem::BodyTooLarge:
            return refuse(
                413, "the request's body is larger than " + std::to_string(body_limit_) + " bytes");
        case MessageReader::Problem::HeaderTooLarge:
            return refuse(431, "the request's header is larger than " +
                                   std::to_string(rules_.header_limit) + " bytes");
        default:
            return refuse(400, "malformed request: " + reader_->problem_text());
    }
}

void Session::read_more() {
    connection_->read([self = shared_from_this()](std::string_view bytes) {
        if (bytes.empty()) return self->end();
        self->idle_ = false;
        self->pending_ += bytes;
        if (self->in_body_) self->connection_->close_after(self->rules_.idle_ms);
        self->take();
    });
}

void Session::header_done() {
    if (reader_->is_http_1_1() && reader_->headers().count("Host") != 1) {
        return refuse(400, "malformed request: there must be one Host");
    }
    if (!origin_form(reader_->target())) {
        return refuse(400, "malformed request: the target is neither a path nor a URL");
    }
    in_body_ = true;
    connection_->close_after(rules_.idle_ms);
    body_limit_ = is_form(reader_->headers()) ? std::min(rules_.form_limit, rules_.body_limit)
                                              : rules_.body_limit;
    reader_->limit_body(body_limit_);
    const bool too_long = reader_->content_length().value_or(0) > body_limit_;
    const bool waits = reader_->is_http_1_1() && pending_.empty() &&
                       equal_ignoring_case(reader_->headers().get("Expect"), "100-continue");
    if (too_long || !waits) return take();
    connection_->write(kContinue, {}, [self = shared_from_this()](bool ok) {
        if (ok) {
            self->take();
        } else {
            self->end();
        }
    });
}

bool Session::must_spill(MessageReader::Step step) {
    const std::size_t there = reader_->body().size();
    if (step == MessageReader::Step::NeedMore) return there > kBodyMemory;
    return step == MessageReader::Step::Done && long_body_ && there > 0;
}

void Session::spill() {
    connection_->never_close();  // it is us who are slow
    auto task = [self = shared_from_this(), bytes = std::move(reader_->body())]() mutable {
        std::string failure;
        try {
            if (!self->long_body_) {
                self->long_body_ = std::make_shared<TemporaryFile>(self->rules_.spool_folder);
            }
            self->long_body_->append(bytes);
        } catch (const Error& error) {
            failure = error.message();
        }
        ServerIo& io = self->rules_.io;
        // As in handle(): the session must not die on this thread.
        io.on_io_thread([self = std::move(self), failure = std::move(failure)]() mutable {
            if (!failure.empty()) return self->refuse(500, failure);
            self->connection_->close_after(self->rules_.idle_ms);
            self->take();
        });
    };
    reader_->body().clear();
    rules_.io.on_worker(std::move(task));
}

void Session::handle() {
    connection_->never_close();
    // HTTP/1.0 has its own rules for keeping alive; hardly anyone is left to speak it.
    keep_alive_ = reader_->keep_alive() && reader_->is_http_1_1();
    Request request{reader_->method(),
                    *origin_form(reader_->target()),
                    std::move(reader_->headers()),
                    std::move(reader_->body()),
                    std::exchange(long_body_, nullptr),
                    connection_->remote_address(),
                    connection_->secure() ? "https" : "http"};
    auto task = [self = shared_from_this(), request = std::move(request)]() mutable {
        auto answer =
            std::make_shared<Answer>(handled(self->rules_.handler, request), request.method);
        ServerIo& io = self->rules_.io;
        // The session must not die on this thread, so it is handed over, not shared.
        io.on_io_thread([self = std::move(self), answer = std::move(answer)]() mutable {
            self->send(std::move(answer));
        });
    };
    rules_.io.on_worker(std::move(task));
}

void Session::refuse(int status, const std::string& message) {
    refused_ = true;
    send(std::make_shared<Answer>(error_response(status, message), reader_->method()));
}

void Session::send(std::shared_ptr<Answer> answer) {
    answer_ = std::move(answer);
    keep_alive_ = keep_alive_ && !refused_ && !rules_.stopping &&
                  !equal_ignoring_case(answer_->response.headers.get("Connection"), "close");
    try {
        head_ = answer_->prepare(keep_alive_);
    } catch (const Error& failure) {
        answer_ =
            std::make_shared<Answer>(error_response(500, failure.message()), reader_->method());
        head_ = answer_->prepare(keep_alive_);
    }
    send_head();
}

void Session::send_head() {
    const bool pulled = answer_->response.pulled() != nullptr;
    if (answer_->sends_body() && !answer_->file && !pulled) return send_text(0);
    connection_->close_after(rules_.idle_ms);
    connection_->write(head_, {}, [self = shared_from_this()](bool ok) {
        if (!ok) return self->end();
        if (self->answer_->sends_body()) {
            return self->answer_->file ? self->send_file(0) : self->send_pulled(0);
        }
        self->sent_whole();
    });
}

void Session::send_text(std::size_t from) {
    const std::string_view text = answer_->response.text();
    const std::string_view piece = text.substr(from, kWritePiece);
    const std::size_t next = from + piece.size();
    connection_->close_after(rules_.idle_ms);
    connection_->write(from == 0 ? std::string_view(head_) : std::string_view(), piece,
                       [self = shared_from_this(), next, all = text.size()](bool ok) {
                           if (!ok) return self->end();
                           if (next < all) return self->send_text(next);
                           self->sent_whole();
                       });
}

void Session::send_file(std::uint64_t sent) {
    const FileBody& body = *answer_->response.file();
    if (sent == body.length) return sent_whole();
    connection_->close_after(rules_.idle_ms);
    connection_->send_some(*answer_->file, body.offset + sent, body.length - sent,
                           [self = shared_from_this(), sent](std::uint64_t more) {
                               if (more == 0) return self->end();
                               self->send_file(sent + more);
                           });
}

void Session::send_pulled(std::uint64_t sent) {
    if (sent >= answer_->response.pulled()->length) return sent_whole();
    connection_->never_close();  // it is us who are slow
    rules_.io.on_worker([self = shared_from_this(), sent]() mutable {
        std::string piece;
        try {
            piece = self->answer_->response.pulled()->next(sent);
        } catch (const std::exception&) {
            piece.clear();  // a body that ends early is all that the peer can be told now
        }
        ServerIo& io = self->rules_.io;
        // As in handle(): the session must not die on this thread.
        io.on_io_thread([self = std::move(self), sent, piece = std::move(piece)]() mutable {
            self->piece_ = std::move(piece);
            if (self->piece_.empty()) return self->end();
            Session& session = *self;
            session.connection_->close_after(session.rules_.idle_ms);
            session.connection_->write(session.piece_, {}, [self, sent](bool ok) {
                if (!ok) return self->end();
                self->send_pulled(sent + self->piece_.size());
            });
        });
    });
}

void Session::sent_whole() {
    answer_.reset();
    piece_.clear();
    if (refused_) return linger();
    if (!keep_alive_) return end();
    next_request();
}

void Session::linger() {
    connection_->end_writing();
    connection_->close_after(kLingerMs);
    discard();
}

void Session::discard() {
    connection_->read([self = shared_from_this()](std::string_view bytes) {
        if (bytes.empty()) return self->end();
        self->discard();
    });
}

void Session::end() {
    if (std::exchange(ended_, true)) return;
    connection_->close();
    on_end_(shared_from_this());
}

}  // namespace rhumb::http
