// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_snapshot.hpp"

#include "geodb/changeset/changeset_store.hpp"
#include "geodb/rtree/rtree_extent.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/service/store/gpkg_attachments.hpp"
#include "sync/service/store/gpkg_jobs.hpp"
#include "sync/service/store/gpkg_members.hpp"
#include "sync/service/store/gpkg_related_changes.hpp"
#include "sync/service/store/gpkg_replicas.hpp"
#include "sync/service/store/gpkg_uploads.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::FeatureQuery;
using geodb::NetEdit;

class GpkgSnapshot final : public StoreSnapshot {
public:
    GpkgSnapshot(std::unique_ptr<geodb::Geodatabase> reader, GiveBack give_back)
        : reader_(std::move(reader)),
          give_back_(std::move(give_back)),
          transaction_(std::in_place, reader_->database(), geodb::sqlite::Transaction::Deferred),
          head_(reader_->timeline().head()),
          uploads_(reader_->database()),
          jobs_(reader_->database()) {}

    ~GpkgSnapshot() override {
        attachments_.reset();
        transaction_.reset();
        give_back_(std::move(reader_));
    }

    Generation head() const override { return head_; }
    Generation oldest_kept() const override { return reader_->timeline().oldest_kept(); }

    std::int64_t count(const StoreQuery& query) override {
        const Layer& layer = reader_->layer(query.layer);
        const auto made = feature_query(layer, query);
        return made ? geodb::count_features(reader_->database(), layer, *made) : 0;
    }

    void select(const StoreQuery& query, const OnRow& on_row) override {
        const Layer& layer = reader_->layer(query.layer);
        const auto made = feature_query(layer, query);
        if (!made) return;
        geodb::FeatureCursor cursor(reader_->database(), layer, *made);
        FeatureRow row;
        row.values.resize(query.columns.size());
        while (cursor.next()) {
            row.oid = cursor.oid();
            for (std::size_t i = 0; i < row.values.size(); ++i) {
                row.values[i] = cursor.row().column_value(static_cast<int>(i) + 1);
            }
            on_row(row);
        }
    }

    std::optional<geodb::Envelope> extent(LayerId id) override {
        const Layer& layer = reader_->layer(id);
        if (!layer.geometry) return std::nullopt;
        return geodb::rtree_extent(reader_->database(),
                                   {layer.table, layer.fid_column, layer.geometry->name});
    }

    std::optional<std::string> changeset_id(Generation generation) override {
        const auto facts = geodb::ChangesetStore(reader_->database()).facts(generation);
        return facts ? std::optional(facts->id.hex()) : std::nullopt;
    }

    void changes(const ReplicaScope& scope, LayerId id, Generation base, const Uuid& replica,
                 const OnChange& on_change) override {
        const Layer& layer = reader_->layer(id);
        std::set<Generation> own;
        for (const Generation generation : reader_->timeline().made_by(replica, base)) {
            own.insert(generation);
        }
        const auto is_own = [&](Generation generation) { return own.contains(generation); };
        GpkgMembers members(*reader_, scope);
        RelatedChanges moves(*reader_, members, {base, head_}, is_own);
        const bool loses_children = is_child_of_composite(id);
        geodb::NetEdits edits(reader_->database(), layer);
        edits.each({base, head_},
                   [&](NetEdit&& edit) {
                       const auto& touched = edit.touched_in;
                       const bool all_own = std::all_of(touched.begin(), touched.end(), is_own);
                       const bool any_own = std::any_of(touched.begin(), touched.end(), is_own);
                       // Rules of the file's users may have changed what was uploaded, and more; a
                       // child may have gone with its parent.
                       const bool told = layer.edits_may_spread ||
                                         (loses_children && edit.kind == NetEdit::Kind::Delete);
                       if (all_own && !told) return tell_parted(moves, id, edit, on_change);
                       // Whoever deleted it knows. Another service may have done so only because it
                       // left a filter there.
                       const bool deleted_it = edit.after.empty() && !touched.empty() &&
                                               is_own(touched.back()) && !told;
                       if (deleted_it) return;
                       tell(moves, id, edit, any_own, on_change);
                   },
                   {.traces = true});
        if (members.by_relation(id)) tell_moved(layer, moves.of(id), on_change);
    }

    UploadTable& uploads() override { return uploads_; }
    JobTable& jobs() override { return jobs_; }

    std::vector<ReplicaRecord> replicas() override { return read_replicas(reader_->database()); }

    std::optional<std::string> outcome(const Uuid& replica, const Uuid& batch) override {
        return read_outcome(reader_->database(), replica, batch);
    }

    AttachmentReader& attachments() override {
        if (!attachments_) attachments_ = gpkg_attachment_reader(*reader_, head_);
        return *attachments_;
    }

private:
    bool is_child_of_composite(LayerId id) {
        const auto all = geodb::read_relationships(reader_->database(), reader_->layers());
        return std::any_of(all.begin(), all.end(), [&](const Relationship& related) {
            return related.composite && related.destination == id;
        });
    }

    /// None when no row can answer it.
    std::optional<FeatureQuery> feature_query(const Layer& layer, const StoreQuery& query) const {
        FeatureQuery made;
        if (query.members_of != nullptr) {
            auto members = GpkgMembers(*reader_, *query.members_of).query(layer.id);
            if (!members) return std::nullopt;
            made = std::move(*members);
        }
        if (!query.where.empty()) {
            made.where = geodb::where_for(layer, query.where, reader_->now_ms());
        }
        made.object_ids = query.object_ids;
        if (query.area != nullptr) made.area = query.area;
        made.columns = query.columns;
        made.order = query.order;
        made.offset = query.offset;
        made.limit = query.limit;
        return made;
    }

    /// `touched_by_replica`: it has edited the feature within the range, so it may have it whatever
    /// its filter says, and its own edit may have been overwritten.
    void tell(RelatedChanges& moves, LayerId layer, const NetEdit& edit, bool touched_by_replica,
              const OnChange& on_change) {
        const bool was_in = touched_by_replica ||
                            (!edit.before.empty() && moves.was_in(layer, edit.oid, edit.before));
        const bool is_in = !edit.after.empty() && moves.is_in(layer, edit.oid, edit.after);
        using Kind = ReplicaChange::Kind;
        if (is_in && (was_in && !edit.before.empty())) {
            if (edit.changed.empty() && !touched_by_replica) return;
            const std::size_t shape = reader_->layer(layer).geometry_index();
            const bool moved =
                touched_by_replica ||
                std::find(edit.changed.begin(), edit.changed.end(), shape) != edit.changed.end();
            const bool known = !touched_by_replica;
            on_change({Kind::Update, edit.oid, edit.feature, &edit.after,
                       known ? &edit.changed : nullptr, known ? &edit.before : nullptr, moved});
        } else if (is_in) {
            on_change({Kind::Add, edit.oid, edit.feature, &edit.after});
        } else if (was_in) {
            on_change({Kind::Delete, edit.oid, edit.feature, nullptr});
        }
    }

    /// A row that only the replica itself has edited leaves it when its parent does.
    static void tell_parted(RelatedChanges& moves, LayerId layer, const NetEdit& edit,
                            const OnChange& on_change) {
        if (edit.after.empty() || !moves.by_relation(layer)) return;
        if (!moves.was_in(layer, edit.oid, edit.after)) return;
        if (moves.is_in(layer, edit.oid, edit.after)) return;
        on_change({ReplicaChange::Kind::Delete, edit.oid, edit.feature, nullptr});
    }

    /// Rows that nobody edited, but whose parents came or went.
    void tell_moved(const Layer& layer, const std::map<ObjectId, MovedRow>& moved,
                    const OnChange& on_change) {
        std::map<ObjectId, ReplicaChange::Kind> kinds;
        FeatureQuery query;
        query.object_ids.emplace();
        for (const auto& [oid, row] : moved) {
            if (row.edited || row.was_in == row.is_in) continue;
            kinds[oid] = row.is_in ? ReplicaChange::Kind::Add : ReplicaChange::Kind::Delete;
            query.object_ids->push_back(oid);
        }
        if (kinds.empty()) return;
        query.columns = geodb::all_columns(layer);
        geodb::FeatureCursor cursor(reader_->database(), layer, query);
        std::vector<Value> row(query.columns.size());
        while (cursor.next()) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                row[i] = cursor.row().column_value(static_cast<int>(i) + 1);
            }
            const auto* text = std::get_if<std::string>(&row[layer.global_id_index()]);
            const auto id = text != nullptr ? Uuid::parse(*text) : std::nullopt;
            if (!id) continue;  // nobody can have it
            const auto kind = kinds[cursor.oid()];
            on_change(
                {kind, cursor.oid(), {*id}, kind == ReplicaChange::Kind::Delete ? nullptr : &row});
        }
    }

    std::unique_ptr<geodb::Geodatabase> reader_;
    GiveBack give_back_;
    std::optional<geodb::sqlite::Transaction> transaction_;
    Generation head_;
    std::unique_ptr<AttachmentReader> attachments_;
    GpkgUploads uploads_;
    GpkgJobs jobs_;
};

}  // namespace

std::unique_ptr<StoreSnapshot> open_gpkg_snapshot(std::unique_ptr<geodb::Geodatabase> reader,
                                                  GiveBack give_back) {
    return std::make_unique<GpkgSnapshot>(std::move(reader), std::move(give_back));
}

}  // namespace rhumb::service
