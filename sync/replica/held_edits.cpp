// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/held_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

using geodb::Generation;
using geodb::NetEdit;
using geodb::ObjectId;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

/// What a net edit says, as one entry of the log.
LoggedEdit entry_of(const geodb::Layer& layer, const NetEdit& edit,
                    const std::vector<LoggedEdit>& edits) {
    LoggedEdit entry{kHeld, edit.kind != NetEdit::Kind::Insert, 0,
                     std::vector<Value>(layer.column_count())};
    if (entry.existed) {
        entry.known = geodb::kAllColumns;
        entry.old = edit.before;
    } else if (!edits.empty() && !edits.front().existed) {
        entry.known = edits.front().known;  // what it was before the service deleted it
        entry.old = edits.front().old;
    }
    return entry;
}

}  // namespace

void HeldEdits::hold(const NetEdit& edit, Generation until) {
    const std::vector<LoggedEdit> edits = log_.read(edit.oid);
    std::vector<LoggedEdit> kept{entry_of(layer_, edit, edits)};
    for (const LoggedEdit& later : edits) {
        if (later.generation > until) kept.push_back(later);
    }
    log_.replace(edit.oid, kept);
    const bool moved =
        edit.kind == NetEdit::Kind::Update && !edits.empty() && !edits.front().existed;
    if (!moved) return;
    // Where it stood before: that is in the entry now.
    Statement forget(database_, "DELETE FROM " + geodb::edit_table(layer_.id) +
                                    " WHERE generation BETWEEN 1 AND ?1 AND fid <> ?2 AND " +
                                    old_column(layer_, layer_.global_id_index()) + " = ?3");
    forget.bind(1, until.value).bind(2, edit.oid.value);
    forget.bind(3, edit.feature.value.braced()).run();
}

bool HeldEdits::hold_insert(ObjectId oid, std::size_t columns) {
    std::vector<LoggedEdit> edits = log_.read(oid);
    const bool edited = !edits.empty();
    if (edited && !edits.front().existed) return false;
    if (edited) {
        edits.front().existed = false;
        edits.front().known = 0;
    } else {
        edits.push_back({kHeld, false, 0, std::vector<Value>(columns)});
    }
    log_.replace(oid, edits);
    return !edited;
}

bool HeldEdits::holds(ObjectId oid) {
    const std::vector<LoggedEdit> edits = log_.read(oid);
    return !edits.empty() && edits.front().generation == kHeld;
}

bool HeldEdits::release(ObjectId oid, Generation open) {
    std::vector<LoggedEdit> edits = log_.read(oid);
    if (edits.empty() || edits.front().generation != kHeld) return false;
    if (edits.size() == 1) {
        edits.front().generation = open;
    } else {
        edits[1] = merged(layer_, edits[0], std::move(edits[1]));
        edits.erase(edits.begin());
    }
    log_.replace(oid, edits);
    return true;
}

bool HeldEdits::release(const geodb::GlobalId& feature, Generation open) {
    const auto oid = log_.find(feature);
    return oid && release(*oid, open);
}

geodb::GlobalId HeldEdits::identity(ObjectId oid, const std::vector<LoggedEdit>& edits) {
    const std::size_t column = layer_.global_id_index();
    for (const LoggedEdit& edit : edits) {
        const auto* text = std::get_if<std::string>(&edit.old[column]);
        const auto uuid = text != nullptr ? Uuid::parse(*text) : std::nullopt;
        if (uuid) return {*uuid};
    }
    Statement look(database_, "SELECT " + quoted_name(layer_.global_id_column) + " FROM " +
                                  quoted_name(layer_.table) + " WHERE " +
                                  quoted_name(layer_.fid_column) + " = ?1");
    look.bind(1, oid.value).step();
    return {Uuid::parse(look.column_text(0)).value_or(Uuid{})};
}

std::vector<HeldEdits::Edited> HeldEdits::release_edited() {
    const std::string log = geodb::edit_table(layer_.id);
    std::vector<ObjectId> oids;
    {
        Statement look(database_, "SELECT fid FROM " + log +
                                      " h WHERE generation = ?1 AND EXISTS "
                                      "(SELECT 1 FROM " +
                                      log +
                                      " e WHERE e.fid = h.fid AND "
                                      "e.generation > 0)");
        look.bind(1, kHeld.value);
        while (look.step()) oids.push_back({look.column_int64(0)});
    }
    std::vector<Edited> edited;
    for (const ObjectId oid : oids) {
        const std::vector<LoggedEdit> edits = log_.read(oid);
        edited.push_back({identity(oid, edits), false});
        Statement there(database_, "SELECT 1 FROM " + quoted_name(layer_.table) + " WHERE " +
                                       quoted_name(layer_.fid_column) + " = ?1");
        const bool gone = !there.bind(1, oid.value).step();
        edited.back().withdrawn = gone && !edits.front().existed;
        release(oid, edits.back().generation);
    }
    return edited;
}

}  // namespace rhumb::sync
