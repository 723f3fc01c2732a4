// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/security.hpp"

#include "platform/text.hpp"
#include "sync/service/security/refusals.hpp"

#include <utility>

namespace rhumb::service {
namespace {

/// For so long somebody who was removed may still see which services there are.
constexpr std::int64_t kRememberedMs = 1000;

constexpr std::size_t kMostRemembered = 1000;

std::filesystem::path key_file(const SecurityOptions& options) {
    if (!options.key_file.empty()) return options.key_file;
    return options.users_file.string() + ".key";
}

std::string bearer(std::string_view header) {
    constexpr std::string_view kScheme = "bearer ";
    if (!equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
    return std::string(trimmed(header.substr(kScheme.size())));
}

}  // namespace

std::string given_token(const http::Request& request, const http::Parameters& parameters) {
    const std::string_view parameter = trimmed(parameters.get("token"));
    if (!parameter.empty()) return std::string(parameter);
    for (const char* name : {"X-Esri-Authorization", "Authorization"}) {
        std::string token = bearer(request.headers.get(name));
        if (!token.empty()) return token;
    }
    return {};
}

Security::Security(SecurityOptions options, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      users_(options_.users_file),
      key_(key_file(options_), random),
      written_(kMostRemembered, kMostTokenBytes),
      guard_(clock),
      users_seen_ms_(clock.steady_ms()) {}

/// That we have written it stays true; all else about it is looked at each time.
std::optional<Token> Security::token_of(const std::string& text) {
    if (auto known = written_.find(text)) return known;
    auto token = key_.read(text);
    if (token) written_.keep(text, *token);
    return token;
}

Token Security::living_token(const std::string& text, User& user, Users::Look look) {
    auto token = token_of(text);
    if (!token) throw token_invalid("The token is none of this server.");
    if (token->expires_ms <= clock_.now_ms()) throw token_invalid("The token has expired.");
    const std::int64_t now_ms = clock_.steady_ms();
    const auto found = users_.find(token->user, look);
    if (look == Users::Look::Now) users_seen_ms_ = now_ms;
    if (!found || found->since_ms != token->since_ms) {
        throw token_invalid("The token is of a user or a password that is no more.");
    }
    user = *found;
    return std::move(*token);
}

Token Security::good_token(const http::Request& request, const std::string& text, User& user,
                           Users::Look look) {
    Token token = living_token(text, user, look);
    switch (token.bound) {
        case Token::Bound::Ip:
            if (request.remote_address == token.to) return token;
            throw token_invalid("The token is bound to another address.");
        case Token::Bound::Referer:
            if (is_same_referer(token.to, request.headers.get("Referer"))) return token;
            throw token_invalid("The token is bound to another Referer.");
        case Token::Bound::Session:
            break;
    }
    throw token_invalid("The token is of a browser's cookie and good nowhere else.");
}

bool Security::remembers_users() const {
    return clock_.steady_ms() - users_seen_ms_ < kRememberedMs;
}

Principal Security::identify(const http::Request& request, const http::Parameters& parameters,
                             const std::string& session, Users::Look look) {
    const std::string text = given_token(request, parameters);
    if (text.empty() && session.empty()) return {{}, Role::Viewer};
    User user;
    if (!text.empty()) {
        good_token(request, text, user, look);
    } else if (living_token(session, user, look).bound != Token::Bound::Session) {
        throw token_invalid("The token in the cookie is of no sign-in to the directory.");
    }
    return {user.name, user.role};
}

Principal Security::known(const std::string& user) {
    if (user.empty()) return {{}, Role::Viewer};
    const auto found = users_.find(user);
    if (!found) throw not_permitted("the user '" + user + "' is no more");
    return {found->name, found->role};
}

}  // namespace rhumb::service
