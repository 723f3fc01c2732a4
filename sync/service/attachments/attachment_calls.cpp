// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/attachment_calls.hpp"

#include "geodb/attachments/attachment_files.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/brought_content.hpp"
#include "sync/wire/edit_result.hpp"

#include <algorithm>
#include <set>

namespace rhumb::service {
namespace {

using wire::EditCode;
using wire::EditResult;
using wire::JsonWriter;

/// ArcGIS REST: the extended code of an edit that was rolled back.
constexpr std::int64_t kRolledBackCode = -2147207418;
constexpr std::size_t kMaxKeywordBytes = 4096;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTypeBytes = 255;
constexpr std::size_t kMaxDeleted = 10'000;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Status::InvalidArgument, why);
}

/// What an edit could not do, as a result of its row.
EditResult failed(EditCode code, ObjectId id, const std::string& why) {
    EditResult result;
    result.object_id = id;
    result.success = false;
    result.code = static_cast<std::int64_t>(code);
    result.reason = why;
    return result;
}

EditResult succeeded(const Attachment& attachment) {
    EditResult result;
    result.object_id = ObjectId{attachment.id};
    result.feature = attachment.global_id;
    return result;
}

std::string no_feature(const Layer& layer, ObjectId feature) {
    return "layer '" + layer.name + "' has no feature " + std::to_string(feature.value);
}

/// What a call brings: the multipart part `attachment`, or an upload item.
struct Brought {
    BroughtContent content;
    std::string name;
    std::string content_type;
};

std::string checked_name(std::string name, const char* where) {
    const bool odd = std::any_of(name.begin(), name.end(),
                                 [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (odd || name.size() > kMaxNameBytes || name == "." || name == "..") {
        refuse(std::string("the file name of '") + where + "' is '" + excerpt(name, 60) +
               "'; wanted are at most 255 bytes without control characters");
    }
    return name.empty() ? "attachment" : name;
}

std::string checked_type(std::string type, const std::string& name) {
    const bool odd = std::any_of(type.begin(), type.end(),
                                 [](unsigned char c) { return c < 0x20 || c >= 0x7f; });
    if (odd || type.size() > kMaxTypeBytes) {
        refuse("the content type of 'attachment' is '" + excerpt(type, 60) + "', which is none");
    }
    // Parameters are not part of what kind of file it is.
    type = std::string(trimmed(std::string_view(type).substr(0, type.find(';'))));
    const bool unknown = type.empty() || equal_ignoring_case(type, "application/octet-stream");
    return unknown ? geodb::content_type_of(name) : type;
}

void check_size(const Call& call, std::uint64_t bytes) {
    const auto most = static_cast<std::uint64_t>(call.limits.max_attachment_bytes);
    if (bytes <= most) return;
    throw Error(Status::InvalidArgument, "'attachment' has " + std::to_string(bytes) +
                                             " bytes, which passes the limit of " +
                                             std::to_string(most))
        .with_code(413);
}

Brought from_part(const Call& call, const http::Part& part) {
    if (part.filename.empty() && part.body.empty()) {
        refuse("'attachment' is empty: no file was chosen");
    }
    check_size(call, part.body.size());
    std::string name = checked_name(part.filename, "attachment");
    std::string type = checked_type(part.content_type, name);
    return {BroughtContent(part.body), std::move(name), std::move(type)};
}

Brought from_item(const Call& call, const std::string& id) {
    const UploadedFile item = call.uploads.open(call.owner, "uploadId", id);
    check_size(call, static_cast<std::uint64_t>(item.bytes));
    return {BroughtContent(item.path), item.name, geodb::content_type_of(item.name)};
}

Brought read_brought(const Call& call) {
    const http::Part* part = call.parameters.file("attachment");
    const std::string id(trimmed(call.parameters.get("uploadId")));
    if (part != nullptr && !id.empty()) refuse("'attachment' and 'uploadId' are both given");
    if (part != nullptr) return from_part(call, *part);
    if (!id.empty()) return from_item(call, id);
    const auto& files = call.parameters.files();
    refuse("there is neither a file part 'attachment' nor an 'uploadId'" +
           (files.empty() ? "" : "; the file part's name is '" + excerpt(files[0].name, 60) + "'"));
}

void take_brought(const Call& call, const Brought& brought, AttachmentWriter& writer,
                  Attachment& into) {
    brought.content.keep(writer);
    into.content = brought.content.hash();
    into.size = brought.content.size();
    into.name = brought.name;
    into.content_type = brought.content_type;
    if (call.parameters.has("keywords")) into.keywords = call.parameters.get("keywords");
}

/// What can be wrong with the parameters is told before anything is done.
void check_parameters(const Call& call) {
    boolean_parameter(call.parameters, "returnEditMoment", false);
    const std::string& words = call.parameters.get("keywords");
    if (words.size() > kMaxKeywordBytes || !is_utf8(words)) {
        refuse("'keywords' has " + std::to_string(words.size()) +
               " bytes; wanted are at most 4096 of UTF-8");
    }
}

GlobalId wished_id(const Call& call) {
    const std::string& text = call.parameters.get("globalId");
    if (text.empty()) return {call.store.new_id()};
    const auto id = Uuid::parse(trimmed(text));
    if (!id) refuse("'globalId' is '" + excerpt(text, 60) + "', which is no GlobalID");
    return {*id};
}

http::Response answer_results(const Call& call, const char* name,
                              const std::vector<EditResult>& results, bool as_list) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key(name);
    if (as_list) writer.begin_array();
    for (const EditResult& result : results) wire::write_edit_result(writer, result);
    if (as_list) writer.end_array();
    if (boolean_parameter(call.parameters, "returnEditMoment", false)) {
        writer.key("editMoment").integer(call.store.now_ms());
    }
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

/// A failure that is the row's own becomes its result; others are passed on.
EditResult result_of(EditCode code, ObjectId id, const std::function<EditResult()>& edit) {
    try {
        return edit();
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
        return failed(code, id, error.message());
    }
}

EditResult erase_one(StoreTransaction& transaction, const Layer& layer, const GlobalId& parent,
                     std::int64_t id) {
    const auto there = transaction.attachments().find(id);
    if (!there || there->layer != layer.id || there->parent != parent) {
        return failed(EditCode::AttachmentDeleteFailed, {id},
                      "the feature has no attachment " + std::to_string(id));
    }
    transaction.attachments().erase(id);
    return succeeded(*there);
}

std::vector<EditResult> erase_each(const Call& call, const Layer& layer, const GlobalId& parent,
                                   const std::vector<std::int64_t>& ids, bool rollback) {
    std::vector<EditResult> results;
    const auto transaction = call.store.write();
    for (const std::int64_t id : ids) {
        results.push_back(erase_one(*transaction, layer, parent, id));
        if (!rollback || results.back().success) continue;
        throw Error(Status::ConstraintViolated, results.back().reason + ". Operation rolled back.")
            .with_code(kRolledBackCode);
    }
    transaction->commit({});
    return results;
}

}  // namespace

std::optional<GlobalId> feature_id(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature) {
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
    return found;
}

http::Response add_attachment(const Call& call, const Layer& layer, ObjectId feature) {
    constexpr const char* kAnswer = "addAttachmentResult";
    check_parameters(call);
    Attachment made;
    made.layer = layer.id;
    made.global_id = wished_id(call);
    const Brought brought = read_brought(call);
    const auto parent = feature_id(*call.store.snapshot(), layer, feature);
    if (!parent) {
        const auto result = failed(EditCode::AttachmentAddFailed, {-1}, no_feature(layer, feature));
        return answer_results(call, kAnswer, {result}, false);
    }
    made.parent = *parent;
    brought.content.take_ahead(call.store);
    const auto transaction = call.store.write();
    const EditResult result = result_of(EditCode::AttachmentAddFailed, {-1}, [&] {
        transaction->in_part([&] {
            take_brought(call, brought, transaction->attachments(), made);
            made.id = transaction->attachments().insert(made);
        });
        return succeeded(made);
    });
    if (result.success) transaction->commit({});
    return answer_results(call, kAnswer, {result}, false);
}

http::Response update_attachment(const Call& call, const Layer& layer, ObjectId feature) {
    constexpr const char* kAnswer = "updateAttachmentResult";
    const auto id = integer_parameter(call.parameters, "attachmentId");
    if (!id) refuse("'attachmentId' is missing");
    check_parameters(call);
    const Brought brought = read_brought(call);
    const auto parent = feature_id(*call.store.snapshot(), layer, feature);
    if (!parent) {
        const auto result = failed(EditCode::ObjectMissing, {*id}, no_feature(layer, feature));
        return answer_results(call, kAnswer, {result}, false);
    }
    brought.content.take_ahead(call.store);
    const auto transaction = call.store.write();
    auto changed = transaction->attachments().find(*id);
    if (!changed || changed->layer != layer.id || changed->parent != *parent) {
        const auto result = failed(EditCode::AttachmentUpdateFailed, {*id},
                                   "feature " + std::to_string(feature.value) +
                                       " has no attachment " + std::to_string(*id));
        return answer_results(call, kAnswer, {result}, false);
    }
    take_brought(call, brought, transaction->attachments(), *changed);
    transaction->attachments().update(*changed);
    transaction->commit({});
    return answer_results(call, kAnswer, {succeeded(*changed)}, false);
}

http::Response delete_attachments(const Call& call, const Layer& layer, ObjectId feature) {
    constexpr const char* kAnswer = "deleteAttachmentResults";
    check_parameters(call);
    const auto ids = integer_list_parameter(call.parameters, "attachmentIds");
    if (ids.empty()) refuse("'attachmentIds' is missing");
    if (ids.size() > kMaxDeleted) {
        refuse("'attachmentIds' has more than " + std::to_string(kMaxDeleted) + " numbers");
    }
    const bool rollback = boolean_parameter(call.parameters, "rollbackOnFailure", false);
    const auto parent = feature_id(*call.store.snapshot(), layer, feature);
    if (parent)
        return answer_results(call, kAnswer, erase_each(call, layer, *parent, ids, rollback), true);
    std::vector<EditResult> results;
    for (const std::int64_t id : ids) {
        results.push_back(failed(EditCode::ObjectMissing, {id}, no_feature(layer, feature)));
    }
    return answer_results(call, kAnswer, results, true);
}

}  // namespace rhumb::service
