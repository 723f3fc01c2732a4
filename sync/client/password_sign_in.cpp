// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/client/answer.hpp"
#include "sync/client/credentials.hpp"

namespace rhumb::sync {
namespace {

using wire::Json;

constexpr std::string_view kServices = "/rest/services/";
constexpr const char* kLifeMinutes = "60";  // wished for; the service has the last word

/// The answer to a request that is part of signing in.
Json answer_to(const http::TransportRequest& request, const std::string& what,
               http::Transport& carrier, const CancelToken& cancel) {
    const http::TransportResult result = carrier.send(request, cancel);
    cancel.throw_if_cancelled();
    if (const auto* failure = std::get_if<http::TransportFailure>(&result)) {
        throw Error(Status::Offline, failure->message);
    }
    Answer answer = read_answer(std::get<http::Response>(result), what);
    if (answer.kind == Answer::Kind::Useless) throw Error(Status::Offline, answer.why);
    if (answer.kind == Answer::Kind::Refused) {
        throw Error(Status::AuthRequired, what + " was refused: " + answer.error.sentence())
            .with_code(answer.error.code);
    }
    return std::move(answer.root);
}

std::string info_address(const std::string& service_url) {
    const std::size_t at = lowered(service_url).find(kServices);
    if (at != std::string::npos) return service_url.substr(0, at) + "/rest/info?f=json";
    throw Error(Status::AuthRequired, "where to sign in for " + service_url +
                                          " is not known: its address holds no " +
                                          std::string(kServices));
}

/// Where tokens are made; none when the service wants none.
std::optional<std::string> token_service(const std::string& service_url, http::Transport& carrier,
                                         const CancelToken& cancel) {
    http::TransportRequest request;
    request.url = info_address(service_url);
    const Json info =
        answer_to(request, "asking where to sign in for " + service_url, carrier, cancel);
    const http::Url base = http::parse_url(request.url);
    const std::string_view portal =
        trimmed(wire::text_or_empty(info.find_any_case("owningSystemUrl")));
    if (!portal.empty()) {
        std::string address = http::format_url(http::resolve_url(base, portal));
        while (address.ends_with('/')) address.pop_back();
        return address + "/sharing/rest/generateToken";
    }
    const Json* auth = info.find_any_case("authInfo");
    if (auth == nullptr ||
        !wire::to_bool(auth->find_any_case("isTokenBasedSecurity")).value_or(false)) {
        return std::nullopt;
    }
    const std::string_view address =
        trimmed(wire::text_or_empty(auth->find_any_case("tokenServicesUrl")));
    if (!address.empty()) return http::format_url(http::resolve_url(base, address));
    throw Error(Status::AuthRequired,
                "the service " + service_url + " wants a token and does not say who gives one");
}

void check_private(const http::Url& url) {
    const bool here =
        url.host == "localhost" || url.host == "::1" || url.host.rfind("127.", 0) == 0;
    if (url.secure() || here) return;
    throw Error(Status::AuthRequired, "the sign-in at " + url.origin() +
                                          " is not encrypted, so the password is not sent there");
}

}  // namespace

Token PasswordSignIn::generate(const std::string& address, const std::string& service_url,
                               http::Transport& carrier, const CancelToken& cancel) const {
    check_private(http::parse_url(address));
    Token token;
    // ArcGIS REST: bound to an address of ours, a token would die with every change of network.
    token.referer = http::parse_url(service_url).origin();
    http::TransportRequest request;
    request.method = "POST";
    request.url = address;
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("Referer", token.referer);
    request.body = http::encode_form({{"username", user_},
                                      {"password", password_},
                                      {"client", "referer"},
                                      {"referer", token.referer},
                                      {"expiration", kLifeMinutes},
                                      {"f", "json"}});
    const std::string what = "the sign-in of '" + user_ + "' at " + address;
    const Json answer = answer_to(request, what, carrier, cancel);
    token.value = wire::text_or_empty(answer.find_any_case("token"));
    token.expires_ms = wire::to_int64(answer.find_any_case("expires"));
    if (token.value.empty()) throw Error(Status::AuthRequired, what + " gave no token");
    return token;
}

std::optional<Token> PasswordSignIn::token(const TokenWish& wish, http::Transport& carrier,
                                           const CancelToken& cancel) {
    const auto address = token_service(wish.service_url, carrier, cancel);
    if (!address) return std::nullopt;
    return generate(*address, wish.service_url, carrier, cancel);
}

}  // namespace rhumb::sync
