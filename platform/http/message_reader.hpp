// SPDX-License-Identifier: Apache-2.0
//
// Bytes in, one HTTP/1.1 message out, for either end. Internal to this folder.
//
// The bytes are hostile until read: header and body are bounded, and whatever could be
// understood in two ways (two lengths, an unknown transfer coding) is malformed.

#pragma once

#include "platform/http/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::http {

class MessageReader {
public:
    enum class Kind { Request, Response, ResponseToHead };
    enum class Step {
        NeedMore,    ///< call again when more bytes have come
        HeaderDone,  ///< told once; header facts may be asked for now
        Done,        ///< the message is whole; bytes behind it stay in `pending`
        Failed,      ///< see problem() and problem_text()
    };
    enum class Problem { None, Malformed, HeaderTooLarge, BodyTooLarge };

    MessageReader(Kind kind, std::size_t header_limit);
    ~MessageReader();

    /// Bytes of body that are acceptable; may be set anew when the header is done.
    void limit_body(std::uint64_t bytes);

    /// Takes what it can from the front of `pending`.
    Step take(std::string& pending);

    Problem problem() const;
    const std::string& problem_text() const;

    const std::string& method() const;  ///< requests only
    const std::string& target() const;  ///< requests only
    int status() const;                 ///< responses only
    bool is_http_1_1() const;
    Headers& headers();
    /// What has come of the body; the caller may move it away between calls.
    std::string& body();

    // Once the header is done:
    std::optional<std::uint64_t> content_length() const;
    bool keep_alive() const;
    bool is_chunked() const;
    /// A response without any length: only the connection's end would tell its end.
    bool ends_with_connection() const;

private:
    class Parser;
    template <bool is_request>
    class ParserOf;
    std::unique_ptr<Parser> parser_;
};

}  // namespace rhumb::http
