// SPDX-License-Identifier: Apache-2.0
#include "sync/client/attachment_request.hpp"

#include "platform/base64.hpp"
#include "sync/wire/edit_result.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::sync {
namespace {

using geodb::AttachmentEdit;
using geodb::LayerId;
using wire::EditCode;
using wire::JsonWriter;

/// A request with more base64 than this is refused by many a service.
constexpr std::size_t kMaxInlineRequest = 16 * 1024 * 1024;

struct Lists {
    std::string adds, updates, deletes;
    JsonWriter add{adds}, update{updates}, erase{deletes};
};

class Writer {
public:
    Writer(AttachmentLane& lane, bool by_hash, bool by_item, AttachmentRequest& out)
        : lane_(lane), by_hash_(by_hash), by_item_(by_item), out_(out) {}

    void take(const AttachmentEdit& edit, Lists& lists) {
        if (!edit.after) {
            lists.erase.string(edit.known.global_id.value.braced());
            ++out_.count;
            return;
        }
        std::string content;
        if (brings_content(edit) && !by_hash_) {
            content = content_member(*edit.after);
            if (content.empty()) return;  // left out, with a reason
        }
        JsonWriter& writer = edit.before ? lists.update : lists.add;
        writer.begin_object();
        geodb::Attachment named = *edit.after;
        if (!by_hash_ || !brings_content(edit)) named.content.reset();
        wire::write_attachment_members(writer, named);
        if (!content.empty()) {
            std::string& text = edit.before ? lists.updates : lists.adds;
            text += content;
        }
        writer.end_object();
        ++out_.count;
    }

private:
    /// `,"uploadId":…` or `,"data":…`; "" when it cannot be sent.
    std::string content_member(const geodb::Attachment& attachment) {
        if (by_item_) {
            const auto item = lane_.items().find(attachment.id, *attachment.content);
            if (item && item->committed) {
                std::string text;
                JsonWriter(text).string(item->id);
                return ",\"uploadId\":" + text;
            }
            return leave_out(attachment, "its content was not taken by the service");
        }
        if (attachment.size > kMaxInlineBytes) {
            return leave_out(attachment,
                             "it is too long to be sent without upload items, which "
                             "the service does not offer");
        }
        if (inline_bytes_ + static_cast<std::size_t>(attachment.size) > kMaxInlineRequest) {
            return leave_out(attachment, "");  // the next batch has room for it
        }
        inline_bytes_ += static_cast<std::size_t>(attachment.size);
        std::string text = ",\"data\":\"";
        Base64Encoder encoder;
        lane_.attachments().contents().read(*attachment.content, 0, attachment.size,
                                            [&](std::string_view piece) {
                                                encoder.add(piece, text);
                                                return true;
                                            });
        encoder.finish(text);
        return text + "\"";
    }

    std::string leave_out(const geodb::Attachment& attachment, const std::string& reason) {
        out_.left_out[attachment.global_id] = reason;
        return {};
    }

    AttachmentLane& lane_;
    bool by_hash_, by_item_;
    AttachmentRequest& out_;
    std::size_t inline_bytes_ = 0;
};

/// ArcGIS REST, synchronizeReplica: results name failures only.
const std::vector<std::string> kResults{"edits.*.attachments.addResults.*",
                                        "edits.*.attachments.updateResults.*",
                                        "edits.*.attachments.deleteResults.*"};

}  // namespace

bool brings_content(const AttachmentEdit& edit) {
    return edit.after && edit.after->content &&
           (!edit.before || edit.before->content != edit.after->content);
}

AttachmentRequest write_attachment_edits(AttachmentLane& lane, const AttachmentLane::Batch& batch,
                                         bool by_hash, bool by_item,
                                         const std::map<geodb::GlobalId, std::string>& left_out) {
    AttachmentRequest request;
    request.left_out = left_out;
    std::map<LayerId, Lists> layers;
    Writer edits(lane, by_hash, by_item, request);
    lane.each_edit(batch, [&](const AttachmentEdit& edit) {
        if (left_out.count(edit.known.global_id) > 0) return;
        edits.take(edit, layers[edit.known.layer]);
    });
    JsonWriter writer(request.edits);
    writer.begin_array();
    for (const auto& [layer, lists] : layers) {
        writer.begin_object().key("id").integer(layer.value);
        // Services in the field look for both members.
        writer.key("features").raw(R"({"adds":[],"updates":[],"deleteIds":[]})");
        writer.key("attachments").begin_object();
        writer.key("adds").raw("[" + lists.adds + "]");
        writer.key("updates").raw("[" + lists.updates + "]");
        writer.key("deleteIds").raw("[" + lists.deletes + "]");
        writer.end_object().end_object();
    }
    writer.end_array();
    return request;
}

AttachmentReceipt read_attachment_receipt(const http::Response& response, std::string_view what,
                                          bool repeated) {
    AttachmentReceipt receipt;
    const Streamed streamed{kResults, [&](const wire::JsonPath& path, wire::Json&& json) {
                                if (json.object() == nullptr) return;
                                const wire::EditResult result = wire::read_edit_result(json);
                                if (result.success || !result.feature) return;
                                const bool exists =
                                    result.code == static_cast<std::int64_t>(EditCode::NotUnique);
                                if (repeated && exists && path.pattern() == 0) return;
                                receipt.refused[*result.feature] =
                                    result.reason + " (code " + std::to_string(result.code) + ")";
                            }};
    receipt.answer = read_answer(response, what, streamed);
    return receipt;
}

}  // namespace rhumb::sync
