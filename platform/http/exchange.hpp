// SPDX-License-Identifier: Apache-2.0
//
// One request and its answer on one connection. Internal to this folder.

#pragma once

#include "platform/http/beast_transport.hpp"
#include "platform/http/channel.hpp"
#include "platform/http/message_reader.hpp"
#include "platform/http/saved_body.hpp"
#include "platform/http/transport.hpp"
#include "platform/http/url.hpp"
#include "platform/zip/coding.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::http {

/// GET and HEAD: sending them twice does no harm.
bool is_safe_method(std::string_view method);

/// Why no connection came to be, in the transport's words.
TransportFailure connect_failure(const Url& url, const ChannelResult& result);

class Exchange {
public:
    /// Everything is borrowed.
    Exchange(const BeastTransport::Options& options, const Url& url,
             const TransportRequest& request, const CancelToken& cancel, Channel& channel);

    TransportResult run(const std::string& head);

    /// The connection may carry another request.
    bool reusable() const { return reusable_; }

    /// After a failure on a kept connection: the server cannot have acted upon the request, or
    /// acting twice does no harm.
    bool may_be_repeated() const;

private:
    using MaybeFailure = std::optional<TransportFailure>;

    void begin_answer();
    MaybeFailure write(const std::string& head);
    MaybeFailure write_piece(std::string_view bytes);
    MaybeFailure receive();
    MaybeFailure read_header();
    bool says_that_it_closes();
    MaybeFailure prepare_body();
    MaybeFailure read_body();
    /// The body comes packed, as was offered: what follows is unpacked while it arrives.
    void begin_unpacking(bool save);
    MaybeFailure read_pieces_of_body();
    void take_body_bytes();
    Response answer();

    TransportFailure interrupted(const std::string& what) const;
    TransportFailure broken(const std::string& what, const ChannelResult& result) const;
    TransportFailure not_http() const;
    TransportFailure too_large() const;

    const BeastTransport::Options& options_;
    const Url& url_;
    const TransportRequest& request_;
    const CancelToken& cancel_;
    Channel& channel_;

    std::optional<MessageReader> reader_;
    std::optional<ContentRange> range_;
    std::optional<SavedBody> saved_;
    std::unique_ptr<Unpacker> unpacker_;  // of an answer that came packed
    std::string unpacked_;                // and what of it is kept in memory
    std::string pending_;                 // bytes received and not yet taken by the reader
    std::vector<char> piece_;
    std::uint64_t received_ = 0;
    std::size_t in_memory_ = 0;
    bool may_have_arrived_ = false;  // some byte of the request was given to the system
    bool ended_ = false;             ///< the server has closed, in order
    bool anything_came_ = false;
    bool reusable_ = false;
};

}  // namespace rhumb::http
