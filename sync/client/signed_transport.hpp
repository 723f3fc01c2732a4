// SPDX-License-Identifier: Apache-2.0
//
// Puts the token to the requests of a transfer, and a new one when the service takes the old one
// no more; ladders know nothing of it.
//
// ArcGIS REST: 498 and 499, in the body or as HTTP status, and HTTP 401 can answer any request. A
// new token is fetched once and the same request is repeated. When that does not help the transfer
// stops with AuthRequired, and everything that was stored stays for the one that goes on.

#pragma once

#include "platform/clock.hpp"
#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "sync/client/credentials.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace rhumb::sync {

/// Any thread, if `carrier` is so: requests that wait for a token wait for one renewal. Carrier
/// and clock outlive it.
class SignedTransport final : public http::Transport {
public:
    /// Without credentials no token is sent, and a service that wants one stops the transfer. An
    /// address of a service that is "" has no host that a token may go to.
    SignedTransport(http::Transport& carrier, std::shared_ptr<Credentials> credentials,
                    std::string service_url, Clock& clock);

    /// Throws AuthRequired beside what the carrier throws.
    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override;

private:
    /// The token is for the service's host, and never for a less private way to it.
    bool is_for(const std::string& url) const;
    http::TransportResult send_signed(const http::TransportRequest& request,
                                      const CancelToken& cancel);
    http::TransportResult send_with(const std::optional<Token>& token,
                                    http::TransportRequest request, const CancelToken& cancel);
    std::optional<Token> current(const CancelToken& cancel);
    std::optional<Token> renewed(const std::string& refused, const CancelToken& cancel);
    std::optional<Token> ask(const std::string& refused, const CancelToken& cancel);
    bool is_due() const;

    http::Transport& carrier_;
    std::shared_ptr<Credentials> credentials_;
    std::string service_url_;
    std::optional<http::Url> service_;
    Clock& clock_;

    std::mutex mutex_;  ///< held while a token is fetched: whoever needs one waits for it
    bool asked_ = false;
    std::optional<Token> token_;
    std::int64_t got_ms_ = 0;
    std::optional<Error> refused_;  ///< a refused sign-in is not tried again: accounts get locked
};

}  // namespace rhumb::sync
