// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/extract_gpkg.hpp"

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using geodb::FeatureWriter;
using geodb::Geodatabase;

LayerId add_layer(Geodatabase& file, const Layer& layer, const ReplicaRecord& replica) {
    geodb::LayerPlan plan;
    plan.name = layer.name;
    plan.id = layer.id;
    plan.fields = layer.fields;
    plan.geometry = layer.geometry;
    plan.description = layer.description;
    plan.definition = layer.definition;
    if (plan.geometry && replica.replica_epsg) plan.geometry->srs_id = *replica.replica_epsg;
    return file.add_layer(plan).id;
}

/// The blob as it is in the file: projected, or only told anew which reference it has.
void project(Value& shape, const geodb::CoordinateTransform* transform, std::int32_t srs_id) {
    const auto* blob = std::get_if<geodb::Blob>(&shape);
    if (blob == nullptr || transform == nullptr) return;
    geodb::Geometry geometry = geodb::read_gpb(*blob);
    transform->apply(geometry);
    shape = geodb::write_gpb(geometry, srs_id);
}

void copy_rows(Geodatabase& file, const Layer& source, const ReplicaView& view,
               StoreSnapshot& snapshot) {
    const Layer& layer = file.layer(source.id);
    FeatureWriter writer(file, layer, FeatureWriter::Tracking::Unlogged);
    StoreQuery query;
    query.layer = source.id;
    query.members_of = &view.scope();
    for (std::size_t i = 0; i < source.column_count(); ++i) query.columns.push_back(i);
    snapshot.select(query, [&](const FeatureRow& row) {
        std::vector<Value> values = row.values;
        if (source.geometry) {
            project(values[source.geometry_index()], view.transform(source.id),
                    layer.geometry->srs_id);
        }
        writer.insert(values);
    });
}

void copy_relationships(Geodatabase& file, const Store& store, const ReplicaRecord& replica) {
    for (const Relationship& related : store.relationships()) {
        const bool whole = replica.layer(related.origin) != nullptr &&
                           replica.layer(related.destination) != nullptr;
        if (!whole) continue;
        geodb::RelationshipPlan plan{related.origin, related.destination, related.origin_key,
                                     related.destination_key, related.name};
        plan.cardinality = related.cardinality;
        plan.composite = related.composite;
        plan.id = related.id;
        geodb::add_relationship(file, plan);
    }
}

}  // namespace

void write_gpkg(const std::filesystem::path& path, const Store& store, const ReplicaRecord& replica,
                const ReplicaView& view, StoreSnapshot& snapshot) {
    SystemClock clock;
    SystemRandom random;  // the identity of the file decides nothing here
    Geodatabase file = Geodatabase::create(path, {clock, random});
    geodb::sqlite::Transaction transaction(file.database());
    for (const LayerFilter& filter : replica.layers) {
        const Layer& source = store.layer(filter.layer);
        const LayerId made = add_layer(file, source, replica);
        copy_rows(file, source, view, snapshot);
        file.finish_layer(made);
    }
    copy_relationships(file, store, replica);
    transaction.commit();
    file.hand_over();
}

}  // namespace rhumb::service
