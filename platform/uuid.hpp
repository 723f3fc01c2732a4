// SPDX-License-Identifier: Apache-2.0
//
// 128-bit identities, compared as bytes and never as text.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {
class Random;

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    /// A random (version 4) identity.
    static Uuid random(Random& random);
    /// Takes 8-4-4-4-12 hex digits in any case, with or without braces; blanks around are ignored.
    static std::optional<Uuid> parse(std::string_view text);

    /// `{8-4-4-4-12}` in upper case: the form we store and send.
    std::string braced() const;
    /// 8-4-4-4-12 in lower case: the form of file names and URLs.
    std::string plain() const;

    auto operator<=>(const Uuid&) const = default;
};

}  // namespace rhumb

template <>
struct std::hash<rhumb::Uuid> {
    std::size_t operator()(const rhumb::Uuid& uuid) const noexcept;
};
