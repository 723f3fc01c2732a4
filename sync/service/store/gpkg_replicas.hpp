// SPDX-License-Identifier: Apache-2.0
//
// Replica records and batch outcomes in a served GeoPackage.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/statement.hpp"
#include "sync/service/store/store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rhumb::service {

void create_service_tables(geodb::sqlite::Database& database);

/// An id as it is bound to a column; as long as the id lives.
inline std::span<const std::uint8_t> bytes_of(const Uuid& id) {
    return id.bytes;
}
/// A column that holds an id's 16 bytes.
Uuid column_uuid(const geodb::sqlite::Statement& row, int column);

std::vector<ReplicaRecord> read_replicas(geodb::sqlite::Database& database);
std::optional<ReplicaRecord> read_replica(geodb::sqlite::Database& database, const Uuid& id);
void write_replica(geodb::sqlite::Database& database, const ReplicaRecord& replica);
bool delete_replica(geodb::sqlite::Database& database, const Uuid& id);

std::optional<std::string> read_outcome(geodb::sqlite::Database& database, const Uuid& replica,
                                        const Uuid& batch);
void write_outcome(geodb::sqlite::Database& database, const Uuid& replica, const Uuid& batch,
                   const std::string& text, std::int64_t now_ms);

}  // namespace rhumb::service
