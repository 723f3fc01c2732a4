// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/packed_columns.hpp"

#include "platform/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace rhumb::delta {
namespace {

/// Nothing of ours packs better, see StreamWriter::put: so a bomb is told before it goes off.
constexpr std::uint64_t kMostRatio = 1000;
constexpr std::uint64_t kFreeBytes = 64 * 1024;
constexpr std::size_t kLeastPacked = 24;  // a frame has a head, too
constexpr std::size_t kMostNumberBytes = 10;

[[noreturn]] void refuse(const char* why) {
    throw Error(Status::CorruptData, why);
}

bool packs_too_well(std::uint64_t plain, std::uint64_t packed) {
    return plain > kFreeBytes && plain / kMostRatio > packed;
}

std::uint64_t distance(std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::uint64_t folded(std::int64_t number) {
    return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unfolded(std::uint64_t number) {
    return static_cast<std::int64_t>((number >> 1U) ^ (~(number & 1U) + 1));
}

std::size_t bytes_for(std::uint64_t number) {
    return (static_cast<std::size_t>(std::bit_width(number)) + 7) / 8;
}

}  // namespace

void StreamWriter::put_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7U) bytes_ += static_cast<char>(number | 0x80U);
    bytes_ += static_cast<char>(number);
}

void StreamWriter::put(std::string_view plain) {
    put_number(plain.size());
    if (plain.empty()) return;
    if (plain.size() >= kLeastPacked) {
        const std::string_view packed = packer_.pack(plain);
        if (packed.size() < plain.size() && !packs_too_well(plain.size(), packed.size())) {
            put_number(packed.size());
            bytes_ += packed;
            return;
        }
    }
    put_number(0);
    bytes_ += plain;
}

void StreamWriter::put_planes(std::string_view items, std::size_t width) {
    if (width == 0) return;
    const std::size_t count = items.size() / width;
    plane_.resize(count);
    for (std::size_t byte = 0; byte < width; ++byte) {
        const char* from = items.data() + byte;
        for (std::size_t i = 0; i < count; ++i, from += width) plane_[i] = *from;
        put(plane_);
    }
}

void StreamWriter::put_numbers(const std::vector<std::int64_t>& numbers) {
    if (numbers.empty()) return;
    const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
    const std::size_t width = bytes_for(distance(*low, *high));
    put_number(folded(*low));
    bytes_ += static_cast<char>(width);
    plane_.resize(numbers.size());
    for (std::size_t byte = 0; byte < width; ++byte) {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            plane_[i] = static_cast<char>(distance(*low, numbers[i]) >> (8 * byte));
        }
        put(plane_);
    }
}

std::uint64_t StreamReader::get_number() {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < kMostNumberBytes && i < rest_.size(); ++i) {
        const auto byte = static_cast<unsigned char>(rest_[i]);
        if (i == kMostNumberBytes - 1 && byte > 1) break;
        number |= std::uint64_t{byte & 0x7FU} << (7 * i);
        if (byte < 0x80) {
            rest_.remove_prefix(i + 1);
            return number;
        }
    }
    refuse("a number is cut off");
}

void StreamReader::get(std::string& plain) {
    const std::uint64_t bytes = get_number();
    plain.clear();
    if (bytes == 0) return;
    const std::uint64_t packed = get_number();
    if (bytes > left_) refuse("it unpacks to more than a block may hold");
    left_ -= bytes;
    const std::uint64_t there = packed == 0 ? bytes : packed;
    if (there > rest_.size()) refuse("a stream is cut off");
    if (packed == 0) {
        plain.assign(rest_.substr(0, bytes));
    } else {
        if (packs_too_well(bytes, packed)) refuse("it unpacks to more than 1000 times its size");
        unpacker_.unpack(rest_.substr(0, packed), bytes, plain);
    }
    rest_.remove_prefix(there);
}

void StreamReader::get_plane(std::size_t count) {
    get(plane_);
    if (plane_.size() != count) refuse("a stream has not as many values as there are");
}

void StreamReader::get_planes(std::size_t count, std::size_t width, std::string& items) {
    items.clear();
    for (std::size_t byte = 0; byte < width; ++byte) {
        get_plane(count);
        if (byte == 0) items.resize(count * width);
        char* to = items.data() + byte;
        for (std::size_t i = 0; i < count; ++i, to += width) *to = plane_[i];
    }
}

void StreamReader::get_numbers(std::size_t count, std::vector<std::int64_t>& numbers) {
    numbers.clear();
    if (count == 0) return;
    const auto low = static_cast<std::uint64_t>(unfolded(get_number()));
    const std::size_t width = rest_.empty() ? 9 : static_cast<unsigned char>(rest_.front());
    if (width > 8) refuse("numbers have more than 8 bytes");
    rest_.remove_prefix(1);
    numbers.assign(count, 0);
    for (std::size_t byte = 0; byte < width; ++byte) {
        get_plane(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t more = static_cast<unsigned char>(plane_[i]);
            numbers[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(numbers[i]) |
                                                   more << (8 * byte));
        }
    }
    for (std::int64_t& number : numbers) {
        number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) + low);
    }
}

void ColumnBuffer::add(const Stored& value) {
    const bool point = value.kind == Stored::Kind::Blob && value.bytes.size() == kPointBytes;
    kinds_ += point ? kPoint : static_cast<char>(value.kind);
    switch (value.kind) {
        case Stored::Kind::Null:
            break;
        case Stored::Kind::Integer:
            integers_.push_back(value.integer);
            break;
        case Stored::Kind::Real: {
            std::array<char, kRealBytes> bytes{};
            std::memcpy(bytes.data(), &value.real, kRealBytes);
            reals_.append(bytes.data(), kRealBytes);
            break;
        }
        case Stored::Kind::Text:
        case Stored::Kind::Blob:
            if (point) {
                points_ += value.bytes;
                break;
            }
            lengths_.push_back(static_cast<std::int64_t>(value.bytes.size()));
            bytes_ += value.bytes;
            break;
    }
}

void ColumnBuffer::put(StreamWriter& out) const {
    // Nearly always all are of one kind: then it is said once.
    const bool same = kinds_.find_first_not_of(kinds_.front()) == std::string::npos;
    out.put(std::string_view(kinds_).substr(0, same ? 1 : kinds_.size()));
    out.put_numbers(integers_);
    if (!reals_.empty()) out.put_planes(reals_, kRealBytes);
    if (!points_.empty()) out.put_planes(points_, kPointBytes);
    out.put_numbers(lengths_);
    if (!lengths_.empty()) out.put(bytes_);
}

void ColumnBuffer::clear() {
    for (std::string* text : {&kinds_, &reals_, &points_, &bytes_}) text->clear();
    integers_.clear();
    lengths_.clear();
}

std::size_t ColumnBuffer::count_of(char kind) const {
    return static_cast<std::size_t>(std::count(kinds_.begin(), kinds_.end(), kind));
}

void ColumnBuffer::get(StreamReader& in, std::size_t rows) {
    clear();
    row_ = real_ = point_ = byte_ = integer_ = length_ = 0;
    if (rows == 0) return;
    in.get(kinds_);
    if (kinds_.size() == 1) kinds_.assign(rows, kinds_.front());
    if (kinds_.size() != rows) refuse("a stream has not as many values as there are");
    if (kinds_.find_first_not_of(std::string_view("\0\1\2\3\4\5", 6)) != std::string::npos) {
        refuse("a value is of no kind that there is");
    }
    using Kind = Stored::Kind;
    in.get_numbers(count_of(static_cast<char>(Kind::Integer)), integers_);
    if (const auto reals = count_of(static_cast<char>(Kind::Real)); reals > 0) {
        in.get_planes(reals, kRealBytes, reals_);
    }
    if (const auto points = count_of(kPoint); points > 0) {
        in.get_planes(points, kPointBytes, points_);
    }
    in.get_numbers(
        count_of(static_cast<char>(Kind::Text)) + count_of(static_cast<char>(Kind::Blob)),
        lengths_);
    if (!lengths_.empty()) in.get(bytes_);
    std::size_t left = bytes_.size();
    for (const std::int64_t length : lengths_) {
        if (length < 0 || static_cast<std::uint64_t>(length) > left) {
            refuse("lengths are not those of the bytes");
        }
        left -= static_cast<std::size_t>(length);
    }
    if (left > 0) refuse("lengths are not those of the bytes");
}

Stored ColumnBuffer::next() {
    const char kind = kinds_[row_++];
    if (kind == kPoint) {
        const std::string_view point(points_);
        return {Stored::Kind::Blob, 0, 0, point.substr(kPointBytes * point_++, kPointBytes)};
    }
    switch (static_cast<Stored::Kind>(kind)) {
        case Stored::Kind::Integer:
            return {Stored::Kind::Integer, integers_[integer_++], 0, {}};
        case Stored::Kind::Real: {
            Stored stored{Stored::Kind::Real, 0, 0, {}};
            std::memcpy(&stored.real, reals_.data() + kRealBytes * real_++, kRealBytes);
            return stored;
        }
        case Stored::Kind::Text:
        case Stored::Kind::Blob:
            return next_bytes(static_cast<Stored::Kind>(kind));
        case Stored::Kind::Null:
            break;
    }
    return {};
}

Stored ColumnBuffer::next_bytes(Stored::Kind kind) {
    const auto length = static_cast<std::size_t>(lengths_[length_++]);
    const Stored stored{kind, 0, 0, std::string_view(bytes_).substr(byte_, length)};
    byte_ += length;
    return stored;
}

}  // namespace rhumb::delta
