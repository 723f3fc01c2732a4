// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/attachment_upload.hpp"

#include "geodb/features/value_rules.hpp"
#include "platform/base64.hpp"
#include "platform/error.hpp"

#include <fstream>

namespace rhumb::service {
namespace {

using wire::EditCode;
using wire::EditResult;
using wire::Json;

/// ArcGIS REST: the extended code of an edit that was rolled back.
constexpr std::int64_t kRolledBackCode = -2147207418;
constexpr std::size_t kPieceBytes = 256 * 1024;

const Json* list_of(const Json& attachments, std::string_view name) {
    const Json* found = attachments.find_any_case(name);
    if (found == nullptr || found->is_null()) return nullptr;
    (void)found->as_array("'edits'.attachments." + std::string(name));
    return found;
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Status::InvalidArgument, why);
}

class LayerAttachments {
public:
    LayerAttachments(const Layer& layer, StoreTransaction& transaction,
                     const UploadedContent& uploaded, const AttachmentUploadOptions& options)
        : layer_(layer),
          transaction_(transaction),
          writer_(transaction.attachments()),
          uploaded_(uploaded),
          options_(options) {}

    void add(const Json& json, std::vector<EditResult>& results) {
        attempt("add", EditCode::AttachmentAddFailed, results, [&](EditResult& result) {
            wire::AttachmentJson read = read_one(json, result);
            if (!read.has_parent) refuse("'parentGlobalId' is missing or no GUID");
            const auto there = writer_.find(read.attachment.global_id);
            if (there && (there->parent != read.attachment.parent || there->layer != layer_.id)) {
                refuse("an attachment with this GlobalID exists already, of another feature");
            }
            Attachment made = there.value_or(Attachment{});
            made.global_id = read.attachment.global_id;
            made.layer = layer_.id;
            made.parent = read.attachment.parent;
            if (!take_content(read, made)) refuse("it has no content: 'data' or 'uploadId'");
            take_members(read, made);
            // An add that comes again after a lost answer is an update of what it made.
            if (there) {
                writer_.update(made);
            } else {
                made.id = writer_.insert(made);
            }
            result.object_id = ObjectId{made.id};
            return options_.return_ids_for_adds;
        });
    }

    void update(const Json& json, std::vector<EditResult>& results) {
        attempt("update", EditCode::AttachmentUpdateFailed, results, [&](EditResult& result) {
            const wire::AttachmentJson read = read_one(json, result);
            auto there = writer_.find(read.attachment.global_id);
            if (!there || there->layer != layer_.id) refuse("the attachment is missing");
            take_content(read, *there);
            take_members(read, *there);
            writer_.update(*there);
            result.object_id = ObjectId{there->id};
            return options_.every_result;
        });
    }

    void erase(const Json& id, std::vector<EditResult>& results) {
        attempt("delete", EditCode::AttachmentDeleteFailed, results, [&](EditResult& result) {
            const auto uuid = Uuid::parse(wire::text_or_empty(&id));
            if (!uuid) refuse("deleteIds: " + wire::to_text(id) + " is no GlobalID");
            result.feature = GlobalId{*uuid};
            const auto there = writer_.find(*result.feature);
            // A delete of what is gone already has had its effect.
            const bool here = there && there->layer == layer_.id;
            if (!here && options_.every_result) refuse("the attachment is missing");
            if (!here) return false;
            if (options_.every_result) result.object_id = ObjectId{there->id};
            writer_.erase(there->id);
            return options_.every_result;
        });
    }

private:
    void attempt(const std::string& kind, EditCode code, std::vector<EditResult>& results,
                 const std::function<bool(EditResult&)>& edit) {
        EditResult result;
        try {
            bool reported = false;
            transaction_.in_part([&] { reported = edit(result); });
            if (reported) results.push_back(std::move(result));
        } catch (const Error& error) {
            const bool fault_of_edit = error.status() == Status::ConstraintViolated ||
                                       error.status() == Status::InvalidArgument ||
                                       error.status() == Status::NotFound;
            if (!fault_of_edit) throw;
            result.success = false;
            result.code = static_cast<std::int64_t>(code);
            result.reason = error.message();
            if (options_.rollback_on_failure) throw_named(kind, result);
            results.push_back(std::move(result));
        }
    }

    [[noreturn]] void throw_named(const std::string& kind, const EditResult& result) const {
        throw Error(Status::ConstraintViolated,
                    kind + " of attachment " +
                        (result.feature ? result.feature->value.braced() : "(no GlobalID)") +
                        " in layer " + std::to_string(layer_.id.value) + " '" + layer_.name +
                        "' failed (" + std::to_string(result.code) + "): " + result.reason +
                        " Operation rolled back.")
            .with_code(kRolledBackCode);
    }

    static wire::AttachmentJson read_one(const Json& json, EditResult& result) {
        wire::AttachmentJson read = wire::read_attachment(json);
        if (!read.has_global_id) refuse("'globalId' is missing or no GUID");
        result.feature = read.attachment.global_id;
        return read;
    }

    /// True when the edit brings content.
    bool take_content(const wire::AttachmentJson& read, Attachment& into) {
        std::pair<Sha256, std::int64_t> kept;
        if (!read.upload_id.empty()) {
            const auto item = uploaded_.items.find(read.upload_id);
            if (item == uploaded_.items.end())
                refuse("'uploadId' " + read.upload_id + " is unknown");
            if (!item->second.problem.empty()) refuse(item->second.problem);
            kept = keep_file(writer_, item->second.path);
        } else if (read.data != nullptr) {
            const auto bytes = base64_decode(*read.data);
            if (!bytes) refuse("'data' is no base64");
            kept = keep_bytes(writer_, *bytes);
        } else if (read.attachment.content) {  // our extension: it was brought by its hash
            const auto there = writer_.content(*read.attachment.content);
            if (!there || !there->whole()) {
                refuse("content " + read.attachment.content->hex() + " is not here");
            }
            kept = {*read.attachment.content, there->size};
        } else if (!read.url.empty()) {
            refuse("'url' is not fetched by this service: send 'data' or 'uploadId'");
        } else {
            return false;
        }
        if (read.attachment.content && *read.attachment.content != kept.first) {
            refuse("its content has another SHA-256 than 'rhumbSha256' says");
        }
        into.content = kept.first;
        into.size = kept.second;
        return true;
    }

    static void take_members(const wire::AttachmentJson& read, Attachment& into) {
        if (read.has_name) into.name = read.attachment.name;
        if (read.has_content_type) into.content_type = read.attachment.content_type;
        if (read.has_keywords) into.keywords = read.attachment.keywords;
        if (into.name.empty()) into.name = "attachment";
        if (into.content_type.empty()) into.content_type = "application/octet-stream";
    }

    const Layer& layer_;
    StoreTransaction& transaction_;
    AttachmentWriter& writer_;
    const UploadedContent& uploaded_;
    const AttachmentUploadOptions& options_;
};

}  // namespace

void UploadedContent::look_up(const Call& call, const Json& json) {
    for (const char* name : {"adds", "updates"}) {
        const Json* list = list_of(json, name);
        for (std::size_t i = 0; list != nullptr && i < list->array()->size(); ++i) {
            const std::string id = wire::read_attachment((*list->array())[i]).upload_id;
            if (id.empty() || items.count(id) > 0) continue;
            Item& item = items[id];
            try {
                item.path = call.uploads.open(call.owner, "uploadId", id).path;
            } catch (const Error& error) {
                if (error.status() == Status::Internal) throw;
                item.problem = error.message();
            }
        }
    }
}

void apply_attachments(const ReplicaRecord* replica, const Layer& layer, const Json& attachments,
                       StoreTransaction& transaction, const UploadedContent& uploaded,
                       const AttachmentUploadOptions& options, AttachmentResults& results) {
    using Take = void (LayerAttachments::*)(const Json&, std::vector<EditResult>&);
    LayerAttachments edits(layer, transaction, uploaded, options);
    const auto each = [&](const char* name, Take take, std::vector<EditResult>& into) {
        const Json* list = list_of(attachments, name);
        if (list == nullptr || list->array()->empty()) return;
        if (replica != nullptr && !replica->attachments.uploads()) {
            throw Error(Status::InvalidArgument,
                        "'edits' has attachments, which this replica does not upload "
                        "(attachmentsSyncDirection is none)");
        }
        for (const Json& json : *list->array()) (edits.*take)(json, into);
    };
    each("adds", &LayerAttachments::add, results.adds);
    each("updates", &LayerAttachments::update, results.updates);
    each("deleteIds", &LayerAttachments::erase, results.deletes);
    each("deletes", &LayerAttachments::erase, results.deletes);
}

std::pair<Sha256, std::int64_t> keep_file(AttachmentWriter& writer,
                                          const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(Status::Io, "cannot read '" + path.string() + "'");
    std::string piece(kPieceBytes, '\0');
    return writer.keep([&]() -> std::string_view {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        return {piece.data(), static_cast<std::size_t>(file.gcount())};
    });
}

std::pair<Sha256, std::int64_t> keep_bytes(AttachmentWriter& writer, std::string_view bytes) {
    return writer.keep([&] { return std::exchange(bytes, {}); });
}

}  // namespace rhumb::service
