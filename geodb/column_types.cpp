// SPDX-License-Identifier: Apache-2.0
#include "geodb/column_types.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <array>

namespace rhumb::geodb {
namespace {

struct NamedType {
    std::string_view name;
    FieldType type;
};

constexpr std::array<NamedType, 14> kTypes{{{"boolean", FieldType::SmallInteger},
                                            {"tinyint", FieldType::SmallInteger},
                                            {"smallint", FieldType::SmallInteger},
                                            {"mediumint", FieldType::Integer},
                                            {"int", FieldType::BigInteger},
                                            {"integer", FieldType::BigInteger},
                                            {"float", FieldType::Single},
                                            {"double", FieldType::Double},
                                            {"real", FieldType::Double},
                                            {"numeric", FieldType::Double},
                                            {"date", FieldType::DateOnly},
                                            {"datetime", FieldType::Date},
                                            {"timestamp", FieldType::Date},
                                            {"blob", FieldType::Blob}}};

constexpr std::array<std::string_view, 7> kGeometryNames{
    "", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"};

}  // namespace

DeclaredType declared_type(std::string_view declaration) {
    const std::size_t paren = declaration.find('(');
    const std::string base = lowered(trimmed(declaration.substr(0, paren)));
    for (const NamedType& known : kTypes) {
        if (known.name == base) return {known.type, 0};
    }
    std::int32_t length = 0;
    if (paren != std::string_view::npos) {
        const auto inside = declaration.substr(paren + 1, declaration.find(')') - paren - 1);
        length = static_cast<std::int32_t>(parse_integer(inside).value_or(0));
    }
    return {FieldType::String, length};
}

std::string type_declaration(FieldType type, std::int32_t length) {
    switch (type) {
        case FieldType::ObjectId:
        case FieldType::BigInteger:
            return "INTEGER";
        case FieldType::GlobalId:
        case FieldType::Guid:
            return "TEXT(38)";
        case FieldType::SmallInteger:
            return "SMALLINT";
        case FieldType::Integer:
            return "MEDIUMINT";
        case FieldType::Single:
            return "FLOAT";
        case FieldType::Double:
            return "REAL";
        case FieldType::Date:
            return "DATETIME";
        case FieldType::DateOnly:
            return "DATE";
        case FieldType::Blob:
            return "BLOB";
        case FieldType::String:
        case FieldType::TimeOnly:
        case FieldType::TimestampOffset:
            break;
    }
    return length > 0 ? "TEXT(" + std::to_string(length) + ")" : "TEXT";
}

std::optional<GeometryType> geometry_type_of(std::string_view gpkg_name) {
    for (std::size_t i = 1; i < kGeometryNames.size(); ++i) {
        if (equal_ignoring_case(gpkg_name, kGeometryNames[i])) return static_cast<GeometryType>(i);
    }
    return std::nullopt;
}

std::string_view gpkg_geometry_name(GeometryType type) {
    return kGeometryNames[static_cast<std::size_t>(type)];
}

}  // namespace rhumb::geodb
