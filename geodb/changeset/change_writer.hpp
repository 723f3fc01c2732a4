// SPDX-License-Identifier: Apache-2.0
//
// Writes changes in the format of SQLite's session extension, as a stream.

#pragma once

#include "geodb/changeset/change.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace rhumb::geodb {

/// `sink` gets the bytes in pieces; they are valid during its call.
class ChangeWriter {
public:
    using Sink = std::function<void(std::string_view bytes)>;
    explicit ChangeWriter(Sink sink) : sink_(std::move(sink)) {}
    ChangeWriter(const ChangeWriter&) = delete;
    ChangeWriter& operator=(const ChangeWriter&) = delete;

    /// The changes that follow are of this table. Tables without a primary key have no changes.
    void begin_table(const ChangedTable& table);
    void write(const Change& change);
    /// Hands over what is still held. To be called once, at the end.
    void finish();

private:
    void put_varint(std::uint64_t number);
    void put_big_endian(std::uint64_t number);
    void put_value(const ToldValue& value);
    void put_record(const std::vector<ToldValue>& record);
    void hand_over_if_full();

    Sink sink_;
    std::string held_;
};

}  // namespace rhumb::geodb
