// SPDX-License-Identifier: Apache-2.0
//
// Tokens: what a service gives to somebody who has signed in, and takes instead of a password.
//
// A token says who it is for, until when, and what it is bound to, signed with a key of the server.
// So nothing is kept of it, and it outlives a restart. What it says is believed only as far as the
// list of users still agrees.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {
class Random;
}

namespace rhumb::service {

struct Token {
    enum class Bound : std::uint8_t { Referer = 1, Ip = 2, Session = 3 };  // stored: never renumber
    std::string user;
    std::int64_t since_ms = 0;  ///< when the user's password was set
    std::int64_t expires_ms = 0;
    Bound bound = Bound::Ip;
    std::string to;  ///< the referer or the address; "" of a session, which is bound to a cookie
};

constexpr std::size_t kMostRefererBytes = 1024;
constexpr std::size_t kMostTokenBytes = 4096;

class TokenKey {
public:
    /// Reads the key; makes it when there is none. Throws InvalidArgument naming a file that holds
    /// no key, or that others may read.
    TokenKey(const std::filesystem::path& file, Random& random);

    /// Letters, digits, '-' and '_' only.
    std::string write(const Token& token) const;
    /// None when we have not written it. Whether it is still good is not looked at.
    std::optional<Token> read(std::string_view text) const;

private:
    std::string key_;
};

/// A later request may carry less than the page that a token is bound to (browsers send the origin
/// alone to other hosts), or a page below it.
bool is_same_referer(std::string_view bound, std::string_view referer);

}  // namespace rhumb::service
