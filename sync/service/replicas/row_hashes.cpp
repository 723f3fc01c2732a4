// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/row_hashes.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/replicas/replica_filter.hpp"
#include "sync/service/replicas/synchronize_replica.hpp"
#include "sync/wire/json_writer.hpp"
#include "sync/wire/row_hash.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace rhumb::service {
namespace {

using geodb::Value;

LayerId asked_layer(const Call& call, const ReplicaRecord& replica) {
    const auto number = integer_parameter(call.parameters, "layer");
    if (!number) throw Error(Status::InvalidArgument, "'layer' is missing");
    for (const auto& filter : replica.layers) {
        if (filter.layer.value == *number) return filter.layer;
    }
    throw Error(Status::InvalidArgument,
                "'layer' is " + std::to_string(*number) + ", which the replica does not have");
}

std::optional<std::size_t> asked_range(const Call& call) {
    const std::string& name = call.parameters.get("range");
    if (name.empty()) return std::nullopt;
    const std::size_t range = wire::range_of(name);
    if (range < 256) return range;
    throw Error(Status::InvalidArgument,
                "'range' is '" + excerpt(name, 20) + "', not two hex digits");
}

using OnRow = std::function<void(const Uuid&, const Sha256&)>;

void each_row(const Call& call, const ReplicaRecord& replica, LayerId id, const OnRow& on_row) {
    const Layer& layer = call.store.layer(id);
    const ReplicaView view(call.store, replica);
    wire::RowHasher hasher(layer, view.transform(id));
    StoreQuery query;
    query.layer = id;
    for (std::size_t i = 0; i < layer.column_count(); ++i) query.columns.push_back(i);
    query.members_of = &view.scope();
    const auto snapshot = call.store.snapshot();
    snapshot->select(query, [&](const FeatureRow& row) {
        const auto* text = std::get_if<std::string>(&row.values[layer.global_id_index()]);
        const auto feature = text != nullptr ? Uuid::parse(*text) : std::nullopt;
        if (!feature) return;
        on_row(*feature,
               hasher.hash([&](std::size_t column) -> const Value& { return row.values[column]; }));
    });
}

}  // namespace

http::Response row_hashes(const Call& call) {
    const std::string& id = call.parameters.get("replicaID");
    if (id.empty()) throw Error(Status::InvalidArgument, "'replicaID' is missing");
    const ReplicaRecord replica = find_replica(call, id);
    const LayerId layer = asked_layer(call, replica);
    const auto range = asked_range(call);
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object();
    if (range) {
        writer.key("rows").begin_array();
        each_row(call, replica, layer, [&](const Uuid& feature, const Sha256& hash) {
            if (feature.bytes[0] != *range) return;
            writer.begin_object().key("globalId").string(feature.braced());
            writer.key("hash").string(hash.hex()).end_object();
        });
        writer.end_array();
    } else {
        const auto sums = std::make_unique<wire::RangeHashes>();
        each_row(call, replica, layer, [&](const Uuid& feature, const Sha256& hash) {
            (*sums)[feature.bytes[0]].add(hash);
        });
        writer.key("ranges").begin_array();
        for (std::size_t i = 0; i < sums->size(); ++i) {
            if ((*sums)[i].count == 0) continue;
            writer.begin_object().key("range").string(wire::range_name(i));
            writer.key("count").integer((*sums)[i].count);
            writer.key("hash").string((*sums)[i].hash.hex()).end_object();
        }
        writer.end_array();
    }
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
