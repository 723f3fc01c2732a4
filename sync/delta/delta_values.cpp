// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_values.hpp"

#include "geodb/geometry/gpb.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/uuid.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace rhumb::delta {
namespace {

using geodb::Blob;
using geodb::FieldType;
using geodb::Value;
using geodb::sqlite::Statement;
using ColumnType = Statement::ColumnType;

constexpr std::size_t kPackedBytes = 16;  // of a point, of a GUID
// 0000-01-01 to 9999-12-31: what the text form can say.
constexpr std::int64_t kFirstDateMs = -62'167'219'200'000;
constexpr std::int64_t kLastDateMs = 253'402'300'799'999;

bool is(std::uint8_t type, FieldType of) {
    return type == static_cast<std::uint8_t>(of);
}

Stored blob_of(std::span<const std::uint8_t> bytes) {
    return {Stored::Kind::Blob, 0, 0, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

std::span<const std::uint8_t> bytes_of(const Stored& blob) {
    return {reinterpret_cast<const std::uint8_t*>(blob.bytes.data()), blob.bytes.size()};
}

bool is_readable(std::span<const std::uint8_t> shape) {
    try {
        (void)geodb::read_gpb(shape);
        return true;
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        return false;
    }
}

}  // namespace

ValueCodec::ValueCodec(const geodb::Layer& layer, const Columns& columns) : columns_(columns) {
    packs_points_ = layer.geometry && layer.geometry->type == geodb::GeometryType::Point;
    if (!packs_points_) return;
    geodb::Geometry origin;
    origin.coordinates = {0, 0};
    const Blob blob = geodb::write_gpb(origin, layer.geometry->srs_id);
    std::copy_n(blob.begin(), kPointPrefix, point_prefix_.begin());
}

std::optional<Stored> ValueCodec::stored(std::size_t number, const Value& value) {
    const std::uint8_t type = columns_[number].type;
    if (geodb::is_null(value)) return Stored{};
    if (const auto* blob = std::get_if<Blob>(&value)) {
        // BLOBs in other columns are not synchronized.
        if (type != Columns::kGeometry) return std::nullopt;
        return stored_shape(*blob);
    }
    if (type == Columns::kGeometry) return std::nullopt;
    if (const auto* text = std::get_if<std::string>(&value)) return stored_text(type, *text);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return Stored{Stored::Kind::Integer, *integer, 0, {}};
    }
    return Stored{Stored::Kind::Real, 0, std::get<double>(value), {}};
}

std::optional<Stored> ValueCodec::stored_shape(const Blob& shape) const {
    const std::span<const std::uint8_t> bytes(shape);
    const bool plain = packs_points_ && shape.size() == kPointBytes &&
                       std::equal(point_prefix_.begin(), point_prefix_.end(), shape.begin());
    if (!plain && !is_readable(bytes)) return std::nullopt;
    return blob_of(plain ? bytes.subspan(kPointPrefix) : bytes);
}

Stored ValueCodec::stored_text(std::uint8_t type, const std::string& text) {
    if (is(type, FieldType::Date)) {
        // Only of this text formatting the instant gives it again.
        if (const auto ms = parse_formatted_date_time(text)) {
            return {Stored::Kind::Integer, *ms, 0, {}};
        }
    }
    if (is(type, FieldType::Guid)) {
        const auto uuid = Uuid::parse(text);
        if (uuid && uuid->braced() == text) {
            uuid_ = *uuid;
            return blob_of(uuid_.bytes);
        }
    }
    return {Stored::Kind::Text, 0, 0, text};
}

bool ValueCodec::bind(Statement& statement, int parameter, std::size_t number, const Value& value) {
    const auto stored = this->stored(number, value);
    if (!stored) return false;
    switch (stored->kind) {
        case Stored::Kind::Integer:
            statement.bind(parameter, stored->integer);
            break;
        case Stored::Kind::Blob:
            if (stored->bytes.data() == reinterpret_cast<const char*>(uuid_.bytes.data())) {
                statement.bind(parameter, bytes_of(*stored));  // the next one is packed there, too
            } else {
                statement.bind_borrowed(parameter, bytes_of(*stored));
            }
            break;
        default:
            statement.bind_borrowed(parameter, value);
            break;
    }
    return true;
}

void ValueCodec::read(const Statement& row, int column, std::size_t number, Value& value) const {
    Stored stored;
    switch (row.column_type(column)) {
        case ColumnType::Null:
            break;
        case ColumnType::Integer:
            stored = {Stored::Kind::Integer, row.column_int64(column), 0, {}};
            break;
        case ColumnType::Real:
            stored = {Stored::Kind::Real, 0, row.column_double(column), {}};
            break;
        case ColumnType::Text:
            stored = {Stored::Kind::Text, 0, 0, row.column_text(column)};
            break;
        case ColumnType::Blob:
            stored = blob_of(row.column_blob(column));
            break;
    }
    read(stored, number, value);
}

void ValueCodec::read(const Stored& stored, std::size_t number, Value& value) const {
    const std::uint8_t type = columns_[number].type;
    if (stored.kind == Stored::Kind::Null) {
        value = geodb::Null{};
    } else if (type == Columns::kGeometry) {
        read_shape(stored, number, value);
    } else if (stored.kind == Stored::Kind::Blob) {
        read_blob(stored, number, value);
    } else if (stored.kind == Stored::Kind::Text) {
        auto* text = std::get_if<std::string>(&value);
        if (text == nullptr) text = &value.emplace<std::string>();
        text->assign(stored.bytes);
    } else if (stored.kind == Stored::Kind::Real) {
        value = stored.real;
    } else {
        const bool date = is(type, FieldType::Date) && stored.integer >= kFirstDateMs &&
                          stored.integer <= kLastDateMs;
        value = date ? Value(format_date_time(stored.integer)) : Value(stored.integer);
    }
}

void ValueCodec::read_shape(const Stored& stored, std::size_t number, Value& value) const {
    if (stored.kind != Stored::Kind::Blob) refuse(number, "is no geometry");
    const auto bytes = bytes_of(stored);
    auto* shape = std::get_if<Blob>(&value);
    if (shape == nullptr) shape = &value.emplace<Blob>();
    shape->clear();
    if (packs_points_ && bytes.size() == kPackedBytes) {
        shape->reserve(kPointBytes);
        shape->insert(shape->end(), point_prefix_.begin(), point_prefix_.end());
    } else if (!is_readable(bytes)) {
        refuse(number, "is no geometry that can be read");
    }
    shape->insert(shape->end(), bytes.begin(), bytes.end());
}

void ValueCodec::read_blob(const Stored& stored, std::size_t number, Value& value) const {
    const auto bytes = bytes_of(stored);
    if (!is(columns_[number].type, FieldType::Guid) || bytes.size() != kPackedBytes) {
        refuse(number, "is a BLOB");
    }
    Uuid id;
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    value = id.braced();
}

void ValueCodec::refuse(std::size_t number, const std::string& why) const {
    throw Error(Status::CorruptData, "the value of '" + columns_[number].name + "' " + why);
}

}  // namespace rhumb::delta
