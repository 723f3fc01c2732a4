// SPDX-License-Identifier: Apache-2.0
//
// Who is it? The users of a server, the tokens they have, and what a request says about both.

#pragma once

#include "platform/clock.hpp"
#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "sync/service/memo.hpp"
#include "sync/service/security/principal.hpp"
#include "sync/service/security/sign_in_guard.hpp"
#include "sync/service/security/tokens.hpp"
#include "sync/service/security/users.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace rhumb::service {

struct SecurityOptions {
    std::filesystem::path users_file;
    std::filesystem::path key_file;  ///< "": beside the users, with .key behind its name
    std::int64_t default_minutes = 60;
    std::int64_t most_minutes = 20'160;  ///< two weeks
    /// Passwords are taken over plain HTTP from other machines too.
    bool allow_http = false;
};

/// What became of a name and a password.
struct SignIn {
    std::int64_t wait_ms = 0;  ///< above 0: too many have failed, try again then
    std::string token;
    std::string user;
};

/// Any thread. `clock` and `random` outlive it.
class Security {
public:
    Security(SecurityOptions options, Clock& clock, Random& random);

    /// Who calls; nobody when no token was given. Throws token_invalid() for one that is no good.
    /// `session`: the token of a cookie, where one is taken; what the request gives goes before it.
    Principal identify(const http::Request& request, const http::Parameters& parameters,
                       const std::string& session = {}, Users::Look look = Users::Look::Now);
    /// Whether the list of users is fresh enough to identify() by it as it is remembered.
    bool remembers_users() const;
    /// The user of a job, as he is now. Throws not_permitted() when he is gone.
    Principal known(const std::string& user);

    /// ArcGIS REST, generateToken. Throws; what it throws for a refused sign-in says no more than
    /// that.
    http::Response generate_token(const http::Request& request, const http::Parameters& parameters);

    /// Name and password of a form for the token of a cookie. Throws like generate_token().
    SignIn begin_session(const http::Request& request, const http::Parameters& parameters);
    /// Whether a password may be sent the way that the request came.
    bool takes_passwords(const http::Request& request) const;

    std::int64_t default_minutes() const { return options_.default_minutes; }

private:
    std::optional<Token> token_of(const std::string& text);
    /// One of ours whose time and user are not over; what it is bound to is not looked at.
    Token living_token(const std::string& text, User& user, Users::Look look = Users::Look::Now);
    Token good_token(const http::Request& request, const std::string& text, User& user,
                     Users::Look look = Users::Look::Now);
    std::int64_t wait_ms(const http::Request& request, const http::Parameters& parameters);
    void refuse_unsafe(const http::Request& request, std::string_view what) const;
    User signed_in(const http::Request& request, const http::Parameters& parameters);
    Token exchanged(const http::Request& request, const http::Parameters& parameters);
    http::Response hand_out(const http::Request& request, const http::Parameters& parameters,
                            const Token& token) const;

    SecurityOptions options_;
    Clock& clock_;
    Users users_;
    TokenKey key_;
    Memo<Token> written_;  // tokens that proved to be ours
    SignInGuard guard_;
    std::atomic<std::int64_t> users_seen_ms_;  // when identify() last looked at the file
};

/// The token of a request: parameter `token`, `X-Esri-Authorization` or `Authorization`, both
/// `Bearer <token>`; "" for none.
std::string given_token(const http::Request& request, const http::Parameters& parameters);

}  // namespace rhumb::service
