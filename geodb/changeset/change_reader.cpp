// SPDX-License-Identifier: Apache-2.0
#include "geodb/changeset/change_reader.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <bit>

namespace rhumb::geodb {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kFirstReserve = 1 << 20;

}  // namespace

ChangeReader::ChangeReader(Source source, Limits limits)
    : source_(std::move(source)), limits_(limits) {}

bool ChangeReader::fill() {
    if (at_ < held_.size()) return true;
    held_.resize(kPiece);
    held_.resize(source_(held_.data(), held_.size()));
    at_ = 0;
    return !held_.empty();
}

int ChangeReader::peek() {
    return fill() ? static_cast<std::uint8_t>(held_[at_]) : -1;
}

std::uint8_t ChangeReader::byte(const char* what) {
    if (!fill()) broken(std::string("it ends within ") + what);
    ++position_;
    return static_cast<std::uint8_t>(held_[at_++]);
}

/// A length from the stream is not believed before its bytes are there.
void ChangeReader::bytes(std::string& into, std::size_t size, const char* what) {
    into.clear();
    into.reserve(std::min(size, kFirstReserve));
    while (into.size() < size) {
        if (!fill()) broken(std::string("it ends within ") + what);
        const std::size_t part = std::min(size - into.size(), held_.size() - at_);
        into.append(held_, at_, part);
        at_ += part;
        position_ += part;
    }
}

std::uint64_t ChangeReader::varint(const char* what) {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) {
        const std::uint8_t next = byte(what);
        number = number << 7 | (next & 0x7fU);
        if ((next & 0x80U) == 0) return number;
    }
    return number << 8 | byte(what);
}

std::uint64_t ChangeReader::big_endian(const char* what) {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | byte(what);
    return number;
}

std::size_t ChangeReader::length(const char* what) {
    const std::uint64_t size = varint(what);
    if (size > limits_.value) {
        broken(std::string(what) + " of " + std::to_string(size) + " bytes is too long");
    }
    return static_cast<std::size_t>(size);
}

void ChangeReader::read_table() {
    const std::uint64_t columns = varint("a table's header");
    if (columns == 0 || columns > limits_.columns) {
        broken("a table of " + std::to_string(columns) + " columns");
    }
    table_.primary_key.assign(static_cast<std::size_t>(columns), false);
    bool any_key = false;
    for (std::size_t i = 0; i < columns; ++i) {
        // The session extension writes the column's place in the key, others only 1.
        table_.primary_key[i] = byte("a table's header") != 0;
        any_key = any_key || table_.primary_key[i];
    }
    if (!any_key) broken("a table without a primary key");
    table_.name.clear();
    while (const std::uint8_t letter = byte("a table's name")) {
        table_.name += static_cast<char>(letter);
        if (table_.name.size() > limits_.table_name) broken("a table's name is too long");
    }
    if (table_.name.empty() || !is_utf8(table_.name)) broken("a table's name is no text");
}

void ChangeReader::read_value(ToldValue& value) {
    const std::uint8_t type = byte("a value");
    switch (type) {
        case 0:
            value.reset();
            return;
        case 1:
            value = static_cast<std::int64_t>(big_endian("an integer"));
            return;
        case 2:
            value = std::bit_cast<double>(big_endian("a number"));
            return;
        case 3: {
            std::string text;
            bytes(text, length("a text"), "a text");
            value = std::move(text);
            return;
        }
        case 4: {
            std::string blob;
            bytes(blob, length("a blob"), "a blob");
            value = Blob(blob.begin(), blob.end());
            return;
        }
        case 5:
            value = Null{};
            return;
        default:
            broken("a value of type " + std::to_string(type));
    }
}

void ChangeReader::read_record(std::vector<ToldValue>& record) {
    record.resize(table_.primary_key.size());
    for (ToldValue& value : record) read_value(value);
}

/// What a change of its kind must tell.
void ChangeReader::check(const Change& change) const {
    const auto all_told = [&](const std::vector<ToldValue>& record) {
        return std::all_of(record.begin(), record.end(),
                           [](const ToldValue& value) { return value.has_value(); });
    };
    if (change.kind == Change::Kind::Insert && !all_told(change.now)) {
        broken("an insert that leaves out a column");
    }
    if (change.kind == Change::Kind::Delete && !all_told(change.old)) {
        broken("a delete that leaves out a column");
    }
    if (change.kind != Change::Kind::Update) return;
    for (std::size_t i = 0; i < change.old.size(); ++i) {
        const bool is_key = table_.primary_key[i];
        if (is_key && !change.old[i]) broken("an update that leaves out the key");
        if (is_key && change.now[i]) broken("an update of the key");
        if (!is_key && change.old[i].has_value() != change.now[i].has_value()) {
            broken("an update that tells only one side of a column");
        }
    }
}

bool ChangeReader::next(Change& change) {
    int kind = peek();
    while (kind == 'T') {
        byte("a table's header");
        read_table();
        kind = peek();
    }
    if (kind < 0) return false;
    if (table_.name.empty()) broken("a change before any table");
    if (kind != 0x09 && kind != 0x12 && kind != 0x17) {
        broken("a change of kind " + std::to_string(kind));
    }
    change.kind = static_cast<Change::Kind>(byte("a change"));
    const std::uint8_t indirect = byte("a change");
    if (indirect > 1) broken("a mark of " + std::to_string(indirect) + " where 0 or 1 belongs");
    change.indirect = indirect == 1;
    change.old.clear();
    change.now.clear();
    if (change.kind != Change::Kind::Insert) read_record(change.old);
    if (change.kind != Change::Kind::Delete) read_record(change.now);
    check(change);
    return true;
}

void ChangeReader::broken(const std::string& why) const {
    throw Error(Status::CorruptData,
                "the changeset is broken at byte " + std::to_string(position_) + ": " + why);
}

}  // namespace rhumb::geodb
