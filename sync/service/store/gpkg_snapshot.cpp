// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_snapshot.hpp"

#include "geodb/changeset/changeset_store.hpp"
#include "geodb/rtree/rtree_extent.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/service/edits/editor_tracking.hpp"
#include "sync/service/store/gpkg_attachments.hpp"
#include "sync/service/store/gpkg_edit_times.hpp"
#include "sync/service/store/gpkg_jobs.hpp"
#include "sync/service/store/gpkg_members.hpp"
#include "sync/service/store/gpkg_queries.hpp"
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
          queries_(*reader_),
          uploads_(reader_->database()),
          jobs_(reader_->database()) {}

    ~GpkgSnapshot() override {
        attachments_.reset();
        queries_.end_after(0);
        transaction_.reset();
        give_back_(std::move(reader_));
    }

    Generation head() const override { return head_; }
    Generation oldest_kept() const override { return reader_->timeline().oldest_kept(); }

    std::int64_t count(const StoreQuery& query) override { return queries_.count(query); }
    void select(const StoreQuery& query, const OnRow& on_row) override {
        queries_.select(query, on_row);
    }
    void summarize(const StoreSummary& summary, const geodb::OnValues& on_values) override {
        queries_.summarize(summary, on_values);
    }
    std::int64_t count_summary(const StoreSummary& summary) override {
        return queries_.count_summary(summary);
    }
    void related(const StoreRelated& query, const OnRelated& on_related) override {
        queries_.related(query, on_related);
    }
    void count_related(const StoreRelated& query, const OnRelatedCount& on_count) override {
        queries_.count_related(query, on_count);
    }
    void end_after(std::int64_t ms) override { queries_.end_after(ms); }

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

    void changes_within(const ReplicaScope& scope, LayerId id, geodb::GenerationRange given,
                        const Uuid& replica, const OnChange& on_change) override {
        const geodb::GenerationRange range{given.base, given.until.value_or(head_)};
        const Layer& layer = reader_->layer(id);
        std::set<Generation> own;
        for (const Generation generation : reader_->timeline().made_by(replica, range.base)) {
            own.insert(generation);
        }
        const auto is_own = [&](Generation generation) { return own.contains(generation); };
        GpkgMembers members(*reader_, scope);
        RelatedChanges moves(*reader_, members, range, is_own);
        const bool loses_children = is_child_of_composite(id);
        // The service has put the editor into what was uploaded.
        const bool tracks_editors = layer.tracking.has_value();
        geodb::NetEdits edits(reader_->database(), layer);
        edits.each(range,
                   [&](NetEdit&& edit) {
                       const auto& touched = edit.touched_in;
                       const bool all_own = std::all_of(touched.begin(), touched.end(), is_own);
                       const bool any_own = std::any_of(touched.begin(), touched.end(), is_own);
                       // Rules of the file's users may have changed what was uploaded, and more; a
                       // child may have gone with its parent.
                       const bool defaulted =
                           scope.tells_defaults && all_own && has_defaults(layer, edit);
                       const bool told = layer.edits_may_spread || tracks_editors || defaulted ||
                                         (loses_children && edit.kind == NetEdit::Kind::Delete);
                       // What the replica itself put outside its filter stays with it.
                       const auto put_outside = [&] {
                           return !layer.edits_may_spread && !edit.after.empty() &&
                                  !moves.is_in(id, edit.oid, edit.after);
                       };
                       if (all_own && (!told || put_outside())) {
                           return tell_parted(moves, id, edit, on_change);
                       }
                       // Whoever deleted it knows. Another service may have done so only because it
                       // left a filter there.
                       const bool deleted_it = edit.after.empty() && !touched.empty() &&
                                               is_own(touched.back()) && !told;
                       if (deleted_it) return;
                       const bool made_here = !touched.empty() && is_own(touched.front());
                       tell(moves, id, edit, any_own, scope.tells_defaults && made_here, on_change);
                   },
                   {.traces = true});
        if (members.by_relation(id)) tell_moved(layer, moves.of(id), on_change);
    }

    std::int64_t last_edit_ms(LayerId layer) override {
        return service::last_edit_ms(*reader_, layer);
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

    /// A new feature with values that nobody may have sent.
    static bool has_defaults(const Layer& layer, const NetEdit& edit) {
        if (edit.kind != NetEdit::Kind::Insert || edit.after.empty()) return false;
        for (std::size_t i = 0; i < layer.fields.size(); ++i) {
            const bool identity = i == layer.global_id_index();
            if (layer.fields[i].default_sql && !identity && !geodb::is_null(edit.after[i]))
                return true;
        }
        return false;
    }

    /// `touched_by_replica`: it has edited the feature within the range, so it may have it whatever
    /// its filter says, and its own edit may have been overwritten. `has_it`: it made it, and takes
    /// an add for a second feature.
    void tell(RelatedChanges& moves, LayerId layer, const NetEdit& edit, bool touched_by_replica,
              bool has_it, const OnChange& on_change) {
        const bool was_in = touched_by_replica ||
                            (!edit.before.empty() && moves.was_in(layer, edit.oid, edit.before));
        const bool is_in = !edit.after.empty() && moves.is_in(layer, edit.oid, edit.after);
        using Kind = ReplicaChange::Kind;
        if (is_in && was_in && (has_it || !edit.before.empty())) {
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
            on_change({Kind::Delete, edit.oid, edit.feature, nullptr, nullptr,
                       edit.before.empty() ? nullptr : &edit.before});
        }
    }

    /// A row that only the replica itself has edited leaves it when its parent does.
    static void tell_parted(RelatedChanges& moves, LayerId layer, const NetEdit& edit,
                            const OnChange& on_change) {
        if (edit.after.empty() || !moves.is_parted(layer, edit.oid, edit.after)) return;
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
    GpkgQueries queries_;
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
