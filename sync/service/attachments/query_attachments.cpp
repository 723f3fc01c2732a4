// SPDX-License-Identifier: Apache-2.0
//
// queryAttachments: the attachments of chosen features, by type, size and keywords.
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/attachments.hpp"

#include <algorithm>
#include <set>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

struct Wanted {
    std::set<std::string> types, keywords;  ///< in lower case; empty: all
    std::int64_t least = 0;
    std::optional<std::int64_t> most;

    bool has(const Attachment& attachment) const {
        if (attachment.size < least || (most && attachment.size > *most)) return false;
        if (!types.empty() && types.count(lowered(attachment.content_type)) == 0) return false;
        if (keywords.empty()) return true;
        const auto own = split(lowered(attachment.keywords), ',');
        return std::any_of(own.begin(), own.end(), [&](const std::string& word) {
            return keywords.count(std::string(trimmed(word))) > 0;
        });
    }
};

Wanted read_wanted(const http::Parameters& parameters) {
    Wanted wanted;
    for (const std::string& type : list_parameter(parameters, "attachmentTypes")) {
        wanted.types.insert(lowered(type));
    }
    for (const std::string& word : list_parameter(parameters, "keywords")) {
        wanted.keywords.insert(lowered(word));
    }
    const auto sizes = list_parameter(parameters, "size");
    if (sizes.empty()) return wanted;
    const auto least = parse_integer(sizes[0]);
    const auto most = sizes.size() > 1 ? parse_integer(sizes[1]) : std::nullopt;
    if ((!least && !trimmed(sizes[0]).empty()) || sizes.size() > 2 ||
        (sizes.size() == 2 && !most && !trimmed(sizes[1]).empty())) {
        throw Error(Status::InvalidArgument, "'size' is '" + excerpt(parameters.get("size"), 60) +
                                                 "', not a smallest and a largest number of bytes");
    }
    wanted.least = least.value_or(0);
    wanted.most = most;
    return wanted;
}

std::string quoted_ids(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
        const auto uuid = Uuid::parse(id);
        if (!uuid) {
            throw Error(Status::InvalidArgument,
                        "'globalIds' has '" + excerpt(id, 60) + "', which is no GlobalID");
        }
        list += (list.empty() ? "'" : ",'") + uuid->braced() + "'";
    }
    return list;
}

StoreQuery read_features(const Call& call, const Layer& layer) {
    StoreQuery query;
    query.layer = layer.id;
    query.columns = {layer.global_id_index()};
    const auto& parameters = call.parameters;
    if (parameters.has("objectIds")) {
        query.object_ids.emplace();
        for (const std::int64_t oid : integer_list_parameter(parameters, "objectIds")) {
            query.object_ids->push_back({oid});
        }
    }
    query.where = parameters.get("definitionExpression");
    const auto ids = list_parameter(parameters, "globalIds");
    if (!ids.empty()) {
        const std::string by_id =
            layer.fields[layer.global_id_index()].name + " IN (" + quoted_ids(ids) + ")";
        query.where = query.where.empty() ? by_id : "(" + query.where + ") AND " + by_id;
    }
    if (!query.object_ids && query.where.empty()) {
        throw Error(Status::InvalidArgument,
                    "one of 'objectIds', 'globalIds' and 'definitionExpression' is needed");
    }
    return query;
}

void write_group(JsonWriter& writer, const Call& call, const Layer& layer, ObjectId oid,
                 const GlobalId& parent, const std::vector<Attachment>& attachments,
                 bool with_url) {
    const bool count_only = boolean_parameter(call.parameters, "returnCountOnly", false);
    writer.begin_object().key("parentObjectId").integer(oid.value);
    writer.key("parentGlobalId").string(parent.value.braced());
    if (count_only) {
        writer.key("count").integer(static_cast<std::int64_t>(attachments.size())).end_object();
        return;
    }
    writer.key("attachmentInfos").begin_array();
    for (const Attachment& attachment : attachments) {
        begin_attachment_info(writer, attachment);
        if (with_url) {
            writer.key("url").string(call.service_url + "/" + std::to_string(layer.id.value) + "/" +
                                     std::to_string(oid.value) + "/attachments/" +
                                     std::to_string(attachment.id));
        }
        writer.end_object();
    }
    writer.end_array().end_object();
}

void write_fields(JsonWriter& writer) {
    writer.key("fields").begin_array();
    for (const auto& [name, type] : {std::pair{"id", "esriFieldTypeOID"},
                                     {"globalId", "esriFieldTypeGlobalID"},
                                     {"parentGlobalId", "esriFieldTypeGUID"},
                                     {"name", "esriFieldTypeString"},
                                     {"contentType", "esriFieldTypeString"},
                                     {"size", "esriFieldTypeInteger"},
                                     {"keywords", "esriFieldTypeString"}}) {
        writer.begin_object().key("name").string(name).key("type").string(type).end_object();
    }
    writer.end_array();
}

}  // namespace

http::Response query_attachments(const Call& call, const Layer& layer) {
    refuse_parameters(call.parameters, {"attachmentsDefinitionExpression", "orderByFields"});
    const Wanted wanted = read_wanted(call.parameters);
    const StoreQuery query = read_features(call, layer);
    const bool with_url = boolean_parameter(call.parameters, "returnUrl", false);
    const auto offset = integer_parameter(call.parameters, "resultOffset").value_or(0);
    const auto limit = std::min(integer_parameter(call.parameters, "resultRecordCount")
                                    .value_or(call.limits.max_record_count),
                                call.limits.max_record_count);
    const auto snapshot = call.store.snapshot();
    Spool spool(call.results.temporary());
    JsonWriter writer(spool.buffer());
    writer.begin_object();
    write_fields(writer);
    writer.key("attachmentGroups").begin_array();
    std::int64_t groups = 0;
    // Parents without attachments are left out, so pages count groups.
    snapshot->select(query, [&](const FeatureRow& row) {
        const auto* text = std::get_if<std::string>(&row.values[0]);
        const auto parent = text != nullptr ? Uuid::parse(*text) : std::nullopt;
        if (!parent) return;
        auto attachments = snapshot->attachments().of_feature(layer.id, {*parent});
        std::erase_if(attachments, [&](const Attachment& one) { return !wanted.has(one); });
        if (attachments.empty()) return;
        const std::int64_t number = groups++;
        if (number < offset || number - offset >= limit) return;
        write_group(writer, call, layer, row.oid, {*parent}, attachments, with_url);
        spool.settle();
    });
    writer.end_array();
    if (groups - offset > limit) writer.key("exceededTransferLimit").boolean(true);
    writer.end_object();
    return answer_spooled(call.parameters, spool);
}

}  // namespace rhumb::service
