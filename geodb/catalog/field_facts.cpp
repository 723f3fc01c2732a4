// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/field_facts.hpp"

#include "geodb/column_types.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/text.hpp"

namespace rhumb::geodb {
namespace {

void write_domain(sqlite::Database& database, const Domain& domain) {
    sqlite::Statement forget(database,
                             "DELETE FROM gpkg_data_column_constraints WHERE constraint_name = ?1");
    forget.bind(1, domain.name).run();
    sqlite::Statement put(database,
                          "INSERT INTO gpkg_data_column_constraints VALUES "
                          "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    for (const Domain::Choice& choice : domain.choices) {
        put.bind(1, domain.name).bind(2, "enum").bind(3, choice.code).bind(8, choice.label).run();
    }
    if (domain.min && domain.max) {
        put.bind(1, domain.name).bind(2, "range").bind(4, *domain.min).bind(5, 1);
        put.bind(6, *domain.max).bind(7, 1).run();
    }
}

}  // namespace

bool can_be_name(const std::string& name) {
    return !name.empty() && is_utf8(name) && name.find('\0') == std::string::npos;
}

void write_field_facts(sqlite::Database& database, const Layer& layer, const Field& field) {
    sqlite::Statement forget(database,
                             "DELETE FROM gpkg_data_columns WHERE lower(table_name) = lower(?1) "
                             "AND lower(column_name) = lower(?2)");
    forget.bind(1, layer.table).bind(2, field.name).run();
    if (!field.domain && field.alias == field.name) return;
    // Before GeoPackage 1.3 a `name` was unique in the whole file, so we give none.
    sqlite::Statement put(database,
                          "INSERT INTO gpkg_data_columns (table_name, column_name, title, "
                          "constraint_name) VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, layer.table).bind(2, field.name).bind(3, field.alias);
    if (field.domain) {
        write_domain(database, *field.domain);
        put.bind(4, field.domain->name);
    }
    put.run();
}

void remember_field_type(sqlite::Database& database, const Layer& layer, const Field& field) {
    const FieldType declared = declared_type(type_declaration(field.type, field.length)).type;
    if (declared == field.type || field.type == FieldType::GlobalId) return;
    sqlite::Statement put(database, "INSERT OR REPLACE INTO rhumb_field VALUES (?1, ?2, ?3)");
    put.bind(1, layer.id.value).bind(2, field.name).bind(3, static_cast<int>(field.type)).run();
}

}  // namespace rhumb::geodb
