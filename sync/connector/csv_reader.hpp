// SPDX-License-Identifier: Apache-2.0
//
// Records of a CSV text (RFC 4180), read piece by piece.
//
// Quoted fields may hold separators, line ends and doubled quotes. Taken as well: lines that end
// with LF or CR alone, a byte order mark, a quote in the middle of an unquoted field.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::connector {

class CsvReader {
public:
    /// Fills `into` and returns how many bytes; 0 at the end.
    using Pull = std::function<std::size_t(char* into, std::size_t room)>;

    /// `separator` 0: the one of ',', ';' and tab that the first line has most of.
    explicit CsvReader(Pull pull, char separator = 0);

    /// The next record; lines with nothing in them are passed over. False at the end.
    /// Throws CorruptData "line 7: …" for a quote that is never closed or is followed by more, a
    /// zero byte, bytes that are no UTF-8, and a record that is too long.
    bool next(std::vector<std::string>& fields);

    /// The line on which the last record began, from 1.
    std::uint64_t line() const { return record_line_; }

private:
    static constexpr int kEnd = -1;
    int peek();
    int take();
    void fill();
    void choose_separator();
    void read_field(std::string& field);
    void read_quoted(std::string& field);
    void read_plain(std::string& field);
    bool at_field_end();
    void append(std::string& field, int byte);
    [[noreturn]] static void refuse(std::uint64_t line, const std::string& why);

    Pull pull_;
    char separator_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    bool ended_ = false;
    std::uint64_t line_ = 1;
    std::uint64_t record_line_ = 0;
    std::size_t record_bytes_ = 0;
};

}  // namespace rhumb::connector
