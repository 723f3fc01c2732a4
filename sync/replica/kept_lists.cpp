// SPDX-License-Identifier: Apache-2.0
//
// The lists of a replica that people decide about: what was refused, what lost.
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

RejectedEdit rejected_at(const Statement& row) {
    RejectedEdit edit;
    edit.number = row.column_int64(0);
    edit.layer = {static_cast<std::int32_t>(row.column_int64(1))};
    edit.feature = identity_at(row, 2);
    edit.kind = static_cast<NetEdit::Kind>(row.column_int64(3));
    edit.code = row.column_int64(4);
    edit.reason = row.column_text(5);
    edit.at_ms = row.column_int64(6);
    edit.values = row.column_text(7);
    edit.state = static_cast<RejectedEdit::State>(row.column_int64(8));
    edit.keeping = static_cast<RejectedEdit::Keeping>(row.column_int64(9));
    edit.attempts = row.column_int64(10);
    edit.decided_ms = row.column_int64(11);
    return edit;
}

Conflict conflict_at(const Statement& row) {
    Conflict conflict;
    conflict.number = row.column_int64(0);
    conflict.layer = {static_cast<std::int32_t>(row.column_int64(1))};
    conflict.feature = identity_at(row, 2);
    conflict.column = row.column_text(3);
    conflict.base = row.column_text(4);
    conflict.mine = row.column_text(5);
    conflict.theirs = row.column_text(6);
    conflict.winner = static_cast<Winner>(row.column_int64(7));
    conflict.at_ms = row.column_int64(8);
    conflict.policy = static_cast<MergePolicy>(row.column_int64(9));
    conflict.state = static_cast<Conflict::State>(row.column_int64(10));
    conflict.mine_by = row.column_text(11);
    conflict.theirs_by = row.column_text(12);
    conflict.resolved_ms = row.column_int64(13);
    conflict.value = row.column_text(14);
    return conflict;
}

}  // namespace

std::int64_t ReplicaStore::park(const RejectedEdit& edit) {
    for (const RejectedEdit& known : rejected()) {
        if (known.layer != edit.layer || known.feature != edit.feature) continue;
        if (edit.feature == geodb::GlobalId{}) continue;
        RejectedEdit again = edit;
        again.number = known.number;
        again.attempts = known.attempts + 1;
        save_rejected(again);
        return known.number;
    }
    Statement put(geodatabase_.database(),
                  "INSERT INTO rhumb_rejected (layer_id, feature, kind, code, reason, at_ms, "
                  "feature_json, state, keeping) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    put.bind(1, edit.layer.value).bind(2, edit.feature.value.braced());
    put.bind(3, static_cast<int>(edit.kind)).bind(4, edit.code).bind(5, edit.reason);
    put.bind(6, edit.at_ms).bind(7, edit.values).bind(8, static_cast<int>(edit.state));
    put.bind(9, static_cast<int>(edit.keeping)).run();
    return geodatabase_.database().last_insert_rowid();
}

void ReplicaStore::save_rejected(const RejectedEdit& edit) {
    Statement put(geodatabase_.database(),
                  "UPDATE rhumb_rejected SET kind = ?2, code = ?3, reason = ?4, at_ms = ?5, "
                  "feature_json = ?6, state = ?7, keeping = ?8, attempts = ?9, decided_ms = ?10 "
                  "WHERE number = ?1");
    put.bind(1, edit.number).bind(2, static_cast<int>(edit.kind)).bind(3, edit.code);
    put.bind(4, edit.reason).bind(5, edit.at_ms).bind(6, edit.values);
    put.bind(7, static_cast<int>(edit.state)).bind(8, static_cast<int>(edit.keeping));
    put.bind(9, edit.attempts).bind(10, edit.decided_ms).run();
}

void ReplicaStore::forget_rejected(std::int64_t number) {
    Statement forget(geodatabase_.database(), "DELETE FROM rhumb_rejected WHERE number = ?1");
    forget.bind(1, number).run();
}

std::vector<RejectedEdit> ReplicaStore::rejected(bool decided) const {
    std::vector<RejectedEdit> edits;
    const char* table = "rhumb_rejected";
    if (!geodatabase_.database().has_table(table)) return edits;
    Statement row(geodatabase_.database(),
                  "SELECT number, layer_id, feature, kind, code, reason, at_ms, feature_json, " +
                      column_or(table, "state", "1") + ", " + column_or(table, "keeping", "0") +
                      ", " + column_or(table, "attempts", "1") + ", " +
                      column_or(table, "decided_ms", "0") + " FROM rhumb_rejected ORDER BY number");
    while (row.step()) {
        RejectedEdit edit = rejected_at(row);
        if (decided || edit.open()) edits.push_back(std::move(edit));
    }
    return edits;
}

RejectedEdit ReplicaStore::rejected_edit(std::int64_t number) const {
    for (RejectedEdit& edit : rejected(true)) {
        if (edit.number == number) return std::move(edit);
    }
    throw Error(Status::NotFound, "'" + geodatabase_.path().string() +
                                      "' has no rejected edit of number " + std::to_string(number));
}

std::int64_t ReplicaStore::add_conflict(const Conflict& conflict) {
    Statement put(geodatabase_.database(),
                  "INSERT INTO rhumb_conflict (layer_id, feature, column_name, base, mine, theirs, "
                  "winner, at_ms, policy, state, mine_by, theirs_by) VALUES "
                  "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    put.bind(1, conflict.layer.value).bind(2, conflict.feature.value.braced());
    put.bind(3, conflict.column).bind(4, conflict.base).bind(5, conflict.mine);
    put.bind(6, conflict.theirs).bind(7, static_cast<int>(conflict.winner));
    put.bind(8, conflict.at_ms).bind(9, static_cast<int>(conflict.policy));
    put.bind(10, static_cast<int>(conflict.state)).bind(11, conflict.mine_by);
    put.bind(12, conflict.theirs_by).run();
    return geodatabase_.database().last_insert_rowid();
}

void ReplicaStore::save_resolution(const Conflict& conflict) {
    Statement put(geodatabase_.database(),
                  "UPDATE rhumb_conflict SET state = ?2, resolved_ms = ?3, resolved_value = ?4 "
                  "WHERE number = ?1");
    put.bind(1, conflict.number).bind(2, static_cast<int>(conflict.state));
    put.bind(3, conflict.resolved_ms).bind(4, conflict.value).run();
}

std::vector<Conflict> ReplicaStore::conflicts() const {
    std::vector<Conflict> conflicts;
    const char* table = "rhumb_conflict";
    if (!geodatabase_.database().has_table(table)) return conflicts;
    Statement row(
        geodatabase_.database(),
        "SELECT number, layer_id, feature, column_name, base, mine, theirs, winner, "
        "at_ms, " +
            column_or(table, "policy", "1") + ", " + column_or(table, "state", "2") + ", " +
            column_or(table, "mine_by", "''") + ", " + column_or(table, "theirs_by", "''") + ", " +
            column_or(table, "resolved_ms", "0") + ", " + column_or(table, "resolved_value", "''") +
            " FROM rhumb_conflict ORDER BY number");
    while (row.step()) conflicts.push_back(conflict_at(row));
    return conflicts;
}

Conflict ReplicaStore::conflict(std::int64_t number) const {
    for (Conflict& conflict : conflicts()) {
        if (conflict.number == number) return std::move(conflict);
    }
    throw Error(Status::NotFound, "'" + geodatabase_.path().string() +
                                      "' has no conflict of number " + std::to_string(number));
}

}  // namespace rhumb::sync
