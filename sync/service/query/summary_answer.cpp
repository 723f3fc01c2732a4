// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/summary_answer.hpp"

#include "sync/service/query/feature_rows.hpp"
#include "sync/service/query/geojson_answer.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/layer_json.hpp"

namespace rhumb::service {
namespace {

using wire::JsonWriter;

void write_attributes(JsonWriter& writer, const SummaryPlan& summary,
                      const std::vector<Value>& values) {
    writer.begin_object();
    for (std::size_t i = 0; i < values.size(); ++i) {
        writer.key(summary.outputs[i].name);
        wire::FeatureJsonWriter::write_value(writer, summary.outputs[i], values[i]);
    }
    writer.end_object();
}

void write_row(JsonWriter& writer, const QueryPlan& plan, const std::vector<Value>& values) {
    writer.begin_object();
    if (plan.format == QueryFormat::GeoJson) {
        writer.key("type").string("Feature").key("geometry").null();
        writer.key("properties");
    } else {
        writer.key("attributes");
    }
    write_attributes(writer, *plan.summary, values);
    writer.end_object();
}

/// Hands each row of the page to `write`.
PageWritten read_page(StoreSnapshot& snapshot, const QueryPlan& plan,
                      const geodb::OnValues& write) {
    PageWritten page;
    snapshot.summarize(plan.summary->asked, [&](const std::vector<Value>& values) {
        page.more = page.rows == plan.page.size;
        if (page.more) return;
        ++page.rows;
        write(values);
    });
    return page;
}

}  // namespace

PageWritten write_summary_page(StoreSnapshot& snapshot, const QueryPlan& plan,
                               const geodb::OnValues& write) {
    if (plan.page.none_if_exceeded) {
        const bool more = read_page(snapshot, plan, [](const auto&) {}).more;
        if (more) return {0, true};
    }
    return read_page(snapshot, plan, write);
}

std::int64_t write_summary(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                           const QueryPlan& plan) {
    const SummaryPlan& summary = *plan.summary;
    if (plan.format == QueryFormat::GeoJson) {
        writer.key("type").string("FeatureCollection");
    } else {
        writer.key("fields").begin_array();
        for (const geodb::Field& field : summary.outputs) wire::write_field(writer, field, false);
        writer.end_array();
    }
    writer.key("features").begin_array();
    const PageWritten page =
        write_summary_page(snapshot, plan, [&](const std::vector<Value>& values) {
            write_row(writer, plan, values);
            spool.settle();
        });
    writer.end_array();
    if (plan.format == QueryFormat::GeoJson) {
        end_collection(writer, page.more);
    } else if (page.more) {
        writer.key("exceededTransferLimit").boolean(true);
    }
    return page.rows;
}

}  // namespace rhumb::service
