// SPDX-License-Identifier: Apache-2.0
//
// One change of a changeset: a row of a table inserted, updated or deleted, with the values that
// tell it. The vocabulary is that of SQLite's session extension.

#pragma once

#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// The table that the changes after it belong to.
struct ChangedTable {
    std::string name;
    std::vector<bool> primary_key;  ///< one for each column, in the table's order
};

/// A value that the change tells; none where it tells nothing.
using ToldValue = std::optional<Value>;

struct Change {
    /// As the format writes them: SQLite's own codes.
    enum class Kind : std::uint8_t { Delete = 0x09, Insert = 0x12, Update = 0x17 };
    Kind kind = Kind::Insert;
    bool indirect = false;       ///< made by a trigger or a foreign key action
    std::vector<ToldValue> old;  ///< delete: all; update: the primary key and what changed
    std::vector<ToldValue> now;  ///< insert: all; update: what changed
};

}  // namespace rhumb::geodb
