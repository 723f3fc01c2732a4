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

/// Whether formatting the instant gives this very text; parsing tells that the day exists.
bool is_canonical_date(std::string_view text) {
    constexpr std::string_view kLatest = "9999-99-99T29:59:59.999Z";
    if (text.size() != kLatest.size()) return false;
    for (std::size_t i = 0; i < kLatest.size(); ++i) {
        const bool digit = kLatest[i] >= '0' && kLatest[i] <= '9';
        if (digit ? text[i] < '0' || text[i] > kLatest[i] : text[i] != kLatest[i]) return false;
    }
    return text[11] < '2' || text[12] < '4';
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

bool ValueCodec::bind(Statement& statement, int parameter, std::size_t number, const Value& value) {
    const std::uint8_t type = columns_[number].type;
    if (const auto* blob = std::get_if<Blob>(&value)) {
        // BLOBs in other columns are not synchronized.
        return type == Columns::kGeometry && bind_shape(statement, parameter, *blob);
    }
    if (std::holds_alternative<std::string>(value)) {
        if (type == Columns::kGeometry) return false;
        bind_text(statement, parameter, type, value);
        return true;
    }
    if (type == Columns::kGeometry && !geodb::is_null(value)) return false;
    statement.bind_borrowed(parameter, value);
    return true;
}

bool ValueCodec::bind_shape(Statement& statement, int parameter, const Blob& shape) {
    const std::span<const std::uint8_t> bytes(shape);
    const bool plain = packs_points_ && shape.size() == kPointBytes &&
                       std::equal(point_prefix_.begin(), point_prefix_.end(), shape.begin());
    if (!plain && !is_readable(bytes)) return false;
    statement.bind_borrowed(parameter, plain ? bytes.subspan(kPointPrefix) : bytes);
    return true;
}

void ValueCodec::bind_text(Statement& statement, int parameter, std::uint8_t type,
                           const Value& value) {
    const auto& text = std::get<std::string>(value);
    if (is(type, FieldType::Date) && is_canonical_date(text)) {
        if (const auto ms = parse_date_time(text)) {
            statement.bind(parameter, *ms);
            return;
        }
    }
    if (is(type, FieldType::Guid)) {
        const auto uuid = Uuid::parse(text);
        if (uuid && uuid->braced() == text) {
            statement.bind(parameter, std::span<const std::uint8_t>(uuid->bytes));
            return;
        }
    }
    statement.bind_borrowed(parameter, value);
}

void ValueCodec::read(const Statement& row, int column, std::size_t number, Value& value) const {
    const std::uint8_t type = columns_[number].type;
    const ColumnType stored = row.column_type(column);
    if (stored == ColumnType::Null) {
        value = geodb::Null{};
    } else if (type == Columns::kGeometry) {
        read_shape(row, column, number, value);
    } else if (stored == ColumnType::Blob) {
        read_blob(row, column, number, value);
    } else {
        row.read_column(column, value);
        const auto* ms = std::get_if<std::int64_t>(&value);
        const bool date =
            ms != nullptr && is(type, FieldType::Date) && *ms >= kFirstDateMs && *ms <= kLastDateMs;
        if (date) value = format_date_time(*ms);
    }
}

void ValueCodec::read_shape(const Statement& row, int column, std::size_t number,
                            Value& value) const {
    if (row.column_type(column) != ColumnType::Blob) refuse(number, "is no geometry");
    const auto bytes = row.column_blob(column);
    auto* shape = std::get_if<Blob>(&value);
    if (shape == nullptr) shape = &value.emplace<Blob>();
    shape->clear();
    if (packs_points_ && bytes.size() == kPackedBytes) {
        shape->insert(shape->end(), point_prefix_.begin(), point_prefix_.end());
    } else if (!is_readable(bytes)) {
        refuse(number, "is no geometry that can be read");
    }
    shape->insert(shape->end(), bytes.begin(), bytes.end());
}

void ValueCodec::read_blob(const Statement& row, int column, std::size_t number,
                           Value& value) const {
    const auto bytes = row.column_blob(column);
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
