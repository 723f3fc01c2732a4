// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_layer.hpp"

#include "platform/error.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/query/pbf_answer.hpp"
#include "sync/service/query/query_answer.hpp"
#include "sync/wire/feature_json.hpp"

#include <utility>

namespace rhumb::service {

http::Response query_layer(const Call& call, const Layer& layer) {
    const QueryPlan plan = read_query_plan(call, layer);
    const auto snapshot = call.store.snapshot();
    snapshot->end_after(call.limits.statement_time_ms);
    if (plan.format == QueryFormat::Pbf && plan.form != QueryPlan::Form::Extent) {
        return answer_pbf(call, *snapshot, plan);
    }
    Spool spool(call.results.temporary());
    wire::JsonWriter writer(spool.buffer());
    writer.begin_object();
    call.facts.rows = write_query_answer(writer, spool, *snapshot, plan);
    writer.end_object();
    return answer_spooled(call.parameters, spool);
}

http::Response single_feature(const Call& call, const Layer& layer, ObjectId oid) {
    StoreQuery query;
    query.layer = layer.id;
    query.object_ids = std::vector<ObjectId>{oid};
    for (std::size_t i = 0; i < layer.column_count(); ++i) query.columns.push_back(i);
    std::string text;
    wire::JsonWriter writer(text);
    const wire::FeatureJsonWriter features(layer, wire::json_columns(layer), {});
    writer.begin_object().key("feature");
    bool found = false;
    call.store.snapshot()->select(query, [&](const FeatureRow& row) {
        found = true;
        features.write(writer, row.oid,
                       [&](std::size_t column) -> const Value& { return row.values[column]; });
    });
    writer.end_object();
    if (!found) {
        throw Error(Status::NotFound,
                    "layer '" + layer.name + "' has no feature " + std::to_string(oid.value));
    }
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
