// SPDX-License-Identifier: Apache-2.0
//
// Passwords as what is kept of them: scrypt (RFC 7914) with its parameters and a salt of its own,
// so that a later version may ask for more work without making old hashes useless.

#pragma once

#include "platform/random.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

/// What one guess costs. The default takes 32 MB and about a tenth of a second.
struct PasswordCost {
    std::uint64_t n = 1U << 15;  ///< a power of two
    std::uint32_t r = 8;
    std::uint32_t p = 1;
};

/// "scrypt$n=32768,r=8,p=1$<salt>$<hash>", both base64.
std::string hash_password(std::string_view password, Random& random, PasswordCost cost = {});

/// Takes the same time whether it is the right one. False for a text that is no such hash or asks
/// for more memory than anybody would have chosen.
bool is_password(std::string_view password, std::string_view hash);

/// Whether a text is a hash that is_password() can read.
bool is_password_hash(std::string_view hash);

}  // namespace rhumb
