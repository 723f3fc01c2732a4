// SPDX-License-Identifier: Apache-2.0
#include "sync/service/changes/layer_changes.hpp"

#include "sync/service/edits/edit_call.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;
using Kind = ReplicaChange::Kind;

/// A list of the answer that waits until the lists before it are out.
struct List {
    explicit List(const Call& call) : spool(call.results.temporary()), writer(spool.buffer()) {}
    void put(JsonWriter& into, Spool& out, const char* name) {
        into.key(name).raw("[");
        out.append(spool);
        out.append("]");
    }
    Spool spool;
    JsonWriter writer;
};

class ChangesWriter {
public:
    ChangesWriter(const ChangesCall& on, const LayerRange& layer)
        : on_(on),
          layer_(on.call.store.layer(layer.layer)),
          features_(layer_, wire::json_columns(layer_), replica_style()),
          adds_(on.call),
          updates_(on.call),
          deletes_(on.call),
          deleted_(on.call),
          moved_(on.call),
          compared_(on.call) {
        features_.project_with(on.view.transform(layer.layer));
        for (const std::string& name : on.request.compared_fields) {
            if (const auto column = layer_.find_field(name)) columns_.push_back(*column);
        }
    }

    void take(const ReplicaChange& change) {
        any_ = true;
        List& list = change.kind == Kind::Add      ? adds_
                     : change.kind == Kind::Update ? updates_
                                                   : deletes_;
        if (change.kind == Kind::Update) mark(change);
        if (on_.request.ids_only) {
            list.writer.integer(change.oid.value);
        } else if (change.kind == Kind::Delete) {
            list.writer.string(change.feature.value.braced());
            if (on_.request.deleted_features && change.before != nullptr) {
                write(deleted_, change.oid, *change.before);
            }
        } else {
            write(list, change.oid, *change.row);
        }
        list.spool.settle();
    }

    void finish(JsonWriter& writer, Spool& spool) {
        const bool ids = on_.request.ids_only;
        writer.key(ids ? "objectIds" : "features").begin_object();
        adds_.put(writer, spool, "adds");
        updates_.put(writer, spool, "updates");
        deletes_.put(writer, spool, ids ? "deletes" : "deleteIds");
        if (on_.request.deleted_features) deleted_.put(writer, spool, "deletes");
        writer.end_object();
        if (on_.request.mark_geometry) {
            writer.key("hasGeometryUpdates").boolean(moved_.spool.size() > 0);
            moved_.put(writer, spool, "geometryUpdates");
        }
        if (on_.request.compared_fields.empty()) return;
        writer.key("hasFieldUpdates").boolean(compared_.spool.size() > 0);
        compared_.put(writer, spool, "fieldUpdates");
    }

    bool any() const { return any_; }

private:
    void write(List& list, ObjectId oid, const std::vector<Value>& row) {
        features_.write(list.writer, oid,
                        [&](std::size_t column) -> const Value& { return row[column]; });
        list.spool.settle();
    }

    /// Object ids of the updates that touched what was asked about.
    void mark(const ReplicaChange& change) {
        if (on_.request.mark_geometry && change.moved && layer_.geometry) {
            moved_.writer.integer(change.oid.value);
            moved_.spool.settle();
        }
        if (columns_.empty() || change.changed == nullptr) return;
        const auto& changed = *change.changed;
        const bool touched = std::any_of(columns_.begin(), columns_.end(), [&](std::size_t column) {
            return std::find(changed.begin(), changed.end(), column) != changed.end();
        });
        if (!touched) return;
        compared_.writer.integer(change.oid.value);
        compared_.spool.settle();
    }

    const ChangesCall& on_;
    const Layer& layer_;
    wire::FeatureJsonWriter features_;
    std::vector<std::size_t> columns_;
    List adds_, updates_, deletes_, deleted_, moved_, compared_;
    bool any_ = false;
};

/// Whether the caller may see a row: where others' features are not to be asked for, his own.
class Visible {
public:
    Visible(const Call& call, const Layer& layer) : user_(call.owner) {
        if (!edit_rules(call).ownership.allow_others_to_query) fields_ = layer.tracking;
    }
    bool operator()(const ReplicaChange& change) const {
        if (!fields_ || !fields_->creator) return true;
        const auto* row = change.row != nullptr ? change.row : change.before;
        if (row == nullptr) return false;
        const auto* creator = std::get_if<std::string>(&(*row)[*fields_->creator]);
        return creator != nullptr && *creator == user_;
    }

private:
    std::string user_;
    std::optional<geodb::EditorTracking> fields_;
};

}  // namespace

void each_wanted_change(const ChangesCall& on, const LayerRange& layer, const OnChange& on_change) {
    const ChangesRequest& request = on.request;
    const Visible visible(on.call, on.call.store.layer(layer.layer));
    const Uuid nobody{};
    on.snapshot.changes_within(
        on.view.scope(), layer.layer, layer.range, nobody, [&](const ReplicaChange& change) {
            const bool wanted = change.kind == Kind::Add      ? request.inserts
                                : change.kind == Kind::Update ? request.updates
                                                              : request.deletes;
            if (wanted && visible(change)) on_change(change);
        });
}

bool write_layer_changes(JsonWriter& writer, Spool& spool, const ChangesCall& on,
                         const LayerRange& layer) {
    ChangesWriter changes(on, layer);
    each_wanted_change(on, layer, [&](const ReplicaChange& change) { changes.take(change); });
    writer.begin_object().key("id").integer(layer.layer.value);
    changes.finish(writer, spool);
    bool attached = false;
    if (on.request.attachments) {
        AttachmentChanges attachments(on.call, on.snapshot, layer.layer,
                                      on.request.attachments_by_url);
        attachments.take(on.view.scope(), layer.range, Uuid{});
        attached = attachments.any();
        writer.key("attachments").begin_object();
        attachments.write(writer, spool);
        writer.end_object();
    }
    writer.end_object();
    return changes.any() || attached;
}

}  // namespace rhumb::service
