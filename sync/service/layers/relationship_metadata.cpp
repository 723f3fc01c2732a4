// SPDX-License-Identifier: Apache-2.0
#include "sync/service/layers/relationship_metadata.hpp"

namespace rhumb::service {
namespace {

const char* cardinality_name(geodb::Cardinality cardinality) {
    return cardinality == geodb::Cardinality::OneToOne ? "esriRelCardinalityOneToOne"
                                                       : "esriRelCardinalityOneToMany";
}

void write_side(wire::JsonWriter& writer, const Relationship& related, bool origin) {
    writer.begin_object().key("id").integer(related.id).key("name").string(related.name);
    const LayerId other = origin ? related.destination : related.origin;
    writer.key("relatedTableId").integer(other.value);
    writer.key("cardinality").string(cardinality_name(related.cardinality));
    writer.key("role").string(origin ? "esriRelRoleOrigin" : "esriRelRoleDestination");
    writer.key("keyField").string(origin ? related.origin_key : related.destination_key);
    writer.key("composite").boolean(related.composite).end_object();
}

}  // namespace

void write_layer_relationships(wire::JsonWriter& writer, const Store& store, LayerId layer) {
    writer.begin_array();
    for (const Relationship& related : store.relationships()) {
        if (related.origin == layer) write_side(writer, related, true);
        if (related.destination == layer) write_side(writer, related, false);
    }
    writer.end_array();
}

void write_service_relationships(wire::JsonWriter& writer, const Store& store) {
    writer.begin_array();
    for (const Relationship& related : store.relationships()) {
        writer.begin_object().key("id").integer(related.id);
        writer.key("name").string(related.name).end_object();
    }
    writer.end_array();
}

}  // namespace rhumb::service
