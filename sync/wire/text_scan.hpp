// SPDX-License-Identifier: Apache-2.0
//
// Runs through a text eight bytes at a time, for the two places where JSON spends its time.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rhumb::wire {

constexpr std::uint64_t kOneInEachByte = 0x0101010101010101;
constexpr std::uint64_t kTopBitOfEachByte = kOneInEachByte << 7;

inline std::uint64_t eight_bytes(const char* from) {
    std::uint64_t eight;
    std::memcpy(&eight, from, sizeof(eight));
    return eight;
}

/// Not zero when some ASCII byte is less than `bound`.
inline std::uint64_t bytes_below(std::uint64_t eight, std::uint64_t bound) {
    return (eight - kOneInEachByte * bound) & ~eight & kTopBitOfEachByte;
}

/// Control characters, quotes and backslashes: what JSON cannot hold as it is.
inline bool any_to_escape(std::uint64_t eight) {
    return (bytes_below(eight, 0x20) | bytes_below(eight ^ (kOneInEachByte * '"'), 1) |
            bytes_below(eight ^ (kOneInEachByte * '\\'), 1)) != 0;
}

inline bool any_not_ascii(std::uint64_t eight) {
    return (eight & kTopBitOfEachByte) != 0;
}

inline bool is_to_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// The top bit of each byte that is not plain. Of bytes above the lowest mark it may be wrong.
inline std::uint64_t marks_of_not_plain(std::uint64_t eight) {
    // A difference has a top bit where it falls below zero, and at bytes beyond ASCII, which are
    // not plain either. What it borrows comes from above.
    const std::uint64_t quotes = (eight ^ (kOneInEachByte * '"')) - kOneInEachByte;
    const std::uint64_t backslashes = (eight ^ (kOneInEachByte * '\\')) - kOneInEachByte;
    const std::uint64_t controls = eight - kOneInEachByte * 0x20;
    return (quotes | backslashes | controls | eight) & kTopBitOfEachByte;
}

inline bool any_not_plain(std::uint64_t eight) {
    return marks_of_not_plain(eight) != 0;
}

/// Only where the first byte is the lowest one.
constexpr bool kMarksTellPlace = std::endian::native == std::endian::little;

/// Bytes in front of the lowest mark; else none.
inline std::size_t bytes_before(std::uint64_t marks) {
    if constexpr (!kMarksTellPlace) return 0;
    return static_cast<std::size_t>(std::countr_zero(marks)) / 8;
}

inline bool is_plain(char c) {
    return !is_to_escape(c) && static_cast<unsigned char>(c) < 0x80;
}

/// Only ASCII that needs no escape. Ends are looked at twice rather than byte by byte.
inline bool all_plain(std::string_view text) {
    if (text.size() >= 8) {
        for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
            if (any_not_plain(eight_bytes(text.data() + at))) return false;
        }
        return !any_not_plain(eight_bytes(text.data() + text.size() - 8));
    }
    if (text.size() >= 4) {
        std::uint32_t first;
        std::uint32_t last;
        std::memcpy(&first, text.data(), 4);
        std::memcpy(&last, text.data() + text.size() - 4, 4);
        return !any_not_plain(first | std::uint64_t{last} << 32);
    }
    for (const char c : text) {
        if (!is_plain(c)) return false;
    }
    return true;
}

/// How many bytes in front are ASCII and need no escape.
inline std::size_t plain_prefix(std::string_view text) {
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        const std::uint64_t marks = marks_of_not_plain(eight_bytes(text.data() + at));
        if (marks == 0) continue;
        at += bytes_before(marks);
        break;
    }
    while (at < text.size() && is_plain(text[at])) ++at;
    return at;
}

/// The first byte from `at` on that needs an escape; the size when none does.
inline std::size_t next_to_escape(std::string_view text, std::size_t at) {
    while (at + 8 <= text.size() && !any_to_escape(eight_bytes(text.data() + at))) at += 8;
    while (at < text.size() && !is_to_escape(text[at])) ++at;
    return at;
}

inline bool is_ascii(std::string_view text) {
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        if (any_not_ascii(eight_bytes(text.data() + at))) return false;
    }
    unsigned char rest = 0;
    for (; at < text.size(); ++at) rest |= static_cast<unsigned char>(text[at]);
    return rest < 0x80;
}

}  // namespace rhumb::wire
