// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/attachments.hpp"

#include "geodb/attachments/attachment_files.hpp"
#include "platform/error.hpp"
#include "platform/http/multipart.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/attachment_upload.hpp"
#include "sync/service/byte_range.hpp"

#include <algorithm>
#include <filesystem>

namespace rhumb::service {
namespace {

using wire::EditCode;
using wire::EditResult;
using wire::JsonWriter;

/// Bytes of an answer that are held in memory; longer ones go by way of a file.
constexpr std::int64_t kMemoryBytes = 1024 * 1024;

GlobalId feature_id(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature) {
    StoreQuery query;
    query.layer = layer.id;
    query.object_ids = std::vector<ObjectId>{feature};
    query.columns = {layer.global_id_index()};
    std::optional<GlobalId> found;
    snapshot.select(query, [&](const FeatureRow& row) {
        const auto* text = std::get_if<std::string>(&row.values[0]);
        if (text == nullptr) return;
        if (const auto uuid = Uuid::parse(*text)) found = GlobalId{*uuid};
    });
    if (found) return *found;
    throw Error(Status::NotFound,
                "layer '" + layer.name + "' has no feature " + std::to_string(feature.value));
}

Attachment attachment_of(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature,
                         std::int64_t id) {
    const GlobalId parent = feature_id(snapshot, layer, feature);
    auto found = snapshot.attachments().find(id);
    if (found && found->layer == layer.id && found->parent == parent) return std::move(*found);
    throw Error(Status::NotFound, "feature " + std::to_string(feature.value) + " of layer '" +
                                      layer.name + "' has no attachment " + std::to_string(id));
}

http::Response infos(const Call& call, const Layer& layer, ObjectId feature) {
    const auto snapshot = call.store.snapshot();
    const GlobalId parent = feature_id(*snapshot, layer, feature);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("attachmentInfos").begin_array();
    for (const Attachment& each : snapshot->attachments().of_feature(layer.id, parent)) {
        begin_attachment_info(writer, each);
        writer.end_object();
    }
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

/// A type that a header can carry; what a browser would run is sent as plain bytes.
std::string safe_type(const std::string& type) {
    const bool printable =
        std::all_of(type.begin(), type.end(), [](unsigned char c) { return c > 32 && c < 127; });
    const std::string low = lowered(type);
    const bool active =
        low.find("html") != std::string::npos || low.find("script") != std::string::npos ||
        low.find("svg") != std::string::npos || low.find("xml") != std::string::npos;
    return type.empty() || !printable || active ? "application/octet-stream" : type;
}

/// RFC 6266: a plain name for old clients, the true one percent-encoded beside it.
std::string disposition(const std::string& name) {
    std::string plain;
    for (const char c : name) {
        const bool safe = c >= 32 && c < 127 && c != '"' && c != '\\' && c != '/';
        plain += safe ? c : '_';
    }
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + http::percent_encode(name);
}

void fill_body(const Call& call, StoreSnapshot& snapshot, const Sha256& hash, std::int64_t from,
               std::int64_t length, http::Response& response) {
    if (length <= kMemoryBytes) {
        std::string bytes;
        bytes.reserve(static_cast<std::size_t>(length));
        snapshot.attachments().read(hash, from, length, [&](std::string_view piece) {
            bytes.append(piece);
            return true;
        });
        response.body = std::move(bytes);
        return;
    }
    Spool spool(call.results.temporary());
    snapshot.attachments().read(hash, from, length, [&](std::string_view piece) {
        spool.append(piece);
        return true;
    });
    response.body = http::FileBody{spool.take_file(), 0, static_cast<std::uint64_t>(length), true};
}

http::Response content(const Call& call, const Layer& layer, ObjectId feature, std::int64_t id) {
    const auto snapshot = call.store.snapshot();
    const Attachment attachment = attachment_of(*snapshot, layer, feature, id);
    const auto there =
        attachment.content ? snapshot->attachments().content(*attachment.content) : std::nullopt;
    if (!there || !there->whole()) {
        throw Error(Status::NotFound,
                    "the content of attachment " + std::to_string(id) + " is not here (yet)");
    }
    const std::string etag = "\"" + attachment.content->hex() + "\"";
    http::Response response;
    response.headers.set("Content-Type", safe_type(attachment.content_type));
    response.headers.set("Content-Disposition", disposition(attachment.name));
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Accept-Ranges", "bytes");
    response.headers.set("ETag", etag);
    if (call.request.headers.get("If-None-Match") == etag) {
        response.status = 304;
        return response;
    }
    const auto size = static_cast<std::uint64_t>(there->size);
    const auto range = requested_range(call.request, etag, size);
    if (range && !begin_range(response, *range, size)) return response;
    const std::uint64_t length = range ? range->length() : size;
    if (call.request.method == "HEAD") {
        response.headers.set("Content-Length", std::to_string(length));
        return response;
    }
    fill_body(call, *snapshot, *attachment.content,
              range ? static_cast<std::int64_t>(range->first) : 0,
              static_cast<std::int64_t>(length), response);
    return response;
}

/// What a call brings: the multipart part `attachment`, or an upload item.
struct Brought {
    std::vector<http::Part> parts;  ///< views into the request
    const http::Part* file = nullptr;
    std::filesystem::path item;
    std::string name;
    std::string content_type;
};

Brought read_brought(const Call& call) {
    Brought brought;
    const std::string type(call.request.headers.get("Content-Type"));
    if (http::is_multipart(type)) brought.parts = http::parse_multipart(type, call.request.body);
    for (const http::Part& part : brought.parts) {
        if (part.is_file && equal_ignoring_case(part.name, "attachment")) brought.file = &part;
    }
    if (brought.file != nullptr) {
        brought.name = brought.file->filename;
        brought.content_type = brought.file->content_type;
    } else {
        const std::string& id = call.parameters.get("uploadId");
        if (id.empty()) {
            throw Error(Status::InvalidArgument,
                        "there is neither a file part 'attachment' nor an 'uploadId'");
        }
        const UploadedFile item = call.uploads.open(call.owner, "uploadId", id);
        brought.item = item.path;
        brought.name = item.name;
    }
    if (brought.name.empty()) brought.name = "attachment";
    if (brought.content_type.empty()) brought.content_type = geodb::content_type_of(brought.name);
    return brought;
}

void take_brought(const Call& call, const Brought& brought, AttachmentWriter& writer,
                  Attachment& into) {
    const auto [hash, size] = brought.file != nullptr ? keep_bytes(writer, brought.file->body)
                                                      : keep_file(writer, brought.item);
    into.content = hash;
    into.size = size;
    into.name = brought.name;
    into.content_type = brought.content_type;
    if (call.parameters.has("keywords")) into.keywords = call.parameters.get("keywords");
}

http::Response answer_result(const Call& call, const char* name, const Attachment& attachment) {
    EditResult result;
    result.object_id = ObjectId{attachment.id};
    result.feature = attachment.global_id;
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key(name);
    wire::write_edit_result(writer, result);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response add(const Call& call, const Layer& layer, ObjectId feature) {
    Attachment made;
    made.layer = layer.id;
    made.parent = feature_id(*call.store.snapshot(), layer, feature);
    const auto asked = Uuid::parse(call.parameters.get("globalId"));
    made.global_id = {asked.value_or(call.store.new_id())};
    const Brought brought = read_brought(call);
    const auto transaction = call.store.write();
    take_brought(call, brought, transaction->attachments(), made);
    made.id = transaction->attachments().insert(made);
    transaction->commit({});
    return answer_result(call, "addAttachmentResult", made);
}

http::Response update(const Call& call, const Layer& layer, ObjectId feature) {
    const auto id = integer_parameter(call.parameters, "attachmentId");
    if (!id) throw Error(Status::InvalidArgument, "'attachmentId' is missing");
    Attachment changed = attachment_of(*call.store.snapshot(), layer, feature, *id);
    const Brought brought = read_brought(call);
    const auto transaction = call.store.write();
    take_brought(call, brought, transaction->attachments(), changed);
    if (!transaction->attachments().update(changed)) {
        throw Error(Status::NotFound, "attachment " + std::to_string(*id) + " is gone");
    }
    transaction->commit({});
    return answer_result(call, "updateAttachmentResult", changed);
}

EditResult erase_one(StoreTransaction& transaction, const Layer& layer, const GlobalId& parent,
                     std::int64_t id) {
    EditResult result;
    result.object_id = ObjectId{id};
    const auto there = transaction.attachments().find(id);
    if (there && there->layer == layer.id && there->parent == parent) {
        result.feature = there->global_id;
        transaction.attachments().erase(id);
        return result;
    }
    result.success = false;
    result.code = static_cast<std::int64_t>(EditCode::AttachmentDeleteFailed);
    result.reason = "the feature has no attachment " + std::to_string(id);
    return result;
}

http::Response erase(const Call& call, const Layer& layer, ObjectId feature) {
    const auto ids = integer_list_parameter(call.parameters, "attachmentIds");
    if (ids.empty()) throw Error(Status::InvalidArgument, "'attachmentIds' is missing");
    const bool rollback = boolean_parameter(call.parameters, "rollbackOnFailure", false);
    const GlobalId parent = feature_id(*call.store.snapshot(), layer, feature);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("deleteAttachmentResults").begin_array();
    const auto transaction = call.store.write();
    for (const std::int64_t id : ids) {
        const EditResult result = erase_one(*transaction, layer, parent, id);
        if (rollback && !result.success) throw Error(Status::InvalidArgument, result.reason);
        wire::write_edit_result(writer, result);
    }
    transaction->commit({});
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

void require_post(const Call& call, std::string_view operation) {
    if (call.request.method == "POST") return;
    throw Error(Status::InvalidArgument, std::string(operation) + " must be called with POST.")
        .with_code(405);
}

}  // namespace

void begin_attachment_info(JsonWriter& writer, const Attachment& attachment) {
    writer.begin_object().key("id").integer(attachment.id);
    wire::write_attachment_members(writer, attachment);
    writer.key("exifInfo").null();
}

std::optional<http::Response> attachment_resource(const Call& call, const Layer& layer,
                                                  ObjectId feature,
                                                  const std::vector<std::string>& below) {
    const std::string operation = lowered(below[0]);
    if (operation == "attachments") {
        require_capability(call, "Query");
        if (below.size() == 1) return infos(call, layer, feature);
        const auto id = parse_integer(below[1]);
        if (id && below.size() == 2) return content(call, layer, feature, *id);
        return std::nullopt;
    }
    if (below.size() != 1) return std::nullopt;
    const auto edit = operation == "addattachment"       ? &add
                      : operation == "updateattachment"  ? &update
                      : operation == "deleteattachments" ? &erase
                                                         : nullptr;
    if (edit == nullptr) return std::nullopt;
    require_post(call, below[0]);
    // ArcGIS REST: a new file is part of making a feature or of changing one.
    const bool creates = operation == "addattachment" && has_capability(call, "Create");
    if (!creates) require_capability(call, "Update");
    return edit(call, layer, feature);
}

}  // namespace rhumb::service
