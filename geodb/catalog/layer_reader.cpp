// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/layer_reader.hpp"

#include "geodb/catalog/layer_definition.hpp"
#include "geodb/catalog/layer_triggers.hpp"
#include "geodb/column_types.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rhumb::geodb {
namespace {

std::optional<GeometryColumn> read_geometry_column(sqlite::Database& database,
                                                   const std::string& table) {
    // A file of attribute tables alone need not have it.
    if (!database.has_table("gpkg_geometry_columns")) return std::nullopt;
    sqlite::Statement look(database,
                           "SELECT g.column_name, g.geometry_type_name, g.z, g.m, "
                           "CASE WHEN s.organization_coordsys_id > 0 "
                           "THEN s.organization_coordsys_id ELSE g.srs_id END "
                           "FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s "
                           "ON s.srs_id = g.srs_id WHERE lower(g.table_name) = lower(?1)");
    if (!look.bind(1, table).step()) return std::nullopt;
    const auto type = geometry_type_of(look.column_text(1));
    if (!type) {
        throw Error(Status::Unsupported, "table '" + table + "' has geometries of type " +
                                             std::string(look.column_text(1)) +
                                             ", which a feature layer cannot keep");
    }
    GeometryColumn column;
    column.name = look.column_text(0);
    column.type = *type;
    column.has_z = look.column_int64(2) != 0;
    column.has_m = look.column_int64(3) != 0;
    column.srs_id = static_cast<std::int32_t>(look.column_int64(4));
    return column;
}

std::optional<Domain> read_domain(sqlite::Database& database, const std::string& name) {
    Domain domain;
    domain.name = name;
    sqlite::Statement rows(database,
                           "SELECT constraint_type, value, coalesce(description, value), min, max "
                           "FROM gpkg_data_column_constraints WHERE constraint_name = ?1");
    rows.bind(1, name);
    while (rows.step()) {
        if (rows.column_text(0) == "enum") {
            domain.choices.push_back(
                {std::string(rows.column_text(1)), std::string(rows.column_text(2))});
        } else if (rows.column_text(0) == "range") {
            if (!rows.is_null(3)) domain.min = rows.column_double(3);
            if (!rows.is_null(4)) domain.max = rows.column_double(4);
        }
    }
    if (domain.choices.empty() && !domain.min && !domain.max) return std::nullopt;
    return domain;
}

/// Aliases and domains, from the schema extension.
void read_data_columns(sqlite::Database& database, Layer& layer) {
    if (!database.has_table("gpkg_data_columns")) return;
    sqlite::Statement rows(database,
                           "SELECT column_name, coalesce(title, name), constraint_name FROM "
                           "gpkg_data_columns WHERE lower(table_name) = lower(?1)");
    rows.bind(1, layer.table);
    while (rows.step()) {
        const auto field = layer.find_field(rows.column_text(0));
        if (!field) continue;
        if (!rows.is_null(1)) layer.fields[*field].alias = rows.column_text(1);
        if (!rows.is_null(2)) {
            layer.fields[*field].domain = read_domain(database, std::string(rows.column_text(2)));
        }
    }
}

void read_columns(sqlite::Database& database, Layer& layer) {
    sqlite::Statement rows(
        database,
        "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1) ORDER BY cid");
    rows.bind(1, layer.table);
    while (rows.step()) {
        const std::string name(rows.column_text(0));
        if (rows.column_int64(4) != 0) {
            layer.fid_column = name;
            continue;
        }
        if (layer.geometry && equal_ignoring_case(name, layer.geometry->name)) continue;
        Field field;
        field.name = name;
        field.alias = name;
        const DeclaredType declared = declared_type(rows.column_text(1));
        field.type = declared.type;
        field.length = declared.length;
        field.nullable = rows.column_int64(2) == 0;
        if (!rows.is_null(3)) field.default_sql = std::string(rows.column_text(3));
        layer.fields.push_back(std::move(field));
    }
    if (layer.fields.empty() && layer.fid_column.empty()) {
        throw Error(Status::CorruptData, "table '" + layer.table + "' is listed but not there");
    }
    // A key that is not the rowid itself (text, several columns, WITHOUT ROWID) has an index.
    sqlite::Statement key_index(database,
                                "SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'");
    if (layer.fid_column.empty() || key_index.bind(1, layer.table).step()) {
        throw Error(Status::Unsupported,
                    "table '" + layer.table + "' has no integer primary key to be its object id");
    }
}

void apply_field_types(sqlite::Database& database, Layer& layer) {
    sqlite::Statement rows(database,
                           "SELECT column_name, type FROM rhumb_field WHERE layer_id = ?1");
    rows.bind(1, layer.id.value);
    while (rows.step()) {
        const auto field = layer.find_field(rows.column_text(0));
        if (field) layer.fields[*field].type = static_cast<FieldType>(rows.column_int64(1));
    }
    if (const auto field = layer.find_field(layer.global_id_column)) {
        layer.fields[*field].type = FieldType::GlobalId;
        layer.fields[*field].length = 38;
    }
}

/// A layer as our own tables name it.
struct Remembered {
    LayerId id;
    std::string table;  ///< as it is called now
    std::string name;
    std::string global_id_column;
    std::string lost;  ///< why it is no layer any more; empty: it is one
};

/// Triggers go with their table: they tell its name after a renaming, and they are gone when it
/// was dropped or made anew. A layer without a log is still being made.
std::vector<Remembered> remembered_layers(sqlite::Database& database) {
    std::vector<Remembered> layers;
    sqlite::Statement rows(
        database,
        "SELECT l.id, l.table_name, l.name, l.global_id_column, t.tbl_name, "
        "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'rhumb_edit_' || l.id) FROM rhumb_layer "
        "l "
        "LEFT JOIN sqlite_schema t ON t.type = 'trigger' AND t.name = 'rhumb_track_' || l.id || "
        "'_update' ORDER BY l.id");
    while (rows.step()) {
        Remembered layer{{static_cast<std::int32_t>(rows.column_int64(0))},
                         std::string(rows.column_text(rows.is_null(4) ? 1 : 4)),
                         std::string(rows.column_text(2)),
                         std::string(rows.column_text(3)),
                         ""};
        if (rows.is_null(4) && rows.column_int64(5) != 0) {
            layer.lost = "layer '" + layer.name + "': another program removed its table '" +
                         layer.table + "' or made it anew, so that its edits are not tracked";
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

std::string read_description(sqlite::Database& database, const std::string& table) {
    sqlite::Statement look(database,
                           "SELECT description FROM gpkg_contents WHERE lower(table_name) = "
                           "lower(?1) AND description IS NOT NULL");
    return look.bind(1, table).step() ? std::string(look.column_text(0)) : std::string();
}

}  // namespace

Layer read_table(sqlite::Database& database, const std::string& table) {
    Layer layer;
    layer.table = table;
    layer.name = table;
    layer.description = read_description(database, table);
    layer.geometry = read_geometry_column(database, table);
    read_columns(database, layer);
    read_data_columns(database, layer);
    return layer;
}

std::vector<Layer> read_layers(sqlite::Database& database, std::vector<std::string>* left_out) {
    std::vector<Layer> layers;
    for (const Remembered& remembered : remembered_layers(database)) {
        if (!remembered.lost.empty()) {
            if (left_out != nullptr) left_out->push_back(remembered.lost);
            continue;
        }
        Layer layer = read_table(database, remembered.table);
        layer.id = remembered.id;
        layer.name = remembered.name;
        layer.global_id_column = remembered.global_id_column;
        apply_field_types(database, layer);
        read_definition(database, layer);
        layers.push_back(std::move(layer));
    }
    read_triggers(database, layers);
    return layers;
}

bool is_as_read(sqlite::Database& database, const Layer& layer) {
    std::size_t next = 0;
    bool has_fid = false;
    bool has_geometry = !layer.geometry;
    sqlite::Statement rows(database, "SELECT name FROM pragma_table_info(?1) ORDER BY cid");
    rows.bind(1, layer.table);
    while (rows.step()) {
        const std::string_view name = rows.column_text(0);
        if (name == layer.fid_column) {
            has_fid = true;
        } else if (layer.geometry && equal_ignoring_case(name, layer.geometry->name)) {
            has_geometry = true;
        } else if (next == layer.fields.size() || name != layer.fields[next++].name) {
            return false;
        }
    }
    return has_fid && has_geometry && next == layer.fields.size();
}

std::vector<std::string> untracked_tables(sqlite::Database& database) {
    const std::vector<Remembered> remembered = remembered_layers(database);
    std::vector<std::string> tables;
    sqlite::Statement rows(database,
                           "SELECT table_name FROM gpkg_contents WHERE data_type IN "
                           "('features', 'attributes') ORDER BY rowid");
    while (rows.step()) {
        const std::string table(rows.column_text(0));
        const bool known =
            std::any_of(remembered.begin(), remembered.end(),
                        [&](const auto& layer) { return equal_ignoring_case(layer.table, table); });
        if (!known) tables.push_back(table);
    }
    return tables;
}

std::optional<std::string> global_id_candidate(const Layer& table) {
    for (const char* name : {"globalid", "global_id", "guid", "uuid"}) {
        for (const Field& field : table.fields) {
            if (equal_ignoring_case(field.name, name) && field.type == FieldType::String) {
                return field.name;
            }
        }
    }
    return std::nullopt;
}

}  // namespace rhumb::geodb
