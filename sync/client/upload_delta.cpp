// SPDX-License-Identifier: Apache-2.0
#include "sync/client/upload_delta.hpp"

#include "platform/number.hpp"

namespace rhumb::sync {
namespace {

std::optional<std::int64_t> number_of(const std::optional<ServerGeneration>& generation) {
    return generation ? parse_integer(generation->value) : std::nullopt;
}

}  // namespace

void write_upload_delta(geodb::Geodatabase& geodatabase, const Replica& replica,
                        const std::set<geodb::LayerId>& layers, const ReplicaStore::Batch& batch,
                        std::int64_t sealed_ms, const std::filesystem::path& file,
                        delta::Form form) {
    delta::Header header;
    header.direction = delta::Direction::Upload;
    header.replica = Uuid::parse(replica.id.value_or("")).value_or(Uuid{});
    header.batch = batch.id;
    header.base = number_of(replica.server_generation);
    header.created_ms = sealed_ms;
    delta::DeltaWriter writer(file, header, form);
    for (const ReplicaLayer& agreed : replica.layers) {
        if (layers.count(agreed.id) == 0) continue;
        const geodb::Layer& layer = geodatabase.layer(agreed.id);
        writer.begin_layer(
            layer, {agreed.id, agreed.fingerprint, false, number_of(agreed.server_generation), {}});
        geodb::NetEdits(geodatabase.database(), layer)
            .each(
                {{0}, batch.generation}, [&](geodb::NetEdit&& edit) { writer.take(edit); },
                writer.wanted());
    }
    writer.finish();
}

}  // namespace rhumb::sync
