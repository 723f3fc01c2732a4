// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/layer_definition.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/sqlite/statement.hpp"

#include <array>

namespace rhumb::geodb {
namespace {

constexpr const char* kTable = "rhumb_layer_definition";
constexpr const char* kTracking = "editFieldsInfo";

/// The names that publishers of feature services give to these fields.
constexpr std::array<std::array<const char*, 4>, 2> kUsualNames{
    {{"CreationDate", "Creator", "EditDate", "Editor"},
     {"created_date", "created_user", "last_edited_date", "last_edited_user"}}};

std::optional<std::size_t> field_of_type(const Layer& layer, std::string_view name,
                                         FieldType type) {
    const auto field = layer.find_field(name);
    return field && layer.fields[*field].type == type ? field : std::nullopt;
}

EditorTracking tracking_fields(const Layer& layer, const std::array<std::string, 4>& names) {
    return {field_of_type(layer, names[0], FieldType::Date),
            field_of_type(layer, names[1], FieldType::String),
            field_of_type(layer, names[2], FieldType::Date),
            field_of_type(layer, names[3], FieldType::String)};
}

/// A layer that has all four fields under their usual names is tracked without a word.
std::optional<EditorTracking> usual_tracking(const Layer& layer) {
    for (const auto& names : kUsualNames) {
        const auto found = tracking_fields(layer, {names[0], names[1], names[2], names[3]});
        if (found.created && found.creator && found.edited && found.editor) return found;
    }
    return std::nullopt;
}

/// `null` says: not tracked, whatever the fields are called.
std::optional<EditorTracking> declared_tracking(sqlite::Database& database, const Layer& layer,
                                                const std::string& json) {
    sqlite::Statement look(
        database,
        "SELECT json_extract(?1, '$.creationDateField'), "
        "json_extract(?1, '$.creatorField'), "
        "json_extract(?1, '$.editDateField'), json_extract(?1, '$.editorField')");
    if (!look.bind(1, json).step()) return std::nullopt;
    std::array<std::string, 4> names;
    for (int column = 0; column < 4; ++column) {
        if (!look.is_null(column)) {
            names[static_cast<std::size_t>(column)] = look.column_text(column);
        }
    }
    const auto found = tracking_fields(layer, names);
    const bool any = found.created || found.creator || found.edited || found.editor;
    return any ? std::optional(found) : std::nullopt;
}

}  // namespace

void read_definition(sqlite::Database& database, Layer& layer) {
    layer.definition.clear();
    if (database.has_table(kTable)) {
        sqlite::Statement rows(database,
                               "SELECT member, value FROM rhumb_layer_definition "
                               "WHERE layer_id = ?1 AND json_valid(value)");
        rows.bind(1, layer.id.value);
        while (rows.step()) {
            layer.definition[std::string(rows.column_text(0))] = rows.column_text(1);
        }
    }
    const auto declared = layer.definition.find(kTracking);
    layer.tracking = declared == layer.definition.end()
                         ? usual_tracking(layer)
                         : declared_tracking(database, layer, declared->second);
}

void write_definition(sqlite::Database& database, LayerId layer,
                      const LayerDefinition& definition) {
    if (!database.has_table(kTable)) {
        database.execute(
            "CREATE TABLE rhumb_layer_definition ("
            "layer_id INTEGER NOT NULL REFERENCES rhumb_layer(id), "
            "member TEXT NOT NULL, "  // of the layer resource
            "value TEXT NOT NULL, "   // JSON
            "PRIMARY KEY (layer_id, member)) WITHOUT ROWID");
        register_extension(database, kTable);
    }
    sqlite::Statement forget(database, "DELETE FROM rhumb_layer_definition WHERE layer_id = ?1");
    forget.bind(1, layer.value).run();
    sqlite::Statement put(database, "INSERT INTO rhumb_layer_definition VALUES (?1, ?2, ?3)");
    for (const auto& [member, value] : definition) {
        put.bind(1, layer.value).bind(2, member).bind(3, value).run();
    }
}

std::string definitions_text(sqlite::Database& database) {
    std::string text = database
                           .text_of(
                               "SELECT group_concat(table_name || quote(description)) "
                               "FROM gpkg_contents")
                           .value_or("");
    if (!database.has_table(kTable)) return text;
    return text + database
                      .text_of(
                          "SELECT group_concat(layer_id || quote(member) || quote(value)) "
                          "FROM rhumb_layer_definition")
                      .value_or("");
}

}  // namespace rhumb::geodb
