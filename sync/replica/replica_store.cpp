// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/replica_store.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/replica/replica_schema.sql.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace rhumb::sync {
namespace {

using geodb::sqlite::Statement;

constexpr int kBatchSent = 2;  // rhumb_batch.state

template <class T>
void bind_optional(Statement& statement, int parameter, const std::optional<T>& value) {
    if (value) {
        statement.bind(parameter, *value);
    } else {
        statement.bind_null(parameter);
    }
}

void bind_generation(Statement& statement, int parameter,
                     const std::optional<ServerGeneration>& generation) {
    bind_optional(statement, parameter,
                  generation ? std::optional(generation->value) : std::nullopt);
}

std::optional<std::string> text_at(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return std::string(row.column_text(column));
}

std::optional<ServerGeneration> generation_at(const Statement& row, int column) {
    const auto text = text_at(row, column);
    return text ? std::optional(ServerGeneration{*text}) : std::nullopt;
}

std::string extent_text(const geodb::Envelope& extent) {
    std::string text;
    for (const double side : {extent.min_x, extent.min_y, extent.max_x, extent.max_y}) {
        if (!text.empty()) text += ',';
        append_double(text, side);
    }
    return text;
}

std::optional<geodb::Envelope> extent_at(const Statement& row, int column) {
    const std::vector<std::string> sides = split(row.column_text(column), ',');
    if (sides.size() != 4) return std::nullopt;
    return geodb::Envelope{parse_double(sides[0]).value_or(0), parse_double(sides[1]).value_or(0),
                           parse_double(sides[2]).value_or(0), parse_double(sides[3]).value_or(0)};
}

}  // namespace

void ReplicaStore::make_tables() {
    auto& database = geodatabase_.database();
    if (database.has_table("rhumb_replica")) return;
    database.execute(kReplicaSchema);
    for (const char* table : {"rhumb_replica", "rhumb_replica_layer", "rhumb_batch", "rhumb_rung",
                              "rhumb_conflict", "rhumb_rejected"}) {
        geodb::register_extension(database, table);
    }
}

bool ReplicaStore::exists() const {
    auto& database = geodatabase_.database();
    return database.has_table("rhumb_replica") &&
           database.int64_of("SELECT 1 FROM rhumb_replica").has_value();
}

Replica ReplicaStore::load() const {
    if (!exists()) {
        throw Error(Status::NotFound,
                    "'" + geodatabase_.path().string() + "' is no replica of a service");
    }
    Statement row(geodatabase_.database(),
                  "SELECT service_url, name, replica_id, model, state, server_generation, "
                  "speaks_rhumb, extent, extent_epsg, created_ms, last_sync_ms, " +
                      column_or("rhumb_replica", "agreement", "''") + ", " +
                      column_or("rhumb_replica", "last_batch", "NULL") + ", " +
                      column_or("rhumb_replica", "stopped", "''") + ", " +
                      column_or("rhumb_replica", "history", "''") + " FROM rhumb_replica");
    row.step();
    Replica replica;
    replica.service_url = row.column_text(0);
    replica.name = row.column_text(1);
    replica.id = text_at(row, 2);
    replica.model = static_cast<wire::SyncModel>(row.column_int64(3));
    replica.state = static_cast<Replica::State>(row.column_int64(4));
    replica.server_generation = generation_at(row, 5);
    replica.speaks_rhumb = row.column_int64(6) != 0;
    replica.extent = extent_at(row, 7);
    if (!row.is_null(8)) replica.extent_epsg = static_cast<std::int32_t>(row.column_int64(8));
    replica.created_ms = row.column_int64(9);
    if (!row.is_null(10)) replica.last_sync_ms = row.column_int64(10);
    replica.agreement = row.column_text(11);
    replica.last_batch = text_at(row, 12);
    replica.stopped = row.column_text(13);
    replica.history = row.column_text(14);
    replica.layers = load_layers();
    return replica;
}

/// Another program has dropped the table. While the replica is being made, none is there yet.
bool ReplicaStore::is_gone(geodb::LayerId id) const {
    const auto& layers = geodatabase_.layers();
    const bool here = std::any_of(layers.begin(), layers.end(),
                                  [id](const geodb::Layer& layer) { return layer.id == id; });
    if (here) return false;
    const auto state = geodatabase_.database().int64_of("SELECT state FROM rhumb_replica");
    return state != static_cast<std::int64_t>(Replica::State::Creating);
}

std::vector<geodb::LayerId> ReplicaStore::gone_layers() const {
    std::vector<geodb::LayerId> gone;
    Statement row(geodatabase_.database(), "SELECT layer_id FROM rhumb_replica_layer");
    while (row.step()) {
        const geodb::LayerId id{static_cast<std::int32_t>(row.column_int64(0))};
        if (is_gone(id)) gone.push_back(id);
    }
    return gone;
}

std::vector<ReplicaLayer> ReplicaStore::load_layers() const {
    std::vector<ReplicaLayer> layers;
    const char* table = "rhumb_replica_layer";
    Statement row(geodatabase_.database(),
                  "SELECT layer_id, where_clause, use_geometry, server_generation, fingerprint, "
                  "object_id_field, " +
                      column_or(table, "editor_field", "''") + ", " +
                      column_or(table, "policy", "1") + ", " + column_or(table, "stopped", "''") +
                      " FROM rhumb_replica_layer ORDER BY layer_id");
    while (row.step()) {
        ReplicaLayer layer;
        layer.id = {static_cast<std::int32_t>(row.column_int64(0))};
        layer.where = row.column_text(1);
        layer.use_geometry = row.column_int64(2) != 0;
        layer.server_generation = generation_at(row, 3);
        layer.fingerprint = row.column_text(4);
        layer.object_id_field = row.column_text(5);
        layer.editor_field = row.column_text(6);
        layer.policy = static_cast<MergePolicy>(row.column_int64(7));
        layer.stopped = row.column_text(8);
        layers.push_back(std::move(layer));
    }
    std::erase_if(layers, [this](const ReplicaLayer& layer) { return is_gone(layer.id); });
    return layers;
}

void ReplicaStore::save(const Replica& replica) {
    Statement put(geodatabase_.database(),
                  "INSERT OR REPLACE INTO rhumb_replica (id, service_url, name, replica_id, model, "
                  "state, server_generation, speaks_rhumb, extent, extent_epsg, created_ms, "
                  "last_sync_ms, agreement, last_batch, stopped, history) VALUES "
                  "(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    put.bind(1, replica.service_url).bind(2, replica.name);
    bind_optional(put, 3, replica.id);
    put.bind(4, static_cast<int>(replica.model)).bind(5, static_cast<int>(replica.state));
    bind_generation(put, 6, replica.server_generation);
    put.bind(7, replica.speaks_rhumb ? 1 : 0);
    bind_optional(put, 8,
                  replica.extent ? std::optional(extent_text(*replica.extent)) : std::nullopt);
    bind_optional(put, 9, replica.extent_epsg);
    put.bind(10, replica.created_ms);
    bind_optional(put, 11, replica.last_sync_ms);
    put.bind(12, replica.agreement);
    bind_optional(put, 13, replica.last_batch);
    put.bind(14, replica.stopped);
    put.bind(15, replica.history);
    put.run();
    save_layers(replica);
}

void ReplicaStore::save_layers(const Replica& replica) {
    // The policy is left alone: somebody may have changed it while this replica was in memory.
    Statement put(
        geodatabase_.database(),
        "INSERT INTO rhumb_replica_layer (layer_id, where_clause, use_geometry, "
        "server_generation, fingerprint, object_id_field, editor_field, policy, stopped) VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (layer_id) DO UPDATE SET "
        "where_clause = ?2, use_geometry = ?3, server_generation = ?4, fingerprint = ?5, "
        "object_id_field = ?6, editor_field = ?7, stopped = ?9");
    std::string kept;
    for (const ReplicaLayer& layer : replica.layers) {
        put.bind(1, layer.id.value).bind(2, layer.where).bind(3, layer.use_geometry ? 1 : 0);
        bind_generation(put, 4, layer.server_generation);
        put.bind(5, layer.fingerprint).bind(6, layer.object_id_field);
        put.bind(7, layer.editor_field).bind(8, static_cast<int>(layer.policy));
        put.bind(9, layer.stopped).run();
        kept += (kept.empty() ? "" : ", ") + std::to_string(layer.id.value);
    }
    geodatabase_.database().execute("DELETE FROM rhumb_replica_layer WHERE layer_id NOT IN (" +
                                    kept + ")");
}

void ReplicaStore::set_policy(geodb::LayerId layer, MergePolicy policy) {
    Statement put(geodatabase_.database(),
                  "UPDATE rhumb_replica_layer SET policy = ?2 WHERE layer_id = ?1");
    put.bind(1, layer.value).bind(2, static_cast<int>(policy)).run();
    if (geodatabase_.database().changes() == 1) return;
    throw Error(Status::NotFound, "the replica in '" + geodatabase_.path().string() +
                                      "' has no layer " + std::to_string(layer.value));
}

MergeRules ReplicaStore::merge_rules(geodb::LayerId id) const {
    MergeRules rules;
    rules.device = geodatabase_.database().text_of("SELECT name FROM rhumb_replica").value_or("");
    for (const ReplicaLayer& layer : load_layers()) {
        if (layer.id != id) continue;
        rules.policy = layer.policy;
        rules.editor_field = layer.editor_field;
    }
    return rules;
}

std::optional<ReplicaStore::Rung> ReplicaStore::rung() const {
    auto& database = geodatabase_.database();
    if (!database.has_table("rhumb_rung")) return std::nullopt;
    Statement row(database, "SELECT step, facts FROM rhumb_rung");
    if (!row.step()) return std::nullopt;
    return Rung{std::string(row.column_text(0)),
                wire::parse_json(row.column_text(1), "rhumb_rung.facts")};
}

void ReplicaStore::save_rung(const Rung& rung) {
    Statement put(geodatabase_.database(), "INSERT OR REPLACE INTO rhumb_rung VALUES (1, ?1, ?2)");
    put.bind(1, rung.step).bind(2, wire::to_text(rung.facts)).run();
}

void ReplicaStore::clear_rung() {
    // With a condition no page is written when there is none.
    geodatabase_.database().execute("DELETE FROM rhumb_rung WHERE step IS NOT NULL");
}

std::optional<ReplicaStore::Batch> ReplicaStore::batch() const {
    Statement row(
        geodatabase_.database(),
        "SELECT batch_id, generation, state, sealed_ms FROM rhumb_batch ORDER BY generation");
    if (!row.step()) return std::nullopt;
    Batch batch;
    const auto id = row.column_blob(0);
    if (id.size() != batch.id.bytes.size()) {
        throw Error(Status::CorruptData, "'" + geodatabase_.path().string() +
                                             "': rhumb_batch has an id of " +
                                             std::to_string(id.size()) + " bytes");
    }
    std::copy(id.begin(), id.end(), batch.id.bytes.begin());
    batch.generation = {row.column_int64(1)};
    batch.sent = row.column_int64(2) == kBatchSent;
    batch.sealed_ms = row.column_int64(3);
    return batch;
}

ReplicaStore::Batch ReplicaStore::seal(const Uuid& id, std::int64_t edits) {
    const std::int64_t now = geodatabase_.now_ms();
    Batch batch{id, geodatabase_.timeline().close({{}, id}, edits, now), true, now};
    Statement put(geodatabase_.database(), "INSERT INTO rhumb_batch VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, std::span<const std::uint8_t>(id.bytes)).bind(2, batch.generation.value);
    put.bind(3, kBatchSent).bind(4, now).run();
    return batch;
}

void ReplicaStore::settle(const Batch& batch, const std::set<geodb::LayerId>& sent) {
    forget_edits(sent, batch.generation);
    unseal(batch);
}

void ReplicaStore::unseal(const Batch& batch) {
    Statement forget(geodatabase_.database(), "DELETE FROM rhumb_batch WHERE batch_id = ?1");
    forget.bind(1, std::span<const std::uint8_t>(batch.id.bytes)).run();
}

void ReplicaStore::forget_traces(const std::set<geodb::LayerId>& layers) {
    forget_edits(layers, {std::numeric_limits<std::int64_t>::max()});
}

std::string ReplicaStore::column_or(const char* table, const char* column,
                                    const char* otherwise) const {
    Statement look(geodatabase_.database(), "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2");
    return look.bind(1, table).bind(2, column).step() ? column : otherwise;
}

void ReplicaStore::forget_edits(const std::set<geodb::LayerId>& layers, geodb::Generation until) {
    for (const geodb::LayerId id : layers) {
        Statement forget(geodatabase_.database(), "DELETE FROM " + geodb::edit_table(id) +
                                                      " WHERE generation BETWEEN 1 AND ?1");
        forget.bind(1, until.value).run();
    }
}

}  // namespace rhumb::sync
