// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/pbf_answer.hpp"

#include "geodb/geometry/centroid.hpp"
#include "sync/service/query/feature_rows.hpp"
#include "sync/service/query/query_answer.hpp"
#include "sync/service/query/summary_answer.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/pbf/feature_pbf.hpp"
#include "sync/wire/pbf/pbf_frame.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using wire::FeaturePbfWriter;

FeaturePbfWriter::Style pbf_style(const ShapeStyle& style) {
    FeaturePbfWriter::Style made;
    made.z = style.z;
    made.m = style.m;
    made.epsg = style.epsg;
    if (style.grid) made.grid = *style.grid;
    return made;
}

class PbfRows {
public:
    PbfRows(std::string& out, const QueryPlan& plan)
        : plan_(plan),
          changes_(*plan.layer, plan.shape),
          at_(places_of(*plan.layer, plan.rows.columns)),
          features_(out) {
        features_.write_head(*plan.layer, plan.fields, pbf_style(plan.shape));
    }

    void write(const FeatureRow& row) {
        features_.begin(row.oid);
        for (const std::size_t field : plan_.fields) {
            features_.add(plan_.layer->fields[field], row.values[at_[field]]);
        }
        if (plan_.shape.needed()) set_shape(row.values[at_[plan_.layer->geometry_index()]]);
        features_.end();
    }

    void write_exceeded() { features_.write_exceeded(); }

private:
    void set_shape(const Value& stored) {
        const auto shape = changes_.shape_of(stored, false);
        if (!shape) return;
        if (plan_.shape.with) {
            if (const auto on = wire::on_grid(*shape, *plan_.shape.grid)) features_.set_shape(*on);
        }
        if (!plan_.shape.centroid) return;
        if (const auto centroid = geodb::polygon_centroid(*shape)) {
            const auto on = wire::on_grid(*centroid, *plan_.shape.grid);
            if (on) features_.set_centroid(*on);
        }
    }

    const QueryPlan& plan_;
    ShapeChanges changes_;
    std::vector<std::size_t> at_;
    FeaturePbfWriter features_;
};

std::int64_t write_features(Spool& body, StoreSnapshot& snapshot, const QueryPlan& plan) {
    PbfRows rows(body.buffer(), plan);
    const PageWritten page =
        write_page(snapshot, plan, body, [&](const FeatureRow& row) { rows.write(row); });
    if (page.more) rows.write_exceeded();
    return page.rows;
}

std::int64_t write_summary(Spool& body, StoreSnapshot& snapshot, const QueryPlan& plan) {
    const std::vector<geodb::Field>& outputs = plan.summary->outputs;
    FeaturePbfWriter rows(body.buffer());
    rows.write_head(outputs);
    const auto write = [&](const std::vector<Value>& values) {
        rows.begin();
        for (std::size_t i = 0; i < values.size(); ++i) rows.add(outputs[i], values[i]);
        rows.end();
        body.settle();
    };
    const PageWritten page = write_summary_page(snapshot, plan, write);
    if (page.more) rows.write_exceeded();
    return page.rows;
}

void write_ids(Spool& body, StoreSnapshot& snapshot, const QueryPlan& plan) {
    wire::PbfIds ids(body.buffer(), wire::object_id_name(*plan.layer));
    snapshot.select(without_page(plan), [&](const FeatureRow& row) {
        ids.add(row.oid);
        body.settle();
    });
    ids.finish();
}

/// The frame, which says how long the body is, before the body.
http::Response framed(const Call& call, wire::PbfResult result, Spool& body) {
    http::Response response;
    response.headers.set("Content-Type", "application/x-protobuf");
    std::string frame = wire::pbf_frame(result, body.size());
    if (auto small = body.take_memory()) {
        response.body = std::move(frame) + *small;
        return response;
    }
    Spool whole(call.results.temporary());
    whole.append(frame);
    whole.append(body);
    const std::uint64_t size = whole.size();
    response.body = http::FileBody{whole.take_passing_file(), 0, size, true};
    return response;
}

}  // namespace

http::Response answer_pbf(const Call& call, StoreSnapshot& snapshot, const QueryPlan& plan) {
    Spool body(call.results.temporary());
    switch (plan.form) {
        case QueryPlan::Form::Count:
            wire::append_pbf_count(body.buffer(), count_of(snapshot, plan));
            return framed(call, wire::PbfResult::Count, body);
        case QueryPlan::Form::Ids:
            write_ids(body, snapshot, plan);
            return framed(call, wire::PbfResult::Ids, body);
        case QueryPlan::Form::Summary:
            call.facts.rows = write_summary(body, snapshot, plan);
            break;
        default:
            call.facts.rows = write_features(body, snapshot, plan);
            break;
    }
    return framed(call, wire::PbfResult::Features, body);
}

}  // namespace rhumb::service
