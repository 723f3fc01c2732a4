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
    text = trimmed(text);
    if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        const int high = hex_digit(text[at]);
        const int low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
        if (dash_follows(i) && text[at++] != '-') return std::nullopt;
    }
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
