// SPDX-License-Identifier: Apache-2.0
//
// Who signs in at a service, and how: by a token that somebody has, or by a name and a password.
//
// ArcGIS REST: a token goes to the host of the service alone. It lives in memory and nowhere else:
// no file, no message and no URL holds one.

#pragma once

#include "platform/cancel_token.hpp"
#include "platform/http/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::sync {

struct Token {
    std::string value;
    std::optional<std::int64_t> expires_ms;  ///< by the clock of who gave it; none: not known
    std::string referer;                     ///< what it is bound to; "" for nothing
};

struct TokenWish {
    std::string service_url;
    std::string refused;  ///< the token that the service takes no more; "" for the first one
};

/// One wish at a time.
class Credentials {
public:
    virtual ~Credentials() = default;

    /// None: nobody is signed in, or there is no other token than the refused one. `carrier`
    /// carries whatever must be asked for it.
    /// Throws AuthRequired when the sign-in is refused, Offline when it cannot be tried now.
    virtual std::optional<Token> token(const TokenWish& wish, http::Transport& carrier,
                                       const CancelToken& cancel) = 0;
};

/// A token that the host has; there is no other when it is refused.
class GivenToken final : public Credentials {
public:
    explicit GivenToken(Token token) : token_(std::move(token)) {}
    std::optional<Token> token(const TokenWish& wish, http::Transport&,
                               const CancelToken&) override {
        if (!wish.refused.empty()) return std::nullopt;
        return token_;
    }

private:
    Token token_;
};

/// Signs in with a name and a password where the service says (`rest/info`): at its portal, else
/// at its own token service. The password goes over https only, or to this machine.
class PasswordSignIn final : public Credentials {
public:
    PasswordSignIn(std::string user, std::string password)
        : user_(std::move(user)), password_(std::move(password)) {}
    std::optional<Token> token(const TokenWish& wish, http::Transport& carrier,
                               const CancelToken& cancel) override;

private:
    Token generate(const std::string& address, const std::string& service_url,
                   http::Transport& carrier, const CancelToken& cancel) const;

    std::string user_;
    std::string password_;
};

}  // namespace rhumb::sync
