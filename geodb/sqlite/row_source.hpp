// SPDX-License-Identifier: Apache-2.0
//
// Numbers of the program as a table of a statement: rows that are asked for one by one.
//
// To bind them row by row costs as much as storing them, and an IN (SELECT ...) puts what it finds
// into a tree of its own before it looks anything up. Who has the numbers, in order, writes
// `FROM rhumb_rows(?)` and nothing is copied.

#pragma once

#include <cstdint>

namespace rhumb::geodb::sqlite {
struct Connection;

/// Read once, from front to back.
class RowSource {
public:
    virtual ~RowSource() = default;
    /// Goes to the next row, first to the first one; false: there is none. An Error that it throws
    /// fails the statement.
    virtual bool next() = 0;

    std::int64_t rowid = 0;  ///< of the row
    std::int64_t value = 0;  ///< its only column, rhumb_value
};

/// Names the pointer that rhumb_rows(source) takes.
inline constexpr const char* kRowSourcePointerType = "rhumb_row_source";

/// The table-valued function rhumb_rows(source). No schema may use it.
void register_row_source(Connection& connection);

}  // namespace rhumb::geodb::sqlite
