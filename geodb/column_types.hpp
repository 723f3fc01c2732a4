// SPDX-License-Identifier: Apache-2.0
//
// Between the column types a GeoPackage declares and the field types of a feature service.

#pragma once

#include "geodb/field_type.hpp"
#include "geodb/geometry/geometry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::geodb {

struct DeclaredType {
    FieldType type;
    std::int32_t length;  ///< String: most characters; 0 = no limit
};

/// OGC GeoPackage 1.3, table 1 of clause 1.1.1.1.3. Anything unknown is text.
DeclaredType declared_type(std::string_view declaration);

/// How a field is declared in CREATE TABLE.
std::string type_declaration(FieldType type, std::int32_t length);

/// "POINT" … "MULTIPOLYGON"; nullopt for kinds a feature layer cannot have (GEOMETRY, curves).
std::optional<GeometryType> geometry_type_of(std::string_view gpkg_name);
std::string_view gpkg_geometry_name(GeometryType type);

}  // namespace rhumb::geodb
