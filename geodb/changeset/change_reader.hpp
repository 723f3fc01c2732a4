// SPDX-License-Identifier: Apache-2.0
//
// Reads changes in the format of SQLite's session extension, as a stream that may be hostile.

#pragma once

#include "geodb/changeset/change.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace rhumb::geodb {

/// Throws Error(CorruptData) naming the byte where the stream is broken.
class ChangeReader {
public:
    struct Limits {
        std::size_t columns = 2'000;        ///< SQLite's own limit
        std::size_t table_name = 1'024;     ///< bytes
        std::size_t value = 1'000'000'000;  ///< bytes; SQLite's own limit
    };
    /// Fills at most `size` bytes, gives back how many; 0 is the end.
    using Source = std::function<std::size_t(char* into, std::size_t size)>;

    explicit ChangeReader(Source source) : ChangeReader(std::move(source), Limits{}) {}
    ChangeReader(Source source, Limits limits);

    /// The next change; false at the end. table() is the one it belongs to.
    bool next(Change& change);
    const ChangedTable& table() const { return table_; }
    /// Bytes read so far.
    std::uint64_t position() const { return position_; }

private:
    bool fill();
    int peek();
    std::uint8_t byte(const char* what);
    void bytes(std::string& into, std::size_t size, const char* what);
    std::uint64_t varint(const char* what);
    std::uint64_t big_endian(const char* what);
    std::size_t length(const char* what);
    void read_table();
    void read_value(ToldValue& value);
    void read_record(std::vector<ToldValue>& record);
    void check(const Change& change) const;
    [[noreturn]] void broken(const std::string& why) const;

    Source source_;
    Limits limits_;
    ChangedTable table_;
    std::string held_;
    std::size_t at_ = 0;  ///< in held_
    std::uint64_t position_ = 0;
};

}  // namespace rhumb::geodb
