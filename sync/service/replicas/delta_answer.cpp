// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/delta_answer.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/delta/delta_writer.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/replicas/attachment_rows.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>
#include <optional>

namespace rhumb::service {
namespace {

/// Rows of one layer on their way out, in the replica's reference.
class LayerRows {
public:
    LayerRows(const Layer& layer, const geodb::CoordinateTransform* transform,
              std::optional<std::int32_t> epsg)
        : layer_(layer), transform_(transform), sent_(layer), columns_(geodb::all_columns(layer)) {
        if (transform_ != nullptr) sent_.geometry->srs_id = epsg.value_or(layer.geometry->srs_id);
    }

    /// The layer as the replica sees it.
    const Layer& layer() const { return sent_; }

    void take(const ReplicaChange& change, delta::DeltaWriter& writer) {
        switch (change.kind) {
            case ReplicaChange::Kind::Add:
                return writer.add(change.feature, sent(*change.row, row_));
            case ReplicaChange::Kind::Update:
                return writer.update(
                    change.feature, change.changed != nullptr ? *change.changed : columns_,
                    sent(*change.row, row_),
                    change.before != nullptr ? &sent(*change.before, before_) : nullptr);
            case ReplicaChange::Kind::Delete:
                return writer.erase(change.feature);
        }
    }

    void take_whole(const FeatureRow& row, delta::DeltaWriter& writer) {
        const auto* text = std::get_if<std::string>(&row.values[layer_.global_id_index()]);
        const auto id = text != nullptr ? Uuid::parse(*text) : std::nullopt;
        if (!id) return;  // nobody can have it
        writer.add({*id}, sent(row.values, row_));
    }

private:
    const std::vector<Value>& sent(const std::vector<Value>& row, std::vector<Value>& copy) const {
        if (transform_ == nullptr) return row;
        copy = row;
        Value& shape = copy[layer_.geometry_index()];
        const auto* blob = std::get_if<geodb::Blob>(&shape);
        if (blob == nullptr) return copy;
        try {
            geodb::Geometry geometry = geodb::read_gpb(*blob);
            transform_->apply(geometry);
            shape = geodb::write_gpb(geometry, sent_.geometry->srs_id);
        } catch (const Error& error) {
            if (error.status() == Status::Internal) throw;
            shape = geodb::Blob{};  // what nobody can read is left out
        }
        return copy;
    }

    const Layer& layer_;
    const geodb::CoordinateTransform* transform_;
    Layer sent_;
    std::vector<std::size_t> columns_;
    std::vector<Value> row_, before_;
};

/// Our extension: who can read the packed form says so.
delta::Form form_for(const Call& call) {
    const bool packed =
        call.parameters.get("rhumbPackedDelta") == std::to_string(delta::kPackedFormat);
    return packed ? delta::Form::Packed : delta::Form::Sqlite;
}

delta::Header header_of(const Call& call, const ReplicaRecord& replica,
                        const AnswerGenerations& generations) {
    delta::Header header;
    header.direction = delta::Direction::Download;
    header.replica = replica.id;
    if (replica.model == wire::SyncModel::PerReplica) header.result = generations.replica.value;
    header.created_ms = call.store.now_ms();
    return header;
}

delta::LayerTerms terms_of(const ReplicaRecord& replica, const Layer& layer, const DeltaPart& part,
                           const AnswerGenerations& generations) {
    delta::LayerTerms terms{layer.id, wire::schema_fingerprint(layer), part.whole, {}, {}};
    if (!part.whole) terms.base = part.base.value;
    if (replica.model != wire::SyncModel::PerLayer) return terms;
    for (const auto& [id, generation] : generations.layers) {
        if (id == layer.id) terms.result = generation.value;
    }
    return terms;
}

void write_part(const Call& call, const ReplicaRecord& replica, const ReplicaView& view,
                const DeltaPart& part, LayerRows& rows, AttachmentRows* attachments,
                StoreSnapshot& snapshot, delta::DeltaWriter& writer) {
    if (!part.whole) {
        snapshot.changes(view.scope(), part.layer, part.base, replica.id,
                         [&](const ReplicaChange& change) {
                             rows.take(change, writer);
                             const bool arrives = change.kind == ReplicaChange::Kind::Add;
                             if (!arrives || attachments == nullptr) return;
                             attachments->take_parent(change.feature, change.oid);
                         });
        return;
    }
    StoreQuery query;
    query.layer = part.layer;
    query.columns = geodb::all_columns(call.store.layer(part.layer));
    query.members_of = &view.scope();
    snapshot.select(query, [&](const FeatureRow& row) { rows.take_whole(row, writer); });
}

/// `edits` of an answer that holds but the results of an upload.
void write_upload_results(wire::JsonWriter& writer, const UploadResults& results) {
    writer.key("edits").begin_array();
    for (const auto& [layer, of] : results) {
        writer.begin_object().key("id").integer(layer.value).key("features").begin_object();
        write_results(writer, of);
        writer.end_object().key("attachments").begin_object();
        write_results(writer, of.attachments);
        writer.end_object().end_object();
    }
    writer.end_array();
}

}  // namespace

DeltaResult write_delta(const Call& call, const ReplicaRecord& replica,
                        const std::vector<DeltaPart>& parts, const AnswerGenerations& generations,
                        StoreSnapshot& snapshot, std::int64_t fewest) {
    const ReplicaView view(call.store, replica);
    const std::filesystem::path path = call.results.temporary();
    std::vector<std::unique_ptr<LayerRows>> rows;
    std::vector<std::unique_ptr<AttachmentRows>> attachments;
    DeltaResult result;
    {
        delta::DeltaWriter writer(path, header_of(call, replica, generations), form_for(call));
        for (const DeltaPart& part : parts) {
            const Layer& layer = call.store.layer(part.layer);
            rows.push_back(
                std::make_unique<LayerRows>(layer, view.transform(layer.id), replica.replica_epsg));
            const bool with_attachments = replica.attachments.downloads() && !part.whole;
            attachments.push_back(with_attachments
                                      ? std::make_unique<AttachmentRows>(snapshot, part.layer)
                                      : nullptr);
            const delta::LayerTerms terms = terms_of(replica, layer, part, generations);
            writer.begin_layer(rows.back()->layer(), terms);
            const std::int64_t before = writer.counts().total();
            write_part(call, replica, view, part, *rows.back(), attachments.back().get(), snapshot,
                       writer);
            if (with_attachments) {
                attachments.back()->write(writer, terms, view.scope(), part.base, replica.id);
            }
            if (!part.whole) result.changes += writer.counts().total() - before;
        }
        const bool whole = std::any_of(parts.begin(), parts.end(),
                                       [](const DeltaPart& part) { return part.whole; });
        result.few = result.changes <= fewest && !whole;
        if (result.few) return result;
        writer.finish();
    }
    result.bytes = static_cast<std::int64_t>(rhumb::file_size(path));
    result.name =
        call.results.keep_file(path, form_for(call) == delta::Form::Packed ? ".delta" : ".sqlite");
    return result;
}

http::Response answer_with_delta(const Call& call, const ReplicaRecord& replica,
                                 std::string_view response_type,
                                 const AnswerGenerations& generations, const DeltaResult& delta,
                                 const UploadResults& results) {
    const bool file = !delta.name.empty();
    const auto more = [&](wire::JsonWriter& writer) {
        if (file) {
            writer.key("rhumbDelta").begin_object().key("format").integer(delta::kFormat);
            writer.key("bytes").integer(delta.bytes);
            writer.key("sha256").string(ResultFiles::hash_in(delta.name)).end_object();
        }
        if (!results.empty()) write_upload_results(writer, results);
    };
    if (file) {
        return answer_with_link(call, replica, response_type, generations, delta.name, more);
    }
    std::string text;
    wire::JsonWriter writer(text);
    begin_replica_answer(writer, replica, wire::TransportType::Embedded, response_type);
    write_generations(writer, generations, replica);
    more(writer);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
