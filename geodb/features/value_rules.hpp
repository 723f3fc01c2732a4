// SPDX-License-Identifier: Apache-2.0
//
// What a value must be before it is stored in a column: the rules of the field's type, in one
// place for every way an edit can come in.

#pragma once

#include "geodb/features/column_value.hpp"
#include "geodb/geometry/geometry.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rhumb::geodb {

/// Why an edit is refused: the detail code of the Error(ConstraintViolated) that says so.
enum class EditFault : std::int64_t {
    NullNotAllowed = 1,
    ValueRefused = 2,     ///< type, range or length
    GeometryRefused = 3,  ///< type or structure
    GeometryLacksZ = 4,
    GeometryLacksM = 5,
    GlobalIdMissing = 6,
    GlobalIdEmpty = 7,
    GlobalIdExists = 8,
    FeatureMissing = 9,
    NotEditable = 10,
    NotUnique = 11,     ///< a UNIQUE value, other than the GlobalID, that another row has
    StoreRefused = 12,  ///< another rule of the table: CHECK, a foreign key, a trigger
    NotOwner = 13,      ///< the feature belongs to somebody else
};

[[noreturn]] void refuse(EditFault fault, const std::string& message);

/// The value as it is stored: dates as text of the GeoPackage form (milliseconds since 1970 are
/// taken too), GUIDs in braces, numbers in the column's kind, geometries of the layer's type.
/// NaN and the infinities are NULL, as they are on the wire; SQLite has no NaN either.
/// Throws Error(ConstraintViolated) naming layer and field.
Value stored_value(const Layer& layer, std::size_t column, const Value& value);
/// The same, where the value lies: most are right as they come.
void make_stored(const Layer& layer, std::size_t column, Value& value);

/// Fields with a default that a new feature does not name: they get it, while a NULL that is named
/// stays one.
std::vector<std::size_t> left_to_default(const Layer& layer, const std::vector<ColumnValue>& named);

/// The geometry in the layer's type (one part becomes multi) and dimensions (Z and M that the
/// layer does not keep are dropped), structure checked.
Geometry fitted_geometry(const Layer& layer, Geometry geometry);

}  // namespace rhumb::geodb
