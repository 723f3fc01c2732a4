// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/pending_log.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::Layer;
using geodb::ObjectId;
using geodb::sqlite::Database;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

/// ", old_a, old_b" of all columns.
std::string old_columns(const Layer& layer) {
    std::string sql;
    for (std::size_t i = 0; i < layer.column_count(); ++i) sql += ", " + old_column(layer, i);
    return sql;
}

std::string identities_sql(const Layer& layer) {
    const std::size_t identity = layer.global_id_index();
    return "SELECT e.fid, e." + old_column(layer, identity) + ", t." +
           quoted_name(layer.fields[identity].name) + " FROM " + edit_table(layer.id) +
           " e LEFT JOIN " + quoted_name(layer.table) + " t ON t." + quoted_name(layer.fid_column) +
           " = e.fid ORDER BY e.generation, e.fid";
}

}  // namespace

PendingLog::PendingLog(Database& database, const Layer& layer)
    : database_(database), layer_(layer) {
    Statement rows(database, identities_sql(layer));
    std::vector<std::pair<geodb::GlobalId, ObjectId>> stand_now;
    while (rows.step()) {
        const ObjectId oid{rows.column_int64(0)};
        const auto was = Uuid::parse(rows.column_text(1));
        const auto is = Uuid::parse(rows.column_text(2));
        if (was) features_.emplace(geodb::GlobalId{*was}, oid);
        if (is) stand_now.push_back({{*is}, oid});
    }
    // Where a feature was first its base is recorded: that counts more than where it stands now.
    features_.insert(stand_now.begin(), stand_now.end());
}

std::optional<ObjectId> PendingLog::find(const geodb::GlobalId& feature) const {
    const auto found = features_.find(feature);
    return found == features_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<LoggedEdit> PendingLog::read(ObjectId feature) {
    Statement& rows =
        database_.cached("SELECT generation, existed, known" + old_columns(layer_) + " FROM " +
                         edit_table(layer_.id) + " WHERE fid = ?1 ORDER BY generation");
    rows.bind(1, feature.value);
    std::vector<LoggedEdit> edits;
    while (rows.step()) {
        LoggedEdit edit{
            {rows.column_int64(0)}, rows.column_int64(1) != 0, rows.column_int64(2), {}};
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            edit.old.push_back(rows.column_value(static_cast<int>(i) + 3));
        }
        edits.push_back(std::move(edit));
    }
    rows.reset();
    return edits;
}

void PendingLog::replace(ObjectId feature, const std::vector<LoggedEdit>& edits) {
    Statement& forget =
        database_.cached("DELETE FROM " + edit_table(layer_.id) + " WHERE fid = ?1");
    forget.bind(1, feature.value).run();
    std::string places = "?1, ?2, ?3, ?4";
    for (std::size_t i = 0; i < layer_.column_count(); ++i) places += ", ?";
    Statement& put = database_.cached("INSERT INTO " + edit_table(layer_.id) +
                                      " (generation, fid, existed, known" + old_columns(layer_) +
                                      ") VALUES (" + places + ")");
    for (const LoggedEdit& edit : edits) {
        put.bind(1, edit.generation.value).bind(2, feature.value);
        put.bind(3, edit.existed ? 1 : 0).bind(4, edit.known);
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            put.bind(static_cast<int>(i) + 5, edit.old[i]);
        }
        put.run();
    }
}

ObjectId PendingLog::move_away(const geodb::GlobalId& feature, ObjectId from,
                               geodb::Generation made_in) {
    const std::string fid = quoted_name(layer_.fid_column);
    const std::string table = quoted_name(layer_.table);
    Statement next(database_, "SELECT 1 + max((SELECT max(" + fid + ") FROM " + table +
                                  "), (SELECT max(fid) FROM " + edit_table(layer_.id) + "))");
    next.step();
    const ObjectId free{next.column_int64(0)};
    const auto triggers = geodb::tracking_triggers(layer_);
    const geodb::sqlite::SilencedTriggers silence(database_, triggers);
    Statement move(database_, "UPDATE " + table + " SET " + fid + " = ?1 WHERE " + fid + " = ?2");
    move.bind(1, free.value).bind(2, from.value).run();
    replace(free, {{made_in, false, 0, std::vector<Value>(layer_.column_count())}});
    features_[feature] = free;
    return free;
}

bool PendingLog::carry_forward(ObjectId feature, geodb::Generation until) {
    const std::vector<LoggedEdit> edits = read(feature);
    const auto later = std::find_if(edits.begin(), edits.end(), [&](const LoggedEdit& edit) {
        return edit.generation > until;
    });
    if (later == edits.begin() || later == edits.end()) return false;
    LoggedEdit first = *later;
    for (auto earlier = later; earlier != edits.begin();) {
        first = merged(layer_, *--earlier, std::move(first));
    }
    std::vector<LoggedEdit> kept{std::move(first)};
    kept.insert(kept.end(), later + 1, edits.end());
    replace(feature, kept);
    return true;
}

bool PendingLog::take_up_again(ObjectId feature, geodb::Generation until) {
    std::vector<LoggedEdit> edits = read(feature);
    if (edits.empty() || edits.front().existed || edits.front().known == 0) return false;
    edits.front().existed = true;
    if (edits.back().generation <= until) {
        edits.push_back({{until.value + 1}, true, 0, edits.front().old});
    }
    replace(feature, edits);
    carry_forward(feature, until);
    return true;
}

}  // namespace rhumb::sync
