// SPDX-License-Identifier: Apache-2.0
#include "geodb/compare/same_meaning.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/uuid.hpp"

#include <cmath>
#include <optional>
#include <string>

namespace rhumb::geodb {
namespace {

bool is_guid(FieldType type) {
    return type == FieldType::GlobalId || type == FieldType::Guid;
}

bool is_dated(FieldType type) {
    return type >= FieldType::Date && type <= FieldType::TimestampOffset;
}

bool is_number(FieldType type) {
    return type >= FieldType::SmallInteger && type <= FieldType::Double;
}

std::optional<std::int64_t> instant_of(FieldType type, const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return std::nullopt;
    return parse_date_time(type == FieldType::TimeOnly ? "1970-01-01T" + *text : *text);
}

std::optional<Uuid> guid_of(const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? Uuid::parse(*text) : std::nullopt;
}

/// Texts count as numbers only where a field says that it holds numbers.
std::optional<Value> number_of(const Value& value, bool from_text) {
    if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value)) {
        return value;
    }
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !from_text) return std::nullopt;
    if (const auto whole = parse_integer(*text)) return Value(*whole);
    if (const auto real = parse_double(*text)) return Value(*real);
    return std::nullopt;
}

double as_double(const Value& number) {
    const auto* whole = std::get_if<std::int64_t>(&number);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(number);
}

bool same_number(const Value& a, const Value& b, bool single) {
    const bool both_whole =
        std::holds_alternative<std::int64_t>(a) && std::holds_alternative<std::int64_t>(b);
    if (both_whole) return a == b;
    if (single) return static_cast<float>(as_double(a)) == static_cast<float>(as_double(b));
    return as_double(a) == as_double(b);
}

bool same_ordinate(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

bool same_vertices(const Geometry& a, const Geometry& b, double tolerance) {
    if (a.coordinates.size() != b.coordinates.size()) return false;
    for (std::size_t i = 0; i < a.coordinates.size(); ++i) {
        if (same_ordinate(a.coordinates[i], b.coordinates[i])) continue;
        const bool is_place = i % a.stride() < 2;  // z and m are not projected
        const double apart = std::abs(a.coordinates[i] - b.coordinates[i]);
        if (!is_place || !(apart <= tolerance)) return false;
    }
    return true;
}

/// None: no shape.
std::optional<Geometry> shape_of(const Value& value) {
    const auto* blob = std::get_if<Blob>(&value);
    if (blob == nullptr) return std::nullopt;
    Geometry geometry = read_gpb(*blob);
    if (geometry.empty()) return std::nullopt;
    geometry = promoted_to_multi(std::move(geometry));
    orient_rings(geometry, false);
    return geometry;
}

}  // namespace

bool same_meaning(FieldType type_a, const Value& a, FieldType type_b, const Value& b) {
    if (a == b) return true;
    if (is_null(a) || is_null(b)) return false;
    if (is_guid(type_a) || is_guid(type_b)) {
        const auto guid_a = guid_of(a);
        return guid_a && guid_a == guid_of(b);
    }
    if (is_dated(type_a) || is_dated(type_b)) {
        const auto instant_a = instant_of(type_a, a);
        return instant_a && instant_a == instant_of(type_b, b);
    }
    const bool from_text = is_number(type_a) || is_number(type_b);
    const auto number_a = number_of(a, from_text);
    const auto number_b = number_of(b, from_text);
    const bool single = type_a == FieldType::Single || type_b == FieldType::Single;
    return number_a && number_b && same_number(*number_a, *number_b, single);
}

bool same_shape(const Value& a, const Value& b, double tolerance) {
    if (a == b) return true;
    try {
        const auto shape_a = shape_of(a);
        const auto shape_b = shape_of(b);
        if (!shape_a || !shape_b) return !shape_a && !shape_b;
        return shape_a->type == shape_b->type && shape_a->has_z == shape_b->has_z &&
               shape_a->has_m == shape_b->has_m && shape_a->part_ends == shape_b->part_ends &&
               shape_a->polygon_ends == shape_b->polygon_ends &&
               same_vertices(*shape_a, *shape_b, tolerance);
    } catch (const Error&) {
        return false;
    }
}

}  // namespace rhumb::geodb
