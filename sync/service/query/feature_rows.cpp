// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/feature_rows.hpp"

#include <utility>

namespace rhumb::service {
namespace {

wire::FeatureJsonWriter::Style json_style(const ShapeStyle& style) {
    wire::FeatureJsonWriter::Style made;
    made.geometry = style.with;
    made.z = style.z;
    made.m = style.m;
    made.precision = style.precision;
    made.centroid = style.centroid;
    made.grid = style.grid;
    return made;
}

/// Whether there are more rows than the page holds, without reading what is in them.
bool exceeds(StoreSnapshot& snapshot, const QueryPlan& plan) {
    StoreQuery query = plan.rows;
    query.columns.clear();
    std::int64_t rows = 0;
    snapshot.select(query, [&](const FeatureRow&) { ++rows; });
    return plan.page.size >= 0 && rows > plan.page.size;
}

/// Only x and y.
void flatten(geodb::Geometry& geometry) {
    if (!geometry.has_z && !geometry.has_m) return;
    const std::size_t stride = geometry.stride();
    std::vector<double> flat;
    for (std::size_t i = 0; i + 1 < geometry.coordinates.size(); i += stride) {
        flat.push_back(geometry.coordinates[i]);
        flat.push_back(geometry.coordinates[i + 1]);
    }
    geometry.coordinates = std::move(flat);
    geometry.has_z = geometry.has_m = false;
}

}  // namespace

ShapeChanges::ShapeChanges(const Layer& layer, const ShapeStyle& style) {
    if (!layer.geometry || !style.needed()) return;
    in_parameter("outSR", [&] { transform_.emplace(layer.geometry->srs_id, style.epsg); });
    if (transform_->is_identity()) transform_.reset();
    if (style.max_offset > 0) simplifier_ = std::make_unique<geodb::Simplifier>(style.max_offset);
}

std::optional<geodb::Geometry> ShapeChanges::shape_of(const Value& stored, bool flat) const {
    const auto* blob = std::get_if<geodb::Blob>(&stored);
    auto geometry = blob != nullptr ? wire::readable_gpb(*blob) : std::nullopt;
    if (!geometry || geometry->empty()) return std::nullopt;
    if (flat) flatten(*geometry);
    if (transform_) transform_->apply(*geometry);
    if (simplifier_) simplifier_->apply(*geometry);
    return geometry;
}

EsriRows::EsriRows(const Layer& layer, const std::vector<std::size_t>& fields,
                   const std::vector<std::size_t>& columns, const ShapeStyle& style)
    : changes_(layer, style),
      features_(layer, fields, json_style(style)),
      at_(places_of(layer, columns)) {
    features_.project_with(changes_.transform());
    features_.simplify_with(changes_.simplifier());
}

void EsriRows::write(wire::JsonWriter& writer, const FeatureRow& row) const {
    features_.write(writer, row.oid,
                    [&](std::size_t column) -> const Value& { return row.values[at_[column]]; });
}

std::vector<std::size_t> places_of(const Layer& layer, const std::vector<std::size_t>& columns) {
    std::vector<std::size_t> at(layer.column_count(), 0);
    for (std::size_t i = 0; i < columns.size(); ++i) at[columns[i]] = i;
    return at;
}

PageWritten write_page(StoreSnapshot& snapshot, const QueryPlan& plan, Spool& spool,
                       const OnRow& write) {
    PageWritten page;
    if (plan.page.none_if_exceeded && exceeds(snapshot, plan)) return {0, true};
    snapshot.select(plan.rows, [&](const FeatureRow& row) {
        page.more = page.rows == plan.page.size;
        if (page.more) return;
        ++page.rows;
        write(row);
        spool.settle();
    });
    return page;
}

}  // namespace rhumb::service
