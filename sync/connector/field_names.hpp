// SPDX-License-Identifier: Apache-2.0
//
// Names of fields that a table can have, from the names a source has.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rhumb::connector {

/// SQLite allows 2000; the log of edits needs a few of its own.
inline constexpr std::size_t kMaxColumns = 1900;

/// One column name for each source name. Nearly all stay as they are: empty names, control
/// characters and names that SQLite would hold for equal are changed, with a note for each. Throws
/// Unsupported for more than kMaxColumns.
std::vector<std::string> column_names(const std::vector<std::string>& source_names,
                                      std::vector<std::string>& notes);

/// Throws InvalidArgument for a name that a table cannot have: empty, with control characters, no
/// UTF-8, or one that SQLite or GeoPackage keeps for itself.
void check_layer_name(const std::string& name);

}  // namespace rhumb::connector
