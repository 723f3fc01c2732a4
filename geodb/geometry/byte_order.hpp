// SPDX-License-Identifier: Apache-2.0
//
// Numbers in bytes of either order, at any alignment.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace rhumb::geodb {

/// The numbers are those of the byte order mark of WKB.
enum class ByteOrder : std::uint8_t { Big = 0, Little = 1 };

inline constexpr ByteOrder kNativeOrder =
    std::endian::native == std::endian::little ? ByteOrder::Little : ByteOrder::Big;

inline std::uint32_t swapped(std::uint32_t value) {
    return __builtin_bswap32(value);
}
inline std::uint64_t swapped(std::uint64_t value) {
    return __builtin_bswap64(value);
}

template <typename Unsigned>
Unsigned load_unsigned(const std::uint8_t* bytes, ByteOrder order) {
    Unsigned value;
    std::memcpy(&value, bytes, sizeof value);
    return order == kNativeOrder ? value : swapped(value);
}

inline std::uint32_t load_u32(const std::uint8_t* bytes, ByteOrder order) {
    return load_unsigned<std::uint32_t>(bytes, order);
}

inline double load_double(const std::uint8_t* bytes, ByteOrder order) {
    return std::bit_cast<double>(load_unsigned<std::uint64_t>(bytes, order));
}

inline void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

/// Appends in little endian order; the bits of NaN are kept.
inline void append_doubles(std::vector<std::uint8_t>& out, std::span<const double> values) {
    if (values.empty()) return;
    const std::size_t at = out.size();
    out.resize(at + values.size_bytes());
    std::memcpy(out.data() + at, values.data(), values.size_bytes());
    if constexpr (kNativeOrder == ByteOrder::Big) {
        for (std::size_t i = at; i < out.size(); i += 8) {
            const auto value = load_unsigned<std::uint64_t>(out.data() + i, ByteOrder::Little);
            std::memcpy(out.data() + i, &value, sizeof value);
        }
    }
}

}  // namespace rhumb::geodb
