// SPDX-License-Identifier: Apache-2.0
#include "sync/service/uploads/uploads.hpp"

#include "platform/error.hpp"
#include "platform/http/multipart.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/wire/json_writer.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

constexpr std::int64_t kMegabyte = 1024 * 1024;

void require_post(const Call& call, std::string_view operation) {
    if (call.request.method == "POST") return;
    throw Error(Status::InvalidArgument, std::string(operation) + " must be called with POST.")
        .with_code(405);
}

void write_item(JsonWriter& writer, const UploadItem& item) {
    writer.begin_object().key("itemID").string(UploadItems::wire_id(item.id));
    writer.key("itemName").string(item.name).key("description");
    if (item.description.empty()) {
        writer.null();
    } else {
        writer.string(item.description);
    }
    writer.key("date").integer(item.created_ms);
    writer.key("committed").boolean(item.committed).end_object();
}

http::Response answer_item(const Call& call, const UploadItem& item) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("success").boolean(true).key("item");
    write_item(writer, item);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

struct Content {
    std::string name;
    std::string_view bytes;  ///< borrowed from the request
};

/// The part `file` of a multipart body, else its only file; or a body that is nothing but bytes.
Content content_of(const Call& call) {
    const std::string_view type = call.request.headers.get("Content-Type");
    if (!http::is_multipart(type)) {
        if (equal_ignoring_case(trimmed(type.substr(0, type.find(';'))),
                                "application/octet-stream")) {
            return {"", call.request.body};
        }
        throw Error(Status::InvalidArgument,
                    "'file' is missing: the body is no multipart/form-data");
    }
    std::optional<Content> found;
    for (const http::Part& part : http::parse_multipart(type, call.request.body)) {
        const bool named = equal_ignoring_case(part.name, "file");
        if (named || (part.is_file && !found)) found = Content{part.filename, part.body};
        if (named) break;
    }
    if (!found) throw Error(Status::InvalidArgument, "'file' is missing in the multipart body");
    return *found;
}

http::Response info(const Call& call) {
    const UploadLimits& limits = call.uploads.limits();
    std::string text;
    JsonWriter writer(text);
    writer.begin_object();
    writer.key("maxUploadFileSize").integer(limits.max_item_bytes / kMegabyte);
    writer.key("maxUploadPartSize").integer(limits.max_part_bytes / kMegabyte);
    writer.key("maxPartNumber").integer(limits.max_part_number);
    writer.key("allowedFileExtensions").begin_array();
    for (const std::string& extension : limits.extensions) writer.string(extension);
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response register_item(const Call& call) {
    const std::string& name = call.parameters.get("itemName");
    if (name.empty()) throw Error(Status::InvalidArgument, "'itemName' is missing");
    return answer_item(call,
                       call.uploads.announce(call.owner, name, call.parameters.get("description")));
}

http::Response upload_whole(const Call& call) {
    const Content content = content_of(call);
    const std::string& wished = call.parameters.get("itemName");
    const UploadItem item =
        call.uploads.announce(call.owner, content.name.empty() ? wished : content.name,
                              call.parameters.get("description"));
    const std::string id = UploadItems::wire_id(item.id);
    try {
        call.uploads.put_part(call.who, id, 0, content.bytes);
        return answer_item(call, call.uploads.commit(call.who, id, std::nullopt, ""));
    } catch (const Error&) {
        call.uploads.remove(call.who, id);
        throw;
    }
}

std::int64_t part_number(const http::Parameters& parameters) {
    for (const char* name : {"partId", "partNumber", "partNum"}) {
        if (const auto number = integer_parameter(parameters, name)) return *number;
    }
    throw Error(Status::InvalidArgument, "'partId' is missing");
}

http::Response upload_part(const Call& call, const std::string& id) {
    const std::int64_t number = part_number(call.parameters);
    call.uploads.put_part(call.who, id, number, content_of(call).bytes);
    return answer_json(call.parameters,
                       "{\"success\":true,\"partId\":" + std::to_string(number) + "}");
}

http::Response list_parts(const Call& call, const std::string& id) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("parts").begin_array();
    for (const std::int64_t number : call.uploads.part_numbers(call.who, id)) {
        writer.integer(number);
    }
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response commit_item(const Call& call, const std::string& id) {
    std::optional<std::vector<std::int64_t>> order;
    if (call.parameters.has("parts")) order = integer_list_parameter(call.parameters, "parts");
    return answer_item(call, call.uploads.commit(call.who, id, std::move(order),
                                                 trimmed(call.parameters.get("checksum"))));
}

http::Response item_resource(const Call& call, const std::string& id) {
    std::string text;
    JsonWriter writer(text);
    write_item(writer, call.uploads.find(call.who, id));
    return answer_json(call.parameters, std::move(text));
}

http::Response item_operation(const Call& call, const std::string& id,
                              const std::string& operation) {
    const std::string name = lowered(operation);
    if (name == "parts") return list_parts(call, id);
    require_post(call, operation);
    if (name == "uploadpart") return upload_part(call, id);
    if (name == "commit") return commit_item(call, id);
    if (name == "delete") {
        call.uploads.remove(call.who, id);
        return answer_json(call.parameters, "{\"success\":true}");
    }
    throw Error(Status::Unsupported,
                "'uploads/<item>/" + excerpt(operation, 60) + "' is not offered by this service");
}

}  // namespace

http::Response uploads_resource(const Call& call, const std::vector<std::string>& below) {
    if (below.empty()) {
        std::string text;
        JsonWriter writer(text);
        writer.begin_object().key("operations").begin_array();
        for (const char* name : {"info", "upload", "register"}) writer.string(name);
        writer.end_array().end_object();
        return answer_json(call.parameters, std::move(text));
    }
    if (below.size() == 2) return item_operation(call, below[0], below[1]);
    if (below.size() > 2) throw Error(Status::NotFound, "There is no such resource below uploads");
    const std::string name = lowered(below[0]);
    if (name == "info") return info(call);
    if (name != "upload" && name != "register") return item_resource(call, below[0]);
    require_post(call, name);
    return name == "upload" ? upload_whole(call) : register_item(call);
}

}  // namespace rhumb::service
