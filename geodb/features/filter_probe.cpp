// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/filter_probe.hpp"

#include "geodb/column_types.hpp"
#include "geodb/features/feature_reader.hpp"

#include <string>

namespace rhumb::geodb {

using sqlite::quoted_name;

FilterProbe::FilterProbe(sqlite::Database& database, const Layer& layer, std::string_view where,
                         std::int64_t now_ms)
    : database_(database), table_("temp.rhumb_probe_" + std::to_string(layer.id.value)) {
    const WhereSql clause = where_for(layer, where, now_ms);
    std::string columns = quoted_name(layer.fid_column) + " INTEGER PRIMARY KEY";
    std::string places = "?";
    for (const Field& field : layer.fields) {
        columns +=
            ", " + quoted_name(field.name) + " " + type_declaration(field.type, field.length);
        places += ", ?";
    }
    if (layer.geometry) {
        columns += ", " + quoted_name(layer.geometry->name) + " BLOB";
        places += ", ?";
    }
    database_.execute("DROP TABLE IF EXISTS " + table_ + "; CREATE TABLE " + table_ + " (" +
                      columns + ")");
    put_.emplace(database_, "INSERT OR REPLACE INTO " + table_ + " VALUES (" + places + ")");
    ask_.emplace(database_, "SELECT 1 FROM " + table_ + " WHERE " + quoted_name(layer.fid_column) +
                                " = ? AND (" + clause.sql + ")");
    clause_values_ = clause.values;
}

FilterProbe::~FilterProbe() {
    put_.reset();
    ask_.reset();
    try {
        database_.execute("DROP TABLE IF EXISTS " + table_);
    } catch (...) {  // it goes with the connection
    }
}

bool FilterProbe::matches(ObjectId oid, const std::vector<Value>& row) {
    put_->bind(1, oid.value);
    for (std::size_t i = 0; i < row.size(); ++i) {
        put_->bind_borrowed(static_cast<int>(i) + 2, row[i]);
    }
    put_->run();  // rows of earlier questions stay, each under its object id
    ask_->bind(1, oid.value);
    for (std::size_t i = 0; i < clause_values_.size(); ++i) {
        ask_->bind_borrowed(static_cast<int>(i) + 2, clause_values_[i]);
    }
    const bool matches = ask_->step();
    ask_->reset();
    return matches;
}

}  // namespace rhumb::geodb
