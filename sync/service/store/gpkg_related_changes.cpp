// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_related_changes.hpp"

#include "geodb/tracking/edit_log.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::NetEdit;

/// The keys of one relationship that brought, or bring, children into the replica.
std::vector<Value> keys_that_count(const MovedRow& row, std::size_t link) {
    std::vector<Value> keys;
    if (row.was_in && !row.keys_before.empty()) keys.push_back(row.keys_before[link]);
    if (row.is_in && !row.keys_after.empty()) keys.push_back(row.keys_after[link]);
    // The same key before and after: nothing moves.
    if (keys.size() == 2 && keys[0] == keys[1]) keys.clear();
    return keys;
}

}  // namespace

const Value& RelatedChanges::key_of(LayerId layer, const std::string& column,
                                    const std::vector<Value>& row) const {
    return row[reader_.layer(layer).find_field(column).value()];
}

std::vector<Value> RelatedChanges::keys_of(LayerId layer, const std::vector<Value>& row) const {
    std::vector<Value> keys;
    for (const Relationship* link : members_.children_of(layer)) {
        keys.push_back(key_of(layer, link->origin_key, row));
    }
    return keys;
}

void RelatedChanges::rows_with(LayerId id, const std::string& column, const Value& key,
                               const OnRow& on_row) {
    if (geodb::is_null(key)) return;
    const Layer& layer = reader_.layer(id);
    geodb::FeatureQuery query;
    query.columns = geodb::all_columns(layer);
    query.key = {layer.find_field(column).value(), key};
    geodb::FeatureCursor cursor(reader_.database(), layer, query);
    std::vector<Value> row(query.columns.size());
    while (cursor.next()) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = cursor.row().column_value(static_cast<int>(i) + 1);
        }
        on_row(cursor.oid(), row);
    }
}

bool RelatedChanges::is_in(LayerId layer, ObjectId oid, const std::vector<Value>& row) {
    if (!members_.by_relation(layer)) return members_.passes(layer, oid, row);
    for (const Relationship* link : members_.parents_of(layer)) {
        bool found = false;
        rows_with(link->origin, link->origin_key, key_of(layer, link->destination_key, row),
                  [&](ObjectId parent, const std::vector<Value>& values) {
                      if (found) return;
                      // What the replica itself moved out of its filter stays with it.
                      const auto& moved = of(link->origin);
                      const auto known = moved.find(parent);
                      found = known != moved.end() ? known->second.is_in
                                                   : is_in(link->origin, parent, values);
                  });
        if (found) return true;
    }
    return false;
}

bool RelatedChanges::was_in(LayerId layer, ObjectId oid, const std::vector<Value>& row) {
    if (!members_.by_relation(layer)) return members_.passes(layer, oid, row);
    for (const Relationship* link : members_.parents_of(layer)) {
        const Value& key = key_of(layer, link->destination_key, row);
        if (geodb::is_null(key)) continue;
        const auto& moved = of(link->origin);
        bool found = keys_then_[link->id].contains(key);
        if (found) return true;
        rows_with(link->origin, link->origin_key, key,
                  [&](ObjectId parent, const std::vector<Value>& values) {
                      // One that did not move was then what it is now.
                      if (found || moved.contains(parent)) return;
                      found = is_in(link->origin, parent, values);
                  });
        if (found) return true;
    }
    return false;
}

const std::map<ObjectId, MovedRow>& RelatedChanges::of(LayerId layer) {
    const auto known = moved_.find(layer);
    if (known != moved_.end()) return known->second;
    std::map<ObjectId, MovedRow> moved;
    add_edited(layer, moved);
    add_children(layer, moved);
    const auto links = members_.children_of(layer);
    for (std::size_t i = 0; i < links.size(); ++i) {
        for (const auto& [oid, row] : moved) {
            const bool counted = row.was_in && !row.keys_before.empty();
            if (counted) keys_then_[links[i]->id].insert(row.keys_before[i]);
        }
    }
    return moved_[layer] = std::move(moved);
}

std::vector<Value> RelatedChanges::keys_of_deleted(LayerId id, const GlobalId& feature) const {
    std::vector<Value> keys;
    const std::string& identity = reader_.layer(id).global_id_column;
    for (const Relationship* link : members_.children_of(id)) {
        const bool by_identity = equal_ignoring_case(link->origin_key, identity);
        keys.push_back(by_identity ? Value{feature.value.braced()} : Value{});
    }
    return keys;
}

bool RelatedChanges::is_parted(LayerId id, ObjectId oid, const std::vector<Value>& row) {
    return by_relation(id) && was_in(id, oid, row) && !is_in(id, oid, row);
}

void RelatedChanges::add_edited(LayerId id, std::map<ObjectId, MovedRow>& moved) {
    geodb::NetEdits edits(reader_.database(), reader_.layer(id));
    const auto take = [&](NetEdit&& edit) {
        MovedRow& row = moved[edit.oid];
        row.edited = true;
        const auto& touched = edit.touched_in;
        const bool own = std::all_of(touched.begin(), touched.end(), is_own_);
        if (!edit.before.empty()) {
            row.was_in = was_in(id, edit.oid, edit.before);
            row.keys_before = keys_of(id, edit.before);
        }
        bool stays = false;
        if (!edit.after.empty()) {
            stays = own && !is_parted(id, edit.oid, edit.after);
            row.is_in = is_in(id, edit.oid, edit.after) || (stays && row.was_in);
            row.keys_after = keys_of(id, edit.after);
        }
        // The replica has what it made itself, so others may have taken it out.
        const bool made_here = edit.before.empty() && !touched.empty() && is_own_(touched.front());
        if (!made_here || row.is_in || stays) return;
        row.was_in = true;
        row.keys_before = edit.after.empty() ? keys_of_deleted(id, edit.feature) : row.keys_after;
    };
    edits.each(range_, take, {.traces = true});
}

/// Rows that were not edited themselves move with their parents.
void RelatedChanges::add_children(LayerId id, std::map<ObjectId, MovedRow>& moved) {
    for (const Relationship* link : members_.parents_of(id)) {
        const auto links = members_.children_of(link->origin);
        const auto which =
            static_cast<std::size_t>(std::find(links.begin(), links.end(), link) - links.begin());
        for (const auto& [parent, change] : of(link->origin)) {
            for (const Value& key : keys_that_count(change, which)) {
                rows_with(id, link->destination_key, key,
                          [&](ObjectId oid, const std::vector<Value>& values) {
                              if (moved.contains(oid)) return;
                              MovedRow row;
                              row.was_in = was_in(id, oid, values);
                              row.is_in = is_in(id, oid, values);
                              row.keys_before = row.keys_after = keys_of(id, values);
                              moved.emplace(oid, std::move(row));
                          });
            }
        }
    }
}

}  // namespace rhumb::service
