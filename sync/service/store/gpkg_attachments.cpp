// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_attachments.hpp"

#include "geodb/attachments/attachment_edits.hpp"
#include "geodb/attachments/attachments.hpp"
#include "platform/error.hpp"
#include "sync/service/store/gpkg_members.hpp"
#include "sync/service/store/gpkg_replicas.hpp"

#include <algorithm>
#include <set>

namespace rhumb::service {
namespace {

using geodb::AttachmentEdit;
using geodb::Attachments;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

std::optional<ContentSize> size_of(Attachments& attachments, const Sha256& hash) {
    if (!attachments.exist()) return std::nullopt;
    const auto content = attachments.contents().find(hash);
    if (!content) return std::nullopt;
    return ContentSize{content->size, content->have};
}

/// Whether and where the feature of an attachment is, as a replica sees it.
class Parents {
public:
    Parents(geodb::Geodatabase& reader, const Layer& layer, const ReplicaScope& scope)
        : reader_(reader),
          layer_(layer),
          members_(reader, scope),
          find_(reader.database(), "SELECT " + quoted_name(layer.fid_column) + " FROM " +
                                       quoted_name(layer.table) + " WHERE " +
                                       quoted_name(layer.global_id_column) + " = ?1") {}

    std::optional<ObjectId> find(const GlobalId& parent) {
        std::optional<ObjectId> found;
        if (find_.bind(1, parent.value.braced()).step()) found = ObjectId{find_.column_int64(0)};
        find_.reset();
        return found;
    }

    bool is_member(ObjectId oid) {
        auto query = members_.query(layer_.id);
        if (!query) return false;
        query->object_ids = std::vector<ObjectId>{oid};
        return geodb::count_features(reader_.database(), layer_, *query) > 0;
    }

private:
    geodb::Geodatabase& reader_;
    const Layer& layer_;
    GpkgMembers members_;
    Statement find_;
};

class GpkgAttachmentReader final : public AttachmentReader {
public:
    GpkgAttachmentReader(geodb::Geodatabase& reader, Generation head)
        : reader_(reader), attachments_(reader), head_(head) {}

    bool any(LayerId layer) override { return attachments_.any(layer); }
    std::vector<Attachment> of_feature(LayerId layer, const GlobalId& parent) override {
        return attachments_.of_feature(layer, parent);
    }
    std::optional<Attachment> find(std::int64_t id) override { return attachments_.find(id); }
    void find(const AttachmentSelection& wanted, const OnFoundAttachment& on_found) override {
        if (const auto query = query_of(wanted)) {
            geodb::find_attachments(reader_.database(), reader_.layer(wanted.features.layer),
                                    *query, on_found);
        }
    }
    void count(const AttachmentSelection& wanted, const OnCountedFeature& on_counted) override {
        if (const auto query = query_of(wanted)) {
            geodb::count_attachments(reader_.database(), reader_.layer(wanted.features.layer),
                                     *query, on_counted);
        }
    }
    std::optional<ContentSize> content(const Sha256& hash) override {
        return size_of(attachments_, hash);
    }
    void read(const Sha256& hash, std::int64_t from, std::int64_t length,
              const std::function<bool(std::string_view)>& on_piece) override {
        attachments_.contents().read(hash, from, length, on_piece);
    }

    void changes_within(const ReplicaScope& scope, LayerId layer, geodb::GenerationRange range,
                        const Uuid& replica, const OnAttachmentChange& on_change) override {
        if (!attachments_.exist()) return;
        std::set<Generation> own;
        for (const Generation made : reader_.timeline().made_by(replica, range.base)) own.insert(made);
        const auto is_own = [&](Generation generation) { return own.contains(generation); };
        Parents parents(reader_, reader_.layer(layer), scope);
        geodb::each_attachment_edit(
            reader_.database(), {range.base, range.until.value_or(head_)},
            [&](const AttachmentEdit& edit) {
                if (edit.known.layer != layer) return;
                // Deleted and made anew under the same GlobalID: that is told as it is now.
                if (!edit.after && attachments_.find(edit.known.global_id)) return;
                const auto& touched = edit.touched_in;
                if (std::all_of(touched.begin(), touched.end(), is_own)) return;
                tell(parents, edit, std::any_of(touched.begin(), touched.end(), is_own), on_change);
            });
    }

private:
    /// None when the file has no attachments; what cannot be read is refused all the same.
    std::optional<geodb::AttachmentQuery> query_of(const AttachmentSelection& wanted) {
        geodb::AttachmentQuery query;
        const std::int64_t now = reader_.now_ms();
        if (!wanted.features.where.empty()) {
            query.features.where =
                geodb::where_for(reader_.layer(wanted.features.layer), wanted.features.where, now);
        }
        query.features.object_ids = wanted.features.object_ids;
        if (!wanted.where.empty()) query.where = attachment_where(wanted.where, now);
        query.types = wanted.types;
        query.keywords = wanted.keywords;
        query.least_bytes = wanted.least_bytes;
        query.most_bytes = wanted.most_bytes;
        query.order = wanted.order;
        query.offset = wanted.offset;
        query.limit = wanted.limit;
        if (!attachments_.exist()) return std::nullopt;
        return query;
    }

    static geodb::WhereSql attachment_where(const std::string& text, std::int64_t now_ms) {
        try {
            return geodb::attachment_where(text, now_ms);
        } catch (const Error& error) {
            throw error.within("'attachmentsDefinitionExpression'");
        }
    }

    /// `touched`: the replica itself edited it within the range, so it may have it.
    static void tell(Parents& parents, const AttachmentEdit& edit, bool touched,
                     const OnAttachmentChange& on_change) {
        using Kind = AttachmentChange::Kind;
        const auto parent = parents.find(edit.known.parent);
        if (edit.after) {
            if (!parent || (edit.is_trace() && !touched)) return;
            if (!parents.is_member(*parent)) return;
            on_change({edit.before ? Kind::Update : Kind::Add, *edit.after, *parent});
        } else if (edit.before || touched) {
            // With the parent gone its attachments are told of, as they were part of the replica.
            if (parent && !parents.is_member(*parent)) return;
            on_change({Kind::Delete, edit.known, {}});
        }
    }

    geodb::Geodatabase& reader_;
    Attachments attachments_;
    Generation head_;
};

class GpkgAttachmentWriter final : public AttachmentWriter {
public:
    explicit GpkgAttachmentWriter(geodb::Geodatabase& writer)
        : writer_(writer), attachments_(writer) {}

    std::optional<Attachment> find(const GlobalId& attachment) override {
        return attachments_.find(attachment);
    }
    std::optional<Attachment> find(std::int64_t id) override { return attachments_.find(id); }
    std::int64_t insert(const Attachment& attachment) override {
        return attachments_.insert(attachment, Attachments::Tracking::Logged);
    }
    bool update(const Attachment& attachment) override {
        return attachments_.update(attachment, Attachments::Tracking::Logged);
    }
    bool erase(std::int64_t id) override {
        return attachments_.erase(id, Attachments::Tracking::Logged);
    }
    std::optional<ContentSize> content(const Sha256& hash) override {
        return size_of(attachments_, hash);
    }
    std::pair<Sha256, std::int64_t> keep(const std::function<std::string_view()>& pull) override {
        attachments_.make_tables();
        geodb::ContentStore::Writer content(attachments_.contents(), writer_.now_ms());
        for (auto piece = pull(); !piece.empty(); piece = pull()) content.add(piece);
        return content.finish();
    }
    std::int64_t append(const Sha256& hash, std::int64_t size, std::int64_t offset,
                        std::string_view bytes) override {
        attachments_.make_tables();
        return attachments_.contents().append(hash, size, offset, bytes, writer_.now_ms());
    }

    std::int64_t edits() const { return attachments_.edits(); }

private:
    geodb::Geodatabase& writer_;
    Attachments attachments_;
};

}  // namespace

std::unique_ptr<AttachmentReader> gpkg_attachment_reader(geodb::Geodatabase& reader,
                                                         Generation head) {
    return std::make_unique<GpkgAttachmentReader>(reader, head);
}

GpkgAttachmentWriterHandle gpkg_attachment_writer(geodb::Geodatabase& writer) {
    auto made = std::make_unique<GpkgAttachmentWriter>(writer);
    auto* self = made.get();
    return {std::move(made), [self] { return self->edits(); }};
}

void gpkg_reclaim_content(geodb::Geodatabase& writer) {
    Attachments attachments(writer);
    if (attachments.exist()) attachments.contents().reclaim(false);
}

void gpkg_reclaim_content(geodb::Geodatabase& writer, std::int64_t before_ms) {
    Attachments attachments(writer);
    if (!attachments.exist()) return;
    attachments.contents().reclaim(false);
    attachments.contents().reclaim_abandoned(before_ms);
}

AttachmentAgreement read_agreement(geodb::sqlite::Database& database, const Uuid& replica) {
    AttachmentAgreement agreement;
    Statement row(database,
                  "SELECT returned, by_url, direction FROM rhumb_served_replica_attachments "
                  "WHERE replica_id = ?1");
    if (!row.bind(1, bytes_of(replica)).step()) return agreement;
    agreement.returned = row.column_int64(0) != 0;
    agreement.by_url = row.column_int64(1) != 0;
    agreement.direction = static_cast<wire::AttachmentsDirection>(row.column_int64(2));
    return agreement;
}

void write_agreement(geodb::sqlite::Database& database, const Uuid& replica,
                     const AttachmentAgreement& agreement) {
    Statement put(database,
                  "INSERT OR REPLACE INTO rhumb_served_replica_attachments "
                  "VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, bytes_of(replica)).bind(2, agreement.returned ? 1 : 0);
    put.bind(3, agreement.by_url ? 1 : 0).bind(4, static_cast<int>(agreement.direction)).run();
}

}  // namespace rhumb::service
