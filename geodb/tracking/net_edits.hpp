// SPDX-License-Identifier: Apache-2.0
//
// The net edits of a layer between two generations, each as the row before and the row after.
//
// The edit log drives: cost follows the number of edits, never the size of the table. The state of
// a feature at a generation is its row now, with the oldest later value of each column laid over.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/value.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace rhumb::geodb {

struct NetEdit {
    /// Stored in batches and reports: never renumber.
    enum class Kind : std::uint8_t { Insert = 1, Update = 2, Delete = 3 };
    Kind kind;
    ObjectId oid;
    GlobalId feature;
    /// All columns of the layer; empty for an insert.
    std::vector<Value> before;
    /// All columns of the layer; empty for a delete.
    std::vector<Value> after;
    /// Update: columns whose value differs.
    std::vector<std::size_t> changed;
    /// Generations within the range that touched the feature, in order.
    std::vector<Generation> touched_in;
};

/// The range (base, until].
struct GenerationRange {
    Generation base;
    std::optional<Generation> until;  ///< none: everything up to now
};

struct WantedEdits {
    /// Also features edited back to what they were, or made and deleted within the range. They
    /// have no changed columns, or neither before nor after.
    bool traces = false;
    /// Not set: what an update did not change may be NULL in its rows, which spares reading it.
    bool whole_rows = true;
    /// Not set: rows before may be left out, as of an insert.
    bool old_values = true;
    /// Not set: edits may come by kind, and those of a kind by object id. Then a deletion may tell
    /// its feature alone, unless whole rows or traces are wanted.
    bool by_object_id = true;
};

/// Called once for each feature that differs, by object id; at the end for those that stand under
/// another object id than before, whose edits are updates like any other.
class NetEdits {
public:
    NetEdits(sqlite::Database& database, const Layer& layer) : database_(database), layer_(layer) {}

    using OnEdit = std::function<void(NetEdit&&)>;
    void each(GenerationRange range, const OnEdit& on_edit, WantedEdits wanted = {}) const;

    /// How many features have entries in the range, counted in the log alone.
    std::int64_t count_touched(GenerationRange range) const;

private:
    sqlite::Database& database_;
    const Layer& layer_;
};

}  // namespace rhumb::geodb
