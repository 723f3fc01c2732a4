// SPDX-License-Identifier: Apache-2.0
//
// The replica of a geodatabase file, read and written. All SQL of the device side is here.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/geometry/geometry.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"

#include <optional>
#include <set>
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
    /// Layers of the agreement whose tables another program has dropped. load() leaves them out.
    std::vector<geodb::LayerId> gone_layers() const;
    /// Writes all of `replica`, whose tables must be there. Inside a transaction.
    void save(const Replica& replica);
    /// Makes the tables when they are not there yet. Inside a transaction.
    void make_tables();
    /// Brings the tables of an older Rhumb up to date, in one transaction. Whoever only reads does
    /// without.
    void upgrade_tables();

    /// Who wins from now on. Throws NotFound naming the layer when the replica does not have it.
    void set_policy(geodb::LayerId layer, MergePolicy policy);
    MergeRules merge_rules(geodb::LayerId layer) const;

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
        std::int64_t sealed_ms = 0;
    };
    std::optional<Batch> batch() const;
    /// Closes the open generation and makes the edits up to it a batch, which counts as sent from
    /// then on. Inside a transaction.
    Batch seal(const Uuid& id, std::int64_t edits);
    /// Drops the log of the layers that were sent, up to the batch's generation, and the batch.
    /// Inside a transaction.
    void settle(const Batch& batch, const std::set<geodb::LayerId>& sent);
    /// The service took nothing of it: its edits are pending as before. Inside a transaction.
    void unseal(const Batch& batch);
    /// Drops log entries that come to nothing, of layers without pending edits. Inside a
    /// transaction.
    void forget_traces(const std::set<geodb::LayerId>& layers);

    /// Parks an edit, or notes that it was refused again. Returns its number in the list.
    std::int64_t park(const RejectedEdit& edit);
    /// All but `number` is written.
    void save_rejected(const RejectedEdit& edit);
    void forget_rejected(std::int64_t number);
    /// Those that wait for a decision or for the next synchronization; with `decided` all.
    std::vector<RejectedEdit> rejected(bool decided = false) const;
    /// Throws NotFound naming number and file.
    RejectedEdit rejected_edit(std::int64_t number) const;

    /// Returns its number in the list.
    std::int64_t add_conflict(const Conflict& conflict);
    /// Notes how it was decided.
    void save_resolution(const Conflict& conflict);
    std::vector<Conflict> conflicts() const;
    /// Throws NotFound naming number and file.
    Conflict conflict(std::int64_t number) const;

    /// Net pending edits by layer, layers without any left out.
    std::vector<PendingCount> pending() const;

private:
    void save_layers(const Replica& replica);
    std::vector<ReplicaLayer> load_layers() const;
    bool is_gone(geodb::LayerId id) const;
    void forget_edits(const std::set<geodb::LayerId>& layers, geodb::Generation until);
    /// The column, or what stands for it in a file that was made before there was one.
    std::string column_or(const char* table, const char* column, const char* otherwise) const;

    geodb::Geodatabase& geodatabase_;
};

}  // namespace rhumb::sync
