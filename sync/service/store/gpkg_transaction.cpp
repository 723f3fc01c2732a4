// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_transaction.hpp"

#include "geodb/changeset/changeset_store.hpp"
#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "sync/service/store/gpkg_attachments.hpp"
#include "sync/service/store/gpkg_edit_times.hpp"
#include "sync/service/store/gpkg_jobs.hpp"
#include "sync/service/store/gpkg_replicas.hpp"
#include "sync/service/store/gpkg_uploads.hpp"

#include <map>
#include <span>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::FeatureWriter;
using geodb::sqlite::Savepoint;
using geodb::sqlite::Statement;

class GpkgTransaction final : public StoreTransaction {
public:
    GpkgTransaction(geodb::Geodatabase& writer, std::unique_lock<std::mutex> lock)
        : lock_(std::move(lock)), writer_(writer), transaction_(writer.database()) {
        absorb_into_timeline(writer_);
    }

    std::optional<ObjectId> find(LayerId layer, const GlobalId& feature) override {
        return writer_of(layer).find(feature);
    }
    std::optional<GlobalId> global_id(LayerId layer, ObjectId feature) override {
        Statement& look = identity_of(layer);
        look.bind(1, feature.value);
        const auto uuid = look.step() ? Uuid::parse(look.column_text(0)) : std::nullopt;
        look.reset();
        return uuid ? std::optional(GlobalId{*uuid}) : std::nullopt;
    }
    std::optional<std::vector<Value>> read(LayerId layer, ObjectId feature) override {
        auto row = writer_of(layer).read(feature);
        if (!row) return std::nullopt;
        return std::move(row->values);
    }
    std::vector<ObjectId> select(const StoreQuery& query) override {
        const Layer& layer = writer_.layer(query.layer);
        geodb::FeatureQuery made;
        if (!query.where.empty()) {
            made.where = geodb::where_for(layer, query.where, writer_.now_ms(), query.user);
        }
        made.object_ids = query.object_ids;
        made.area = query.area;
        std::vector<ObjectId> found;
        geodb::FeatureCursor cursor(writer_.database(), layer, made);
        while (cursor.next()) found.push_back(cursor.oid());
        return found;
    }
    ObjectId insert(LayerId layer, std::vector<Value>& values,
                    const std::vector<std::size_t>& unsaid) override {
        return writer_of(layer).insert(values, unsaid);
    }
    bool update(LayerId layer, ObjectId feature,
                const std::vector<geodb::ColumnValue>& changes) override {
        return writer_of(layer).update(feature, changes);
    }
    bool erase(LayerId layer, ObjectId feature) override { return writer_of(layer).erase(feature); }

    bool has(LayerId id, const std::string& field, const Value& value) override {
        const Layer& layer = writer_.layer(id);
        geodb::FeatureQuery query;
        query.key = {layer.find_field(field).value(), value};
        query.limit = 1;
        return geodb::FeatureCursor(writer_.database(), layer, query).next();
    }

    bool made_by(LayerId layer, ObjectId feature, const Uuid& replica) override {
        Statement look(writer_.database(),
                       "SELECT 1 FROM rhumb_changeset c CROSS JOIN " + geodb::edit_table(layer) +
                           " e ON e.generation = c.generation AND e.fid = ?1 AND e.existed = 0 "
                           "WHERE c.origin = ?2 LIMIT 1");
        look.bind(1, feature.value).bind(2, std::span<const std::uint8_t>(replica.bytes));
        return look.step();
    }

    bool changed_by_others(LayerId layer, ObjectId feature, Generation base,
                           const Uuid& replica) override {
        Statement& look = writer_.database().cached(
            "SELECT 1 FROM rhumb_changeset c CROSS JOIN " + geodb::edit_table(layer) +
            " e ON e.generation = c.generation AND e.fid = ?1 "
            "WHERE c.generation > ?2 AND c.origin IS NOT ?3 LIMIT 1");
        look.bind(1, feature.value).bind(2, base.value);
        look.bind(3, std::span<const std::uint8_t>(replica.bytes));
        const bool found = look.step();
        look.reset();
        return found;
    }

    void in_part(const std::function<void()>& edit) override {
        Savepoint part(writer_.database());
        edit();
        part.keep();
    }

    std::optional<ReplicaRecord> replica(const Uuid& id) override {
        return read_replica(writer_.database(), id);
    }
    void save_replica(const ReplicaRecord& replica) override {
        write_replica(writer_.database(), replica);
    }
    bool remove_replica(const Uuid& id) override { return delete_replica(writer_.database(), id); }

    std::optional<std::string> outcome(const Uuid& replica, const Uuid& batch) override {
        return read_outcome(writer_.database(), replica, batch);
    }
    void save_outcome(const Uuid& replica, const Uuid& batch, const std::string& text) override {
        write_outcome(writer_.database(), replica, batch, text, writer_.now_ms());
    }

    AttachmentWriter& attachments() override {
        if (!attachments_.writer) attachments_ = gpkg_attachment_writer(writer_);
        return *attachments_.writer;
    }
    UploadTable& uploads() override { return uploads_; }
    JobTable& jobs() override { return jobs_; }

    void commit(const geodb::Origin& origin) override {
        std::int64_t edits = 0;
        for (const auto& [layer, writer] : writers_) edits += writer->edits();
        if (attachments_.writer) edits += attachments_.edits();
        if (edits > 0) gpkg_reclaim_content(writer_);
        if (edits > 0) close(origin, edits);
        writers_.clear();
        identities_.clear();
        transaction_.commit();
    }

private:
    void close(const geodb::Origin& origin, std::int64_t edits) {
        const Generation closed = writer_.timeline().close(origin, edits, writer_.now_ms());
        geodb::ChangesetStore(writer_.database()).record(writer_.layers(), closed);
        note_edited_layers(writer_, closed);
    }

    FeatureWriter& writer_of(LayerId layer) {
        auto& slot = writers_[layer];
        if (!slot) {
            slot = std::make_unique<FeatureWriter>(writer_, writer_.layer(layer),
                                                   FeatureWriter::Tracking::Logged);
        }
        return *slot;
    }

    Statement& identity_of(LayerId id) {
        auto& slot = identities_[id];
        if (!slot) {
            const Layer& layer = writer_.layer(id);
            using geodb::sqlite::quoted_name;
            slot.emplace(writer_.database(), "SELECT " + quoted_name(layer.global_id_column) +
                                                 " FROM " + quoted_name(layer.table) + " WHERE " +
                                                 quoted_name(layer.fid_column) + " = ?1");
        }
        return *slot;
    }

    std::unique_lock<std::mutex> lock_;
    geodb::Geodatabase& writer_;
    geodb::sqlite::Transaction transaction_;
    GpkgUploads uploads_{writer_.database()};
    GpkgJobs jobs_{writer_.database()};
    std::map<LayerId, std::unique_ptr<FeatureWriter>> writers_;
    std::map<LayerId, std::optional<Statement>> identities_;
    GpkgAttachmentWriterHandle attachments_;
};

}  // namespace

void absorb_into_timeline(geodb::Geodatabase& writer) {
    const auto absorbed = writer.timeline().absorb_foreign_edits(writer.layers(), writer.now_ms());
    if (!absorbed) return;
    geodb::ChangesetStore(writer.database()).record(writer.layers(), *absorbed);
    note_edited_layers(writer, *absorbed);
}

std::unique_ptr<StoreTransaction> open_gpkg_transaction(geodb::Geodatabase& writer,
                                                        std::unique_lock<std::mutex> lock) {
    return std::make_unique<GpkgTransaction>(writer, std::move(lock));
}

}  // namespace rhumb::service
