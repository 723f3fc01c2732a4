// SPDX-License-Identifier: Apache-2.0
//
// What a column of a GeoPackage declares beside its type, as far as it can be taken over.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/layer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rhumb::connector {

/// Whether a DEFAULT is a number, a text, NULL or the current date and time. Other expressions
/// would run in the file they are copied into, at every insert, whatever they call.
bool is_plain_default(std::string_view sql);

/// Drops any other default, with a note.
void keep_plain_default(geodb::Field& field, std::vector<std::string>& notes);

/// A domain is known by its name in the whole file: one that has the name of another domain of
/// `into` gets a new name.
void keep_domain(const geodb::Geodatabase& into, geodb::Field& field,
                 std::vector<std::string>& notes);

}  // namespace rhumb::connector
