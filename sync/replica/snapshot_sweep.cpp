// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/snapshot_sweep.hpp"

#include "platform/uuid.hpp"

namespace rhumb::sync {

using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

SnapshotSweep::SnapshotSweep(geodb::sqlite::Database& database, const geodb::Layer& layer)
    : database_(database),
      layer_(layer),
      table_("temp.rhumb_seen_" + std::to_string(layer.id.value)) {
    database_.execute("DROP TABLE IF EXISTS " + table_ + "; CREATE TABLE " + table_ +
                      " (feature TEXT PRIMARY KEY) WITHOUT ROWID");
    put_.emplace(database_, "INSERT OR IGNORE INTO " + table_ + " VALUES (?1)");
}

SnapshotSweep::~SnapshotSweep() {
    put_.reset();
    try {
        database_.execute("DROP TABLE IF EXISTS " + table_);
    } catch (...) {  // it goes with the connection
    }
}

void SnapshotSweep::saw(const geodb::GlobalId& feature) {
    put_->bind(1, feature.value.braced()).run();
}

std::vector<geodb::GlobalId> SnapshotSweep::unseen() {
    const std::string id = quoted_name(layer_.global_id_column);
    Statement rows(database_, "SELECT " + id + " FROM " + quoted_name(layer_.table) + " WHERE " +
                                  id + " NOT IN (SELECT feature FROM " + table_ + ")");
    std::vector<geodb::GlobalId> features;
    while (rows.step()) {
        if (const auto uuid = Uuid::parse(rows.column_text(0))) features.push_back({*uuid});
    }
    return features;
}

}  // namespace rhumb::sync
