// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_schema_change.hpp"

#include "geodb/changeset/changeset_store.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/service/store/gpkg_transaction.hpp"

namespace rhumb::service {

void add_field(geodb::Geodatabase& geodatabase, geodb::LayerId layer, const geodb::Field& field) {
    auto& database = geodatabase.database();
    if (database.has_table("rhumb_replica")) {
        throw Error(Status::Unsupported, "'" + geodatabase.path().string() +
                                             "' is the replica of a service: fields are added "
                                             "there, and come with the next synchronization");
    }
    geodb::sqlite::Transaction transaction(database);
    geodb::ChangesetStore::create_tables(database);
    absorb_into_timeline(geodatabase);
    const std::string ddl = geodatabase.add_field(layer, field);
    const auto closed = geodatabase.timeline().close({}, 0, geodatabase.now_ms());
    geodb::ChangesetStore(database).record(geodatabase.layers(), closed, ddl);
    transaction.commit();
}

}  // namespace rhumb::service
