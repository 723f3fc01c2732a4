// SPDX-License-Identifier: Apache-2.0
//
// What of a replica is pending, and how the tables of an older Rhumb are brought up to date.
#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>
#include <iterator>

namespace rhumb::sync {
namespace {

using geodb::NetEdit;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;
using geodb::sqlite::Transaction;

/// Columns that later versions added, with the declaration of the schema.
struct AddedColumn {
    const char* table;
    const char* column;
    const char* declaration;
};
constexpr AddedColumn kAddedColumns[] = {
    {"rhumb_replica_layer", "policy", "INTEGER NOT NULL DEFAULT 1"},
    {"rhumb_replica_layer", "editor_field", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_conflict", "policy", "INTEGER NOT NULL DEFAULT 1"},
    {"rhumb_conflict", "state", "INTEGER NOT NULL DEFAULT 2"},
    {"rhumb_conflict", "mine_by", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_conflict", "theirs_by", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_conflict", "resolved_ms", "INTEGER NOT NULL DEFAULT 0"},
    {"rhumb_conflict", "resolved_value", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_rejected", "state", "INTEGER NOT NULL DEFAULT 1"},
    {"rhumb_rejected", "keeping", "INTEGER NOT NULL DEFAULT 0"},
    {"rhumb_rejected", "attempts", "INTEGER NOT NULL DEFAULT 1"},
    {"rhumb_rejected", "decided_ms", "INTEGER NOT NULL DEFAULT 0"},
    {"rhumb_replica_layer", "stopped", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_replica", "agreement", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_replica", "last_batch", "TEXT"},
    {"rhumb_replica", "stopped", "TEXT NOT NULL DEFAULT ''"},
    {"rhumb_replica", "history", "TEXT NOT NULL DEFAULT ''"},
};

bool has_column(Database& database, const AddedColumn& added) {
    Statement look(database, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    return look.bind(1, added.table).bind(2, added.column).step();
}

/// Of a refused insert an older version kept the values alone, and the row: the log takes it up
/// again, so that a later edit of the feature sends all of it.
void hold_refused_inserts(geodb::Geodatabase& geodatabase, ReplicaStore& store) {
    for (RejectedEdit& edit : store.rejected()) {
        if (edit.kind != NetEdit::Kind::Insert) continue;
        const geodb::Layer& layer = geodatabase.layer(edit.layer);
        geodb::FeatureWriter rows(geodatabase, layer, geodb::FeatureWriter::Tracking::Unlogged);
        const auto oid = rows.find(edit.feature);
        if (!oid) continue;
        HeldEdits edits(geodatabase.database(), layer);
        const bool held = edits.hold_insert(*oid, layer.column_count());
        edit.keeping = RejectedEdit::Keeping::Log;
        if (!held) edit.state = RejectedEdit::State::Pending;
        store.save_rejected(edit);
    }
}

void count(PendingCount& counts, NetEdit::Kind kind) {
    switch (kind) {
        case NetEdit::Kind::Insert:
            ++counts.inserts;
            break;
        case NetEdit::Kind::Update:
            ++counts.updates;
            break;
        case NetEdit::Kind::Delete:
            ++counts.deletes;
            break;
    }
}

}  // namespace

void ReplicaStore::upgrade_tables() {
    auto& database = geodatabase_.database();
    if (!database.has_table("rhumb_rejected")) return;
    const bool all_there =
        std::all_of(std::begin(kAddedColumns), std::end(kAddedColumns),
                    [&](const AddedColumn& added) { return has_column(database, added); });
    if (all_there) return;
    Transaction transaction(database);
    for (const AddedColumn& added : kAddedColumns) {
        if (has_column(database, added)) continue;
        database.execute(std::string("ALTER TABLE ") + added.table + " ADD COLUMN " + added.column +
                         " " + added.declaration);
    }
    hold_refused_inserts(geodatabase_, *this);
    transaction.commit();
}

std::vector<PendingCount> ReplicaStore::pending() const {
    std::vector<PendingCount> found;
    for (const ReplicaLayer& agreed : load_layers()) {
        const geodb::Layer& layer = geodatabase_.layer(agreed.id);
        PendingCount counts{layer.id, layer.name};
        geodb::NetEdits(geodatabase_.database(), layer).each({}, [&](NetEdit&& edit) {
            count(counts, edit.kind);
        });
        if (counts.total() > 0) found.push_back(std::move(counts));
    }
    return found;
}

}  // namespace rhumb::sync
