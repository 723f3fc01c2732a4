// SPDX-License-Identifier: Apache-2.0
#include "geodb/changeset/change_writer.hpp"

#include <array>
#include <bit>

namespace rhumb::geodb {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

// Types of values, as the format writes them.
constexpr char kUntold = 0;
constexpr char kInteger = 1;
constexpr char kReal = 2;
constexpr char kText = 3;
constexpr char kBlob = 4;
constexpr char kNull = 5;

}  // namespace

void ChangeWriter::begin_table(const ChangedTable& table) {
    held_ += 'T';
    put_varint(table.primary_key.size());
    for (const bool is_key : table.primary_key) held_ += is_key ? '\1' : '\0';
    held_ += table.name;
    held_ += '\0';
}

void ChangeWriter::write(const Change& change) {
    held_ += static_cast<char>(change.kind);
    held_ += change.indirect ? '\1' : '\0';
    if (change.kind != Change::Kind::Insert) put_record(change.old);
    if (change.kind != Change::Kind::Delete) put_record(change.now);
    hand_over_if_full();
}

void ChangeWriter::finish() {
    if (!held_.empty()) sink_(held_);
    held_.clear();
}

void ChangeWriter::hand_over_if_full() {
    if (held_.size() >= kPiece) finish();
}

/// Seven bits a byte, the highest first; the ninth byte, if any, has all eight.
void ChangeWriter::put_varint(std::uint64_t number) {
    std::array<char, 9> bytes{};
    std::size_t first = bytes.size();
    if (number >> 56 != 0) {
        bytes[--first] = static_cast<char>(number & 0xff);
        number >>= 8;
        while (first > 0) {
            bytes[--first] = static_cast<char>(0x80 | (number & 0x7f));
            number >>= 7;
        }
    } else {
        bytes[--first] = static_cast<char>(number & 0x7f);
        while ((number >>= 7) != 0) bytes[--first] = static_cast<char>(0x80 | (number & 0x7f));
    }
    held_.append(bytes.data() + first, bytes.size() - first);
}

void ChangeWriter::put_big_endian(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) held_ += static_cast<char>(number >> shift & 0xff);
}

void ChangeWriter::put_value(const ToldValue& value) {
    if (!value) {
        held_ += kUntold;
    } else if (const auto* integer = std::get_if<std::int64_t>(&*value)) {
        held_ += kInteger;
        put_big_endian(static_cast<std::uint64_t>(*integer));
    } else if (const auto* real = std::get_if<double>(&*value)) {
        held_ += kReal;
        put_big_endian(std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* text = std::get_if<std::string>(&*value)) {
        held_ += kText;
        put_varint(text->size());
        held_ += *text;
    } else if (const auto* blob = std::get_if<Blob>(&*value)) {
        held_ += kBlob;
        put_varint(blob->size());
        held_.append(reinterpret_cast<const char*>(blob->data()), blob->size());
    } else {
        held_ += kNull;
    }
}

void ChangeWriter::put_record(const std::vector<ToldValue>& record) {
    for (const ToldValue& value : record) put_value(value);
}

}  // namespace rhumb::geodb
