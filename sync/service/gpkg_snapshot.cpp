// SPDX-License-Identifier: Apache-2.0
#include "sync/service/gpkg_snapshot.hpp"

#include "geodb/rtree/rtree_extent.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/service/gpkg_attachments.hpp"
#include "sync/service/gpkg_jobs.hpp"
#include "sync/service/gpkg_replicas.hpp"
#include "sync/service/membership.hpp"
#include "sync/service/gpkg_uploads.hpp"

#include <algorithm>
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
        return geodb::count_features(reader_->database(), layer, feature_query(layer, query));
    }

    void select(const StoreQuery& query, const OnRow& on_row) override {
        const Layer& layer = reader_->layer(query.layer);
        geodb::FeatureCursor cursor(reader_->database(), layer, feature_query(layer, query));
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

    void changes(const LayerFilter& filter, const geodb::SpatialFilter* area, Generation base,
                 const Uuid& replica, const OnChange& on_change) override {
        const Layer& layer = reader_->layer(filter.layer);
        Membership members(reader_->database(), layer, filter, area, reader_->now_ms());
        std::set<Generation> own;
        for (const Generation generation : reader_->timeline().made_by(replica, base)) {
            own.insert(generation);
        }
        const auto is_own = [&](Generation generation) { return own.contains(generation); };
        geodb::NetEdits edits(reader_->database(), layer);
        edits.each(
            {base, head_},
            [&](NetEdit&& edit) {
                const auto& touched = edit.touched_in;
                const bool all_own = std::all_of(touched.begin(), touched.end(), is_own);
                const bool any_own = std::any_of(touched.begin(), touched.end(), is_own);
                // Rules of the file's users may have changed what was uploaded, and more.
                if (all_own && !layer.edits_may_spread) return;
                tell(members, edit, any_own, on_change);
            },
            true);
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
    FeatureQuery feature_query(const Layer& layer, const StoreQuery& query) const {
        FeatureQuery made;
        if (!query.where.empty()) {
            made.where = geodb::where_for(layer, query.where, reader_->now_ms());
        }
        made.object_ids = query.object_ids;
        made.area = query.area;
        made.columns = query.columns;
        made.order = query.order;
        made.offset = query.offset;
        made.limit = query.limit;
        return made;
    }

    /// `touched_by_replica`: it has edited the feature within the range, so it may have it whatever
    /// its filter says, and its own edit may have been overwritten.
    static void tell(Membership& members, const NetEdit& edit, bool touched_by_replica,
                     const OnChange& on_change) {
        const bool was_in =
            touched_by_replica || (!edit.before.empty() && members.has(edit.oid, edit.before));
        const bool is_in = !edit.after.empty() && members.has(edit.oid, edit.after);
        using Kind = ReplicaChange::Kind;
        if (is_in && (was_in && !edit.before.empty())) {
            if (edit.changed.empty() && !touched_by_replica) return;
            on_change({Kind::Update, edit.oid, edit.feature, &edit.after});
        } else if (is_in) {
            on_change({Kind::Add, edit.oid, edit.feature, &edit.after});
        } else if (was_in) {
            on_change({Kind::Delete, edit.oid, edit.feature, nullptr});
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
