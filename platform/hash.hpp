// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 of bytes and files: names of immutable content and proof that a transfer is whole.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

struct Sha256 {
    std::array<std::uint8_t, 32> bytes{};
    std::string hex() const;
    /// 64 hex digits in either case.
    static std::optional<Sha256> parse(std::string_view hex);
    auto operator<=>(const Sha256&) const = default;
};

class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    void add(std::string_view bytes);
    /// Ends the stream; nothing may be added afterwards.
    Sha256 finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

Sha256 sha256(std::string_view bytes);

}  // namespace rhumb
