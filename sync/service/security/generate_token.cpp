// SPDX-License-Identifier: Apache-2.0
//
// The resource tokens/generateToken.
#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/call.hpp"
#include "sync/service/security/refusals.hpp"
#include "sync/service/security/security.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kShownBytes = 60;
constexpr const char* kTooManyFailed = "Too many sign-ins have failed.";

Error refused(const std::string& why) {
    return Error(Status::InvalidArgument, why).with_code(400);
}

/// Whether nobody on the way can read what is said.
bool is_private(const http::Request& request) {
    const std::string& peer = request.remote_address;
    return request.scheme == "https" || peer == "::1" || peer.starts_with("127.") ||
           peer.starts_with("::ffff:127.");
}

/// ArcGIS REST: passwords are never in a URL, where logs and histories would keep them.
void refuse_secrets_in_url(const http::Request& request) {
    for (const auto& [name, value] : http::parse_form(request.query())) {
        if (!equal_ignoring_case(name, "username") && !equal_ignoring_case(name, "password")) {
            continue;
        }
        throw refused("'" + lowered(name) + "' must not stand in the URL: send it in the body");
    }
}

std::string referer_of(const http::Request& request, const http::Parameters& parameters) {
    const std::string_view given = trimmed(parameters.get("referer"));
    std::string referer(given.empty() ? trimmed(request.headers.get("Referer")) : given);
    const bool odd = std::any_of(referer.begin(), referer.end(),
                                 [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
    if (referer.empty()) throw refused("'referer' is missing, to which the token is to be bound");
    if (odd || referer.size() > kMostRefererBytes || !is_utf8(referer)) {
        throw refused("'referer' is '" + excerpt(referer, kShownBytes) + "', no address of a page");
    }
    return referer;
}

std::string ip_of(const http::Parameters& parameters) {
    std::string ip(trimmed(parameters.get("ip")));
    const bool digits = std::all_of(ip.begin(), ip.end(), [](unsigned char c) {
        return std::isxdigit(c) != 0 || c == '.' || c == ':';
    });
    if (ip.empty()) throw refused("'ip' is missing, to which the token is to be bound");
    if (!digits || ip.size() > 45) {
        throw refused("'ip' is '" + excerpt(ip, kShownBytes) + "', no address of a machine");
    }
    return lowered(ip);
}

void bind(Token& token, const http::Request& request, const http::Parameters& parameters) {
    std::string client = lowered(trimmed(parameters.get("client")));
    if (client.empty()) {
        client = parameters.has("referer") ? "referer" : parameters.has("ip") ? "ip" : "requestip";
    }
    if (client == "referer") {
        token.bound = Token::Bound::Referer;
        token.to = referer_of(request, parameters);
    } else if (client == "ip") {
        token.to = ip_of(parameters);
    } else if (client == "requestip") {
        token.to = request.remote_address;
    } else {
        throw refused("'client' is '" + excerpt(client, kShownBytes) +
                      "', not referer, ip or requestip");
    }
}

/// Minutes asked for, within what the server allows.
std::int64_t minutes_of(const http::Parameters& parameters, const SecurityOptions& options) {
    const auto asked = integer_parameter(parameters, "expiration");
    if (!asked) return std::min(options.default_minutes, options.most_minutes);
    if (*asked < 1) {
        throw refused("'expiration' is " + std::to_string(*asked) + ", not 1 minute or more");
    }
    return std::min(*asked, options.most_minutes);
}

void check_server(const http::Request& request, const std::string& url) {
    try {
        const http::Url server = http::parse_url(url);
        const http::Url here =
            http::parse_url("http://" + std::string(request.headers.get("Host")));
        if (server.host == here.host) return;
    } catch (const Error&) {  // said below
    }
    throw refused("'serverUrl' is '" + excerpt(url, kShownBytes) + "', which is not here");
}

}  // namespace

/// ArcGIS REST: a token may be exchanged for one of the server. Ours are the server's already, so
/// the new one lives no longer than the old one would have.
Token Security::exchanged(const http::Request& request, const http::Parameters& parameters) {
    check_server(request, parameters.get("serverUrl"));
    User user;
    Token token = good_token(request, given_token(request, parameters), user);
    const std::int64_t end = clock_.now_ms() + minutes_of(parameters, options_) * kMinuteMs;
    token.expires_ms = std::min(token.expires_ms, end);
    const bool rebound = parameters.has("client") || parameters.has("referer");
    if (rebound) bind(token, request, parameters);
    return token;
}

User Security::signed_in(const http::Request& request, const http::Parameters& parameters) {
    const std::string& name = parameters.get("username");
    const std::string& password = parameters.get("password");
    if (name.empty()) throw refused("'username' is missing");
    if (password.empty()) throw refused("'password' is missing");
    const std::string who = excerpt(name, kMostUserBytes);
    auto user = users_.sign_in(name, password);
    if (!user) {
        guard_.failed(who, request.remote_address);
        throw refused("Invalid username or password.");
    }
    guard_.succeeded(who, request.remote_address);
    return std::move(*user);
}

http::Response Security::hand_out(const http::Request& request, const http::Parameters& parameters,
                                  const Token& token) const {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object().key("token").string(key_.write(token));
    writer.key("expires").integer(token.expires_ms);
    writer.key("ssl").boolean(request.scheme == "https").end_object();
    http::Response response = answer_json(parameters, std::move(text));
    response.headers.set("Cache-Control", "no-store");
    return response;
}

std::int64_t Security::wait_ms(const http::Request& request, const http::Parameters& parameters) {
    const std::string who = excerpt(parameters.get("username"), kMostUserBytes);
    return guard_.wait_ms(who, request.remote_address);
}

bool Security::takes_passwords(const http::Request& request) const {
    return options_.allow_http || is_private(request);
}

void Security::refuse_unsafe(const http::Request& request, std::string_view what) const {
    refuse_secrets_in_url(request);
    if (takes_passwords(request)) return;
    throw refused(std::string(what) + " wants https: this way others could read the password");
}

http::Response Security::generate_token(const http::Request& request,
                                        const http::Parameters& parameters) {
    if (request.method != "POST") {
        throw Error(Status::InvalidArgument, "generateToken must be called with POST.")
            .with_code(405);
    }
    refuse_unsafe(request, "generateToken");
    if (parameters.has("serverUrl") && !parameters.has("username")) {
        return hand_out(request, parameters, exchanged(request, parameters));
    }
    if (const std::int64_t wait = wait_ms(request, parameters); wait > 0) {
        return answer_later(parameters, 429, wait, kTooManyFailed);
    }
    Token token;
    bind(token, request, parameters);
    const std::int64_t life = minutes_of(parameters, options_) * kMinuteMs;
    const User user = signed_in(request, parameters);
    token.user = user.name;
    token.since_ms = user.since_ms;
    token.expires_ms = clock_.now_ms() + life;
    return hand_out(request, parameters, token);
}

SignIn Security::begin_session(const http::Request& request, const http::Parameters& parameters) {
    refuse_unsafe(request, "signing in");
    SignIn done;
    done.wait_ms = wait_ms(request, parameters);
    if (done.wait_ms > 0) return done;
    const User user = signed_in(request, parameters);
    const std::int64_t minutes = std::min(options_.default_minutes, options_.most_minutes);
    done.user = user.name;
    done.token = key_.write({user.name, user.since_ms, clock_.now_ms() + minutes * kMinuteMs,
                             Token::Bound::Session, ""});
    return done;
}

}  // namespace rhumb::service
