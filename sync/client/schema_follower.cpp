// SPDX-License-Identifier: Apache-2.0
#include "sync/client/schema_follower.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <optional>

namespace rhumb::sync {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::LayerId;
using wire::Json;

const Field* find_field(const std::vector<Field>& fields, const std::string& name) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return equal_ignoring_case(field.name, name);
    });
    return found == fields.end() ? nullptr : &*found;
}

bool same_domain(const std::optional<geodb::Domain>& a, const std::optional<geodb::Domain>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    const auto same_choice = [](const auto& x, const auto& y) {
        return x.code == y.code && x.label == y.label;
    };
    return a->name == b->name && a->min == b->min && a->max == b->max &&
           std::equal(a->choices.begin(), a->choices.end(), b->choices.begin(), b->choices.end(),
                      same_choice);
}

std::string type_word(FieldType type) {
    return std::string(
        wire::esri_field_type(type).substr(std::string_view("esriFieldType").size()));
}

std::string field_obstacle(const geodb::Layer& mine, const geodb::LayerPlan& theirs) {
    for (const Field& field : mine.fields) {
        const Field* other = find_field(theirs.fields, field.name);
        if (other == nullptr) return "field '" + field.name + "' is gone";
        if (other->type == field.type) continue;
        return "field '" + field.name + "' was " + type_word(field.type) + " and is " +
               type_word(other->type);
    }
    for (const Field& field : theirs.fields) {
        const bool is_new = !mine.find_field(field.name);
        if (!is_new || field.nullable || field.default_sql) continue;
        return "field '" + field.name + "' is new, must have a value and has no default";
    }
    return {};
}

std::string geometry_obstacle(const geodb::Layer& mine, const geodb::LayerPlan& theirs,
                              bool projected) {
    if (mine.geometry.has_value() != theirs.geometry.has_value()) {
        return mine.geometry ? "it has no geometry any more" : "it has a geometry now";
    }
    if (!mine.geometry) return {};
    const geodb::GeometryColumn &here = *mine.geometry, &there = *theirs.geometry;
    if (here.type != there.type) return "its kind of geometry is another";
    if (here.has_z != there.has_z || here.has_m != there.has_m) {
        return "its geometries have other dimensions";
    }
    if (!projected && here.srs_id != there.srs_id) return "its spatial reference is another";
    return {};
}

/// The fingerprint as it was agreed or would be: the service's own word where it gives one.
std::string fingerprint_now(const ServiceDescription& service, LayerId id, const Json& definition) {
    const auto told = service.fingerprints.find(id);
    return told != service.fingerprints.end() ? told->second
                                              : fingerprint_of(definition, service.epsg);
}

/// One layer of the replica and what became of it.
class Follower {
public:
    Follower(geodb::Geodatabase& geodatabase, const ServiceDescription& service)
        : geodatabase_(geodatabase), service_(service) {}

    void follow(ReplicaLayer& layer, const Json* definition) {
        const std::string stopped_before = layer.stopped;
        layer.stopped = obstacle_or_agree(layer, definition);
        const std::string name = geodatabase_.layer(layer.id).name;
        if (!layer.stopped.empty()) {
            notes_.push_back("layer '" + name + "' is not synchronized: in the service " +
                             layer.stopped + "; its edits are kept");
        } else if (!stopped_before.empty()) {
            notes_.push_back("layer '" + name + "' is synchronized again");
        }
    }
    std::vector<std::string>& notes() { return notes_; }

private:
    std::string obstacle_or_agree(ReplicaLayer& layer, const Json* definition) {
        if (definition == nullptr) return "it is there no more";
        const std::string fingerprint = fingerprint_now(service_, layer.id, *definition);
        if (fingerprint == layer.fingerprint) return {};
        SchemaDrift drift;
        try {
            const auto remote = remote_layer(*definition, service_.speaks_rhumb, service_.epsg);
            const geodb::Layer& mine = geodatabase_.layer(layer.id);
            // Where the layer here is not what was agreed, it has another reference (replicaSR).
            const bool projected = wire::schema_fingerprint(mine) != layer.fingerprint;
            drift = schema_drift(mine, remote.plan, projected);
        } catch (const Error& error) {
            return error.message();
        }
        if (!drift.obstacle.empty()) return drift.obstacle;
        take_over(layer.id, drift);
        layer.fingerprint = fingerprint;
        return {};
    }

    void take_over(LayerId id, const SchemaDrift& drift) {
        for (const Field& field : drift.added) {
            geodatabase_.add_field(id, field);
            notes_.push_back("layer '" + geodatabase_.layer(id).name + "' has a new field '" +
                             field.name + "'");
        }
        for (const Field& field : drift.redescribed) geodatabase_.describe_field(id, field);
    }

    geodb::Geodatabase& geodatabase_;
    const ServiceDescription& service_;
    std::vector<std::string> notes_;
};

void check_something_is_left(const geodb::Geodatabase& geodatabase, const Replica& replica) {
    std::string reasons;
    for (const ReplicaLayer& layer : replica.layers) {
        if (layer.stopped.empty()) return;
        reasons += (reasons.empty() ? "" : "; ") + ("layer '" + geodatabase.layer(layer.id).name) +
                   "': " + layer.stopped;
    }
    throw Error(Status::SchemaChanged,
                "the layers have changed in the service " + replica.service_url +
                    " since the replica was made, and its edits are kept: " + reasons);
}

}  // namespace

SchemaDrift schema_drift(const geodb::Layer& mine, const geodb::LayerPlan& theirs, bool projected) {
    SchemaDrift drift;
    drift.obstacle = field_obstacle(mine, theirs);
    if (drift.obstacle.empty()) drift.obstacle = geometry_obstacle(mine, theirs, projected);
    for (const Field& field : theirs.fields) {
        const auto here = mine.find_field(field.name);
        if (!here) {
            drift.added.push_back(field);
            continue;
        }
        Field described = mine.fields[*here];
        const bool same =
            described.alias == field.alias && same_domain(described.domain, field.domain);
        if (same) continue;
        described.alias = field.alias;
        described.domain = field.domain;
        drift.redescribed.push_back(std::move(described));
    }
    return drift;
}

bool schema_is_agreed(const Replica& replica, const ServiceDescription& service) {
    return std::all_of(replica.layers.begin(), replica.layers.end(), [&](const auto& layer) {
        const auto told = service.fingerprints.find(layer.id);
        return layer.stopped.empty() && told != service.fingerprints.end() &&
               told->second == layer.fingerprint;
    });
}

std::vector<std::string> follow_schema(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                                       Replica& replica, const ServiceDescription& service,
                                       const std::map<LayerId, Json>& definitions) {
    geodb::sqlite::Transaction transaction(geodatabase.database());
    Follower follower(geodatabase, service);
    for (ReplicaLayer& layer : replica.layers) {
        const auto found = definitions.find(layer.id);
        follower.follow(layer, found == definitions.end() ? nullptr : &found->second);
    }
    store.save(replica);
    transaction.commit();
    check_something_is_left(geodatabase, replica);
    return std::move(follower.notes());
}

}  // namespace rhumb::sync
