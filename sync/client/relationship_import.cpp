// SPDX-License-Identifier: Apache-2.0
#include "sync/client/relationship_import.hpp"

#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_parameter.hpp"

#include <map>
#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

using wire::Json;

/// One relationship, seen from both ends.
struct Sides {
    std::string name;
    std::optional<geodb::LayerId> origin, destination;
    std::string origin_key, destination_key;
    geodb::Cardinality cardinality = geodb::Cardinality::OneToMany;
    bool composite = false;
    bool many_to_many = false;
};

void take_side(const Json& json, geodb::LayerId layer, std::map<std::int64_t, Sides>& all) {
    const auto id = wire::to_int64(json.find_any_case("id"));
    const auto role = wire::text_or_empty(json.find_any_case("role"));
    const std::string key(wire::text_or_empty(json.find_any_case("keyField")));
    if (!id || key.empty()) return;
    Sides& sides = all[*id];
    sides.name = wire::text_or_empty(json.find_any_case("name"));
    sides.composite = wire::to_bool(json.find_any_case("composite")).value_or(sides.composite);
    const auto cardinality = wire::text_or_empty(json.find_any_case("cardinality"));
    sides.many_to_many = equal_ignoring_case(cardinality, "esriRelCardinalityManyToMany");
    if (equal_ignoring_case(cardinality, "esriRelCardinalityOneToOne")) {
        sides.cardinality = geodb::Cardinality::OneToOne;
    }
    if (equal_ignoring_case(role, "esriRelRoleOrigin")) {
        sides.origin = layer;
        sides.origin_key = key;
    } else if (equal_ignoring_case(role, "esriRelRoleDestination")) {
        sides.destination = layer;
        sides.destination_key = key;
    }
}

}  // namespace

std::vector<std::string> import_relationships(geodb::Geodatabase& geodatabase,
                                              const Json& definitions) {
    std::map<std::int64_t, Sides> all;
    for (const Json& definition : definitions.as_array("definitions")) {
        const auto layer = wire::layer_id_of(definition.find("id"));
        const Json* list = definition.find_any_case("relationships");
        if (!layer || list == nullptr || list->array() == nullptr) continue;
        for (const Json& json : *list->array()) {
            take_side(json, *layer, all);
        }
    }
    std::vector<std::string> notes;
    for (const auto& [id, sides] : all) {
        // The other layer was not taken offline, or a table of pairs joins them.
        if (!sides.origin || !sides.destination || sides.many_to_many) continue;
        geodb::RelationshipPlan plan{*sides.origin, *sides.destination, sides.origin_key,
                                     sides.destination_key, sides.name};
        plan.cardinality = sides.cardinality;
        plan.composite = sides.composite;
        if (std::in_range<std::int32_t>(id)) plan.id = static_cast<std::int32_t>(id);
        try {
            geodb::sqlite::Savepoint whole(geodatabase.database());
            geodb::add_relationship(geodatabase, plan);
            whole.keep();
        } catch (const Error& error) {
            const bool is_theirs = error.status() == Status::NotFound ||
                                   error.status() == Status::InvalidArgument ||
                                   error.status() == Status::AlreadyExists;
            if (!is_theirs) throw;
            notes.push_back(error.message() + "; the relationship was left out");
        }
    }
    return notes;
}

}  // namespace rhumb::sync
