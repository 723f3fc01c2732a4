// SPDX-License-Identifier: Apache-2.0
//
// SQLite's values as ours, for the files behind this door.

#pragma once

#include "geodb/value.hpp"

struct sqlite3_value;

namespace rhumb::geodb::sqlite {

/// Into `value`, whose memory is used again where it can be.
void read_value(sqlite3_value* stored, Value& value);

/// Whether two are the same, as Values are compared.
bool same_value(sqlite3_value* a, sqlite3_value* b);

}  // namespace rhumb::geodb::sqlite
