// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_schema.hpp"

#include "geodb/sqlite/database.hpp"

namespace rhumb::delta {
namespace {

using geodb::sqlite::quoted_name;

Table made(const std::string& name, const std::string& columns) {
    return {name, "CREATE TABLE " + name + " (" + columns + ")"};
}

/// ", "new_species", "new_dbh"": the prefix keeps them apart from each other and from ours.
std::string prefixed(const Columns& columns, const std::string& prefix) {
    std::string sql;
    for (const Column& column : columns.list()) sql += ", " + quoted_name(prefix + column.name);
    return sql;
}

std::string numbered(const char* kind, LayerId layer) {
    return kind + std::to_string(layer.value);
}

}  // namespace

const std::vector<Table>& common_tables() {
    static const std::vector<Table> tables{
        // One row. direction: 1 upload, 2 download; replica, batch: 16 bytes; base, result:
        // generations of the service under perReplica.
        made("delta", "direction, replica, batch, base, result, created_ms"),
        // One row a layer. whole: 1 when the adds are all rows there are; base, result: generations
        // under perLayer; adds, updates, deletes: rows in the tables.
        made("delta_layer",
             "layer INTEGER PRIMARY KEY, fingerprint, whole, base, result, adds, updates, deletes"),
        // The columns of a layer that travel, in their order in the tables; number counts from 0
        // and is the bit in `changed`. type: FieldType, 0 for the geometry.
        made("delta_column", "layer, number, name, type"),
    };
    return tables;
}

Table adds_table(LayerId layer, const Columns& columns) {
    return made(numbered("adds_", layer), "feature" + prefixed(columns, "new_"));
}

Table updates_table(LayerId layer, const Columns& columns) {
    return made(numbered("updates_", layer),
                "feature, changed" + prefixed(columns, "new_") + prefixed(columns, "old_"));
}

std::string update_sql(LayerId layer, const Columns& columns,
                       const std::vector<std::size_t>& changed, bool with_old) {
    std::string names = "feature, changed";
    std::string places = "?, ?";
    const auto name_all = [&](const std::string& prefix) {
        for (const std::size_t number : changed) {
            names += ", " + quoted_name(prefix + columns[number].name);
            places += ", ?";
        }
    };
    name_all("new_");
    if (with_old) name_all("old_");
    return "INSERT INTO " + numbered("updates_", layer) + " (" + names + ") VALUES (" + places +
           ")";
}

Table deletes_table(LayerId layer, const Columns& columns, bool with_old) {
    return made(numbered("deletes_", layer),
                "feature" + (with_old ? prefixed(columns, "old_") : std::string()));
}

}  // namespace rhumb::delta
