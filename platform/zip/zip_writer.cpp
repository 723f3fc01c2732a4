// SPDX-License-Identifier: Apache-2.0
#include "platform/zip/zip_writer.hpp"

#include "platform/error.hpp"
#include "platform/zip/coding_parts.hpp"

#include <zlib.h>

#include <limits>

namespace rhumb {
namespace {

// PKWARE's APPNOTE: signatures, and what an entry says about itself.
constexpr std::uint32_t kLocal = 0x04034b50;
constexpr std::uint32_t kDescriptor = 0x08074b50;
constexpr std::uint32_t kCentral = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kFlags = 0x0808;  // sizes follow the data; names are UTF-8
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kNoTime = 0;
constexpr std::uint16_t kNewYear1980 = 0x21;

void put16(std::string& bytes, std::uint16_t value) {
    bytes += static_cast<char>(value & 0xFFU);
    bytes += static_cast<char>(value >> 8U);
}

void put32(std::string& bytes, std::uint32_t value) {
    put16(bytes, static_cast<std::uint16_t>(value & 0xFFFFU));
    put16(bytes, static_cast<std::uint16_t>(value >> 16U));
}

std::uint32_t fitting(std::uint64_t size) {
    if (size < std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(size);
    throw Error(Status::Unsupported, "the archive would be larger than 4 GiB");
}

}  // namespace

ZipWriter::ZipWriter(const std::filesystem::path& archive)
    : file_(archive, FileWriter::Mode::Replace) {}

std::uint32_t ZipWriter::position() const {
    return fitting(file_.size());
}

void ZipWriter::write_header(const Entry& entry, bool in_directory) {
    std::string bytes;
    put32(bytes, in_directory ? kCentral : kLocal);
    if (in_directory) put16(bytes, kVersion);
    for (const std::uint16_t value : {kVersion, kFlags, kDeflated, kNoTime, kNewYear1980}) {
        put16(bytes, value);
    }
    for (const std::uint32_t value : {entry.crc, entry.packed_size, entry.size}) {
        put32(bytes, value);
    }
    put16(bytes, static_cast<std::uint16_t>(entry.name.size()));
    put16(bytes, 0);  // no extra field
    if (in_directory) {
        for (int i = 0; i < 3; ++i) put16(bytes, 0);  // no comment, disk 0, no attributes
        put32(bytes, 0);
        put32(bytes, entry.offset);
    }
    file_.write(bytes + entry.name);
}

void ZipWriter::add_file(std::string_view name, const std::filesystem::path& file) {
    Entry entry;
    entry.name = name;
    entry.offset = position();
    write_header(entry, false);
    std::uint64_t size = 0;
    uLong crc = crc32(0, nullptr, 0);
    const std::uint64_t begin = file_.size();
    const auto packer = make_raw_packer([this](std::string_view packed) { file_.write(packed); });
    read_pieces(file, [&](std::string_view piece) {
        size += piece.size();
        crc = crc32(crc, reinterpret_cast<const Bytef*>(piece.data()),
                    static_cast<uInt>(piece.size()));
        packer->add(piece);
        return true;
    });
    packer->finish();
    entry.crc = static_cast<std::uint32_t>(crc);
    entry.size = fitting(size);
    entry.packed_size = fitting(file_.size() - begin);
    std::string bytes;
    for (const std::uint32_t value : {kDescriptor, entry.crc, entry.packed_size, entry.size}) {
        put32(bytes, value);
    }
    file_.write(bytes);
    entries_.push_back(std::move(entry));
}

void ZipWriter::close() {
    const std::uint32_t begin = position();
    for (const Entry& entry : entries_) write_header(entry, true);
    const std::uint32_t size = position() - begin;
    const auto count = static_cast<std::uint16_t>(entries_.size());
    std::string bytes;
    put32(bytes, kEnd);
    for (const std::uint16_t value : {std::uint16_t{0}, std::uint16_t{0}, count, count}) {
        put16(bytes, value);
    }
    put32(bytes, size);
    put32(bytes, begin);
    put16(bytes, 0);
    file_.write(bytes);
    file_.close_durably();
}

}  // namespace rhumb
