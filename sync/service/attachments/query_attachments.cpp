// SPDX-License-Identifier: Apache-2.0
//
// queryAttachments: the attachments of chosen features, by what is known of them, in pages of
// attachments; with returnCountOnly in pages of features.
#include "geodb/attachments/attachment_query.hpp"
#include "geodb/query/order_by.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/attachments.hpp"

#include <algorithm>
#include <map>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Status::InvalidArgument, why);
}

std::vector<std::string> words_parameter(const http::Parameters& parameters,
                                         const std::string& name) {
    std::vector<std::string> words;
    for (const std::string& word : list_parameter(parameters, name)) {
        const std::string plain = lowered(trimmed(word));
        if (!plain.empty()) words.push_back(plain);
    }
    if (words.size() > geodb::kMaxAttachmentWords) {
        refuse("'" + name + "' has more than " + std::to_string(geodb::kMaxAttachmentWords) +
               " elements");
    }
    return words;
}

/// `size`: the smallest and the largest number of bytes; either may be left out.
void read_sizes(const http::Parameters& parameters, AttachmentSelection& wanted) {
    const auto sizes = list_parameter(parameters, "size");
    std::vector<std::optional<std::int64_t>> bounds;
    bool good = sizes.size() <= 2;
    for (const std::string& text : sizes) {
        bounds.push_back(parse_integer(text));
        good = good && (bounds.back() ? *bounds.back() >= 0 : trimmed(text).empty());
    }
    if (good && bounds.size() == 2 && bounds[0] && bounds[1]) good = *bounds[0] <= *bounds[1];
    if (!good) {
        refuse("'size' is '" + excerpt(parameters.get("size"), 60) +
               "', not a smallest and a largest number of bytes");
    }
    if (!bounds.empty()) wanted.least_bytes = bounds[0].value_or(0);
    if (bounds.size() == 2) wanted.most_bytes = bounds[1];
}

void read_order(const http::Parameters& parameters, AttachmentSelection& wanted) {
    for (const geodb::OrderField& by : geodb::parse_order_by(parameters.get("orderByFields"))) {
        const auto column = geodb::attachment_column(by.name);
        if (!column) {
            refuse("'orderByFields' names an unknown field '" + excerpt(by.name, 60) +
                   "' of attachments");
        }
        wanted.order.push_back({*column, by.descending});
    }
}

std::string quoted_ids(const std::vector<std::string>& ids) {
    std::string list;
    for (const std::string& id : ids) {
        const auto uuid = Uuid::parse(trimmed(id));
        if (!uuid) refuse("'globalIds' has '" + excerpt(id, 60) + "', which is no GlobalID");
        list += (list.empty() ? "'" : ",'") + uuid->braced() + "'";
    }
    return list;
}

StoreQuery read_features(const Call& call, const Layer& layer) {
    StoreQuery query;
    query.layer = layer.id;
    const auto& parameters = call.parameters;
    if (parameters.has("objectIds")) {
        query.object_ids.emplace();
        for (const std::int64_t oid : integer_list_parameter(parameters, "objectIds")) {
            query.object_ids->push_back({oid});
        }
    }
    query.where = trimmed(parameters.get("definitionExpression"));
    const auto ids = list_parameter(parameters, "globalIds");
    if (!ids.empty()) {
        const std::string by_id =
            layer.fields[layer.global_id_index()].name + " IN (" + quoted_ids(ids) + ")";
        query.where = query.where.empty() ? by_id : "(" + query.where + ") AND " + by_id;
    }
    if (!query.object_ids && query.where.empty()) {
        refuse("one of 'objectIds', 'globalIds' and 'definitionExpression' is needed");
    }
    return query;
}

AttachmentSelection read_selection(const Call& call, const Layer& layer) {
    const auto& parameters = call.parameters;
    AttachmentSelection wanted;
    wanted.features = read_features(call, layer);
    wanted.where = trimmed(parameters.get("attachmentsDefinitionExpression"));
    wanted.types = words_parameter(parameters, "attachmentTypes");
    wanted.keywords = words_parameter(parameters, "keywords");
    read_sizes(parameters, wanted);
    read_order(parameters, wanted);
    wanted.offset = integer_parameter(parameters, "resultOffset").value_or(0);
    if (wanted.offset < 0) refuse("'resultOffset' is " + std::to_string(wanted.offset));
    const std::int64_t most = call.limits.max_record_count;
    const std::int64_t asked = integer_parameter(parameters, "resultRecordCount").value_or(most);
    if (asked < 0) refuse("'resultRecordCount' is " + std::to_string(asked));
    wanted.limit = std::min(asked, most);
    return wanted;
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

/// What one feature has on a page.
struct Group {
    ObjectId feature;
    std::vector<Attachment> attachments;
};

/// In the order of their first attachments. A page is bounded, so it may be held.
std::vector<Group> read_groups(StoreSnapshot& snapshot, AttachmentSelection wanted, bool& more) {
    const std::int64_t page = wanted.limit;
    wanted.limit = page + 1;  // to see whether there are more
    std::vector<Group> groups;
    std::map<ObjectId, std::size_t> places;
    std::int64_t count = 0;
    snapshot.attachments().find(wanted, [&](ObjectId feature, const Attachment& attachment) {
        more = ++count > page;
        if (more) return;
        const auto [place, is_new] = places.emplace(feature, groups.size());
        if (is_new) groups.push_back({feature, {}});
        groups[place->second].attachments.push_back(attachment);
    });
    return groups;
}

void write_groups(JsonWriter& writer, const Call& call, const Layer& layer,
                  const std::vector<Group>& groups) {
    const bool with_url = boolean_parameter(call.parameters, "returnUrl", false);
    for (const Group& group : groups) {
        const std::string oid = std::to_string(group.feature.value);
        writer.begin_object().key("parentObjectId").integer(group.feature.value);
        writer.key("parentGlobalId").string(group.attachments[0].parent.value.braced());
        writer.key("attachmentInfos").begin_array();
        for (const Attachment& attachment : group.attachments) {
            begin_attachment_info(writer, attachment);
            if (with_url) {
                writer.key("url").string(call.service_url + "/" + std::to_string(layer.id.value) +
                                         "/" + oid + "/attachments/" +
                                         std::to_string(attachment.id));
            }
            writer.end_object();
        }
        writer.end_array().end_object();
    }
}

bool write_counts(JsonWriter& writer, StoreSnapshot& snapshot, AttachmentSelection wanted) {
    const std::int64_t page = wanted.limit;
    wanted.limit = page + 1;
    std::int64_t groups = 0;
    const auto write = [&](ObjectId feature, const GlobalId& id, std::int64_t count) {
        if (++groups > page) return;
        writer.begin_object().key("parentObjectId").integer(feature.value);
        writer.key("parentGlobalId").string(id.value.braced());
        writer.key("count").integer(count).end_object();
    };
    snapshot.attachments().count(wanted, write);
    return groups > page;
}

}  // namespace

http::Response query_attachments(const Call& call, const Layer& layer) {
    const AttachmentSelection wanted = read_selection(call, layer);
    boolean_parameter(call.parameters, "returnMetadata", false);  // only whether it can be read
    const auto snapshot = call.store.snapshot();
    std::string text;
    JsonWriter writer(text);
    writer.begin_object();
    write_fields(writer);
    writer.key("attachmentGroups").begin_array();
    const bool count_only = boolean_parameter(call.parameters, "returnCountOnly", false);
    bool more = false;
    try {
        if (count_only) {
            more = write_counts(writer, *snapshot, wanted);
        } else {
            write_groups(writer, call, layer, read_groups(*snapshot, wanted, more));
        }
    } catch (const Error& error) {
        if (!error.message().starts_with("where")) throw;
        throw error.within("'definitionExpression'");
    }
    writer.end_array();
    if (more) writer.key("exceededTransferLimit").boolean(true);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
