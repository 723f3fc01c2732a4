// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/value_rules.hpp"

#include "geodb/column_types.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "platform/uuid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace rhumb::geodb {
namespace {

constexpr std::size_t kShownBytes = 40;  // of a refused value, in the message

std::string shown(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* text = std::get_if<std::string>(&value)) {
        return "'" + excerpt(*text, kShownBytes) + "'";
    }
    if (const auto* real = std::get_if<double>(&value)) {
        std::string out;
        if (std::isfinite(*real)) append_double(out, *real);
        return out.empty() ? "NaN" : out;
    }
    return is_null(value) ? "NULL" : "a BLOB";
}

std::string where_of(const Layer& layer, const Field& field) {
    return "layer '" + layer.name + "', field '" + field.name + "': ";
}

[[noreturn]] void refuse_value(const Layer& layer, const Field& field, const Value& value,
                               const std::string& wanted) {
    refuse(EditFault::ValueRefused, where_of(layer, field) + shown(value) + " is " + wanted);
}

std::optional<std::int64_t> as_whole(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    if (const auto* text = std::get_if<std::string>(&value)) return parse_integer(*text);
    const auto* real = std::get_if<double>(&value);
    // 2^63 itself does not fit; the comparison is exact because 2^63 is a double.
    if (real == nullptr || !(std::abs(*real) < 9223372036854775808.0)) return std::nullopt;
    return std::trunc(*real) == *real ? std::optional(static_cast<std::int64_t>(*real))
                                      : std::nullopt;
}

std::optional<double> as_real(const Value& value) {
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* text = std::get_if<std::string>(&value)) return parse_double(*text);
    return std::nullopt;
}

std::optional<std::int64_t> as_epoch_ms(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return parse_date_time(*text);
    return as_whole(value);
}

/// 0000-01-01 to 9999-12-31: what the text form can say.
bool is_expressible(std::int64_t epoch_ms) {
    return epoch_ms >= -62'167'219'200'000 && epoch_ms <= 253'402'300'799'999;
}

Value whole_in_range(const Layer& layer, const Field& field, const Value& value, std::int64_t low,
                     std::int64_t high) {
    const auto whole = as_whole(value);
    if (!whole) refuse_value(layer, field, value, "no whole number");
    if (*whole < low || *whole > high) refuse_value(layer, field, value, "out of range");
    return *whole;
}

void check_text(const Layer& layer, const Field& field, const Value& value) {
    const std::string& text = std::get<std::string>(value);
    if (!is_utf8(text)) refuse_value(layer, field, value, "not valid UTF-8");
    const auto most = static_cast<std::size_t>(field.length);
    // No text has more characters than bytes.
    if (field.length > 0 && text.size() > most && utf8_length(text) > most) {
        refuse_value(layer, field, value,
                     "longer than " + std::to_string(field.length) + " characters");
    }
}

Value stored_text(const Layer& layer, const Field& field, const Value& value) {
    if (!std::holds_alternative<std::string>(value)) {
        if (std::holds_alternative<Blob>(value)) refuse_value(layer, field, value, "no text");
        const std::string number = shown(value);
        return stored_text(layer, field, Value{number});
    }
    check_text(layer, field, value);
    return value;
}

Value stored_guid(const Layer& layer, const Field& field, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    const auto uuid = text != nullptr ? Uuid::parse(*text) : std::nullopt;
    if (!uuid) refuse_value(layer, field, value, "no GUID");
    return uuid->braced();
}

Value stored_date(const Layer& layer, const Field& field, const Value& value) {
    const auto ms = as_epoch_ms(value);
    if (!ms || !is_expressible(*ms)) refuse_value(layer, field, value, "no date");
    return field.type == FieldType::Date ? format_date_time(*ms) : format_date(*ms);
}

Value stored_time(const Layer& layer, const Field& field, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    const bool fits = text != nullptr && parse_date_time("2000-01-01T" + *text).has_value();
    if (!fits) refuse_value(layer, field, value, "no time of day (hh:mm:ss)");
    return value;
}

Value stored_timestamp(const Layer& layer, const Field& field, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !parse_date_time(*text)) {
        refuse_value(layer, field, value, "no timestamp (yyyy-mm-ddThh:mm:ss+hh:mm)");
    }
    return value;
}

Value stored_real(const Layer& layer, const Field& field, const Value& value) {
    const auto real = as_real(value);
    if (!real) refuse_value(layer, field, value, "no number");
    if (!std::isfinite(*real)) return Null{};
    if (field.type == FieldType::Single) {
        if (std::abs(*real) > static_cast<double>(std::numeric_limits<float>::max())) {
            refuse_value(layer, field, value, "out of range");
        }
        return static_cast<double>(static_cast<float>(*real));
    }
    return *real;
}

Value stored_by_type(const Layer& layer, const Field& field, const Value& value) {
    switch (field.type) {
        case FieldType::SmallInteger:
            return whole_in_range(layer, field, value, -32768, 32767);
        case FieldType::Integer:
            return whole_in_range(layer, field, value, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max());
        case FieldType::ObjectId:
        case FieldType::BigInteger:
            return whole_in_range(layer, field, value, std::numeric_limits<std::int64_t>::min(),
                                  std::numeric_limits<std::int64_t>::max());
        case FieldType::Single:
        case FieldType::Double:
            return stored_real(layer, field, value);
        case FieldType::Date:
        case FieldType::DateOnly:
            return stored_date(layer, field, value);
        case FieldType::TimeOnly:
            return stored_time(layer, field, value);
        case FieldType::GlobalId:
        case FieldType::Guid:
            return stored_guid(layer, field, value);
        case FieldType::Blob:
            if (!std::holds_alternative<Blob>(value)) refuse_value(layer, field, value, "no BLOB");
            return value;
        case FieldType::TimestampOffset:
            return stored_timestamp(layer, field, value);
        case FieldType::String:
            break;
    }
    return stored_text(layer, field, value);
}

/// Whether nothing is left to change, for the commonest types; what is not allowed throws.
bool is_stored_form(const Layer& layer, const Field& field, const Value& value) {
    if (field.type == FieldType::String) {
        if (!std::holds_alternative<std::string>(value)) return false;
        check_text(layer, field, value);
        return true;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        return field.type == FieldType::BigInteger ||
               (field.type == FieldType::Integer && std::in_range<std::int32_t>(*whole)) ||
               (field.type == FieldType::SmallInteger && std::in_range<std::int16_t>(*whole));
    }
    const auto* real = std::get_if<double>(&value);
    return real != nullptr && field.type == FieldType::Double && std::isfinite(*real);
}

Value stored_geometry(const Layer& layer, const Value& value) {
    const auto* blob = std::get_if<Blob>(&value);
    if (blob == nullptr) {
        refuse(EditFault::GeometryRefused, "layer '" + layer.name + "': the geometry is no BLOB");
    }
    try {
        return write_gpb(fitted_geometry(layer, read_gpb(*blob)), layer.geometry->srs_id);
    } catch (const Error& error) {
        if (error.status() == Status::ConstraintViolated) throw;
        refuse(EditFault::GeometryRefused, "layer '" + layer.name + "': " + error.message());
    }
}

/// The same vertices without the ordinates that `keep_z` and `keep_m` do not want.
Geometry with_dimensions(const Geometry& geometry, bool keep_z, bool keep_m) {
    if (geometry.has_z == keep_z && geometry.has_m == keep_m) return geometry;
    Geometry out = geometry;
    out.has_z = keep_z;
    out.has_m = keep_m;
    out.coordinates.clear();
    const std::size_t stride = geometry.stride();
    for (std::size_t at = 0; at < geometry.coordinates.size(); at += stride) {
        out.coordinates.push_back(geometry.coordinates[at]);
        out.coordinates.push_back(geometry.coordinates[at + 1]);
        if (keep_z) out.coordinates.push_back(geometry.coordinates[at + 2]);
        if (keep_m) out.coordinates.push_back(geometry.coordinates[at + stride - 1]);
    }
    return out;
}

/// The only part of a multi geometry.
Geometry single_of(Geometry geometry) {
    const auto multi = static_cast<int>(geometry.type);
    geometry.type = static_cast<GeometryType>(multi - 3);
    geometry.polygon_ends.clear();
    return geometry;
}

}  // namespace

void refuse(EditFault fault, const std::string& message) {
    throw Error(Status::ConstraintViolated, message).with_code(static_cast<std::int64_t>(fault));
}

Geometry fitted_geometry(const Layer& layer, Geometry geometry) {
    const GeometryColumn& column = *layer.geometry;
    const bool wants_multi = column.type >= GeometryType::MultiPoint;
    if (wants_multi && geometry.type < GeometryType::MultiPoint) {
        geometry = promoted_to_multi(std::move(geometry));
    }
    // Esri has one word for a line and many: a single part fits where single ones are kept.
    const bool one_part = geometry.type == GeometryType::MultiPoint ? geometry.vertex_count() <= 1
                          : geometry.type == GeometryType::MultiPolygon
                              ? geometry.polygon_ends.size() <= 1
                              : geometry.part_ends.size() <= 1;
    if (!wants_multi && geometry.type >= GeometryType::MultiPoint && one_part) {
        geometry = single_of(std::move(geometry));
    }
    if (geometry.type != column.type) {
        refuse(EditFault::GeometryRefused,
               "layer '" + layer.name + "' keeps " + std::string(gpkg_geometry_name(column.type)) +
                   ", not " + std::string(gpkg_geometry_name(geometry.type)));
    }
    if (column.has_z && !geometry.has_z && !geometry.empty()) {
        refuse(EditFault::GeometryLacksZ, "layer '" + layer.name + "' has Z, the geometry has not");
    }
    if (column.has_m && !geometry.has_m && !geometry.empty()) {
        refuse(EditFault::GeometryLacksM, "layer '" + layer.name + "' has M, the geometry has not");
    }
    try {
        check_geometry(geometry);
    } catch (const Error& error) {
        refuse(EditFault::GeometryRefused, "layer '" + layer.name + "': " + error.message());
    }
    return with_dimensions(geometry, column.has_z && geometry.has_z,
                           column.has_m && geometry.has_m);
}

Value stored_value(const Layer& layer, std::size_t column, const Value& value) {
    if (layer.geometry && column == layer.geometry_index()) {
        return is_null(value) ? value : stored_geometry(layer, value);
    }
    const Field& field = layer.fields[column];
    if (is_null(value)) {
        // The writer gives a GlobalID, and the table its default.
        if (field.nullable || field.default_sql || field.type == FieldType::GlobalId) return value;
        refuse(EditFault::NullNotAllowed, where_of(layer, field) + "NULL is not allowed");
    }
    Value stored = stored_by_type(layer, field, value);
    return is_null(stored) ? stored_value(layer, column, stored) : stored;
}

std::vector<std::size_t> left_to_default(const Layer& layer,
                                         const std::vector<ColumnValue>& named) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (!layer.fields[i].default_sql || i == layer.global_id_index()) continue;
        const bool is_named =
            std::any_of(named.begin(), named.end(),
                        [&](const ColumnValue& value) { return value.column == i; });
        if (!is_named) columns.push_back(i);
    }
    return columns;
}

void make_stored(const Layer& layer, std::size_t column, Value& value) {
    if (column < layer.fields.size() && is_stored_form(layer, layer.fields[column], value)) return;
    value = stored_value(layer, column, value);
}

}  // namespace rhumb::geodb
