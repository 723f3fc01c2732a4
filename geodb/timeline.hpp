// SPDX-License-Identifier: Apache-2.0
//
// The timeline of a geodatabase: one committed transaction, one generation.
//
// On a served geodatabase every transaction of ours closes its generation; what other programs
// committed since the last one is closed as one generation of theirs when we next look. On a
// device a generation stays open until a batch is sealed.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "platform/uuid.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace rhumb::geodb {

/// Who made a changeset: the replica and batch of an upload, or nobody in particular.
struct Origin {
    std::optional<Uuid> replica;
    std::optional<Uuid> batch;
};

/// Lives on the thread that owns `database`, which outlives it.
class Timeline {
public:
    explicit Timeline(sqlite::Database& database) : database_(database) {}

    /// The last closed generation; 0 in a new geodatabase.
    Generation head() const;
    /// The generation that edits made now are logged under.
    Generation open_generation() const { return {head().value + 1}; }
    /// The oldest generation that net edits can still be asked from.
    Generation oldest_kept() const;

    /// Closes the open generation. Inside the transaction that made its edits.
    Generation close(const Origin& origin, std::int64_t edits, std::int64_t now_ms);

    /// Whether a layer has edits in the open generation.
    bool has_open_edits(const std::vector<Layer>& layers) const;
    /// Closes what other programs committed, if anything. Inside a write transaction, before its
    /// own edits. The generation that they became, if any.
    std::optional<Generation> absorb_foreign_edits(const std::vector<Layer>& layers,
                                                   std::int64_t now_ms);

    /// The last generation that was closed before a time; 0 when there is none.
    Generation last_before(std::int64_t ms) const;
    /// Net edits can no longer be asked from generations before `oldest`: their log may go.
    /// Returns at once; forget() then takes the log away in small steps.
    void give_up_before(Generation oldest);
    /// Deletes at most `entries` log entries of given-up generations; false when none was left.
    /// Inside a transaction.
    bool forget(const std::vector<Layer>& layers, std::int64_t entries);

    /// Generations after `base` that uploads of `replica` made.
    std::vector<Generation> made_by(const Uuid& replica, Generation base) const;

private:
    sqlite::Database& database_;
};

}  // namespace rhumb::geodb
