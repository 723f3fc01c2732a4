// SPDX-License-Identifier: Apache-2.0
#include "geodb/relationships/relationship.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/relationships/relationship_schema.sql.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::geodb {
namespace {

using sqlite::Database;
using sqlite::quoted_name;
using sqlite::Statement;

void make_tables(Database& database) {
    database.execute(kRelationshipSchema);
    const bool registered =
        database.int64_of("SELECT 1 FROM gpkg_extensions WHERE table_name = 'rhumb_relationship'")
            .has_value();
    if (!registered) register_extension(database, "rhumb_relationship");
}

const Layer* find_layer(const std::vector<Layer>& layers, LayerId id) {
    const auto found = std::find_if(layers.begin(), layers.end(),
                                    [&](const Layer& layer) { return layer.id == id; });
    return found == layers.end() ? nullptr : &*found;
}

/// Whether a chain of links leads from one layer to another, or they are the same.
bool leads(const std::vector<Relationship>& links, LayerId from, LayerId to) {
    if (from == to) return true;
    return std::any_of(links.begin(), links.end(), [&](const Relationship& link) {
        return link.origin == from && leads(links, link.destination, to);
    });
}

const Field& key_field(const Layer& layer, const std::string& name) {
    const auto field = layer.find_field(name);
    if (field) return layer.fields[*field];
    throw Error(Status::NotFound, "layer '" + layer.name + "' has no field '" + name + "'");
}

/// Keys are compared as they are stored, so their types must be stored alike.
enum class KeyKind : std::uint8_t { Guid, Text, Integer, Other };

KeyKind kind_of(const Field& field) {
    switch (field.type) {
        case FieldType::GlobalId:
        case FieldType::Guid:
            return KeyKind::Guid;
        case FieldType::String:
            return KeyKind::Text;
        case FieldType::SmallInteger:
        case FieldType::Integer:
        case FieldType::BigInteger:
            return KeyKind::Integer;
        default:
            return KeyKind::Other;
    }
}

/// A foreign key of another program may keep GUIDs as text.
bool can_be_equal(const Field& origin, const Field& destination) {
    const KeyKind a = kind_of(origin);
    const KeyKind b = kind_of(destination);
    if (a == KeyKind::Other || b == KeyKind::Other) return false;
    return a == b || (a == KeyKind::Guid && b == KeyKind::Text);
}

void check(Geodatabase& geodatabase, const Relationship& made) {
    const Layer& origin = geodatabase.layer(made.origin);
    const Layer& destination = geodatabase.layer(made.destination);
    const std::string name = "relationship '" + made.name + "'";
    if (!can_be_equal(key_field(origin, made.origin_key),
                      key_field(destination, made.destination_key))) {
        throw Error(Status::InvalidArgument, name + ": the keys " + origin.name + "." +
                                                 made.origin_key + " and " + destination.name +
                                                 "." + made.destination_key +
                                                 " are of types that cannot be equal");
    }
    if (key_field(destination, made.destination_key).type == FieldType::GlobalId) {
        throw Error(Status::InvalidArgument, name + ": " + destination.name + "." +
                                                 made.destination_key +
                                                 " is a GlobalID and cannot name a parent");
    }
    if (made.composite && made.origin == made.destination) {
        throw Error(Status::InvalidArgument,
                    name + ": a layer cannot be a composite of its own features");
    }
    for (const Relationship& there :
         read_relationships(geodatabase.database(), geodatabase.layers())) {
        if (there.id != made.id && !equal_ignoring_case(there.name, made.name)) continue;
        throw Error(Status::AlreadyExists, "there is a relationship '" + there.name + "' (" +
                                               std::to_string(there.id) + ") already");
    }
}

void remember(Database& database, const Relationship& made) {
    Statement put(database,
                  "INSERT INTO rhumb_relationship VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    put.bind(1, made.id).bind(2, made.name).bind(3, made.origin.value);
    put.bind(4, made.destination.value).bind(5, made.origin_key).bind(6, made.destination_key);
    put.bind(7, static_cast<int>(made.cardinality)).bind(8, made.composite ? 1 : 0).run();
}

/// Finding children, and parents by a key that is no GlobalID, must not cost a scan.
void index_keys(Database& database, const Layer& origin, const Layer& destination,
                const Relationship& made) {
    const auto index = [&](const Layer& layer, const std::string& column, const char* side) {
        database.execute("CREATE INDEX IF NOT EXISTS " +
                         quoted_name("rhumb_key_" + std::to_string(made.id) + "_" + side) + " ON " +
                         quoted_name(layer.table) + " (" + quoted_name(column) + ")");
    };
    index(destination, made.destination_key, "destination");
    if (!equal_ignoring_case(origin.global_id_column, made.origin_key)) {
        index(origin, made.origin_key, "origin");
    }
}

/// The mapping "table" of the related-tables extension: object ids of parents and children.
void publish(Database& database, const Layer& origin, const Layer& destination,
             const Relationship& made) {
    const std::string view = "rhumb_related_" + std::to_string(made.id);
    database.execute("CREATE VIEW " + view + " AS SELECT o." + quoted_name(origin.fid_column) +
                     " AS base_id, d." + quoted_name(destination.fid_column) +
                     " AS related_id FROM " + quoted_name(origin.table) + " o JOIN " +
                     quoted_name(destination.table) + " d ON d." +
                     quoted_name(made.destination_key) + " = o." + quoted_name(made.origin_key));
    Statement relation(database,
                       "INSERT INTO gpkgext_relations (base_table_name, base_primary_column, "
                       "related_table_name, related_primary_column, relation_name, "
                       "mapping_table_name) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    relation.bind(1, origin.table).bind(2, origin.fid_column).bind(3, destination.table);
    relation.bind(4, destination.fid_column);
    relation.bind(5, destination.geometry ? "features" : "attributes").bind(6, view).run();
    Statement extension(database,
                        "INSERT INTO gpkg_extensions VALUES (?1, NULL, 'gpkg_related_tables', "
                        "'http://www.opengis.net/doc/IS/gpkg-rte/1.0', 'read-write')");
    extension.bind(1, view).run();
}

/// One trigger for all composites of an origin. Its condition is what the library can read as
/// false while it takes in what a service has decided already (SilencedTriggers).
void make_trigger(Database& database, const std::vector<Layer>& layers, const Layer& origin) {
    std::string body;
    for (const Relationship& relationship : read_relationships(database, layers)) {
        if (relationship.origin != origin.id || !relationship.composite) continue;
        const Layer* destination = find_layer(layers, relationship.destination);
        body += "DELETE FROM " + quoted_name(destination->table) + " WHERE " +
                quoted_name(relationship.destination_key) + " = OLD." +
                quoted_name(relationship.origin_key) + "; ";
    }
    const std::string name = children_trigger(origin.id);
    database.execute("DROP TRIGGER IF EXISTS " + name);
    if (body.empty()) return;
    database.execute("CREATE TRIGGER " + name + " AFTER DELETE ON " + quoted_name(origin.table) +
                     " WHEN (SELECT max(composite) FROM rhumb_relationship) BEGIN " + body + "END");
}

std::string free_name(const std::vector<Relationship>& there, const std::string& wished) {
    const auto taken = [&](const std::string& name) {
        return std::any_of(there.begin(), there.end(), [&](const Relationship& relationship) {
            return equal_ignoring_case(relationship.name, name);
        });
    };
    std::string name = wished;
    for (int n = 1; taken(name); ++n) name = wished + "_" + std::to_string(n);
    return name;
}

}  // namespace

std::string children_trigger(LayerId origin) {
    return "rhumb_children_" + std::to_string(origin.value);
}

std::vector<LayerId> parents_first(std::vector<LayerId> layers,
                                   const std::vector<Relationship>& relationships) {
    std::vector<LayerId> ordered;
    const auto waits = [&](LayerId layer) {
        return std::any_of(relationships.begin(), relationships.end(), [&](const auto& link) {
            return link.destination == layer && link.origin != layer &&
                   std::find(layers.begin(), layers.end(), link.origin) != layers.end();
        });
    };
    while (!layers.empty()) {
        auto next = std::find_if_not(layers.begin(), layers.end(), waits);
        if (next == layers.end()) next = layers.begin();
        ordered.push_back(*next);
        layers.erase(next);
    }
    return ordered;
}

std::vector<Relationship> without_circles(std::vector<Relationship> relationships) {
    std::vector<Relationship> links;
    for (Relationship& link : relationships) {
        if (!leads(links, link.destination, link.origin)) links.push_back(std::move(link));
    }
    return links;
}

std::vector<Relationship> read_relationships(Database& database, const std::vector<Layer>& layers) {
    std::vector<Relationship> relationships;
    if (!database.has_table("rhumb_relationship")) return relationships;
    Statement rows(database,
                   "SELECT id, name, origin_layer, destination_layer, origin_key, "
                   "destination_key, cardinality, composite FROM rhumb_relationship ORDER BY id");
    while (rows.step()) {
        Relationship made;
        made.id = static_cast<std::int32_t>(rows.column_int64(0));
        made.name = rows.column_text(1);
        made.origin = {static_cast<std::int32_t>(rows.column_int64(2))};
        made.destination = {static_cast<std::int32_t>(rows.column_int64(3))};
        made.origin_key = rows.column_text(4);
        made.destination_key = rows.column_text(5);
        made.cardinality = static_cast<Cardinality>(rows.column_int64(6));
        made.composite = rows.column_int64(7) != 0;
        const Layer* origin = find_layer(layers, made.origin);
        const Layer* destination = find_layer(layers, made.destination);
        const bool whole = origin != nullptr && destination != nullptr &&
                           origin->find_field(made.origin_key) &&
                           destination->find_field(made.destination_key);
        if (whole) relationships.push_back(std::move(made));
    }
    return relationships;
}

Relationship add_relationship(Geodatabase& geodatabase, const RelationshipPlan& plan) {
    Database& database = geodatabase.database();
    const Layer& origin = geodatabase.layer(plan.origin);
    const Layer& destination = geodatabase.layer(plan.destination);
    make_tables(database);
    Relationship made;
    const auto next = database.int64_of("SELECT max(id) + 1 FROM rhumb_relationship").value_or(0);
    made.id = plan.id.value_or(static_cast<std::int32_t>(next));
    made.name = plan.name;
    if (made.name.empty()) {
        made.name = free_name(read_relationships(database, geodatabase.layers()),
                              origin.name + "_" + destination.name);
    }
    made.origin = origin.id;
    made.destination = destination.id;
    made.origin_key = key_field(origin, plan.origin_key).name;
    made.destination_key = key_field(destination, plan.destination_key).name;
    made.cardinality = plan.cardinality;
    made.composite = plan.composite;
    check(geodatabase, made);
    remember(database, made);
    index_keys(database, origin, destination, made);
    publish(database, origin, destination, made);
    if (made.composite) make_trigger(database, geodatabase.layers(), origin);
    return made;
}

void adopt_foreign_keys(Geodatabase& geodatabase) {
    Database& database = geodatabase.database();
    std::vector<RelationshipPlan> plans;
    for (const Layer& child : geodatabase.layers()) {
        // A key of several columns is none of ours.
        Statement rows(database,
                       "SELECT \"table\", \"from\", \"to\", on_delete FROM "
                       "pragma_foreign_key_list(?1) WHERE id NOT IN (SELECT id FROM "
                       "pragma_foreign_key_list(?1) WHERE seq > 0)");
        rows.bind(1, child.table);
        while (rows.step()) {
            for (const Layer& parent : geodatabase.layers()) {
                if (!equal_ignoring_case(parent.table, rows.column_text(0))) continue;
                const auto origin_key = parent.find_field(rows.column_text(2));
                const auto key = child.find_field(rows.column_text(1));
                if (!origin_key || !key) continue;
                if (!can_be_equal(parent.fields[*origin_key], child.fields[*key])) continue;
                RelationshipPlan plan{parent.id, child.id, parent.fields[*origin_key].name,
                                      child.fields[*key].name, ""};
                plan.composite = rows.column_text(3) == "CASCADE" && parent.id != child.id;
                plans.push_back(std::move(plan));
            }
        }
    }
    const auto there = read_relationships(database, geodatabase.layers());
    for (const RelationshipPlan& plan : plans) {
        const bool known = std::any_of(there.begin(), there.end(), [&](const Relationship& made) {
            return made.origin == plan.origin && made.destination == plan.destination &&
                   made.origin_key == plan.origin_key &&
                   made.destination_key == plan.destination_key;
        });
        if (!known) add_relationship(geodatabase, plan);
    }
}

}  // namespace rhumb::geodb
