// SPDX-License-Identifier: Apache-2.0
#include "sync/client/replica_import.hpp"

#include "geodb/features/feature_writer.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/client/attachment_intake.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/replica/change_applier.hpp"
#include "sync/wire/feature_json.hpp"

#include <algorithm>
#include <memory>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::LayerId;

constexpr std::int64_t kFeaturesPerReport = 1000;

struct Target {
    const geodb::Layer& layer;
    FeatureWriter writer;
    std::int64_t features = 0;
};
using Targets = std::map<LayerId, std::unique_ptr<Target>>;

/// Services may give two layers one name; tables of a file cannot share theirs.
std::string free_name(geodb::Geodatabase& geodatabase, const wire::RemoteLayer& layer) {
    const std::string number = std::to_string(layer.id.value);
    std::string name = layer.name.empty() ? "layer_" + number : layer.name;
    for (const char* reserved : {"sqlite_", "gpkg_", "rtree_", "rhumb_"}) {
        if (lowered(name).substr(0, std::string_view(reserved).size()) == reserved) {
            name = "layer_" + name;
        }
    }
    return geodatabase.database().has_table(name) ? name + "_" + number : name;
}

void make_layers(geodb::Geodatabase& geodatabase, const std::vector<wire::RemoteLayer>& layers) {
    for (const wire::RemoteLayer& remote : layers) {
        geodb::LayerPlan plan = remote.plan;
        plan.name = free_name(geodatabase, remote);
        plan.id = remote.id;
        geodatabase.add_layer(plan);
    }
}

Targets writers_for(geodb::Geodatabase& geodatabase, const std::vector<wire::RemoteLayer>& layers) {
    Targets targets;
    for (const wire::RemoteLayer& remote : layers) {
        const geodb::Layer& layer = geodatabase.layer(remote.id);
        targets[remote.id].reset(new Target{
            layer, FeatureWriter(geodatabase, layer, FeatureWriter::Tracking::Unlogged)});
    }
    return targets;
}

void insert_feature(Target& target, const wire::Json& json) {
    const wire::FeatureJson feature =
        wire::read_feature(json, target.layer, wire::ValueRules::TakenAsIs);
    if (!feature.global_id) {
        throw Error(Status::Protocol, "layer '" + target.layer.name +
                                          "': a feature of the service has no valid GlobalID");
    }
    std::vector<geodb::Value> values(target.layer.column_count());
    for (const geodb::ColumnValue& given : feature.values) values[given.column] = given.value;
    values[target.layer.global_id_index()] = feature.global_id->value.braced();
    target.writer.insert(values);
    ++target.features;
}

void insert_row(Target& target, delta::Row& row, std::vector<geodb::Value>& values) {
    values.assign(target.layer.column_count(), geodb::Value{});
    for (geodb::ColumnValue& given : row.values) values[given.column] = std::move(given.value);
    values[target.layer.global_id_index()] = row.feature.value.braced();
    target.writer.insert(values);
    ++target.features;
}

void insert(Target& target, const wire::Json& json) {
    try {
        insert_feature(target, json);
    } catch (const Error& error) {
        throw error.within(feature_in_words(json, target.layer));
    }
}

}  // namespace

Imported import_replica(geodb::Geodatabase& geodatabase,
                        const std::vector<wire::RemoteLayer>& layers,
                        const http::Response& response, const std::string& what,
                        const OnImported& on_imported) {
    make_layers(geodatabase, layers);
    Imported imported;
    {
        const Targets targets = writers_for(geodatabase, layers);
        DownloadTaker taker;
        taker.feature = [&](LayerId id, wire::Json&& json) {
            const auto target = targets.find(id);
            if (target == targets.end()) return;  // a layer that nobody asked for
            insert(*target->second, json);
            const std::int64_t done = target->second->features;
            if (done % kFeaturesPerReport == 0) on_imported(target->second->layer.name, done);
        };
        AttachmentIntake attachments(geodatabase);
        attachments.trust_parents();
        attachments.listen(taker, [&](LayerId id) { return targets.count(id) > 0; });
        imported.answer = read_download(response, what, taker);
        imported.attachments = attachments.received();
        for (const auto& [id, target] : targets) imported.features[id] = target->features;
    }
    if (imported.answer.kind != Answer::Kind::Good) return imported;
    for (const wire::RemoteLayer& remote : layers) {
        geodatabase.finish_layer(remote.id);
        on_imported(geodatabase.layer(remote.id).name, imported.features[remote.id]);
    }
    return imported;
}

Imported import_delta(geodb::Geodatabase& geodatabase, const std::vector<wire::RemoteLayer>& layers,
                      delta::DeltaReader& reader, const OnImported& on_imported) {
    make_layers(geodatabase, layers);
    Imported imported;
    {
        const Targets targets = writers_for(geodatabase, layers);
        std::vector<geodb::Value> values;
        for (const auto& [id, target] : targets) {
            const delta::LayerHead* head = reader.layer(id);
            if (head == nullptr || !head->terms.whole) {
                throw Error(Status::CorruptData, "the delta does not hold the whole of layer '" +
                                                     target->layer.name + "'");
            }
            Target& into = *target;
            reader.each(delta::Kind::Add, into.layer, [&](delta::Row& row) {
                insert_row(into, row, values);
                if (into.features % kFeaturesPerReport == 0) {
                    on_imported(into.layer.name, into.features);
                }
            });
            imported.features[id] = into.features;
        }
    }
    for (const wire::RemoteLayer& remote : layers) {
        geodatabase.finish_layer(remote.id);
        on_imported(geodatabase.layer(remote.id).name, imported.features[remote.id]);
    }
    return imported;
}

}  // namespace rhumb::sync
