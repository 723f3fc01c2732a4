// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_related.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/query/feature_rows.hpp"
#include "sync/service/query/feature_set.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

struct RelatedPlan {
    StoreRelated asked;
    const Layer* layer = nullptr;  ///< whose features are answered
    std::vector<std::size_t> fields;
    ShapeStyle shape;
    Page page;
};

/// In a relationship of a layer with itself the layer is the origin.
void read_relationship(const Call& call, const Layer& layer, RelatedPlan& plan) {
    const auto id = integer_parameter(call.parameters, "relationshipId");
    if (!id) throw Error(Status::InvalidArgument, "'relationshipId' is missing");
    for (const Relationship& related : call.store.relationships()) {
        const bool origin = related.origin == layer.id;
        if (related.id != *id || (!origin && related.destination != layer.id)) continue;
        plan.asked.relationship = related.id;
        plan.asked.from_origin = origin;
        plan.layer = &call.store.layer(origin ? related.destination : related.origin);
        return;
    }
    throw Error(Status::InvalidArgument, "'relationshipId': layer '" + layer.name +
                                             "' has no relationship " + std::to_string(*id));
}

RelatedPlan read_related_plan(const Call& call, const Layer& layer) {
    const http::Parameters& parameters = call.parameters;
    const QueryFormat format = query_format(parameters, false);
    refuse_parameters(parameters, {"historicMoment"});
    RelatedPlan plan;
    auto ids = object_ids_parameter(parameters);
    if (!ids) throw Error(Status::InvalidArgument, "'objectIds' is missing");
    plan.asked.from = std::move(*ids);
    read_relationship(call, layer, plan);
    plan.page = page_parameters(call, false);
    plan.shape = shape_parameters(parameters, *plan.layer, format);
    plan.fields = out_fields_parameter(parameters, *plan.layer);
    StoreQuery& rows = plan.asked.rows;
    rows.layer = plan.layer->id;
    rows.where = trimmed(parameters.get("definitionExpression"));
    rows.user = call.owner;
    rows.order = order_parameter(parameters, *plan.layer);
    rows.columns = plan.fields;
    if (plan.shape.with) rows.columns.push_back(plan.layer->geometry_index());
    rows.offset = plan.page.offset;
    rows.limit = plan.page.rows_to_read();
    return plan;
}

void write_counts(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                  const RelatedPlan& plan) {
    StoreRelated asked = plan.asked;
    asked.rows.offset = 0;
    asked.rows.limit = -1;
    writer.key("relatedRecordGroups").begin_array();
    snapshot.count_related(asked, [&](ObjectId from, std::int64_t count) {
        writer.begin_object().key("objectId").integer(from.value);
        writer.key("count").integer(count).end_object();
        spool.settle();
    });
    writer.end_array();
}

/// Rows come by whom they belong to, so that one group is open at a time. How many.
std::int64_t write_groups(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                          const RelatedPlan& plan) {
    write_field_members(writer, *plan.layer, plan.fields);
    write_shape_members(writer, *plan.layer, plan.shape);
    writer.key("relatedRecordGroups").begin_array();
    const EsriRows rows(*plan.layer, plan.fields, plan.asked.rows.columns, plan.shape);
    std::optional<ObjectId> open;
    std::int64_t read = 0;
    snapshot.related(plan.asked, [&](ObjectId from, const FeatureRow& row) {
        if (read++ == plan.page.size) return;
        if (open != from) {
            if (open) writer.end_array().end_object();
            writer.begin_object().key("objectId").integer(from.value);
            writer.key("relatedRecords").begin_array();
            open = from;
        }
        rows.write(writer, row);
        spool.settle();
    });
    if (open) writer.end_array().end_object();
    writer.end_array();
    const bool more = read > plan.page.size;
    if (more) writer.key("exceededTransferLimit").boolean(true);
    return more ? plan.page.size : read;
}

}  // namespace

http::Response query_related_records(const Call& call, const Layer& layer) {
    const RelatedPlan plan = read_related_plan(call, layer);
    const auto snapshot = call.store.snapshot();
    snapshot->end_after(call.limits.statement_time_ms);
    Spool spool(call.results.temporary());
    JsonWriter writer(spool.buffer());
    writer.begin_object();
    const bool count = boolean_parameter(call.parameters, "returnCountOnly", false);
    try {
        if (count) {
            write_counts(writer, spool, *snapshot, plan);
        } else {
            call.facts.rows = write_groups(writer, spool, *snapshot, plan);
        }
    } catch (const Error& error) {
        if (!error.message().starts_with("where")) throw;
        throw error.within("'definitionExpression'");
    }
    writer.end_object();
    return answer_spooled(call.parameters, spool);
}

}  // namespace rhumb::service
