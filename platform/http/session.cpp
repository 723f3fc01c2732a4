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
constexpr std::uint64_t kMostSkipped = 64ULL * 1024 * 1024;  // of a refused body, to go on behind
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// What a handler gives, or what there is to say instead.
template <class Given>
Given handled(const std::function<Given(const Request&)>& handler, const Request& request) {
    try {
        return handler(request);
    } catch (const std::exception& failure) {
        return error_response(500, failure.what());
    } catch (...) {
        return error_response(500, "the handler failed");
    }
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
        Headers& headers = response.headers;
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
    connection_->close_after(rules_.limits.header_ms);
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
    header_expected_ = !idle_;
    if (rules_.stopping) return end();
    reader_.emplace(MessageReader::Kind::Request, rules_.limits.header_limit);
    long_body_.reset();
    connection_->close_after(idle_ ? rules_.limits.idle_ms : rules_.limits.header_ms);
    take();
}

void Session::take() {
    const MessageReader::Step step = reader_->take(pending_);
    if (must_spill(step)) return spill();
    switch (step) {
        case MessageReader::Step::NeedMore:
            if (!idle_ && !in_body_) expect_header();
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
            return refuse_body(body_limit());
        case MessageReader::Problem::HeaderTooLarge:
            return refuse(431, "the request's header is larger than " +
                                   std::to_string(rules_.limits.header_limit) + " bytes");
        default:
            return refuse(400, "malformed request: " + reader_->problem_text());
    }
}

void Session::read_more() {
    connection_->read([self = shared_from_this()](std::string_view bytes) {
        if (bytes.empty()) return self->end();
        self->idle_ = false;
        self->pending_ += bytes;
        self->body_bytes_ += bytes.size();
        if (self->in_body_) self->expect_body();
        self->take();
    });
}

/// The whole header must come within this time; trickling does not prolong it.
void Session::expect_header() {
    if (std::exchange(header_expected_, true)) return;
    const Listener::Options& limits = rules_.limits;
    connection_->close_after(std::min(limits.header_ms, limits.idle_ms));
}

void Session::header_done() {
    if (reader_->is_http_1_1() && reader_->headers().count("Host") != 1) {
        return refuse(400, "malformed request: there must be one Host");
    }
    if (!origin_form(reader_->target())) {
        return refuse(400, "malformed request: the target is neither a path nor a URL");
    }
    in_body_ = true;
    body_bytes_ = 0;
    body_began_ = std::chrono::steady_clock::now();
    if (reader_->is_chunked() || reader_->content_length().value_or(0) > 0) expect_body();
    reader_->limit_body(body_limit());
    if (connection_->one_too_many()) {
        return refuse(503, "the server has as many connections as it may have; try again later");
    }
    const bool too_long = reader_->content_length().value_or(0) > body_limit();
    if (reader_->target().size() > rules_.limits.url_limit) {
        return refuse(414,
                      "the URL is longer than " + std::to_string(rules_.limits.url_limit) +
                          " bytes; send the parameters in the body",
                      Then::SkipBody);
    }
    if (too_long || !waits_for_word()) return take();
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
                self->long_body_ =
                    std::make_shared<TemporaryFile>(self->rules_.limits.spool_folder);
            }
            self->long_body_->append(bytes);
        } catch (const Error& error) {
            failure = error.message();
        }
        ServerIo& io = self->rules_.io;
        // As in handle(): the session must not die on this thread.
        io.on_io_thread([self = std::move(self), failure = std::move(failure)]() mutable {
            if (!failure.empty()) return self->refuse(500, failure);
            self->expect_body();
            self->take();
        });
    };
    reader_->body().clear();
    rules_.io.on_worker(std::move(task));
}

void Session::handle() {
    // HTTP/1.0 has its own rules for keeping alive; hardly anyone is left to speak it.
    keep_alive_ = reader_->keep_alive() && reader_->is_http_1_1();
    Request request{reader_->method(),
                    *origin_form(reader_->target()),
                    std::move(reader_->headers()),
                    std::move(reader_->body()),
                    std::exchange(long_body_, nullptr),
                    connection_->remote_address(),
                    connection_->secure() ? "https" : "http"};
    if (rules_.at_once && request.body.empty() && !request.long_body) {
        if (auto response = handled(rules_.at_once, request)) {
            return send(std::make_shared<Answer>(std::move(*response), request.method));
        }
    }
    connection_->never_close();
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

std::uint64_t Session::body_limit() {
    const std::string type = lowered(reader_->headers().get("Content-Type"));
    const bool streamed = type.starts_with("multipart/") || type.starts_with("application/octet");
    const Listener::Options& limits = rules_.limits;
    return streamed ? limits.body_limit : std::min(limits.form_limit, limits.body_limit);
}

bool Session::waits_for_word() {
    return reader_->is_http_1_1() && pending_.empty() &&
           equal_ignoring_case(reader_->headers().get("Expect"), "100-continue");
}

void Session::expect_body() {
    using std::chrono::milliseconds;
    const Listener::Options& limits = rules_.limits;
    const auto spent =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - body_began_);
    const auto rate = std::max<std::uint64_t>(limits.least_body_rate, 1);
    const auto earned = static_cast<std::int64_t>(body_bytes_ * 1000 / rate);
    // Silence is as bad as trickling.
    const std::int64_t left = limits.idle_ms + earned - spent.count();
    connection_->close_after(std::clamp<std::int64_t>(left, 0, limits.idle_ms));
}

void Session::refuse_body(std::uint64_t limit) {
    refuse(413, "the request's body is larger than " + std::to_string(limit) + " bytes",
           Then::SkipBody);
}

void Session::refuse(int status, const std::string& message, Then then) {
    // A body that is not too long is taken off the connection, so that it may be used on. Whoever
    // waits for our word may send it or not: nobody could tell what comes next.
    to_skip_ = 0;
    refused_ = then == Then::Close || waits_for_word() || reader_->is_chunked() ||
               reader_->content_length().value_or(0) > kMostSkipped;
    if (!refused_) {
        to_skip_ = reader_->content_length().value_or(0);
        keep_alive_ = reader_->keep_alive() && reader_->is_http_1_1();
    }
    Response response = error_response(status, message);
    for (const auto& [name, value] : rules_.limits.refusal_headers) {
        response.headers.set(name, value);
    }
    if (status == 503) response.headers.set("Retry-After", "5");
    if (rules_.limits.on_refusal) {
        Request request;
        request.method = reader_->method();
        request.target = reader_->target();
        request.remote_address = connection_->remote_address();
        request.scheme = connection_->secure() ? "https" : "http";
        rules_.limits.on_refusal(request, response);
    }
    send(std::make_shared<Answer>(std::move(response), reader_->method()));
}

void Session::skip_body() {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, pending_.size()));
    pending_.erase(0, here);
    to_skip_ -= here;
    if (to_skip_ == 0) return next_request();
    expect_body();
    connection_->read([self = shared_from_this()](std::string_view bytes) {
        if (bytes.empty()) return self->end();
        self->pending_ += bytes;
        self->body_bytes_ += bytes.size();
        self->skip_body();
    });
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
    connection_->close_after(rules_.limits.idle_ms);
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
    connection_->close_after(rules_.limits.idle_ms);
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
    connection_->close_after(rules_.limits.idle_ms);
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
            session.connection_->close_after(session.rules_.limits.idle_ms);
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
    skip_body();
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
