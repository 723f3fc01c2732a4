// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/publish_data_set.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/data_set.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/service/store/gpkg_store.hpp"

#include <optional>

namespace rhumb::runtime {
namespace {

using geodb::Geodatabase;
using sync::Replica;
using wire::SyncDirection;

/// The same agreement, seen from this end.
SyncDirection mirrored(SyncDirection direction) {
    switch (direction) {
        case SyncDirection::Download:
            return SyncDirection::Upload;
        case SyncDirection::Upload:
            return SyncDirection::Download;
        default:
            return direction;
    }
}

std::optional<geodb::Generation> number_of(const std::optional<sync::ServerGeneration>& text) {
    const auto number = text ? parse_integer(text->value) : std::nullopt;
    return number ? std::optional(geodb::Generation{*number}) : std::nullopt;
}

/// Everything up to `base` came from the other service; all that is edited here is to go there.
service::ReplicaRecord record_of(const Replica& replica, const sync::DataSet& set,
                                 geodb::Generation base, wire::AttachmentsDirection attachments) {
    service::ReplicaRecord record;
    if (attachments == wire::AttachmentsDirection::Bidirectional) {
        record.attachments = {true, true, attachments};
    }
    const auto id = Uuid::parse(replica.id.value_or(""));
    if (!id) throw Error(Status::CorruptData, "the replica's id is no GUID");
    record.id = *id;
    record.name = replica.name;
    record.model = replica.model;
    record.acknowledged = base;
    record.terms.target = wire::TargetType::Server;
    record.terms.direction = mirrored(set.direction);
    record.terms.prepared = base;
    record.terms.sibling = number_of(replica.server_generation);
    record.created_ms = replica.created_ms;
    for (const sync::ReplicaLayer& layer : replica.layers) {
        service::LayerFilter filter;
        filter.layer = layer.id;
        filter.option = wire::QueryOption::All;
        filter.use_geometry = false;
        filter.acknowledged = base;
        filter.sibling = number_of(layer.server_generation);
        record.layers.push_back(std::move(filter));
    }
    return record;
}

void save(const service::ReplicaRecord& record, const std::filesystem::path& path,
          geodb::World world) {
    service::GpkgStore store(path, world);
    const auto transaction = store.write();
    if (transaction->replica(record.id)) return;
    service::ReplicaRecord made = record;
    made.last_sync_ms = store.now_ms();  // from now on it is kept as long as any other
    transaction->save_replica(made);
    transaction->commit({});
}

/// The file is no replica of a device any more: the service's record says all there is to say, and
/// when that is removed, it stays so.
void close_agreement(const std::filesystem::path& path, geodb::World world) {
    auto file = Geodatabase::open(path, world);
    sync::ReplicaStore store(file);
    Replica replica = store.load();
    replica.state = Replica::State::Closed;
    store.upgrade_tables();
    geodb::sqlite::Transaction transaction(file.database());
    store.save(replica);
    transaction.commit();
}

}  // namespace

void publish_data_set(const std::filesystem::path& path, geodb::World world) {
    std::optional<service::ReplicaRecord> record;
    {
        auto database =
            geodb::sqlite::Database::open(path, geodb::sqlite::Database::Mode::ReadOnly);
        if (!geodb::has_rhumb_tables(database)) return;
    }
    {
        auto file = Geodatabase::open(path, world, Geodatabase::Access::Read);
        const sync::ReplicaStore store(file);
        if (!store.exists()) return;
        const Replica replica = store.load();
        const auto set = sync::data_set_of(replica);
        if (!set || replica.state != Replica::State::Ready) return;
        record = record_of(replica, *set, file.timeline().head(),
                           sync::AttachmentLane(file).direction());
    }
    save(*record, path, world);
    close_agreement(path, world);
}

}  // namespace rhumb::runtime
