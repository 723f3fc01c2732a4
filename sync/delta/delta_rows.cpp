// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_rows.hpp"

#include "sync/delta/delta_schema.hpp"

#include <algorithm>

namespace rhumb::delta {
namespace {

using geodb::Layer;
using geodb::sqlite::Statement;
using ColumnType = Statement::ColumnType;

// Columns of a table of rows.
constexpr int kFeature = 0;
constexpr int kChanged = 1;
constexpr int kFirstAdded = 1;
constexpr int kFirstUpdated = 2;

std::string table_name(Kind kind, geodb::LayerId layer, const Columns& columns) {
    switch (kind) {
        case Kind::Add:
            return adds_table(layer, columns).name;
        case Kind::Update:
            return updates_table(layer, columns).name;
        case Kind::Delete:
            break;
    }
    return deletes_table(layer, columns, false).name;
}

}  // namespace

RowReader::RowReader(geodb::sqlite::Database& database, const Layer& layer, const Columns& columns,
                     Kind kind)
    : kind_(kind),
      table_(table_name(kind, layer.id, columns)),
      columns_(columns.in(layer)),
      codec_(layer, columns_),
      mask_(columns.size()),
      rows_(database, "SELECT " + std::string(kind == Kind::Delete ? "feature" : "*") + " FROM " +
                          table_ + " ORDER BY rowid") {}

void RowReader::each(std::int64_t count, const OnRow& on_row) {
    std::int64_t seen = 0;
    const auto refuse = [&](Status status, const std::string& why) {
        throw NoRow{status, "table '" + table_ + "', row " + std::to_string(seen) + ": " + why};
    };
    while (true) {
        try {
            if (!rows_.step()) break;
            ++seen;
            read();
        } catch (const Error& error) {
            refuse(error.status(), error.message());
        }
        on_row(row_);
    }
    if (seen != count) {
        refuse(Status::CorruptData, "the delta says that there are " + std::to_string(count));
    }
}

void RowReader::read() {
    const auto id = rows_.column_blob(kFeature);
    if (rows_.column_type(kFeature) != ColumnType::Blob || id.size() != 16) {
        throw Error(Status::CorruptData, "the GlobalID is no GUID of 16 bytes");
    }
    std::copy(id.begin(), id.end(), row_.feature.value.bytes.begin());
    row_.values.clear();
    row_.old.clear();
    if (kind_ == Kind::Add) read_values(kFirstAdded, row_.values, true);
    if (kind_ != Kind::Update) return;
    if (!mask_.read(rows_, kChanged)) {
        throw Error(Status::CorruptData, "'changed' is no set of the layer's columns");
    }
    read_values(kFirstUpdated, row_.values, false);
    read_values(kFirstUpdated + static_cast<int>(columns_.size()), row_.old, false);
}

void RowReader::read_values(int first, std::vector<geodb::ColumnValue>& into, bool all) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const int column = first + static_cast<int>(i);
        if (all || mask_.has(i)) {
            into.push_back({columns_[i].index, {}});
            codec_.read(rows_, column, i, into.back().value);
        } else if (!rows_.is_null(column)) {
            throw Error(Status::CorruptData,
                        "'" + columns_[i].name + "' has a value, though it is not changed");
        }
    }
}

}  // namespace rhumb::delta
