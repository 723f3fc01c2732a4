// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/cursor.hpp"

#include "geodb/geometry/gpb.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/views.hpp"

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::Uuid;
using rhumb::geodb::Value;
namespace geodb = rhumb::geodb;

namespace {

bool is_guid(geodb::FieldType type) {
    return type == geodb::FieldType::Guid || type == geodb::FieldType::GlobalId;
}

bool is_date(geodb::FieldType type) {
    return type == geodb::FieldType::Date || type == geodb::FieldType::DateOnly;
}

/// Text of a field; another program may have stored one that is no date or GUID.
rhumb_value text_value(geodb::FieldType type, std::string_view text) {
    rhumb_value value{};
    value.kind = RHUMB_VALUE_TEXT;
    value.text = view(text);
    if (is_guid(type)) {
        if (const auto uuid = Uuid::parse(text)) {
            value.kind = RHUMB_VALUE_GUID;
            value.guid = guid_of(*uuid);
        }
    } else if (is_date(type)) {
        if (const auto epoch_ms = rhumb::parse_date_time(text)) {
            value.kind = RHUMB_VALUE_DATE;
            value.integer = *epoch_ms;
        }
    }
    return value;
}

rhumb_bytes wkb_of(std::span<const std::uint8_t> blob) {
    const std::size_t offset = geodb::read_gpb_header(blob).wkb_offset;
    return {blob.data() + offset, blob.size() - offset};
}

}  // namespace

rhumb_cursor::Rows::Rows(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner, geodb::LayerId id,
                         const rhumb_query_options& asked)
    : reader(std::move(owner)),
      transaction(reader->database(), geodb::sqlite::Transaction::Deferred),
      layer(reader->layer(id)),
      selection(layer, asked, reader->now_ms()) {
    reader->timeline().head();  // the snapshot is taken by the first read
    geodb::FeatureQuery query = selection.query;
    global_id_column = query.columns.size() + 1;
    query.columns.push_back(layer.global_id_index());
    if (layer.geometry && asked.with_geometry != 0) {
        geometry_column = query.columns.size() + 1;
        query.columns.push_back(layer.geometry_index());
    }
    cursor.emplace(reader->database(), layer, query);
}

rhumb_cursor::rhumb_cursor(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner,
                           geodb::LayerId id, const rhumb_query_options& asked) {
    rows_.emplace(std::move(owner), id, asked);
    for (const std::size_t column : rows_->selection.query.columns) {
        fields.push_back(rows_->layer.fields[column]);
    }
    values_.resize(fields.size());
}

const geodb::sqlite::Statement& rhumb_cursor::row() const {
    if (on_row_) return rows_->cursor->row();
    throw Error(Status::InvalidArgument,
                "the cursor stands on no row: rhumb_cursor_next() has not "
                "said that there is one");
}

bool rhumb_cursor::next() {
    on_row_ = false;
    if (!rows_) return false;
    on_row_ = rows_->cursor->next();
    if (!on_row_) rows_.reset();
    return on_row_;
}

rhumb_row rhumb_cursor::read_row() const {
    const auto& statement = row();
    rhumb_row out;
    rhumb_row_init(&out);
    out.object_id = rows_->cursor->oid().value;
    const std::string place =
        "layer '" + rows_->layer.name + "', object id " + std::to_string(out.object_id);
    const auto uuid = Uuid::parse(statement.column_text(static_cast<int>(rows_->global_id_column)));
    if (!uuid) throw Error(Status::CorruptData, place + ": its GlobalID is none");
    out.global_id = guid_of(*uuid);
    const auto geometry = rows_->geometry_column;
    if (!geometry || statement.is_null(static_cast<int>(*geometry))) return out;
    try {
        out.wkb = wkb_of(statement.column_blob(static_cast<int>(*geometry)));
    } catch (const Error& error) {
        throw error.within(place);
    }
    return out;
}

rhumb_value rhumb_cursor::read_value(std::size_t column) {
    const auto& statement = row();
    const geodb::FieldType type = element_of(fields, column, "column").type;
    Value& stored = values_[column];
    stored = statement.column_value(static_cast<int>(column) + 1);
    rhumb_value out{};
    if (const auto* whole = std::get_if<std::int64_t>(&stored)) {
        out.kind = RHUMB_VALUE_INTEGER;
        out.integer = *whole;
    } else if (const auto* real = std::get_if<double>(&stored)) {
        out.kind = RHUMB_VALUE_REAL;
        out.real = *real;
    } else if (const auto* text = std::get_if<std::string>(&stored)) {
        out = text_value(type, *text);
    } else if (const auto* blob = std::get_if<geodb::Blob>(&stored)) {
        out.kind = RHUMB_VALUE_BLOB;
        out.blob = {blob->data(), blob->size()};
    }
    return out;
}

void rhumb_row_init(rhumb_row* row) {
    init(row);
}

void rhumb_cursor_release(rhumb_cursor* cursor) {
    delete cursor;
}

rhumb_status rhumb_cursor_next(rhumb_cursor* cursor, int32_t* out_has_row, rhumb_error* error) {
    return guard(error, [&] {
        require(cursor, "cursor");
        require(out_has_row, "out_has_row");
        const std::lock_guard lock(cursor->mutex);
        *out_has_row = cursor->next() ? 1 : 0;
    });
}

rhumb_status rhumb_cursor_row(rhumb_cursor* cursor, rhumb_row* out_row, rhumb_error* error) {
    return guard(error, [&] {
        require(cursor, "cursor");
        require_sized(out_row, "out_row");
        const std::lock_guard lock(cursor->mutex);
        *out_row = cursor->read_row();
    });
}

size_t rhumb_cursor_column_count(const rhumb_cursor* cursor) {
    return cursor == nullptr ? 0 : cursor->fields.size();
}

rhumb_status rhumb_cursor_column(const rhumb_cursor* cursor, size_t column,
                                 rhumb_field_info* out_info, rhumb_error* error) {
    return guard(error, [&] {
        require(cursor, "cursor");
        require_sized(out_info, "out_info");
        *out_info = field_info_of(element_of(cursor->fields, column, "column"));
    });
}

rhumb_status rhumb_cursor_value(rhumb_cursor* cursor, size_t column, rhumb_value* out_value,
                                rhumb_error* error) {
    return guard(error, [&] {
        require(cursor, "cursor");
        require(out_value, "out_value");
        const std::lock_guard lock(cursor->mutex);
        *out_value = cursor->read_value(column);
    });
}
