// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/attachment_rows.hpp"

#include <numeric>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr std::size_t kListLength = 500;

Json member_list(const delta::Row& row) {
    const delta::AttachmentRow read = delta::read_attachment_row(row);
    const Attachment& attachment = read.attachment;
    Json json{Json::Object{{"globalId", attachment.global_id.value.braced()},
                           {"parentGlobalId", attachment.parent.value.braced()},
                           {"name", attachment.name},
                           {"contentType", attachment.content_type},
                           {"size", attachment.size},
                           {"keywords", attachment.keywords}}};
    if (attachment.content) json.set("rhumbSha256", attachment.content->hex());
    return json;
}

}  // namespace

void AttachmentRows::take_parent(const GlobalId& parent, ObjectId oid) {
    if (!layer_has_any_ || snapshot_.attachments().of_feature(layer_, parent).empty()) return;
    arrived_.push_back({parent, oid});
}

void AttachmentRows::write(delta::DeltaWriter& writer, const delta::LayerTerms& terms,
                           const ReplicaScope& scope, Generation base, const Uuid& replica) {
    delta::LayerTerms own = terms;
    own.layer = rows_.id;
    own.fingerprint = delta::kAttachmentsFingerprint;
    bool begun = false;
    const auto take = [&](Kind kind, const Attachment& attachment, ObjectId parent) {
        if (!std::exchange(begun, true)) writer.begin_layer(rows_, own);
        put(writer, kind, attachment, parent);
    };
    for (const Parent& parent : arrived_) {
        for (const Attachment& one : snapshot_.attachments().of_feature(layer_, parent.feature)) {
            with_them_.insert(one.id);
            take(Kind::Add, one, parent.oid);
        }
    }
    snapshot_.attachments().changes(scope, layer_, base, replica,
                                    [&](const AttachmentChange& change) {
                                        if (with_them_.count(change.attachment.id) > 0) return;
                                        take(change.kind, change.attachment, change.parent);
                                    });
}

void AttachmentRows::put(delta::DeltaWriter& writer, Kind kind, const Attachment& attachment,
                         ObjectId parent) {
    if (kind == Kind::Delete) return writer.erase(attachment.global_id);
    const std::string address = std::to_string(layer_.value) + "/" + std::to_string(parent.value) +
                                "/attachments/" + std::to_string(attachment.id);
    const auto row = delta::attachment_row(attachment, address);
    if (kind == Kind::Add) return writer.add(attachment.global_id, row);
    std::vector<std::size_t> all(row.size() - 1);
    std::iota(all.begin(), all.end(), std::size_t{0});
    writer.update(attachment.global_id, all, row, nullptr);
}

void each_attachment_list(delta::DeltaReader& reader, LayerId layer,
                          const std::function<void(const Json& lists)>& on_lists) {
    const geodb::Layer rows = delta::attachment_layer(layer);
    const std::pair<delta::Kind, const char*> lists[] = {{delta::Kind::Add, "adds"},
                                                         {delta::Kind::Update, "updates"},
                                                         {delta::Kind::Delete, "deleteIds"}};
    for (const auto& [kind, name] : lists) {
        Json::Array list;
        const auto hand_over = [&, name = name] {
            if (list.empty()) return;
            on_lists(Json::Object{{name, Json(std::exchange(list, {}))}});
        };
        reader.each(kind, rows, [&, kind = kind](delta::Row& row) {
            list.push_back(kind == delta::Kind::Delete ? Json(row.feature.value.braced())
                                                       : member_list(row));
            if (list.size() == kListLength) hand_over();
        });
        hand_over();
    }
}

}  // namespace rhumb::service
