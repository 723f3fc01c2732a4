// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_columns.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace rhumb::delta {
namespace {

using geodb::FieldType;
using geodb::Layer;
using geodb::sqlite::Statement;
using ColumnType = Statement::ColumnType;

constexpr std::size_t kShownBytes = 60;

std::uint8_t number_of(FieldType type) {
    return static_cast<std::uint8_t>(type);
}

bool travels(FieldType type) {
    return type != FieldType::GlobalId && type != FieldType::Blob && type != FieldType::ObjectId;
}

[[noreturn]] void refuse_columns(geodb::LayerId layer, const std::string& why) {
    throw Error(Status::CorruptData,
                "table 'delta_column', layer " + std::to_string(layer.value) + ": " + why);
}

bool is_readable(const std::string& name) {
    // A text with a zero in it would be cut off where the schema is compared.
    return is_utf8(name) && name.find('\0') == std::string::npos;
}

bool is_known_type(std::int64_t type) {
    if (type == Columns::kGeometry) return true;
    return type <= number_of(FieldType::Blob) && type > 0 &&
           travels(static_cast<FieldType>(static_cast<std::uint8_t>(type)));
}

}  // namespace

Columns::Columns(const Layer& layer) {
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        const geodb::Field& field = layer.fields[i];
        if (travels(field.type)) list_.push_back({field.name, number_of(field.type), i});
    }
    if (layer.geometry) {
        list_.push_back({layer.geometry->name, kGeometry, layer.geometry_index()});
    }
}

void Columns::write(geodb::sqlite::Database& delta, geodb::LayerId layer) const {
    Statement put(delta, "INSERT INTO delta_column VALUES (?1, ?2, ?3, ?4)");
    for (std::size_t i = 0; i < list_.size(); ++i) {
        put.bind(1, layer.value).bind(2, static_cast<std::int64_t>(i));
        put.bind(3, list_[i].name).bind(4, int{list_[i].type}).run();
    }
}

Columns Columns::checked(std::vector<Column> declared) {
    std::set<std::string> names;
    for (const Column& column : declared) {
        if (!is_known_type(column.type)) {
            throw Error(Status::CorruptData, "a column has an unknown type");
        }
        if (!is_readable(column.name) || !names.insert(lowered(column.name)).second) {
            throw Error(Status::CorruptData, "'" + excerpt(column.name, kShownBytes) +
                                                 "' is no name of a column, or there twice");
        }
    }
    Columns columns;
    columns.list_ = std::move(declared);
    return columns;
}

Columns Columns::declared(geodb::sqlite::Database& delta, geodb::LayerId layer) {
    std::vector<Column> columns;
    Statement rows(delta,
                   "SELECT number, name, type FROM delta_column WHERE layer = ?1 ORDER BY rowid");
    rows.bind(1, layer.value);
    while (rows.step()) {
        const bool in_order = rows.column_type(0) == ColumnType::Integer &&
                              rows.column_int64(0) == static_cast<std::int64_t>(columns.size());
        if (!in_order) refuse_columns(layer, "the columns are not counted from 0");
        if (rows.column_type(1) != ColumnType::Text) refuse_columns(layer, "a name is no text");
        if (rows.column_type(2) != ColumnType::Integer || !is_known_type(rows.column_int64(2))) {
            refuse_columns(layer, "a column has an unknown type");
        }
        columns.push_back(
            {std::string(rows.column_text(1)), static_cast<std::uint8_t>(rows.column_int64(2)), 0});
    }
    try {
        return checked(std::move(columns));
    } catch (const Error& error) {
        refuse_columns(layer, error.message());
    }
}

Columns Columns::in(const Layer& layer) const {
    const Columns here(layer);
    Columns found;
    for (const Column& column : list_) {
        const auto same =
            std::find_if(here.list_.begin(), here.list_.end(), [&](const Column& ours) {
                const bool both_geometry = column.type == kGeometry && ours.type == kGeometry;
                return both_geometry || equal_ignoring_case(ours.name, column.name);
            });
        if (same == here.list_.end() || same->type != column.type) {
            throw Error(Status::SchemaChanged,
                        "layer '" + layer.name + "' has " +
                            (same == here.list_.end() ? "no" : "another type in its") +
                            " column '" + excerpt(column.name, kShownBytes) + "' of the delta");
        }
        found.list_.push_back({column.name, column.type, same->index});
    }
    return found;
}

bool ColumnMask::empty() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

void ColumnMask::bind(Statement& statement, int parameter) const {
    if (columns_ > kIntegerColumns) {
        statement.bind(parameter, std::span<const std::uint8_t>(bytes_));
        return;
    }
    std::int64_t bits = 0;
    for (std::size_t i = 0; i < bytes_.size(); ++i) bits |= std::int64_t{bytes_[i]} << (8 * i);
    statement.bind(parameter, bits);
}

void ColumnMask::append_bytes(std::string& bytes) const {
    bytes.append(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
}

bool ColumnMask::read(const Statement& row, int column) {
    if (columns_ > kIntegerColumns) {
        if (row.column_type(column) != ColumnType::Blob) return false;
        return read_bytes(row.column_blob(column));
    }
    if (row.column_type(column) != ColumnType::Integer) return false;
    const std::int64_t bits = row.column_int64(column);
    if (bits < 0 || (bits >> columns_) != 0) return false;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        bytes_[i] = static_cast<std::uint8_t>(bits >> (8 * i));
    }
    return true;
}

bool ColumnMask::read_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.size() != byte_count()) return false;
    const std::size_t spare = bytes.size() * 8 - columns_;
    if (spare > 0 && (bytes.back() >> (8 - spare)) != 0) return false;
    bytes_.assign(bytes.begin(), bytes.end());
    return true;
}

}  // namespace rhumb::delta
