// SPDX-License-Identifier: Apache-2.0
//
// Edits that are set apart in the edit log of a layer: the service refused them, and nobody has
// decided yet what is to become of them.
//
// They stand under a generation before all others, one for each feature. So no upload and no count
// of pending edits sees them, while a rebase, which reads all that the log has of a feature, finds
// them as the oldest of its edits and keeps their base up to date.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/replica/pending_log.hpp"

#include <vector>

namespace rhumb::sync {

inline constexpr geodb::Generation kHeld{-1};

/// Within one write transaction. Database and layer outlive it.
class HeldEdits {
public:
    HeldEdits(geodb::sqlite::Database& database, const geodb::Layer& layer)
        : database_(database), layer_(layer), log_(database, layer) {}

    /// Sets a net edit apart. Entries up to `until` are in it and go.
    void hold(const geodb::NetEdit& edit, geodb::Generation until);
    /// A feature that the service never had stands under `oid`, whatever the log says of it. When
    /// it was edited since, it is pending as an insert, and this is false.
    bool hold_insert(geodb::ObjectId oid, std::size_t columns);
    /// The edit is pending again, from `open` on. False when none is held.
    bool release(geodb::ObjectId oid, geodb::Generation open);
    bool release(const geodb::GlobalId& feature, geodb::Generation open);
    bool holds(geodb::ObjectId oid);

    struct Edited {
        geodb::GlobalId feature;
        bool withdrawn = false;  ///< an insert that was deleted: nothing is left of it
    };
    /// Whose feature was edited since is pending again with all that was held: the later edit is
    /// what mends it.
    std::vector<Edited> release_edited();

private:
    geodb::GlobalId identity(geodb::ObjectId oid, const std::vector<LoggedEdit>& edits);

    geodb::sqlite::Database& database_;
    const geodb::Layer& layer_;
    PendingLog log_;
};

}  // namespace rhumb::sync
