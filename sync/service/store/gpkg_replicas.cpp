// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_replicas.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "sync/service/store/gpkg_attachments.hpp"
#include "sync/service/store/gpkg_replica_terms.hpp"
#include "sync/service/store/service_schema.sql.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

void bind_epsg(Statement& statement, int parameter, std::optional<std::int32_t> epsg) {
    if (epsg) {
        statement.bind(parameter, *epsg);
    } else {
        statement.bind_null(parameter);
    }
}

std::optional<std::int32_t> column_epsg(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return static_cast<std::int32_t>(row.column_int64(column));
}

std::vector<LayerFilter> read_layer_filters(Database& database, const Uuid& replica) {
    std::vector<LayerFilter> filters;
    Statement rows(database,
                   "SELECT layer_id, query_option, where_clause, use_geometry, include_related, "
                   "acknowledged FROM rhumb_served_replica_layer WHERE replica_id = ?1 "
                   "ORDER BY layer_id");
    rows.bind(1, bytes_of(replica));
    while (rows.step()) {
        LayerFilter filter;
        filter.layer = {static_cast<std::int32_t>(rows.column_int64(0))};
        filter.option = static_cast<wire::QueryOption>(rows.column_int64(1));
        filter.where = rows.column_text(2);
        filter.use_geometry = rows.column_int64(3) != 0;
        filter.include_related = rows.column_int64(4) != 0;
        filter.acknowledged = {rows.column_int64(5)};
        filters.push_back(std::move(filter));
    }
    return filters;
}

constexpr const char* kSelect =
    "SELECT replica_id, name, model, geometry, geometry_type, geometry_epsg, replica_epsg, "
    "acknowledged, created_ms, last_sync_ms, expired_ms FROM rhumb_served_replica "
    "LEFT JOIN rhumb_expired_replica USING (replica_id) ";

ReplicaRecord record_of(Database& database, const Statement& row) {
    ReplicaRecord replica;
    replica.id = column_uuid(row, 0);
    replica.name = row.column_text(1);
    replica.model = static_cast<wire::SyncModel>(row.column_int64(2));
    replica.geometry = row.column_text(3);
    replica.geometry_type = row.column_text(4);
    replica.geometry_epsg = column_epsg(row, 5);
    replica.replica_epsg = column_epsg(row, 6);
    replica.acknowledged = {row.column_int64(7)};
    replica.created_ms = row.column_int64(8);
    replica.last_sync_ms = row.column_int64(9);
    if (!row.is_null(10)) replica.expired_ms = row.column_int64(10);
    replica.layers = read_layer_filters(database, replica.id);
    read_terms(database, replica);
    replica.attachments = read_agreement(database, replica.id);
    return replica;
}

}  // namespace

Uuid column_uuid(const Statement& row, int column) {
    Uuid id;
    const auto blob = row.column_blob(column);
    std::copy_n(blob.begin(), std::min(blob.size(), id.bytes.size()), id.bytes.begin());
    return id;
}

void create_service_tables(Database& database) {
    database.execute(kServiceSchema);
    for (const char* table :
         {"rhumb_served_replica", "rhumb_served_replica_layer", "rhumb_served_replica_terms",
          "rhumb_served_replica_sibling", "rhumb_served_replica_attachments",
          "rhumb_expired_replica", "rhumb_outcome", "rhumb_last_batch", "rhumb_upload_item", "rhumb_upload_part",
          "rhumb_job"}) {
        geodb::register_extension(database, table);
    }
}

std::vector<ReplicaRecord> read_replicas(Database& database) {
    std::vector<ReplicaRecord> replicas;
    Statement rows(database, std::string(kSelect) + "ORDER BY created_ms, name");
    while (rows.step()) replicas.push_back(record_of(database, rows));
    return replicas;
}

std::optional<ReplicaRecord> read_replica(Database& database, const Uuid& id) {
    Statement row(database, std::string(kSelect) + "WHERE replica_id = ?1");
    row.bind(1, bytes_of(id));
    if (!row.step()) return std::nullopt;
    return record_of(database, row);
}

void write_replica(Database& database, const ReplicaRecord& replica) {
    Statement put(
        database,
        "INSERT INTO rhumb_served_replica VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (replica_id) DO UPDATE SET "
        "acknowledged = excluded.acknowledged, last_sync_ms = excluded.last_sync_ms");
    put.bind(1, bytes_of(replica.id)).bind(2, replica.name);
    put.bind(3, static_cast<int>(replica.model)).bind(4, replica.geometry);
    put.bind(5, replica.geometry_type);
    bind_epsg(put, 6, replica.geometry_epsg);
    bind_epsg(put, 7, replica.replica_epsg);
    put.bind(8, replica.acknowledged.value).bind(9, replica.created_ms);
    put.bind(10, replica.last_sync_ms).run();
    write_agreement(database, replica.id, replica.attachments);

    Statement layer(database,
                    "INSERT INTO rhumb_served_replica_layer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                    "ON CONFLICT (replica_id, layer_id) DO UPDATE SET "
                    "acknowledged = excluded.acknowledged");
    for (const LayerFilter& filter : replica.layers) {
        layer.bind(1, bytes_of(replica.id)).bind(2, filter.layer.value);
        layer.bind(3, static_cast<int>(filter.option)).bind(4, filter.where);
        layer.bind(5, filter.use_geometry ? 1 : 0).bind(6, filter.include_related ? 1 : 0);
        layer.bind(7, filter.acknowledged.value).run();
    }
    write_terms(database, replica);
}

bool delete_replica(Database& database, const Uuid& id) {
    Statement drop(database, "DELETE FROM rhumb_served_replica WHERE replica_id = ?1");
    drop.bind(1, bytes_of(id)).run();
    return database.changes() > 0;
}

std::optional<std::string> read_outcome(Database& database, const Uuid& replica,
                                        const Uuid& batch) {
    Statement row(database,
                  "SELECT outcome FROM rhumb_outcome WHERE replica_id = ?1 AND batch_id = ?2");
    row.bind(1, bytes_of(replica)).bind(2, bytes_of(batch));
    if (!row.step()) return std::nullopt;
    return std::string(row.column_text(0));
}

void write_outcome(Database& database, const Uuid& replica, const Uuid& batch,
                   const std::string& text, std::int64_t now_ms) {
    Statement put(database, "INSERT INTO rhumb_outcome VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, bytes_of(replica)).bind(2, bytes_of(batch)).bind(3, text).bind(4, now_ms).run();
    Statement last(database, "INSERT OR REPLACE INTO rhumb_last_batch VALUES (?1, ?2)");
    last.bind(1, bytes_of(replica)).bind(2, bytes_of(batch)).run();
}

}  // namespace rhumb::service
