// SPDX-License-Identifier: Apache-2.0
//
// The lists of a replica that people look at: what is pending, what was refused, what lost.
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::sync {
namespace {

using geodb::NetEdit;
using geodb::sqlite::Statement;

geodb::GlobalId identity_at(const Statement& row, int column) {
    const auto uuid = Uuid::parse(row.column_text(column));
    return {uuid.value_or(Uuid{})};
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

std::int64_t ReplicaStore::add_rejected(const RejectedEdit& edit) {
    Statement put(geodatabase_.database(),
                  "INSERT INTO rhumb_rejected (layer_id, feature, kind, code, reason, at_ms, "
                  "feature_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    put.bind(1, edit.layer.value).bind(2, edit.feature.value.braced());
    put.bind(3, static_cast<int>(edit.kind)).bind(4, edit.code).bind(5, edit.reason);
    put.bind(6, edit.at_ms).bind(7, edit.values).run();
    return geodatabase_.database().last_insert_rowid();
}

void ReplicaStore::forget_rejected_insert(geodb::LayerId layer, const geodb::GlobalId& feature) {
    Statement forget(
        geodatabase_.database(),
        "DELETE FROM rhumb_rejected WHERE layer_id = ?1 AND feature = ?2 AND kind = ?3");
    forget.bind(1, layer.value).bind(2, feature.value.braced());
    forget.bind(3, static_cast<int>(NetEdit::Kind::Insert)).run();
}

void ReplicaStore::note_insert_is_there(geodb::LayerId layer, const geodb::GlobalId& feature) {
    Statement note(geodatabase_.database(),
                   "UPDATE rhumb_rejected SET kind = ?4 WHERE layer_id = ?1 AND feature = ?2 AND "
                   "kind = ?3");
    note.bind(1, layer.value).bind(2, feature.value.braced());
    note.bind(3, static_cast<int>(NetEdit::Kind::Insert));
    note.bind(4, static_cast<int>(NetEdit::Kind::Update)).run();
}

std::vector<RejectedEdit> ReplicaStore::rejected() const {
    std::vector<RejectedEdit> edits;
    auto& database = geodatabase_.database();
    if (!database.has_table("rhumb_rejected")) return edits;
    Statement row(database,
                  "SELECT number, layer_id, feature, kind, code, reason, at_ms, feature_json "
                  "FROM rhumb_rejected ORDER BY number");
    while (row.step()) {
        RejectedEdit edit;
        edit.number = row.column_int64(0);
        edit.layer = {static_cast<std::int32_t>(row.column_int64(1))};
        edit.feature = identity_at(row, 2);
        edit.kind = static_cast<NetEdit::Kind>(row.column_int64(3));
        edit.code = row.column_int64(4);
        edit.reason = row.column_text(5);
        edit.at_ms = row.column_int64(6);
        edit.values = row.column_text(7);
        edits.push_back(std::move(edit));
    }
    return edits;
}

std::int64_t ReplicaStore::add_conflict(const Conflict& conflict) {
    Statement put(geodatabase_.database(),
                  "INSERT INTO rhumb_conflict (layer_id, feature, column_name, base, mine, theirs, "
                  "winner, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    put.bind(1, conflict.layer.value).bind(2, conflict.feature.value.braced());
    put.bind(3, conflict.column).bind(4, conflict.base).bind(5, conflict.mine);
    put.bind(6, conflict.theirs).bind(7, static_cast<int>(conflict.winner));
    put.bind(8, conflict.at_ms).run();
    return geodatabase_.database().last_insert_rowid();
}

std::vector<Conflict> ReplicaStore::conflicts() const {
    std::vector<Conflict> conflicts;
    auto& database = geodatabase_.database();
    if (!database.has_table("rhumb_conflict")) return conflicts;
    Statement row(database,
                  "SELECT number, layer_id, feature, column_name, base, mine, theirs, winner, "
                  "at_ms FROM rhumb_conflict ORDER BY number");
    while (row.step()) {
        Conflict conflict;
        conflict.number = row.column_int64(0);
        conflict.layer = {static_cast<std::int32_t>(row.column_int64(1))};
        conflict.feature = identity_at(row, 2);
        conflict.column = row.column_text(3);
        conflict.base = row.column_text(4);
        conflict.mine = row.column_text(5);
        conflict.theirs = row.column_text(6);
        conflict.winner = static_cast<Conflict::Winner>(row.column_int64(7));
        conflict.at_ms = row.column_int64(8);
        conflicts.push_back(std::move(conflict));
    }
    return conflicts;
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
