// SPDX-License-Identifier: Apache-2.0
#include "platform/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace rhumb {
namespace {

constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::int8_t i = 0; i < 64; ++i) {
        values[static_cast<unsigned char>(kLetters[i])] = i;
    }
    return values;
}

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
}

void encode_group(std::string_view bytes, std::string& out) {
    const std::uint32_t group =
        byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2);
    out += kLetters[group >> 18 & 63];
    out += kLetters[group >> 12 & 63];
    out += bytes.size() > 1 ? kLetters[group >> 6 & 63] : '=';
    out += bytes.size() > 2 ? kLetters[group & 63] : '=';
}

}  // namespace

void Base64Encoder::add(std::string_view bytes, std::string& out) {
    while (!waiting_.empty() && waiting_.size() < 3 && !bytes.empty()) {
        waiting_ += bytes.front();
        bytes.remove_prefix(1);
    }
    if (waiting_.size() == 3) {
        encode_group(waiting_, out);
        waiting_.clear();
    }
    for (; bytes.size() >= 3; bytes.remove_prefix(3)) encode_group(bytes.substr(0, 3), out);
    if (!bytes.empty()) waiting_.append(bytes);
}

void Base64Encoder::finish(std::string& out) {
    if (!waiting_.empty()) encode_group(waiting_, out);
    waiting_.clear();
}

std::string base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    Base64Encoder encoder;
    encoder.add(bytes, out);
    encoder.finish(out);
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    static const auto kValues = make_values();
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    int bits = 0;
    bool ended = false;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
        if (c == '=') {
            ended = true;
            continue;
        }
        const int value = kValues[static_cast<unsigned char>(c)];
        if (value < 0 || ended) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(group >> bits & 255);
    }
    if (bits >= 6) return std::nullopt;  // a lone letter at the end says nothing
    return out;
}

}  // namespace rhumb
