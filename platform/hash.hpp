// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 of bytes: names of immutable content and proof that a transfer is whole. SHA-1 of
// changesets: the chain of ids that the timeline's format asks for.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
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

struct DigestState;

class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    void add(std::string_view bytes);
    /// Ends the stream; nothing may be added afterwards.
    Sha256 finish();

private:
    std::unique_ptr<DigestState> state_;
};

Sha256 sha256(std::string_view bytes);
/// Of the content of a file, which is read in pieces. Throws NotFound or Io naming the path.
Sha256 sha256_of_file(const std::filesystem::path& path);

struct Sha1 {
    std::array<std::uint8_t, 20> bytes{};
    std::string hex() const;
    bool operator==(const Sha1&) const = default;
};

class Sha1Stream {
public:
    Sha1Stream();
    ~Sha1Stream();
    void add(std::string_view bytes);
    /// Ends the stream; nothing may be added afterwards.
    Sha1 finish();

private:
    std::unique_ptr<DigestState> state_;
};

}  // namespace rhumb
