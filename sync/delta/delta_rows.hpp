// SPDX-License-Identifier: Apache-2.0
//
// Walks one table of rows of a delta and checks each row as it is read.

#pragma once

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/delta/delta_values.hpp"

#include <cstdint>
#include <string>

namespace rhumb::delta {

/// What is wrong with a row: told apart from an Error of whoever takes the rows.
struct NoRow {
    Status status;
    std::string reason;  ///< names table and row
};

class RowReader {
public:
    /// `columns` as the delta declares them.
    RowReader(geodb::sqlite::Database& database, const geodb::Layer& layer, const Columns& columns,
              Kind kind);

    /// Throws NoRow, also when there are not `count` rows.
    void each(std::int64_t count, const OnRow& on_row);

private:
    void read();
    void read_values(int first, std::vector<geodb::ColumnValue>& into, bool all);

    Kind kind_;
    std::string table_;
    Columns columns_;  ///< where they stand in the layer
    ValueCodec codec_;
    ColumnMask mask_;
    geodb::sqlite::Statement rows_;
    Row row_;
};

}  // namespace rhumb::delta
