// SPDX-License-Identifier: Apache-2.0
//
// The rows of one block of a packed delta, taken apart: each kind of number, and each byte of it,
// in a stream of its own, since like stands beside like there and packs best.

#pragma once

#include "platform/zip/frames.hpp"
#include "sync/delta/delta_values.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::delta {

/// Puts streams one after the other: length as it is, length as packed (0: not packed), bytes.
class StreamWriter {
public:
    explicit StreamWriter(FramePacker& packer) : packer_(packer) {}

    void put(std::string_view plain);
    void put_number(std::uint64_t number);
    /// The lowest, how many bytes the differences from it take, and these byte by byte.
    void put_numbers(const std::vector<std::int64_t>& numbers);
    /// Items of `width` bytes each, byte by byte.
    void put_planes(std::string_view items, std::size_t width);
    const std::string& bytes() const { return bytes_; }
    void clear() { bytes_.clear(); }

private:
    FramePacker& packer_;
    std::string bytes_, plane_;
};

/// Reads them again. Every length is checked before memory is taken for it; throws CorruptData.
class StreamReader {
public:
    /// `most_bytes`: what all streams together may unpack to.
    StreamReader(std::string_view bytes, FrameUnpacker& unpacker, std::uint64_t most_bytes)
        : rest_(bytes), unpacker_(unpacker), left_(most_bytes) {}

    void get(std::string& plain);
    std::uint64_t get_number();
    void get_numbers(std::size_t count, std::vector<std::int64_t>& numbers);
    void get_planes(std::size_t count, std::size_t width, std::string& items);
    bool at_end() const { return rest_.empty(); }

private:
    void get_plane(std::size_t count);

    std::string_view rest_;
    FrameUnpacker& unpacker_;
    std::uint64_t left_;
    std::string plane_;
};

/// The values of one column, in the order of their rows.
class ColumnBuffer {
public:
    void add(const Stored& value);
    void put(StreamWriter& out) const;
    void clear();
    bool empty() const { return kinds_.empty(); }

    /// Reads the values of `rows` rows; then next() hands them out one by one.
    void get(StreamReader& in, std::size_t rows);
    /// Valid until get() is called again.
    Stored next();

private:
    /// A point is a BLOB of 16 bytes that nearly all geometries are.
    static constexpr char kPoint = 5;
    static constexpr std::size_t kPointBytes = 16;
    static constexpr std::size_t kRealBytes = 8;

    std::size_t count_of(char kind) const;
    Stored next_bytes(Stored::Kind kind);

    std::string kinds_, reals_, points_, bytes_;
    std::vector<std::int64_t> integers_, lengths_;
    std::size_t row_ = 0, real_ = 0, point_ = 0, byte_ = 0, integer_ = 0, length_ = 0;
};

}  // namespace rhumb::delta
