// SPDX-License-Identifier: Apache-2.0
#include "platform/http/message_reader.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace rhumb::http {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

// A chunked message cannot end in fewer bytes ("0", two line ends). Beast 1.74 asserts that it is
// never asked to go on with fewer.
constexpr std::size_t kShortestChunkedEnd = 5;

std::string text_of(string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

/// What both directions share, so that the reader itself needs no template.
class MessageReader::Parser {
public:
    virtual ~Parser() = default;
    virtual std::size_t put(const std::string& pending, error_code& failure) = 0;
    virtual bool header_done() const = 0;
    virtual bool done() const = 0;
    virtual bool chunked() const = 0;
    virtual std::optional<std::uint64_t> content_length() const = 0;
    virtual bool keep_alive() const = 0;
    virtual bool ends_with_connection() const = 0;

    std::string method;
    std::string target;
    int status = 0;
    int version = 11;
    Headers headers;
    std::string body;
    std::uint64_t body_size = 0;  // `body` may be moved away in between
    std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();
    std::size_t header_size = 0;
    std::size_t max_header = 0;
    bool reads_requests = false;
    Problem problem = Problem::None;
    std::string problem_text;

    Step take_header(std::string& pending);
    Step take_body(std::string& pending);
    Step fail(Problem what, std::string text) {
        problem = what;
        problem_text = std::move(text);
        return Step::Failed;
    }
};

MessageReader::Step MessageReader::Parser::take_header(std::string& pending) {
    if (reads_requests && header_size == 0) {
        // Old clients send a line end too many behind a form.
        pending.erase(0, std::min(pending.find_first_not_of("\r\n"), pending.size()));
    }
    if (pending.empty()) return Step::NeedMore;
    error_code failure;
    const std::size_t used = put(pending, failure);
    pending.erase(0, used);
    header_size += used;
    // Beast bounds what it has not yet used up, so that many short fields would have no bound.
    const std::size_t unfinished = header_done() ? 0 : pending.size();
    if (failure == beast_http::error::header_limit || header_size + unfinished > max_header) {
        return fail(Problem::HeaderTooLarge, "the header is too large");
    }
    if (failure && failure != beast_http::error::need_more) {
        return fail(Problem::Malformed, failure.message());
    }
    return Step::NeedMore;
}

MessageReader::Step MessageReader::Parser::take_body(std::string& pending) {
    while (!done()) {
        if (content_length().value_or(0) > max_body) {
            return fail(Problem::BodyTooLarge, "the body is too large");
        }
        if (pending.size() < (chunked() ? kShortestChunkedEnd : 1)) return Step::NeedMore;
        error_code failure;
        pending.erase(0, put(pending, failure));
        if (failure == beast_http::error::body_limit) {
            return fail(Problem::BodyTooLarge, "the body is too large");
        }
        if (failure && failure != beast_http::error::need_more) {
            return fail(Problem::Malformed, failure.message());
        }
        if (!failure) continue;
        // Only the head of a chunk waits for more; its extensions have no bound in Beast.
        if (pending.size() > max_header) {
            return fail(Problem::Malformed, "the head of a chunk is too long");
        }
        return Step::NeedMore;
    }
    return Step::Done;
}

template <bool is_request_v>
class MessageReader::ParserOf final : public Parser,
                                      private beast_http::basic_parser<is_request_v> {
    using Base = beast_http::basic_parser<is_request_v>;

public:
    ParserOf(bool answers_head, std::size_t limit) {
        this->reads_requests = is_request_v;
        this->max_header = limit;
        Base::header_limit(static_cast<std::uint32_t>(limit));
        // Bodies are counted here. boost::none would mean 0 bytes to Beast 1.74, not "no limit".
        Base::body_limit(std::numeric_limits<std::uint64_t>::max());
        if (answers_head) Base::skip(true);
    }

    std::size_t put(const std::string& pending, error_code& failure) override {
        Base::eager(Base::is_header_done());
        return Base::put(asio::const_buffer(pending.data(), pending.size()), failure);
    }
    bool header_done() const override { return Base::is_header_done(); }
    bool done() const override { return Base::is_done(); }
    bool chunked() const override { return Base::chunked(); }
    std::optional<std::uint64_t> content_length() const override {
        const auto length = Base::content_length();
        return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
    }
    bool keep_alive() const override { return Base::keep_alive(); }
    bool ends_with_connection() const override { return Base::need_eof(); }

private:
    void on_request_impl(beast_http::verb, string_view request_method, string_view request_target,
                         int http_version, error_code&) override {
        this->method = text_of(request_method);
        this->target = text_of(request_target);
        this->version = http_version;
    }
    void on_response_impl(int code, string_view, int http_version, error_code&) override {
        this->status = code;
        this->version = http_version;
    }
    void on_field_impl(beast_http::field, string_view name, string_view value,
                       error_code&) override {
        // Fields behind a chunked body are not taken: they could overrule what was acted upon.
        if (!Base::is_header_done()) this->headers.add(text_of(name), text_of(value));
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view bytes, error_code& failure) override {
        if (this->body_size + bytes.size() > this->max_body) {
            failure = beast_http::error::body_limit;
            return 0;
        }
        this->body_size += bytes.size();
        this->body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& failure) override {
        return on_body_impl(bytes, failure);
    }
    void on_finish_impl(error_code&) override {}
};

namespace {

/// Beast takes a message with another transfer coding for one without a body; what follows would
/// then be read as the next message.
bool has_foreign_coding(const Headers& headers) {
    const std::size_t codings = headers.count("Transfer-Encoding");
    return codings > 1 ||
           (codings == 1 &&
            !equal_ignoring_case(trimmed(headers.get("Transfer-Encoding")), "chunked"));
}

}  // namespace

MessageReader::MessageReader(Kind kind, std::size_t header_limit) {
    if (kind == Kind::Request) {
        parser_ = std::make_unique<ParserOf<true>>(false, header_limit);
    } else {
        parser_ = std::make_unique<ParserOf<false>>(kind == Kind::ResponseToHead, header_limit);
    }
}

MessageReader::~MessageReader() = default;

void MessageReader::limit_body(std::uint64_t bytes) {
    parser_->max_body = bytes;
}

MessageReader::Step MessageReader::take(std::string& pending) {
    Parser& parser = *parser_;
    if (parser.problem != Problem::None) return Step::Failed;
    if (!parser.header_done()) {
        const Step step = parser.take_header(pending);
        if (!parser.header_done()) return step;
        if (has_foreign_coding(parser.headers)) {
            return parser.fail(Problem::Malformed, "unknown transfer coding");
        }
        return Step::HeaderDone;
    }
    return parser.take_body(pending);
}

MessageReader::Problem MessageReader::problem() const {
    return parser_->problem;
}
const std::string& MessageReader::problem_text() const {
    return parser_->problem_text;
}
const std::string& MessageReader::method() const {
    return parser_->method;
}
const std::string& MessageReader::target() const {
    return parser_->target;
}
int MessageReader::status() const {
    return parser_->status;
}
bool MessageReader::is_http_1_1() const {
    return parser_->version == 11;
}
Headers& MessageReader::headers() {
    return parser_->headers;
}
std::string& MessageReader::body() {
    return parser_->body;
}
std::optional<std::uint64_t> MessageReader::content_length() const {
    return parser_->content_length();
}
bool MessageReader::keep_alive() const {
    return parser_->keep_alive();
}
bool MessageReader::is_chunked() const {
    return parser_->chunked();
}
bool MessageReader::ends_with_connection() const {
    return parser_->ends_with_connection();
}

}  // namespace rhumb::http
