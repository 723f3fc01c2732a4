// SPDX-License-Identifier: Apache-2.0
#include "sync/client/signed_transport.hpp"

#include "platform/files.hpp"
#include "sync/client/sign_in_wish.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {
namespace {

using http::TransportFailure;
using http::TransportRequest;
using http::TransportResult;

/// A token is renewed so long before its end, or a tenth of its life if that is shorter.
constexpr std::int64_t kMarginMs = 5LL * 60 * 1000;

/// Nothing of the request was sent; it is due again.
TransportResult not_sent(const Error& error) {
    using Kind = TransportFailure::Kind;
    const bool cancelled = error.status() == Status::Cancelled;
    return TransportFailure{cancelled ? Kind::Cancelled : Kind::Unreachable, error.message()};
}

/// An error object in the file of a result is no result, nor the beginning of one.
void drop_saved(const TransportResult& result) {
    const auto* response = std::get_if<http::Response>(&result);
    if (response != nullptr && response->file() != nullptr) remove_quietly(response->file()->path);
}

}  // namespace

SignedTransport::SignedTransport(http::Transport& carrier, std::shared_ptr<Credentials> credentials,
                                 std::string service_url, Clock& clock)
    : carrier_(carrier),
      credentials_(std::move(credentials)),
      service_url_(std::move(service_url)),
      clock_(clock) {
    if (!service_url_.empty()) service_ = http::parse_url(service_url_);
}

TransportResult SignedTransport::send(const TransportRequest& request, const CancelToken& cancel) {
    if (!is_for(request.url)) return carrier_.send(request, cancel);
    try {
        return send_signed(request, cancel);
    } catch (const Error& error) {
        if (error.status() != Status::Offline && error.status() != Status::Cancelled) throw;
        return not_sent(error);
    }
}

bool SignedTransport::is_for(const std::string& url) const {
    if (!service_) return false;
    const http::Url asked = http::parse_url(url);
    return asked.host == service_->host && (asked.secure() || !service_->secure());
}

TransportResult SignedTransport::send_signed(const TransportRequest& request,
                                             const CancelToken& cancel) {
    const auto token = current(cancel);
    TransportResult result = send_with(token, request, cancel);
    auto words = sign_in_wish(result);
    if (!words) return result;
    drop_saved(result);
    if (const auto newer = renewed(token ? token->value : std::string(), cancel)) {
        result = send_with(newer, request, cancel);
        words = sign_in_wish(result);
        if (!words) return result;
        drop_saved(result);
    }
    const std::string who = token ? "takes no token of this user any more" : "wants a sign-in";
    throw Error(Status::AuthRequired, service_url_ + " " + who + ": " + words->text +
                                          "; what was reached is kept, and after a "
                                          "sign-in it goes on from there")
        .with_code(words->code);
}

TransportResult SignedTransport::send_with(const std::optional<Token>& token,
                                           TransportRequest request, const CancelToken& cancel) {
    if (!token) return carrier_.send(request, cancel);
    request.headers.set("X-Esri-Authorization", "Bearer " + token->value);
    if (!token->referer.empty()) request.headers.set("Referer", token->referer);
    TransportResult result = carrier_.send(request, cancel);
    hide_in(result, token->value);
    return result;
}

std::optional<Token> SignedTransport::current(const CancelToken& cancel) {
    const std::lock_guard lock(mutex_);
    if (!asked_ || is_due()) return ask({}, cancel);
    return token_;
}

std::optional<Token> SignedTransport::renewed(const std::string& refused,
                                              const CancelToken& cancel) {
    const std::lock_guard lock(mutex_);
    if (token_ && token_->value != refused) return token_;  // somebody was quicker
    return ask(refused, cancel);
}

bool SignedTransport::is_due() const {
    if (!token_ || !token_->expires_ms) return false;
    const std::int64_t life = *token_->expires_ms - got_ms_;
    if (life <= 0) return false;  // the clocks disagree: the service will say when it is over
    return clock_.now_ms() >= *token_->expires_ms - std::min(kMarginMs, life / 10);
}

std::optional<Token> SignedTransport::ask(const std::string& refused, const CancelToken& cancel) {
    if (refused_) throw Error(*refused_);
    if (!credentials_) return std::nullopt;
    try {
        auto token = credentials_->token({service_url_, refused}, carrier_, cancel);
        const bool same = token && !refused.empty() && token->value == refused;
        asked_ = true;
        if (!token || token->value.empty() || same) return std::nullopt;
        token_ = std::move(token);
        got_ms_ = clock_.now_ms();
        return token_;
    } catch (const Error& error) {
        if (error.status() == Status::AuthRequired) refused_ = error;
        throw;
    }
}

}  // namespace rhumb::sync
