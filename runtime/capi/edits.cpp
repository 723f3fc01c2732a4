// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/edits.hpp"

#include "geodb/features/value_rules.hpp"
#include "platform/error.hpp"
#include "runtime/capi/feature.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/views.hpp"
#include "sync/replica/replica_store.hpp"

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::Uuid;
using rhumb::geodb::ColumnValue;
using rhumb::geodb::EditFault;
using rhumb::geodb::FieldType;
using rhumb::geodb::LayerId;
using rhumb::geodb::ObjectId;
using rhumb::geodb::Value;

namespace {

ObjectId find(rhumb::geodb::FeatureWriter& writer, const rhumb::geodb::Layer& layer,
              const rhumb_guid& global_id) {
    const Uuid uuid = uuid_of(global_id);
    if (const auto found = writer.find({uuid})) return *found;
    throw Error(Status::NotFound, "layer '" + layer.name + "' has no feature " + uuid.braced())
        .with_code(static_cast<std::int64_t>(EditFault::FeatureMissing));
}

}  // namespace

rhumb_edits::Open::Open(rhumb::runtime::OpenGeodatabase& owner)
    : turn(owner.gate()),
      geodatabase(owner.writer()),
      transaction(geodatabase.database(), rhumb::geodb::sqlite::Transaction::Immediate),
      is_replica(rhumb::sync::ReplicaStore(geodatabase).exists()) {
    if (geodatabase.reload_if_changed()) owner.layers_changed();
}

rhumb_edits::rhumb_edits(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner)
    : owner_(std::move(owner)) {
    owner_->writer();  // read only is said before any waiting
    open_.emplace(*owner_);
}

rhumb_edits::Open& rhumb_edits::open() {
    if (!open_) {
        throw Error(Status::InvalidArgument,
                    std::string("these edits were ") + ended_ + " already; begin new ones");
    }
    // SQLite itself rolls back when it must, e.g. after a full disk.
    if (!open_->geodatabase.database().in_transaction()) {
        open_.reset();
        ended_ = "lost to an earlier failure";
        return open();
    }
    return *open_;
}

rhumb_edits::Writer& rhumb_edits::writer(const Layer& layer) {
    return open_->writers.try_emplace(layer.id, open_->geodatabase, layer, Writer::Tracking::Logged)
        .first->second;
}

void rhumb_edits::in_part(const std::function<void()>& edit) {
    rhumb::geodb::sqlite::Savepoint part(open_->geodatabase.database());
    edit();
    part.keep();
}

void rhumb_edits::check_sendable(const Layer& layer, const std::vector<ColumnValue>& values) {
    if (!open_->is_replica) return;
    for (const ColumnValue& value : values) {
        if (value.column == layer.geometry_index() || is_null(value.value)) continue;
        const rhumb::geodb::Field& field = layer.fields[value.column];
        if (field.type != FieldType::Blob) continue;
        // A feature service takes no BLOBs: the edit would be accepted here and go nowhere.
        refuse(EditFault::NotEditable, "layer '" + layer.name + "', field '" + field.name +
                                           "' is a BLOB, which a replica cannot send");
    }
}

rhumb_edits::Made rhumb_edits::insert(std::int32_t layer_id, const rhumb_feature& feature) {
    const Layer& layer = open().geodatabase.layer(LayerId{layer_id});
    std::vector<ColumnValue> given = feature.stored(layer);
    check_sendable(layer, given);
    const std::vector<std::size_t> unsaid = left_to_default(layer, given);
    std::vector<Value> values(layer.column_count());
    for (ColumnValue& value : given) values[value.column] = std::move(value.value);
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (is_null(values[i])) values[i] = stored_value(layer, i, values[i]);  // NOT NULL
    }
    Made made{};
    in_part([&] { made.oid = writer(layer).insert(values, unsaid); });
    const auto& identity = std::get<std::string>(values[layer.global_id_index()]);
    made.global_id = guid_of(Uuid::parse(identity).value_or(Uuid{}));
    return made;
}

void rhumb_edits::update(std::int32_t layer_id, const rhumb_guid& global_id,
                         const rhumb_feature& feature) {
    const Layer& layer = open().geodatabase.layer(LayerId{layer_id});
    const std::vector<ColumnValue> changes = feature.stored(layer);
    check_sendable(layer, changes);
    for (const ColumnValue& change : changes) {
        if (change.column != layer.global_id_index()) continue;
        refuse(EditFault::NotEditable,
               "layer '" + layer.name + "': the GlobalID of a feature cannot be changed");
    }
    const ObjectId oid = find(writer(layer), layer, global_id);
    in_part([&] { writer(layer).update(oid, changes); });
}

void rhumb_edits::erase(std::int32_t layer_id, const rhumb_guid& global_id) {
    const Layer& layer = open().geodatabase.layer(LayerId{layer_id});
    const ObjectId oid = find(writer(layer), layer, global_id);
    in_part([&] { writer(layer).erase(oid); });
}

void rhumb_edits::commit() {
    open().transaction.commit();
    open_.reset();
    ended_ = "committed";
}

void rhumb_edits::rollback() {
    open();
    open_.reset();
    ended_ = "rolled back";
}

rhumb_status rhumb_edits_begin(rhumb_geodatabase* geodatabase, rhumb_edits** out_edits,
                               rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_edits, "out_edits");
        require(geodatabase, "geodatabase");
        *out_edits = new rhumb_edits(geodatabase->open);
    });
}

void rhumb_edits_release(rhumb_edits* edits) {
    delete edits;
}

rhumb_status rhumb_edits_insert(rhumb_edits* edits, int32_t layer, const rhumb_feature* feature,
                                int64_t* out_object_id, rhumb_guid* out_global_id,
                                rhumb_error* error) {
    const auto work = [&] {
        require(edits, "edits");
        require(feature, "feature");
        const std::lock_guard lock(edits->mutex);
        const rhumb_edits::Made made = edits->insert(layer, *feature);
        if (out_object_id != nullptr) *out_object_id = made.oid.value;
        if (out_global_id != nullptr) *out_global_id = made.global_id;
    };
    return guard(error, work, {layer, {}});
}

rhumb_status rhumb_edits_update(rhumb_edits* edits, int32_t layer, const rhumb_guid* global_id,
                                const rhumb_feature* feature, rhumb_error* error) {
    const auto work = [&] {
        require(edits, "edits");
        require(global_id, "global_id");
        require(feature, "feature");
        const std::lock_guard lock(edits->mutex);
        edits->update(layer, *global_id, *feature);
    };
    return guard(error, work, {layer, global_id == nullptr ? rhumb_guid{} : *global_id});
}

rhumb_status rhumb_edits_delete(rhumb_edits* edits, int32_t layer, const rhumb_guid* global_id,
                                rhumb_error* error) {
    const auto work = [&] {
        require(edits, "edits");
        require(global_id, "global_id");
        const std::lock_guard lock(edits->mutex);
        edits->erase(layer, *global_id);
    };
    return guard(error, work, {layer, global_id == nullptr ? rhumb_guid{} : *global_id});
}

rhumb_status rhumb_edits_commit(rhumb_edits* edits, rhumb_error* error) {
    return guard(error, [&] {
        require(edits, "edits");
        const std::lock_guard lock(edits->mutex);
        edits->commit();
    });
}

rhumb_status rhumb_edits_rollback(rhumb_edits* edits, rhumb_error* error) {
    return guard(error, [&] {
        require(edits, "edits");
        const std::lock_guard lock(edits->mutex);
        edits->rollback();
    });
}
