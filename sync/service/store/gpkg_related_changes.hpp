// SPDX-License-Identifier: Apache-2.0
//
// How edits move rows in and out of a replica, theirs and those of their parents.
//
// Cost follows the edits of a layer and of the layers above it, and the children of parents that
// moved, found by the index on their key; never the size of a table.

#pragma once

#include "geodb/tracking/net_edits.hpp"
#include "sync/service/store/gpkg_members.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rhumb::service {

/// A row that was edited, or whose parents were.
struct MovedRow {
    bool edited = false;
    bool was_in = false;
    bool is_in = false;
    /// The keys by which children name it, for each relationship of children_of(its layer); empty
    /// where the row was not, or is not.
    std::vector<Value> keys_before, keys_after;
};

/// For one range of generations, within one transaction. What it refers to outlives it.
class RelatedChanges {
public:
    using IsOwn = std::function<bool(Generation)>;
    /// `is_own`: the replica itself made this generation.
    RelatedChanges(geodb::Geodatabase& reader, GpkgMembers& members, geodb::GenerationRange range,
                   IsOwn is_own)
        : reader_(reader), members_(members), range_(range), is_own_(std::move(is_own)) {}

    /// All rows of the layer that may have moved, by object id.
    const std::map<ObjectId, MovedRow>& of(LayerId layer);

    bool by_relation(LayerId layer) const { return members_.by_relation(layer); }
    /// Whether a row belonged to the replica, judged by its parents as they were.
    bool was_in(LayerId layer, ObjectId oid, const std::vector<Value>& row);
    bool is_in(LayerId layer, ObjectId oid, const std::vector<Value>& row);
    /// Whether a row that only the replica itself has edited leaves it, because its parent did.
    bool is_parted(LayerId layer, ObjectId oid, const std::vector<Value>& row);

private:
    using OnRow = std::function<void(ObjectId, const std::vector<Value>&)>;
    void add_edited(LayerId layer, std::map<ObjectId, MovedRow>& moved);
    void add_children(LayerId layer, std::map<ObjectId, MovedRow>& moved);
    void rows_with(LayerId layer, const std::string& column, const Value& key, const OnRow& on_row);
    std::vector<Value> keys_of(LayerId layer, const std::vector<Value>& row) const;
    /// Of a row that is gone: those that are its GlobalID, else NULL.
    std::vector<Value> keys_of_deleted(LayerId layer, const GlobalId& feature) const;
    const Value& key_of(LayerId layer, const std::string& column,
                        const std::vector<Value>& row) const;

    geodb::Geodatabase& reader_;
    GpkgMembers& members_;
    geodb::GenerationRange range_;
    IsOwn is_own_;
    std::map<LayerId, std::map<ObjectId, MovedRow>> moved_;
    /// For each relationship the keys that brought children in, of parents that moved.
    std::map<std::int32_t, std::set<Value>> keys_then_;
};

}  // namespace rhumb::service
