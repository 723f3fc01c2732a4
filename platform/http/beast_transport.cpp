// SPDX-License-Identifier: Apache-2.0
#include "platform/http/beast_transport.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/channel.hpp"
#include "platform/http/message_head.hpp"
#include "platform/http/message_reader.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace rhumb::http {
namespace {

using Failure = TransportFailure;
using MaybeFailure = std::optional<TransportFailure>;

constexpr std::size_t kAnswerHeaderBytes = 64 * 1024;
constexpr std::size_t kReadPiece = 64 * 1024;
constexpr std::size_t kFirstPiece = 16 * 1024;  // body bytes that go out together with the head

bool is_safe(const std::string& method) {
    return method == "GET" || method == "HEAD";
}

bool carries_body(const TransportRequest& request) {
    return !request.body.empty() || (!is_safe(request.method) && request.method != "DELETE");
}

std::string head_of(const TransportRequest& request, const Url& url,
                    const std::string& user_agent) {
    Headers headers = request.headers;
    headers.set("Host", url.authority());
    headers.remove("Transfer-Encoding");
    headers.remove("Content-Length");
    if (carries_body(request)) headers.add("Content-Length", std::to_string(request.body.size()));
    if (!headers.has("User-Agent")) headers.add("User-Agent", user_agent);
    if (request.save_to && request.save_offset > 0 && !headers.has("Range")) {
        headers.add("Range", "bytes=" + std::to_string(request.save_offset) + "-");
    }
    return request_head(request.method, url.target(), headers);
}

/// `bytes <first>-<last>/<total or *>`.
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!equal_ignoring_case(text.substr(0, 6), "bytes ")) return std::nullopt;
    text = text.substr(6, text.find('/') - 6);
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_integer(text.substr(0, dash));
    const auto last = parse_integer(text.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
    return ContentRange{static_cast<std::uint64_t>(*first),
                        static_cast<std::uint64_t>(*last - *first) + 1};
}

Failure connect_failure(const Url& url, const ChannelResult& result) {
    using Kind = ChannelResult::Kind;
    if (result.kind == Kind::Cancelled) return {Failure::Kind::Cancelled, "cancelled"};
    if (result.kind == Kind::Tls) {
        return {Failure::Kind::Tls,
                "no secure connection to " + url.origin() + ": " + result.message};
    }
    return {Failure::Kind::Unreachable, url.origin() + " cannot be reached: " + result.message};
}

/// Where the body goes that arrives with a 200 or 206.
class SavedBody {
public:
    /// `range` when the answer is a part.
    SavedBody(const std::filesystem::path& path, const std::optional<ContentRange>& range)
        : offset_(range ? range->first : 0), writer_(cut_to(path, offset_), mode()) {}

    void write(std::string_view bytes) { writer_.write(bytes); }
    FileBody finish() {
        const std::uint64_t length = writer_.size() - offset_;
        writer_.close_durably();
        return FileBody{writer_.path(), offset_, length, false};
    }

private:
    FileWriter::Mode mode() const {
        return offset_ == 0 ? FileWriter::Mode::Replace : FileWriter::Mode::Append;
    }
    static const std::filesystem::path& cut_to(const std::filesystem::path& path,
                                               std::uint64_t size) {
        std::error_code failure;
        if (size > 0) std::filesystem::resize_file(path, size, failure);
        if (failure) throw_file_error("cannot cut", path, failure.value());
        return path;
    }

    std::uint64_t offset_;
    FileWriter writer_;
};

/// One request and its answer on one connection.
class Exchange {
public:
    Exchange(const BeastTransport::Options& options, const Url& url,
             const TransportRequest& request, const CancelToken& cancel, Channel& channel)
        : options_(options), url_(url), request_(request), cancel_(cancel), channel_(channel) {
        begin_answer();
    }

    TransportResult run(const std::string& head) {
        const MaybeFailure unsent = write(head);
        if (unsent && (!may_have_arrived_ || unsent->kind == Failure::Kind::Cancelled)) {
            return *unsent;
        }
        // A server may refuse a large body before it has read it all, and close: its answer
        // counts although the writing failed.
        if (const MaybeFailure failure = read_header()) return unsent ? *unsent : *failure;
        if (const MaybeFailure failure = prepare_body()) return *failure;
        if (const MaybeFailure failure = read_body()) return *failure;
        reusable_ = !unsent && reader_->keep_alive() && pending_.empty();
        return answer();
    }

    /// The connection may carry another request.
    bool reusable() const { return reusable_; }

    /// After a failure on a kept connection: the server cannot have acted upon the request, or
    /// acting twice does no harm.
    bool may_be_repeated() const {
        return !anything_came_ && (!may_have_arrived_ || is_safe(request_.method));
    }

private:
    void begin_answer() {
        reader_.emplace(request_.method == "HEAD" ? MessageReader::Kind::ResponseToHead
                                                  : MessageReader::Kind::Response,
                        kAnswerHeaderBytes);
    }

    MaybeFailure write(const std::string& head) {
        const std::string_view body = request_.body;
        const std::string first = head + std::string(body.substr(0, kFirstPiece));
        if (auto failure = write_piece(first)) return failure;
        return body.size() > kFirstPiece ? write_piece(body.substr(kFirstPiece)) : std::nullopt;
    }

    MaybeFailure write_piece(std::string_view bytes) {
        const ChannelResult result = channel_.write(bytes, options_.silence_ms, cancel_);
        const bool given_up = result.kind == ChannelResult::Kind::TimedOut ||
                              result.kind == ChannelResult::Kind::Cancelled;
        may_have_arrived_ = may_have_arrived_ || result.bytes > 0 || given_up;
        if (result.ok()) return std::nullopt;
        if (!may_have_arrived_) return connect_failure(url_, result);
        return broken("the request could not be sent whole", result);
    }

    MaybeFailure receive() {
        const ChannelResult result =
            channel_.read(piece_.data(), piece_.size(), options_.silence_ms, cancel_);
        if (!result.ok()) return broken("its answer did not come whole", result);
        anything_came_ = true;
        pending_.append(piece_.data(), result.bytes);
        return std::nullopt;
    }

    MaybeFailure read_header() {
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

    MaybeFailure prepare_body() {
        if (reader_->ends_with_connection()) {
            return interrupted("its answer tells no length, so it could not be told from a part");
        }
        const int status = reader_->status();
        const bool save =
            request_.save_to && request_.method != "HEAD" && (status == 200 || status == 206);
        reader_->limit_body(save ? options_.max_saved_bytes : options_.max_answer_bytes);
        if (!save) return std::nullopt;
        if (status == 206) {
            const std::string_view text = reader_->headers().get("Content-Range");
            range_ = parse_content_range(text);
            if (!range_ || range_->first != request_.save_offset) {
                return interrupted("asked for the bytes from " +
                                   std::to_string(request_.save_offset) + ", it sent '" +
                                   excerpt(text, 100) + "'");
            }
        }
        saved_.emplace(*request_.save_to, range_);
        return std::nullopt;
    }

    MaybeFailure read_body() {
        while (true) {
            const MessageReader::Step step = reader_->take(pending_);
            take_body_bytes();
            if (step == MessageReader::Step::Done) break;
            if (step == MessageReader::Step::Failed) {
                const bool large = reader_->problem() == MessageReader::Problem::BodyTooLarge;
                return large ? too_large() : not_http();
            }
            if (auto failure = receive()) return failure;
        }
        if (range_ && range_->length != received_) {
            return interrupted("it sent fewer or more bytes than its Content-Range tells");
        }
        return std::nullopt;
    }

    void take_body_bytes() {
        const std::uint64_t fresh = reader_->body().size() - in_memory_;
        if (saved_) {
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

    Response answer() {
        Response response{reader_->status(), std::move(reader_->headers()), {}};
        if (saved_) {
            response.body = saved_->finish();
        } else {
            response.body = std::move(reader_->body());
        }
        return response;
    }

    Failure interrupted(const std::string& what) const {
        return {Failure::Kind::Interrupted, url_.origin() + ": " + what};
    }
    Failure broken(const std::string& what, const ChannelResult& result) const {
        if (result.kind == ChannelResult::Kind::Cancelled) {
            return {Failure::Kind::Cancelled, "cancelled"};
        }
        return interrupted(what + ": " + result.message);
    }
    Failure not_http() const {
        return interrupted("its answer is no HTTP: " + reader_->problem_text());
    }
    Failure too_large() const {
        return {Failure::Kind::TooLarge,
                url_.origin() + ": its answer passes the limit of " +
                    std::to_string(saved_ ? options_.max_saved_bytes : options_.max_answer_bytes) +
                    " bytes"};
    }

    const BeastTransport::Options& options_;
    const Url& url_;
    const TransportRequest& request_;
    const CancelToken& cancel_;
    Channel& channel_;

    std::optional<MessageReader> reader_;
    std::optional<ContentRange> range_;
    std::optional<SavedBody> saved_;
    std::string pending_;  // bytes received and not yet taken by the reader
    std::vector<char> piece_ = std::vector<char>(kReadPiece);
    std::uint64_t received_ = 0;
    std::uint64_t in_memory_ = 0;
    bool may_have_arrived_ = false;
    bool anything_came_ = false;
    bool reusable_ = false;
};

/// Connections that wait for the next request, at most one for each origin.
class IdleChannels {
public:
    /// Null when there is none that is worth a try.
    std::unique_ptr<Channel> take(const std::string& origin) {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(origin);
        if (found == kept_.end()) return nullptr;
        Kept kept = std::move(found->second);
        kept_.erase(found);
        const bool fresh = Clock::now() - kept.since < std::chrono::milliseconds(kIdleReuseMs);
        return fresh && kept.channel->is_quiet() ? std::move(kept.channel) : nullptr;
    }

    void keep(const std::string& origin, std::unique_ptr<Channel> channel) {
        const std::lock_guard lock(mutex_);
        kept_.insert_or_assign(origin, Kept{std::move(channel), Clock::now()});
        if (kept_.size() <= kMaxIdleConnections) return;
        kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
            return a.second.since < b.second.since;
        }));
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Kept {
        std::unique_ptr<Channel> channel;
        Clock::time_point since;
    };
    std::mutex mutex_;
    std::map<std::string, Kept> kept_;
};

/// A gap in the file would be filled with zeros and pass for content.
void check_save_offset(const TransportRequest& request) {
    if (!request.save_to || request.save_offset == 0) return;
    if (file_size(*request.save_to) < request.save_offset) {
        throw Error(Status::InvalidArgument,
                    "'" + request.save_to->string() + "' holds fewer than the " +
                        std::to_string(request.save_offset) + " bytes to go on behind");
    }
}

}  // namespace

struct BeastTransport::Impl {
    explicit Impl(Options given)
        : options(std::move(given)), trust(options.extra_ca_file, options.verify_certificates) {}

    Options options;
    TlsTrust trust;
    IdleChannels idle;
};

BeastTransport::BeastTransport() : BeastTransport(Options{}) {}
BeastTransport::BeastTransport(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
BeastTransport::~BeastTransport() = default;

TransportResult BeastTransport::send(const TransportRequest& request, const CancelToken& cancel) {
    const Url url = parse_url(request.url);
    const std::string head = head_of(request, url, impl_->options.user_agent);
    check_save_offset(request);

    std::unique_ptr<Channel> channel = impl_->idle.take(url.origin());
    const bool kept = channel != nullptr;
    for (bool first = true;; first = false) {
        if (!channel) {
            channel = std::make_unique<Channel>();
            const ChannelResult connected =
                channel->connect(url, impl_->trust, impl_->options.connect_ms, cancel);
            if (!connected.ok()) return connect_failure(url, connected);
        }
        Exchange exchange(impl_->options, url, request, cancel, *channel);
        TransportResult result = exchange.run(head);
        const auto* failure = std::get_if<TransportFailure>(&result);
        const bool stale = first && kept && failure != nullptr &&
                           failure->kind != TransportFailure::Kind::Cancelled &&
                           exchange.may_be_repeated();
        if (!stale) {
            if (exchange.reusable()) impl_->idle.keep(url.origin(), std::move(channel));
            return result;
        }
        channel.reset();  // the server had closed it while it was idle
    }
}

}  // namespace rhumb::http
