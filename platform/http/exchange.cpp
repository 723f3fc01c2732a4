// SPDX-License-Identifier: Apache-2.0
#include "platform/http/exchange.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <utility>

namespace rhumb::http {
namespace {

constexpr std::size_t kAnswerHeaderBytes = 64 * 1024;
constexpr std::size_t kReadPiece = 64 * 1024;
constexpr std::size_t kFirstPiece = 16 * 1024;  // body bytes that go out together with the head

}  // namespace

bool is_safe_method(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

TransportFailure connect_failure(const Url& url, const ChannelResult& result) {
    using Kind = TransportFailure::Kind;
    switch (result.kind) {
        case ChannelResult::Kind::Cancelled:
            return {Kind::Cancelled, "cancelled"};
        case ChannelResult::Kind::Tls:
            return {Kind::Tls, "no secure connection to " + url.origin() + ": " + result.message};
        default:
            return {Kind::Unreachable, url.origin() + " cannot be reached: " + result.message};
    }
}

Exchange::Exchange(const BeastTransport::Options& options, const Url& url,
                   const TransportRequest& request, const CancelToken& cancel, Channel& channel)
    : options_(options),
      url_(url),
      request_(request),
      cancel_(cancel),
      channel_(channel),
      piece_(kReadPiece) {
    begin_answer();
}

TransportResult Exchange::run(const std::string& head) {
    const MaybeFailure unsent = write(head);
    if (unsent && (!may_have_arrived_ || unsent->kind == TransportFailure::Kind::Cancelled)) {
        return *unsent;
    }
    // A server may refuse a large body before it has read it all, and close: its answer counts
    // although the writing failed.
    if (const MaybeFailure failure = read_header()) return unsent ? *unsent : *failure;
    if (const MaybeFailure failure = prepare_body()) return *failure;
    if (const MaybeFailure failure = read_body()) return *failure;
    reusable_ = !unsent && reader_->keep_alive() && pending_.empty();
    return answer();
}

bool Exchange::may_be_repeated() const {
    return !anything_came_ && (!may_have_arrived_ || is_safe_method(request_.method));
}

void Exchange::begin_answer() {
    reader_.emplace(request_.method == "HEAD" ? MessageReader::Kind::ResponseToHead
                                              : MessageReader::Kind::Response,
                    kAnswerHeaderBytes);
}

Exchange::MaybeFailure Exchange::write(const std::string& head) {
    const std::string_view body = request_.body;
    const std::string first = head + std::string(body.substr(0, kFirstPiece));
    if (auto failure = write_piece(first)) return failure;
    return body.size() > kFirstPiece ? write_piece(body.substr(kFirstPiece)) : std::nullopt;
}

Exchange::MaybeFailure Exchange::write_piece(std::string_view bytes) {
    const ChannelResult result = channel_.write(bytes, options_.silence_ms, cancel_);
    // What an abandoned write gave to the system is not known for sure.
    const bool abandoned = result.kind == ChannelResult::Kind::TimedOut ||
                           result.kind == ChannelResult::Kind::Cancelled;
    may_have_arrived_ = may_have_arrived_ || result.bytes > 0 || abandoned;
    if (result.ok()) return std::nullopt;
    if (!may_have_arrived_) return connect_failure(url_, result);
    return broken("the request could not be sent whole", result);
}

Exchange::MaybeFailure Exchange::receive() {
    const ChannelResult result =
        channel_.read(piece_.data(), piece_.size(), options_.silence_ms, cancel_);
    ended_ = result.kind == ChannelResult::Kind::Ended;
    if (!result.ok()) return broken("the answer did not come whole", result);
    anything_came_ = true;
    pending_.append(piece_.data(), result.bytes);
    return std::nullopt;
}

Exchange::MaybeFailure Exchange::read_header() {
    while (true) {
        const MessageReader::Step step = reader_->take(pending_);
        if (step == MessageReader::Step::Failed) return not_http();
        if (step == MessageReader::Step::HeaderDone) {
            if (reader_->status() / 100 != 1) return std::nullopt;
            begin_answer();  // an interim answer; the real one follows
        } else if (auto failure = receive()) {
            return failure;
        }
    }
}

/// HTTP/1.0, and servers that say so, tell the end of an answer by closing. Its reader must prove
/// that it came whole: JSON does by its last bracket.
bool Exchange::says_that_it_closes() {
    return !reader_->is_http_1_1() ||
           equal_ignoring_case(reader_->headers().get("Connection"), "close");
}

Exchange::MaybeFailure Exchange::prepare_body() {
    if (reader_->ends_with_connection() && !says_that_it_closes()) {
        return interrupted("the answer tells no length, so a part would pass for the whole");
    }
    const int status = reader_->status();
    const bool save = is_saved(request_, status, reader_->headers(), reader_->content_length());
    reader_->limit_body(save ? options_.max_saved_bytes : options_.max_answer_bytes);
    begin_unpacking(save);
    if (!save) return std::nullopt;
    if (status == 206) {
        const std::string_view text = reader_->headers().get("Content-Range");
        range_ = parse_content_range(text);
        if (!range_ || range_->first != request_.save_offset) {
            return interrupted("asked for the bytes from " + std::to_string(request_.save_offset) +
                               ", it sent '" + excerpt(text, 100) + "'");
        }
    }
    saved_.emplace(*request_.save_to, range_ ? range_->first : 0);
    return std::nullopt;
}

void Exchange::begin_unpacking(bool save) {
    const auto coding = coding_of(reader_->headers().get("Content-Encoding"));
    // Whoever asked for a coding or a range itself takes what comes as it comes.
    const bool own = request_.headers.has("Accept-Encoding") || request_.headers.has("Range") ||
                     request_.save_offset > 0;
    if (!coding || own || reader_->status() == 206 || request_.method == "HEAD") return;
    UnpackLimits limits;
    limits.bytes = save ? options_.max_saved_bytes : options_.max_answer_bytes;
    unpacker_ = make_unpacker(
        *coding,
        [this](std::string_view piece) {
            if (saved_) return saved_->write(piece);
            unpacked_ += piece;
        },
        limits);
    reader_->headers().remove("Content-Encoding");
}

Exchange::MaybeFailure Exchange::read_body() {
    try {
        if (auto failure = read_pieces_of_body()) return failure;
        if (unpacker_) unpacker_->finish();
    } catch (const Error& error) {
        if (error.status() == Status::CorruptData) return interrupted(error.message());
        if (error.status() != Status::Protocol) throw;
        return TransportFailure{TransportFailure::Kind::TooLarge,
                                url_.origin() + ": " + error.message()};
    }
    if (range_ && range_->length != received_) {
        return interrupted("the answer is not as long as its Content-Range tells");
    }
    return std::nullopt;
}

Exchange::MaybeFailure Exchange::read_pieces_of_body() {
    while (true) {
        const MessageReader::Step step = reader_->take(pending_);
        take_body_bytes();
        if (step == MessageReader::Step::Done) return std::nullopt;
        if (step == MessageReader::Step::Failed) {
            const bool large = reader_->problem() == MessageReader::Problem::BodyTooLarge;
            return large ? too_large() : not_http();
        }
        if (auto failure = receive()) {
            if (ended_ && reader_->ends_with_connection()) return std::nullopt;
            return failure;
        }
    }
}

void Exchange::take_body_bytes() {
    const std::size_t fresh = reader_->body().size() - in_memory_;
    if (unpacker_) {
        unpacker_->add(reader_->body());
        reader_->body().clear();
    } else if (saved_) {
        saved_->write(reader_->body());
        reader_->body().clear();
    } else {
        in_memory_ += fresh;
    }
    received_ += fresh;
    if (fresh > 0 && request_.on_progress) {
        request_.on_progress(received_, reader_->content_length());
    }
}

Response Exchange::answer() {
    Response response{reader_->status(), std::move(reader_->headers()), {}};
    if (saved_) {
        response.body = saved_->finish();
    } else {
        response.body = unpacker_ ? std::move(unpacked_) : std::move(reader_->body());
    }
    return response;
}

TransportFailure Exchange::interrupted(const std::string& what) const {
    return {TransportFailure::Kind::Interrupted, url_.origin() + ": " + what};
}

TransportFailure Exchange::broken(const std::string& what, const ChannelResult& result) const {
    if (result.kind == ChannelResult::Kind::Cancelled) {
        return {TransportFailure::Kind::Cancelled, "cancelled"};
    }
    return interrupted(what + ": " + result.message);
}

TransportFailure Exchange::not_http() const {
    return interrupted("the answer is no HTTP: " + reader_->problem_text());
}

TransportFailure Exchange::too_large() const {
    const std::uint64_t limit = saved_ ? options_.max_saved_bytes : options_.max_answer_bytes;
    return {TransportFailure::Kind::TooLarge,
            url_.origin() + ": the answer passes the limit of " + std::to_string(limit) + " bytes"};
}

}  // namespace rhumb::http
