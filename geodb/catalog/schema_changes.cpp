// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/schema_changes.hpp"

#include "geodb/catalog/field_facts.hpp"
#include "geodb/column_types.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

void check_can_be_added(const Layer& layer, const Field& field) {
    const std::string where = "layer '" + layer.name + "': ";
    const bool taken = layer.find_field(field.name) ||
                       equal_ignoring_case(field.name, layer.fid_column) ||
                       (layer.geometry && equal_ignoring_case(field.name, layer.geometry->name));
    if (taken) {
        throw Error(Status::AlreadyExists,
                    where + "there is a column '" + field.name + "' already");
    }
    if (!can_be_name(field.name)) {
        throw Error(Status::InvalidArgument,
                    where + "'" + excerpt(field.name, 80) + "' cannot be the name of a field");
    }
    if (field.type == FieldType::GlobalId || field.type == FieldType::ObjectId) {
        throw Error(Status::InvalidArgument,
                    where + "it has its object id and its GlobalID; there cannot be another");
    }
    if (!field.nullable && !field.default_sql) {
        throw Error(Status::InvalidArgument, where + "field '" + field.name +
                                                 "' must have a default, or its features may "
                                                 "not be without a value");
    }
}

}  // namespace

std::string add_field(sqlite::Database& database, const Layer& layer, const Field& field) {
    check_can_be_added(layer, field);
    std::string ddl = "ALTER TABLE " + quoted_name(layer.table) + " ADD COLUMN " +
                      quoted_name(field.name) + " " + type_declaration(field.type, field.length);
    if (!field.nullable) ddl += " NOT NULL";
    if (field.default_sql) ddl += " DEFAULT " + *field.default_sql;
    ddl += ";";
    database.execute(ddl);
    write_field_facts(database, layer, field);
    remember_field_type(database, layer, field);
    return ddl;
}

}  // namespace rhumb::geodb
