// SPDX-License-Identifier: Apache-2.0
//
// The tables of a delta, as exact texts: a file whose schema is not letter for letter what we
// would have written is refused.
//
// Tables of rows have no declared types, so values are stored as they are, and no index, so rows
// are appended and read in order. A table without rows is not made.

#pragma once

#include "sync/delta/delta_columns.hpp"
#include "sync/delta/delta_header.hpp"

#include <string>
#include <vector>

namespace rhumb::delta {

/// Of the SQLite header: "RhDl".
inline constexpr std::uint32_t kApplicationId = 0x5268446C;

/// A name and the statement that makes the table.
struct Table {
    std::string name;
    std::string sql;
};

/// Tables that every delta has.
const std::vector<Table>& common_tables();

Table adds_table(LayerId layer, const Columns& columns);
Table updates_table(LayerId layer, const Columns& columns);
/// INSERT of an update of certain columns, by number: feature, mask, their new values, and then
/// their old ones when these are known.
std::string update_sql(LayerId layer, const Columns& columns,
                       const std::vector<std::size_t>& changed, bool with_old);
/// `with_old`: it tells the rows that go as well.
Table deletes_table(LayerId layer, const Columns& columns, bool with_old);

}  // namespace rhumb::delta
