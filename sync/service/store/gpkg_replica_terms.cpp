// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_replica_terms.hpp"

#include "geodb/sqlite/statement.hpp"
#include "sync/service/store/gpkg_replicas.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

void read_siblings(Database& database, ReplicaRecord& replica) {
    Statement rows(database,
                   "SELECT layer_id, generation FROM rhumb_served_replica_sibling WHERE "
                   "replica_id = ?1");
    rows.bind(1, bytes_of(replica.id));
    while (rows.step()) {
        for (LayerFilter& filter : replica.layers) {
            const bool is_it = filter.layer.value == rows.column_int64(0);
            if (is_it) filter.sibling = Generation{rows.column_int64(1)};
        }
    }
}

void read_last_batch(Database& database, ReplicaRecord& replica) {
    Statement row(database, "SELECT batch_id FROM rhumb_last_batch WHERE replica_id = ?1");
    if (!row.bind(1, bytes_of(replica.id)).step()) return;
    const auto bytes = row.column_blob(0);
    if (bytes.size() != Uuid{}.bytes.size()) return;
    Uuid batch;
    std::copy(bytes.begin(), bytes.end(), batch.bytes.begin());
    replica.terms.last_batch = batch;
}

}  // namespace

void read_terms(Database& database, ReplicaRecord& replica) {
    read_last_batch(database, replica);
    Statement row(database,
                  "SELECT target_type, sync_direction, owner, prepared, sibling FROM "
                  "rhumb_served_replica_terms WHERE replica_id = ?1");
    if (!row.bind(1, bytes_of(replica.id)).step()) return;
    replica.terms.target = static_cast<wire::TargetType>(row.column_int64(0));
    replica.terms.direction = static_cast<wire::SyncDirection>(row.column_int64(1));
    replica.terms.owner = row.column_text(2);
    replica.terms.prepared = {row.column_int64(3)};
    if (!row.is_null(4)) replica.terms.sibling = Generation{row.column_int64(4)};
    if (replica.terms.target == wire::TargetType::Server) read_siblings(database, replica);
}

void write_terms(Database& database, const ReplicaRecord& replica) {
    const ReplicaTerms& terms = replica.terms;
    Statement put(database,
                  "INSERT OR REPLACE INTO rhumb_served_replica_terms VALUES "
                  "(?1, ?2, ?3, ?4, ?5, ?6)");
    put.bind(1, bytes_of(replica.id)).bind(2, static_cast<int>(terms.target));
    put.bind(3, static_cast<int>(terms.direction)).bind(4, terms.owner);
    put.bind(5, terms.prepared.value);
    if (terms.sibling) put.bind(6, terms.sibling->value);
    put.run();
    Statement sibling(database,
                      "INSERT OR REPLACE INTO rhumb_served_replica_sibling VALUES (?1, ?2, ?3)");
    for (const LayerFilter& filter : replica.layers) {
        if (!filter.sibling) continue;
        sibling.bind(1, bytes_of(replica.id)).bind(2, filter.layer.value);
        sibling.bind(3, filter.sibling->value).run();
    }
}

}  // namespace rhumb::service
