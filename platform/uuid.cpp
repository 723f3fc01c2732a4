// SPDX-License-Identifier: Apache-2.0
#include "platform/uuid.hpp"

#include "platform/random.hpp"
#include "platform/text.hpp"

#include <cstring>

namespace rhumb {
namespace {

/// Values of the hex digits by character; -1 for all others.
constexpr std::array<std::int8_t, 256> kHexDigits = [] {
    std::array<std::int8_t, 256> digits{};
    for (std::int8_t& digit : digits) digit = -1;
    for (int i = 0; i < 16; ++i) {
        const auto value = static_cast<std::int8_t>(i);
        digits[static_cast<std::size_t>("0123456789abcdef"[i])] = value;
        digits[static_cast<std::size_t>("0123456789ABCDEF"[i])] = value;
    }
    return digits;
}();

int hex_digit(char c) {
    return kHexDigits[static_cast<unsigned char>(c)];
}

bool dash_follows(std::size_t byte) {
    return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

void append_digits(std::string& out, const Uuid& uuid, const char* digits) {
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        out += digits[uuid.bytes[i] >> 4];
        out += digits[uuid.bytes[i] & 15];
        if (dash_follows(i)) out += '-';
    }
}

}  // namespace

Uuid Uuid::random(Random& random) {
    Uuid uuid;
    random.fill(uuid.bytes.data(), uuid.bytes.size());
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x40);
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    const auto is_braced = [&] {
        return text.size() == 38 && text.front() == '{' && text.back() == '}';
    };
    if (!is_braced()) text = trimmed(text);
    if (is_braced()) text = text.substr(1, 36);
    if (text.size() != 36) return std::nullopt;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
        return std::nullopt;
    }
    Uuid uuid;
    int all = 0;  // negative when one of them is no digit, which is asked once
    const auto take = [&](std::size_t from, std::size_t until, std::size_t at) {
        for (std::size_t i = from; i < until; ++i, at += 2) {
            const int high = hex_digit(text[at]);
            const int low = hex_digit(text[at + 1]);
            all |= high | low;
            uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        }
    };
    take(0, 4, 0);
    take(4, 6, 9);
    take(6, 8, 14);
    take(8, 10, 19);
    take(10, 16, 24);
    if (all < 0) return std::nullopt;
    return uuid;
}

std::string Uuid::braced() const {
    std::string out;
    out.reserve(38);
    out += '{';
    append_digits(out, *this, "0123456789ABCDEF");
    out += '}';
    return out;
}

std::string Uuid::plain() const {
    std::string out;
    out.reserve(36);
    append_digits(out, *this, "0123456789abcdef");
    return out;
}

}  // namespace rhumb

std::size_t std::hash<rhumb::Uuid>::operator()(const rhumb::Uuid& uuid) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, uuid.bytes.data(), sizeof high);
    std::memcpy(&low, uuid.bytes.data() + sizeof high, sizeof low);
    return static_cast<std::size_t>(high ^ (low * 0x9E3779B97F4A7C15ULL));
}
