// SPDX-License-Identifier: Apache-2.0
//
// The replica of a geodatabase file, read and written. All SQL of the device side is here.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/geometry/geometry.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// Lives on the thread of `geodatabase`, which outlives it.
class ReplicaStore {
public:
    explicit ReplicaStore(geodb::Geodatabase& geodatabase) : geodatabase_(geodatabase) {}

    /// Whether the file is a replica at all.
    bool exists() const;
    /// Throws NotFound, naming the file, when it is none.
    Replica load() const;
    /// Writes all of `replica`, whose tables must be there. Inside a transaction.
    void save(const Replica& replica);
    /// Makes the tables when they are not there yet. Inside a transaction.
    void make_tables();

    /// A rung of the ladder: the next step and what it must know.
    struct Rung {
        std::string step;
        wire::Json facts;
    };
    std::optional<Rung> rung() const;
    void save_rung(const Rung& rung);
    void clear_rung();

    struct Batch {
        Uuid id;
        geodb::Generation generation;
        bool sent = false;
    };
    std::optional<Batch> batch() const;
    /// Closes the open generation and makes the edits up to it a batch, which counts as sent from
    /// then on. Inside a transaction.
    Batch seal(const Uuid& id, std::int64_t edits);
    /// Drops the log up to the batch's generation, and the batch. Inside a transaction.
    void settle(const Batch& batch);
    /// The service took nothing of it: its edits are pending as before. Inside a transaction.
    void unseal(const Batch& batch);
    /// Drops log entries that come to nothing, when `pending` is empty. Inside a transaction.
    void forget_traces();

    /// Returns its number in the list.
    std::int64_t add_rejected(const RejectedEdit& edit);
    /// The feature's insert was refused once and has been accepted since.
    void forget_rejected_insert(geodb::LayerId layer, const geodb::GlobalId& feature);
    /// The service has a feature of this GlobalID now, though it refused the insert: what was
    /// refused is a change of that one from now on.
    void note_insert_is_there(geodb::LayerId layer, const geodb::GlobalId& feature);
    std::vector<RejectedEdit> rejected() const;
    /// Returns its number in the list.
    std::int64_t add_conflict(const Conflict& conflict);
    std::vector<Conflict> conflicts() const;

    /// Net pending edits by layer, layers without any left out.
    std::vector<PendingCount> pending() const;

private:
    void save_layers(const Replica& replica);
    std::vector<ReplicaLayer> load_layers() const;
    void forget_edits(geodb::Generation until);

    geodb::Geodatabase& geodatabase_;
};

}  // namespace rhumb::sync
